//! What other clients say, and what a session's address takes.

use serde_json::{Value, json};
use voximplant_client::testing::{FakeVoximplant, SessionEnd};
use voximplant_client::{NewRule, StartRequest, VoximplantApi as _};

fn http() -> reqwest::Client {
    reqwest::Client::builder().build().unwrap()
}

async fn read(request: reqwest::RequestBuilder) -> Value {
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

#[tokio::test]
async fn a_command_is_named_by_the_path_or_by_the_form_however_the_form_travels() {
    let (base, _server) = crate::serve(FakeVoximplant::new()).await;
    let account = FakeVoximplant::ACCOUNT.to_string();
    let key = [("account_id", account.as_str()), ("api_key", FakeVoximplant::API_KEY)];
    let root = format!("{base}/voximplant/platform_api");
    let with_cmd = [key[0], key[1], ("cmd", "GetAccountInfo")];
    let multipart = with_cmd.iter().fold(reqwest::multipart::Form::new(), |form, (name, value)| {
        form.text((*name).to_owned(), (*value).to_owned())
    });
    for request in [
        http().post(format!("{root}/GetAccountInfo")).form(&key),
        http().post(format!("{root}/GetAccountInfo/")).form(&key),
        http().post(&root).form(&with_cmd),
        http().post(format!("{root}/")).multipart(multipart),
        http().get(format!("{root}/GetAccountInfo")).query(&key),
    ] {
        let answer = read(request).await;
        assert_eq!(answer["result"]["account_id"], FakeVoximplant::ACCOUNT.0, "{answer}");
    }
    let nobody = read(http().post(format!("{root}/GetAccountInfo"))).await;
    assert_eq!(nobody["error"]["code"], 100);
}

#[tokio::test]
async fn a_session_hears_commands_with_their_x_headers_alone_until_it_is_over() {
    let fake = FakeVoximplant::new();
    let (base, _server) = crate::serve(fake.clone()).await;
    let app = fake.add_application_named("zvonar", false);
    let scenario = fake.add_scenario(app, "Hello", "1").await.unwrap();
    let rule = NewRule { name: "hello".into(), pattern: ".*".into(), scenarios: vec![scenario] };
    let rule = fake.add_rule(app, &rule).await.unwrap();
    let mut watch = fake.watch();
    let started = fake.start(&StartRequest::new(rule, "turns|x|+79161234567")).await.unwrap();
    assert_eq!(watch.recv().await.unwrap().id, started.id);
    let url = started.commands.expose().to_owned();
    assert!(url.starts_with(&format!("{base}/voximplant/request/")), "{url}");
    let told = http().post(&url).header("x-zvonar", "1").header("authorization", "Bearer x").body("привет");
    assert_eq!(told.send().await.unwrap().status(), 200);
    let session = fake.sessions().into_iter().next().unwrap();
    let command = &session.commands[0];
    assert_eq!(
        (command.content.as_str(), &command.headers),
        ("привет", &vec![("x-zvonar".into(), "1".into())])
    );
    fake.end_session(started.id, SessionEnd::answered("+79161234567", 3));
    assert_eq!(http().post(&url).body("late").send().await.unwrap().status(), 404);
    let wrong = url.replace("/request/", "/request/0");
    assert_eq!(http().get(wrong).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn a_list_has_the_platforms_own_page_where_none_is_asked_for() {
    let fake = FakeVoximplant::new();
    for number in 0..30 {
        fake.add_application_named(&format!("app-{number}"), false);
    }
    let (base, _server) = crate::serve(fake).await;
    let account = FakeVoximplant::ACCOUNT.to_string();
    let key = [("account_id", account.as_str()), ("api_key", FakeVoximplant::API_KEY)];
    let answer =
        read(http().post(format!("{base}/voximplant/platform_api/GetApplications")).form(&key)).await;
    assert_eq!((&answer["count"], &answer["total_count"]), (&json!(20), &json!(30)));
}
