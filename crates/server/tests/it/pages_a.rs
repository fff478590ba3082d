//! The pages that people open first: analyze, history, the call, sign-in.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use domain::CallId;

use crate::house::{Answer, DIALOGUE, House, Plan, form_body};

/// A page of a browser.
async fn page(house: &House, path: &str) -> String {
    let answer = browse(house, path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
    answer.text()
}

async fn browse(house: &House, path: &str) -> Answer {
    let request = house.request(Method::GET, path).header("accept", "text/html,*/*");
    house.send(request.body(Body::empty()).unwrap()).await
}

async fn page_as(house: &House, name: &str, path: &str) -> Answer {
    let request = house.request_as(name, Method::GET, path).header("accept", "text/html,*/*");
    house.send(request.body(Body::empty()).unwrap()).await
}

/// Sends a plain form.
async fn form(house: &House, path: &str, body: &str) -> Answer {
    let request =
        house.request(Method::POST, path).header("content-type", "application/x-www-form-urlencoded");
    house.send(request.header("accept", "text/html").body(Body::from(body.to_owned())).unwrap()).await
}

/// What stands between two marks, first of all.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    text.split_once(from)
        .and_then(|(_, rest)| rest.split_once(to))
        .map_or_else(|| panic!("no {from} in {text}"), |(inner, _)| inner)
}

#[tokio::test]
async fn pages_hold_nothing_inline_and_speak_both_languages() {
    let house = House::open().await;
    let call = house.call_of("m-1", "one", DIALOGUE).await;
    for path in [
        "/",
        "/?kind=text",
        "/?kind=url",
        "/history",
        "/history?q=фасад",
        &format!("/history/{call}"),
        "/login",
    ] {
        let html = browse(&house, path).await.text();
        for inline in [" style=", "<style", "<script>", " onclick=", "javascript:"] {
            assert!(!html.contains(inline), "{path} holds {inline}");
        }
        for lang in ["ru", "en"] {
            let request = house.request(Method::GET, path).header("cookie", format!("lang={lang}"));
            let html = house.send(request.body(Body::empty()).unwrap()).await.text();
            if !html.is_empty() {
                assert!(html.contains(&format!("<html lang=\"{lang}\"")), "{path}");
            }
        }
    }
}

#[tokio::test]
async fn the_form_names_the_size_that_the_settings_allow() {
    let env = vec![("ZVONAR_MAX_UPLOAD_MB", "7".to_owned())];
    let house = House::planned(Plan { env, ..Plan::default() }).await;
    let html = page(&house, "/").await;
    assert!(html.contains("FLAC до \u{2068}7\u{2069} МБ") || html.contains("FLAC до 7 МБ"), "{html}");
    let usual = page(&House::open().await, "/").await;
    assert!(usual.contains("500"), "{usual}");
}

#[tokio::test]
async fn a_typed_dialogue_is_judged_without_scripts() {
    let house = House::open().await;
    let fields = [("kind", "text"), ("rubric", "manager-plus"), ("dialog", DIALOGUE)];
    let answer = house.send(form_body(house.request(Method::POST, "/analyze"), &fields, None)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    let to = answer.header("location").to_owned();
    let id = CallId::parse(between(&to, "call=", "#")).unwrap();
    house.app.wait_for(id, Duration::from_secs(30)).await.unwrap();
    let html = page(&house, &format!("/?call={id}")).await;
    assert!(html.contains(&format!("href=\"/history/{id}\"")), "{html}");
    assert!(html.contains("из 100"), "{html}");
}

#[tokio::test]
async fn a_form_that_cannot_be_comes_back_with_its_text() {
    let house = House::open().await;
    let fields = [("kind", "url"), ("rubric", "manager-plus"), ("url", "file:///etc/passwd")];
    let request = house.request(Method::POST, "/analyze").header("accept", "text/html");
    let answer = house.send(form_body(request, &fields, None)).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer.text().contains("value=\"file:///etc/passwd\"") && answer.text().contains("role=\"alert\"")
    );
}

#[tokio::test]
async fn words_are_found_marked_and_their_call_keeps_the_list() {
    let house = House::open().await;
    let call = house.call_of("m-1", "one", DIALOGUE).await;
    house.call_of("m-1", "two", "Клиент: Алло. Менеджер: Здравствуйте, компания «Север».").await;
    let html = page(&house, "/history?q=%D1%84%D0%B0%D1%81%D0%B0%D0%B4&manager=m-1").await;
    assert!(html.contains("<mark>фасада</mark>"), "{html}");
    assert!(html.contains("1 звонок"), "{html}");
    let link = between(&html, "class=\"strong main-link num\" href=\"", "\"")
        .replace("&#38;", "&")
        .replace("&amp;", "&");
    assert!(link.starts_with(&format!("/history/{call}?")) && link.contains("manager=m-1"), "{link}");
    let html = page(&house, &link).await;
    assert!(html.contains("1 из 1"), "{html}");
}

#[tokio::test]
async fn an_empty_history_says_what_to_do_and_a_narrow_one_how_to_widen_it() {
    let house = House::open().await;
    assert!(page(&house, "/history").await.contains("Звонков пока нет"));
    house.call_of("m-1", "one", DIALOGUE).await;
    assert!(page(&house, "/history?manager=nobody").await.contains("Под фильтры ничего не подходит"));
    assert!(
        page(&house, "/history?q=%D0%BA%D0%B0%D0%BF%D1%83%D1%81%D1%82%D0%B0")
            .await
            .contains("«капуста» ничего не нашлось")
    );
}

#[tokio::test]
async fn a_verdict_is_changed_with_a_reason_and_the_total_is_the_one_that_was_shown() {
    let house = House::open().await;
    let call = house.call_of("m-1", "one", DIALOGUE).await;
    let path = format!("/history/{call}");
    let html = page(&house, &path).await;
    let row = between(&html, "id=\"c-next_step\"", "</li>");
    let offer = row.split("<label>").find(|one| one.contains("value=\"not_met:")).unwrap();
    let (choice, promised) = (between(offer, "value=\"", "\""), between(offer, "data-total=\"", "\""));
    let sent =
        |reason: &str| format!("rubric=manager-plus&key=next_step&choice={choice}&reason={reason}&back=");
    let refused = form(&house, &format!("{path}/verdict"), &sent("++")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let saved = form(&house, &format!("{path}/verdict"), &sent("%D0%BD%D0%B5%D1%82")).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    assert_eq!(saved.header("location"), format!("{path}#c-next_step"));
    let html = page(&house, &path).await;
    assert_eq!(between(&html, "data-total>", "<"), promised);
    let row = between(&html, "id=\"c-next_step\"", "</li>");
    assert!(row.contains("Изменено") || row.contains("Изменил"), "{row}");
    let odd = form(
        &house,
        &format!("{path}/verdict"),
        "rubric=manager-plus&key=next_step&choice=met:99&reason=x&back=",
    )
    .await;
    assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn an_employee_sees_own_calls_disputes_and_changes_nothing() {
    let house = House::guarded().await;
    let own = house.call_of("m-anna", "one", DIALOGUE).await;
    let other = house.call_of("m-boris", "two", DIALOGUE).await;
    let list = page_as(&house, "anna", "/history").await.text();
    assert!(list.contains(&own.to_string()) && !list.contains(&other.to_string()));
    assert!(list.contains("1 звонок") && !list.contains("href=\"/queue\""), "{list}");
    let asked = page_as(&house, "anna", "/history?manager=m-boris").await.text();
    assert!(!asked.contains(&other.to_string()));
    for path in [format!("/history/{other}"), format!("/?call={other}")] {
        assert_eq!(page_as(&house, "anna", &path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let html = page_as(&house, "anna", &format!("/history/{own}")).await.text();
    assert!(html.contains("/dispute\"") && !html.contains("/verdict\""), "{html}");
    let request = house
        .request_as("anna", Method::POST, &format!("/history/{own}/verdict"))
        .header("content-type", "application/x-www-form-urlencoded");
    let refused = house.send(request.body(Body::from("rubric=x&key=y&choice=met&reason=z")).unwrap()).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_callers_say_and_are_called_stays_text() {
    let house = House::open().await;
    let hostile = "Клиент: <script>alert(1)</script> \"><img src=x onerror=alert(2)> фасад. Менеджер: Добрый день, {{ 7*7 }}.";
    let call = house.call_of("<b>м</b>", "one", hostile).await;
    for path in [
        "/history".to_owned(),
        "/history?q=%D1%84%D0%B0%D1%81%D0%B0%D0%B4".to_owned(),
        format!("/history/{call}"),
        format!("/?call={call}"),
    ] {
        let html = page(&house, &path).await;
        assert!(
            !html.contains("<script>alert") && !html.contains("<img src=x") && !html.contains("<b>м</b>"),
            "{path}"
        );
    }
    let html = page(&house, "/history?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").await;
    assert!(!html.contains("<script>alert"), "{html}");
}

#[tokio::test]
async fn files_of_the_pages_are_kept_for_a_year_under_their_hash() {
    let house = House::open().await;
    let html = page(&house, "/history").await;
    let style = between(&html, "rel=\"stylesheet\" href=\"", "\"").to_owned();
    let answer = house.get(&style).await;
    assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
    assert!(answer.header("content-type").starts_with("text/css"));
    let request =
        house.request(Method::GET, "/static/app.css").header("if-none-match", answer.header("etag"));
    assert_eq!(house.send(request.body(Body::empty()).unwrap()).await.status, StatusCode::NOT_MODIFIED);
    for outside in ["/static/../Cargo.toml", "/static/%2e%2e/Cargo.toml", "/static/nothing.css"] {
        assert_eq!(house.get(outside).await.status, StatusCode::NOT_FOUND, "{outside}");
    }
}

#[tokio::test]
async fn light_and_language_are_kept_and_lead_nowhere_else() {
    let house = House::open().await;
    let answer = house.get("/look?theme=dark&back=/history%3Fq%3Da").await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/history?q=a"));
    assert!(answer.header("set-cookie").starts_with("theme=dark"));
    let away = house.get("/look?lang=en&back=//evil.example").await;
    assert!(!away.header("location").contains("evil"), "{}", away.header("location"));
    let request = house.request(Method::GET, "/history").header("cookie", "theme=dark");
    let html = house.send(request.body(Body::empty()).unwrap()).await.text();
    assert!(html.contains("data-theme=\"dark\""));
}
