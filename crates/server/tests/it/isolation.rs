//! A manager sees own calls only: every route of the table is tried with a manager's token against the
//! calls of somebody else.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use domain::CallId;
use serde_json::{Value, json};

use crate::access::filled;
use crate::house::{Answer, House, json_body};

/// A word that only the other manager's call holds, and that is looked for.
const ASKED: &str = "ксилофонная";

/// Another one, which no question holds.
const SECRET: &str = "брандспойт";

/// The other's call: its sender's name, tags, words and numbers are all to be looked for.
const NAME: &str = "boris-call-77";

async fn house_with_calls() -> (House, CallId, CallId) {
    let house = House::guarded().await;
    let own =
        house.call_of("m-anna", "anna-call-1", "Клиент: Привет! Менеджер: Добрый день, меня зовут Анна!");
    let own = own.await;
    let text =
        format!("Клиент: Мне нужна {ASKED} фабрика и {SECRET}! Менеджер: Добрый день, {SECRET} у нас есть!");
    let other = house.call_of("m-boris", NAME, &text).await;
    (house, own, other)
}

fn assert_nothing_seen(answer: &Answer, other: CallId, what: &str) {
    let text = answer.text();
    // a page may repeat what it was asked
    for mark in [SECRET, NAME, "m-boris"].into_iter().filter(|mark| !what.contains(*mark)) {
        assert!(!text.to_lowercase().contains(mark), "{what} shows {mark:?}");
    }
    if !what.contains(&other.to_string()) {
        assert!(!text.contains(&other.to_string()), "{what} shows the call's id");
    }
}

#[tokio::test]
async fn a_manager_tried_against_every_route_sees_nothing_of_others() {
    let (house, _, other) = house_with_calls().await;
    let before = whole(&house, other).await;
    let id = other.to_string();
    let questions = [
        String::new(),
        "?manager_id=m-boris".to_owned(),
        "?manager=m-boris".to_owned(),
        format!("?q={}", escaped(ASKED)),
        format!("?call_id={id}"),
        format!("?id={id}&call={id}"),
    ];
    let mut tried = 0;
    for route in server::routes() {
        if route.roles.is_none() && !route.path.contains('{') {
            continue;
        }
        for value in [id.as_str(), "m-boris", NAME] {
            let path = filled(route.path, value);
            for question in &questions {
                let method = Method::from_bytes(route.method.as_bytes()).unwrap();
                let asked = format!("{path}{question}");
                let what = format!("{method} {asked}");
                let request = house.request_as("anna", method.clone(), &asked);
                let answer = if method == Method::GET {
                    bounded(&house, request.body(Body::empty()).unwrap()).await
                } else {
                    bounded(&house, json_body(request, &mischief(&id))).await
                };
                assert_nothing_seen(&answer, other, &what);
                assert_ne!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{what}: {}", answer.text());
                let names_the_call = path.contains(&id) && !route.path.starts_with("/webhook");
                if names_the_call {
                    assert!(!answer.status.is_success(), "{what}: {}", answer.status);
                }
                tried += 1;
            }
        }
    }
    assert!(tried > 100, "{tried}");
    assert_eq!(whole(&house, other).await, before, "nothing of it was changed");
}

/// A body with everything that any route may want.
fn mischief(id: &str) -> Value {
    json!({
        "call_id": id, "id": id, "ids": [id], "calls": [id], "manager_id": "m-boris", "key": "greeting",
        "criterion": "greeting", "verdict": "met", "reason": "так", "comment": "так",
    })
}

fn escaped(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// An answer, or what an endless one has said within a moment.
async fn bounded(house: &House, request: axum::http::Request<Body>) -> Answer {
    use futures::StreamExt as _;
    use tower::ServiceExt as _;
    let response = house.router().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let mut stream = body.into_data_stream();
    let mut read = Vec::new();
    let moment = std::time::Duration::from_millis(300);
    while let Ok(Some(piece)) = tokio::time::timeout(moment, stream.next()).await {
        read.extend_from_slice(&piece.unwrap());
    }
    Answer { status: parts.status, headers: parts.headers, body: read }
}

async fn whole(house: &House, id: CallId) -> String {
    let report = house.app.report(id, None).await.unwrap().unwrap();
    pipeline::call_json(&report).to_string()
}

#[tokio::test]
async fn a_supervisor_sees_what_the_manager_does_not() {
    let (house, _, other) = house_with_calls().await;
    let mut seen = false;
    for route in server::routes() {
        let leader = route.roles.as_ref().is_some_and(|roles| roles.contains(&"supervisor"));
        if route.method == "GET" && leader && route.path.contains("{id}") {
            let path = filled(route.path, &other.to_string());
            let request = house.request_as("supervisor", Method::GET, &path);
            seen |= bounded(&house, request.body(Body::empty()).unwrap()).await.text().contains(SECRET);
        }
    }
    assert!(seen, "the marks that are looked for are really there");
}
