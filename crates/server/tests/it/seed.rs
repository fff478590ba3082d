//! The addresses that the product began with, as printed.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::house::{DIALOGUE, House, Plan, form_body, json_body};
use crate::outside::recording;

const FIVE: [&str; 5] = ["criteria", "raw_model_output", "recommendations", "summary", "total_score"];

fn assert_contract(said: &serde_json::Value) {
    let members: Vec<&str> = said.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, FIVE, "{said}");
    assert!((0.0..=100.0).contains(&said["total_score"].as_f64().unwrap()), "{said}");
    assert!(said["criteria"].is_object() && said["raw_model_output"].is_array(), "{said}");
    assert!(said["summary"].is_string() && said["recommendations"].is_string(), "{said}");
}

#[tokio::test]
async fn a_dialogue_is_scored_in_each_mode() {
    let house = House::open().await;
    for mode in ["Manager+", "Client+", "Диалог"] {
        let body = json!({ "dialog_text": DIALOGUE, "content_mode": mode });
        let answer = house.post_json("/analyze_call", &body).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let said = answer.json();
        assert_contract(&said);
        assert!(!said["criteria"].as_object().unwrap().is_empty(), "{said}");
        assert!(!answer.header("x-zvonar-call").is_empty());
    }
}

#[tokio::test]
async fn the_printed_example_of_a_text_works() {
    let house = House::open().await;
    let body = json!({ "dialog_text": "Клиент: Привет! Менеджер: Добрый день!", "content_mode": "Manager+" });
    let answer = house.post_json("/analyze_call", &body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_contract(&answer.json());
}

#[tokio::test]
async fn another_content_mode_is_refused_by_name() {
    let house = House::open().await;
    for mode in [json!("Manager"), json!(""), json!(null)] {
        let body = json!({ "dialog_text": DIALOGUE, "content_mode": mode });
        let answer = house.post_json("/analyze_call", &body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(answer.header("content-type"), "application/problem+json");
        let said = answer.json();
        assert_eq!(said["code"], "content_mode");
        for name in ["Manager+", "Client+", "Диалог"] {
            assert!(said["detail"].as_str().unwrap().contains(name), "{said}");
        }
    }
}

#[tokio::test]
async fn refusals_are_said_in_the_language_of_the_request() {
    let house = House::open().await;
    let body = json!({ "dialog_text": "", "content_mode": "Manager+" });
    let russian = house.post_json("/analyze_call", &body).await.json();
    assert_eq!(russian["detail"], "поле dialog_text пустое");
    let missing = house.post_json("/analyze_call", &json!({ "content_mode": "Manager+" })).await.json();
    assert_eq!(missing["detail"], "нет поля dialog_text");
    let request = house.request(Method::POST, "/analyze_call").header("accept-language", "en-US,en;q=0.9");
    let english = house.send(json_body(request, &body)).await.json();
    assert_eq!(english["detail"], "the field dialog_text is empty");
    assert_eq!(english["title"], "Unprocessable content");
}

#[tokio::test]
async fn broken_json_is_a_problem_and_never_a_crash() {
    let house = House::open().await;
    for (body, status) in [
        ("", StatusCode::BAD_REQUEST),
        ("{", StatusCode::BAD_REQUEST),
        ("[]", StatusCode::UNPROCESSABLE_ENTITY),
        ("\"text\"", StatusCode::UNPROCESSABLE_ENTITY),
        ("{\"dialog_text\": 7, \"content_mode\": \"Manager+\"}", StatusCode::UNPROCESSABLE_ENTITY),
        ("{\"dialog_text\": \"\\ud800\"}", StatusCode::BAD_REQUEST),
        ("{\"call_id\": {}}", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let request = house.request(Method::POST, "/analyze_call").body(body.into()).unwrap();
        let answer = house.send(request).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.text());
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
}

#[tokio::test]
async fn what_was_said_of_a_call_is_kept_with_it() {
    let house = House::open().await;
    let body = json!({
        "dialog_text": DIALOGUE, "content_mode": "Диалог",
        "call_id": 4217, "manager_id": "m-42", "tags": ["повторный"],
    });
    let first = house.post_json("/analyze_call", &body).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.text());
    let id = domain::CallId::derive("dialogue", "4217");
    assert_eq!(first.header("x-zvonar-call"), id.to_string());
    let call = house.app.store().call(id).await.unwrap().unwrap().call;
    assert_eq!(call.external_id, "4217");
    assert_eq!(call.manager.unwrap().id, "m-42");
    assert_eq!(call.tags, ["повторный"]);
    let again = house.post_json("/analyze_call", &body).await;
    assert_eq!(again.body, first.body, "the same call gives the same answer");
}

#[tokio::test]
async fn a_recording_in_a_form_is_scored_whatever_the_order_of_the_fields() {
    let house = House::open().await;
    let sound = recording();
    let fields = [("content_mode", "Manager+"), ("manager_id", "m-42"), ("call_id", "a-1")];
    let request = house.request(Method::POST, "/analyze_audio_call");
    let answer = house.send(form_body(request, &fields, Some(("../звонок.mp3", &sound)))).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_contract(&answer.json());
    let id = domain::CallId::derive("upload", "a-1");
    let call = house.app.store().call(id).await.unwrap().unwrap().call;
    assert_eq!(call.recording_name.as_deref(), Some("звонок.mp3"));
    assert_eq!(call.manager.unwrap().id, "m-42");
    assert_eq!(std::fs::read_dir(house.data().join("uploads")).unwrap().count(), 0, "nothing is left behind");
}

#[tokio::test]
async fn a_form_without_what_is_needed_is_refused() {
    let house = House::open().await;
    let post = || house.request(Method::POST, "/analyze_audio_call");
    let answer = house.send(form_body(post(), &[("content_mode", "Manager+")], None)).await;
    assert_eq!(
        (answer.status, answer.json()["code"].as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, Some("audio"))
    );
    let answer = house.send(form_body(post(), &[("content_mode", "Any")], Some(("a.mp3", b"x")))).await;
    assert_eq!(answer.json()["code"], "content_mode");
    let answer = house.send(json_body(post(), &json!({}))).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let noise: Vec<u8> = (0..4_000_u32).map(|n| u8::try_from(n * 7 % 251).unwrap()).collect();
    let answer = house.send(form_body(post(), &[("content_mode", "Диалог")], Some(("a.mp3", &noise)))).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text());
    assert_eq!(answer.json()["code"], "recording_unavailable");
}

#[tokio::test]
async fn a_recording_at_an_address_is_fetched_and_scored() {
    let house = House::open().await;
    let url = format!("http://{}/storage/call_123.mp3", house.elsewhere);
    let body = json!({ "file_url": url, "content_mode": "Диалог" });
    let answer = house.post_json("/analyze_audio_by_url", &body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_contract(&answer.json());
    assert_eq!(house.outside.fetched(), 1);
}

#[tokio::test]
async fn addresses_that_lead_inside_are_refused() {
    let house = House::planned(Plan {
        env: vec![("ZVONAR_ALLOW_PRIVATE_URLS", "false".to_owned())],
        ..Plan::default()
    })
    .await;
    for url in [
        format!("http://{}/storage/call_123.mp3", house.elsewhere),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://[::ffff:127.0.0.1]:80/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "gopher://127.0.0.1:70/".to_owned(),
        "not an address".to_owned(),
    ] {
        let body = json!({ "file_url": url, "content_mode": "Диалог" });
        let answer = house.post_json("/analyze_audio_by_url", &body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{url}: {}", answer.text());
        assert!(!answer.text().contains("root:"), "{url}");
    }
    assert_eq!(house.outside.fetched(), 0);
}

#[tokio::test]
async fn work_that_takes_long_is_answered_with_where_to_look() {
    let house = House::planned(Plan { patience: Duration::ZERO, ..Plan::default() }).await;
    let url = format!("http://{}/storage/call_123.mp3", house.elsewhere);
    let body = json!({ "file_url": url, "content_mode": "Диалог", "call_id": "slow" });
    let answer = house.post_json("/analyze_audio_by_url", &body).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
    let id = domain::CallId::derive("url", "slow").to_string();
    assert_eq!(answer.json(), json!({ "job_id": id, "status_url": format!("/api/v1/jobs/{id}") }));
}

#[tokio::test]
async fn a_known_call_asked_for_in_another_mode_is_judged_in_that_one_too() {
    let house = House::open().await;
    let asked =
        |mode: &'static str| json!({ "dialog_text": DIALOGUE, "content_mode": mode, "call_id": "m-1" });
    let manager = house.post_json("/analyze_call", &asked("Manager+")).await;
    let client = house.post_json("/analyze_call", &asked("Client+")).await;
    assert_eq!(client.status, StatusCode::OK, "{}", client.text());
    assert_contract(&client.json());
    assert_ne!(manager.json()["criteria"], client.json()["criteria"]);
    assert_eq!(manager.header("x-zvonar-call"), client.header("x-zvonar-call"));
}

#[tokio::test]
async fn a_refusing_engine_is_told_at_once_and_not_after_five_minutes() {
    let house = House::planned(Plan {
        env: vec![("ZVONAR_TRANSCRIBER", "local".to_owned())],
        patience: Duration::from_mins(5),
        ..Plan::default()
    })
    .await;
    let sound = recording();
    for name in ["first", "second"] {
        let fields = [("content_mode", "Manager+"), ("call_id", name)];
        let request = house.request(Method::POST, "/analyze_audio_call");
        let answer = house.send(form_body(request, &fields, Some(("a.mp3", &sound)))).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.text());
        assert_eq!(answer.json()["cause"], "model_missing");
        assert!(answer.header("retry-after").parse::<u64>().unwrap() > 0);
    }
}

#[tokio::test]
async fn a_webhook_is_taken_in_once_however_often_it_comes() {
    let house = House::open().await;
    let body = json!({
        "call_id": "123", "manager_id": "m-42",
        "recording_url": format!("http://{}/storage/call_123.mp3", house.elsewhere),
    });
    let first = house.post_json("/webhook/new_call_recording", &body).await;
    assert_eq!(first.status, StatusCode::ACCEPTED, "{}", first.text());
    let said = first.json();
    assert_eq!(said["call_id"], "123");
    assert!(said["status"].is_string());
    let id = domain::CallId::parse(said["job_id"].as_str().unwrap()).unwrap();
    for _ in 0..5 {
        let again = house.post_json("/webhook/new_call_recording", &body).await;
        assert_eq!(again.status, StatusCode::ACCEPTED);
        assert_eq!(again.json()["job_id"], said["job_id"]);
    }
    let report = house.app.wait_for(id, Duration::from_secs(30)).await.unwrap().unwrap();
    assert_eq!(report.status, domain::CallStatus::Done, "{:?}", report.error);
    let heard = house.outside.heard();
    let late = house.post_json("/webhook/new_call_recording", &body).await;
    assert_eq!(late.json()["status"], "done");
    assert_eq!((house.outside.fetched(), house.outside.heard()), (1, heard), "a replay costs nothing");
    let filter = store::CallFilter::default();
    assert_eq!(house.app.store().count_calls(&filter).await.unwrap(), 1);
}

#[tokio::test]
async fn senders_that_cannot_sign_have_their_key_in_the_path() {
    let house = House::guarded().await;
    let body = json!({
        "call_id": "5", "recording_url": format!("http://{}/storage/call_123.mp3", house.elsewhere),
    });
    let bare = house.post_json("/webhook/new_call_recording", &body).await;
    assert_eq!(bare.status, StatusCode::UNAUTHORIZED);
    let with_token = house.post_json_as("robot", "/webhook/new_call_recording", &body).await;
    assert_eq!(with_token.status, StatusCode::ACCEPTED, "{}", with_token.text());
    let key = house.token("robot").to_owned();
    let with_key = house.post_json(&format!("/webhook/{key}/new_call_recording"), &body).await;
    assert_eq!(with_key.status, StatusCode::ACCEPTED, "{}", with_key.text());
    for wrong in ["x", house.token("anna"), house.token("supervisor")] {
        let refused = house.post_json(&format!("/webhook/{wrong}/new_call_recording"), &body).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_notice_of_uis_is_never_an_error() {
    let house = House::open().await;
    let link = format!("http://{}/storage/call_123.mp3", house.elsewhere);
    let body = json!({
        "event": "RECORD_CALL", "call_session_id": 1_858_104_645, "file_link": link, "direction": "in",
        "contact_phone_number": "79161234567", "virtual_phone_number": "74950001200", "employee_id": 15,
    });
    let answer = house.post_json("/webhook/uis", &body).await;
    assert_eq!((answer.status, answer.json()["status"].as_str()), (StatusCode::OK, Some("queued")));
    let call =
        house.app.store().call(domain::CallId::derive("webhook", "1858104645")).await.unwrap().unwrap().call;
    assert_eq!(call.caller.unwrap().as_str(), "+79161234567");
    for junk in ["", "{\"call_session_id\":\"\"1\"\"}", "a=1&b=2"] {
        let request = house.request(Method::POST, "/webhook/uis").body(junk.into()).unwrap();
        let answer = house.send(request).await;
        assert_eq!(
            (answer.status, answer.json()["status"].as_str()),
            (StatusCode::OK, Some("ignored")),
            "{junk}"
        );
    }
}
