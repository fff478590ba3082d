//! What pages say when something is wrong: the true reason in words, and the deed that mends it.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use domain::CallId;

use crate::house::{Answer, House, Plan, form_body};

async fn browse(house: &House, path: &str) -> Answer {
    let request = house.request(Method::GET, path).header("accept", "text/html,*/*");
    house.send(request.body(Body::empty()).unwrap()).await
}

async fn form(house: &House, path: &str, body: String) -> Answer {
    let request =
        house.request(Method::POST, path).header("content-type", "application/x-www-form-urlencoded");
    house.send(request.header("accept", "text/html").body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn a_call_with_a_broken_recording_says_why_and_is_tried_again_from_its_page() {
    let house = House::open().await;
    let file = Some(("broken.mp3", &b"this is no sound at all, whatever its name says"[..]));
    let sent = house.request(Method::POST, "/analyze");
    let answer = house.send(form_body(sent, &[("kind", "audio"), ("rubric", "manager-plus")], file)).await;
    let to = answer.header("location").to_owned();
    let id = to.split_once("call=").and_then(|(_, rest)| rest.split_once('#')).unwrap().0.to_owned();
    house.app.wait_for(CallId::parse(&id).unwrap(), Duration::from_secs(30)).await.unwrap();
    let html = browse(&house, &format!("/history/{id}")).await.text();
    assert!(html.contains("Запись получить или прочитать не удалось, поэтому разговор не оценён"), "{html}");
    assert!(!html.contains("слишком короткий"), "{html}");
    assert!(html.contains(&format!("name=\"call\" value=\"{id}\"")), "{html}");
    let answer = form(&house, "/queue/retry", format!("call={id}")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    assert_eq!(answer.header("location"), format!("/history/{id}"));
    assert!(answer.header("set-cookie").contains("done-call-retried"));
}

#[tokio::test]
async fn trouble_is_told_in_words_beside_the_menu_of_whoever_is_known() {
    let mut house = House::open().await;
    for path in ["/no-such-page", "/history/no-such-call", "/history?min_score=never"] {
        let answer = browse(&house, path).await;
        let html = answer.text();
        assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
        assert!(html.contains("class=\"nav\"") && html.contains("href=\"/queue\""), "{path}: {html}");
        for code in [">not_found<", ">query<"] {
            assert!(!html.contains(code), "{path} shows {code}");
        }
    }
    house.lock().await;
    let html = browse(&house, "/no-such-page").await.text();
    assert!(html.contains("Не найдено") && !html.contains("class=\"nav\""), "a stranger sees the house");
}

#[tokio::test]
async fn a_period_is_checked_in_the_source_that_is_chosen() {
    let house = House::open().await;
    let page = browse(&house, "/queue/schedule").await.text();
    assert!(page.contains("UIS не настроен") && !page.contains("name=\"source\""), "{page}");
    let folder = tempfile::tempdir().unwrap();
    let named = folder.path().display().to_string();
    let planned = app::Plan::Calls(app::CallsPlan {
        source: app::PlannedSource::Folder(vec![folder.path().to_owned()]),
        window: app::PlannedWindow::Continue,
        rubric: None,
    });
    house.app.put_schedule("папка", "5 * * * *", None, &planned).await.unwrap();
    let page = browse(&house, "/queue/schedule").await.text();
    assert!(page.contains(&format!("Источник: папка {named}")), "{page}");
    let days = "from=2026-11-01&to=2026-11-02";
    let priced = form(&house, "/queue/schedule/price", days.to_owned()).await;
    assert_eq!(priced.status, StatusCode::OK, "{}", priced.text());
    assert!(priced.text().contains(&format!("<strong>папка {named}, ")), "{}", priced.text());
    let elsewhere = form(&house, "/queue/schedule/period", format!("{days}&source=folder+%2Fetc")).await;
    assert_eq!(elsewhere.status, StatusCode::UNPROCESSABLE_ENTITY, "a page opens no folder of its own");
    assert!(elsewhere.text().contains("Выберите источник из предложенных"), "{}", elsewhere.text());

    let env = vec![("UIS_ACCESS_TOKEN", "key".to_owned())];
    let house = House::planned(Plan { env, ..Plan::default() }).await;
    let only = browse(&house, "/queue/schedule").await.text();
    assert!(
        only.contains("Источник: UIS.") && !only.contains("<select class=\"select\" id=\"source\""),
        "{only}"
    );
    house.app.put_schedule("папка", "5 * * * *", None, &planned).await.unwrap();
    let both = browse(&house, "/queue/schedule").await.text();
    assert!(both.contains("<option value=\"uis\""), "{both}");
    assert!(both.contains(&format!("<option value=\"folder {named}\"")), "{both}");
}

#[tokio::test]
async fn a_chart_begins_with_the_period_where_nothing_was_before_it() {
    let house = House::open().await;
    for name in ["one", "two", "three", "four", "five"] {
        house.call_of("m-1", name, crate::house::DIALOGUE).await;
    }
    let html = browse(&house, "/dashboard?period=7").await.text();
    assert!(html.contains("data-chart=\"trend\"") && html.contains("data-chosen=\"1\""), "{html}");
    assert!(!html.contains("data-chosen=\"0\"") && !html.contains("до выбранного периода"), "{html}");
}
