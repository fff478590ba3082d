//! AI calls over HTTP: who may place them, what is refused and how, turns that come twice or out of order,
//! hanging up, and what Voximplant tells of the account.

use axum::http::{Method, StatusCode};
use chrono::{Datelike as _, TimeDelta};
use domain::{CallId, PhoneNumber};
use serde_json::{Value, json};
use store::{Conversation, ConversationStage};
use voice_agent::{DialogueState, Ending};

use crate::house::{Answer, House, Plan, json_body};

const SECRET: &str = "both-know-it";
const PHONE: &str = "+79161234567";
/// The shipped persona, to be given hours of its own.
const PERSONA: &str = include_str!("../../../voice-agent/personas/lead-qualification.toml");

async fn room(env: Vec<(&'static str, String)>) -> House {
    let mut all = vec![
        ("VOXIMPLANT_BACKEND_SECRET", SECRET.to_owned()),
        ("VOXIMPLANT_MEDIA_HOSTS", "127.0.0.1".to_owned()),
    ];
    all.extend(env);
    House::planned(Plan { env: all, ..Plan::default() }).await
}

async fn call(house: &House, body: &Value) -> Answer {
    house.post_json("/calls", body).await
}

async fn placed(house: &House) -> String {
    let answer = call(house, &json!({ "phone": PHONE })).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    answer.json()["call_id"].as_str().unwrap().to_owned()
}

/// As a scenario asks.
async fn scenario(house: &House, path: &str, body: &Value) -> Answer {
    let request = house.request(Method::POST, path).header("authorization", format!("Bearer {SECRET}"));
    house.send(json_body(request, body)).await
}

fn turn(house: &House, call: &str, number: u32) -> Value {
    let audio = format!("http://{}/storage/call_123.mp3", house.elsewhere);
    json!({ "call_id": call, "audio_url": audio, "duration": 4.0, "turn": number })
}

fn refused(answer: &Answer, status: u16, code: &str) -> Value {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let said = answer.json();
    assert_eq!(said["code"], code, "{said}");
    said
}

#[tokio::test]
async fn a_placed_call_stands_in_the_history_at_once() {
    let house = room(Vec::new()).await;
    let answer = call(&house, &json!({ "phone": "8 (916) 123-45-67" })).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let said = answer.json();
    assert_eq!((&said["status"], &said["mode"]), (&json!("placed"), &json!("simulated")));
    let path = format!("/api/v1/calls/{}", said["call_id"].as_str().unwrap());
    assert_eq!(answer.header("location"), path);
    let known = house.get(&path).await.json();
    assert_eq!((&known["callee"], &known["source"]), (&json!(PHONE), &json!("simulated")), "{known}");
}

#[tokio::test]
async fn what_is_no_number_no_persona_or_no_zone_is_refused_by_field() {
    let house = room(Vec::new()).await;
    for (body, code, field) in [
        (json!({ "phone": "12345" }), "phone", "phone"),
        (json!({ "phone": "+7916" }), "phone", "phone"),
        (json!({ "phone": "мама" }), "phone", "phone"),
        (json!({ "phone": PHONE, "persona": "nobody" }), "persona", "persona"),
        (json!({ "phone": PHONE, "timezone": "Mars/Base" }), "timezone", "timezone"),
    ] {
        let said = refused(&call(&house, &body).await, 422, code);
        assert_eq!(said["field"], field, "{said}");
    }
    assert_eq!(call(&house, &json!({})).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(house.app.store().live_conversations().await.unwrap(), 0, "nothing was begun");
}

#[tokio::test]
async fn a_number_that_asked_never_to_be_called_is_not() {
    let house = room(Vec::new()).await;
    let (store, now) = (house.app.store(), house.app.clock().now());
    store.stop_number(&PhoneNumber::parse(PHONE).unwrap(), "asked in a call", now).await.unwrap();
    refused(&call(&house, &json!({ "phone": PHONE })).await, 409, "stop_list");
    assert_eq!(call(&house, &json!({ "phone": "+79161234568" })).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn outside_the_hours_it_is_said_when_a_call_may_be_placed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("monday.toml");
    // one hour of a day that is neither today nor tomorrow anywhere on earth
    let day = (domain::Clock::now(&domain::SystemClock) + TimeDelta::days(3)).weekday().number_from_monday();
    let (head, _) = PERSONA.split_once("[[allowed_hours]]").unwrap();
    let (_, tail) = PERSONA.split_once("[phrases]").unwrap();
    let hours = format!("[[allowed_hours]]\ndays = [{day}]\nfrom = \"10:00\"\nto = \"11:00\"\n\n[phrases]");
    let text = format!("{head}{hours}{tail}").replace("id = \"lead-qualification\"", "id = \"monday\"");
    std::fs::write(&path, text).unwrap();
    let house = room(vec![("ZVONAR_PERSONA", path.display().to_string())]).await;
    let said = refused(&call(&house, &json!({ "phone": PHONE })).await, 409, "outside_hours");
    let at: chrono::DateTime<chrono::Utc> = said["retry_at"].as_str().unwrap().parse().unwrap();
    let moscow = at.with_timezone(&chrono_tz::Europe::Moscow);
    assert_eq!(moscow.format("%H:%M").to_string(), "10:00", "{said}");
    assert_eq!(moscow.weekday().number_from_monday(), day);
    // the client's own clock, where the lead tells it
    let body = json!({ "phone": PHONE, "timezone": "Asia/Vladivostok" });
    let there = refused(&call(&house, &body).await, 409, "outside_hours");
    assert_ne!(there["retry_at"], said["retry_at"]);
}

#[tokio::test]
async fn the_money_of_a_day_and_the_lines_are_limited() {
    let house =
        room(vec![("ZVONAR_DAILY_CALL_BUDGET", "2RUB".to_owned()), ("VOXIMPLANT_MAX_CALLS", "1".to_owned())])
            .await;
    placed(&house).await;
    let busy = call(&house, &json!({ "phone": "+79161234568" })).await;
    let said = refused(&busy, 429, "too_many");
    assert_eq!((&said["max_calls"], busy.header("retry-after")), (&json!(1), "30"));
    let (store, now) = (house.app.store(), house.app.clock().now());
    let dear = Conversation {
        call: CallId::derive("simulated", "dear"),
        version: 0,
        stage: ConversationStage::Closed,
        phone: None,
        started_at: now,
        touched_at: now,
        cost: vec!["2RUB".parse().unwrap()],
        body: String::new(),
    };
    store.begin_conversation(&dear, None, None).await.unwrap();
    refused(&call(&house, &json!({ "phone": "+79161234568" })).await, 409, "spend_cap");
}

#[tokio::test]
async fn the_same_key_is_the_same_call_and_another_request_under_it_is_refused() {
    let house = room(Vec::new()).await;
    let body = json!({ "phone": PHONE, "idempotency_key": "lead-1024" });
    let first = call(&house, &body).await.json();
    let again = call(&house, &body).await;
    assert_eq!(again.status, StatusCode::CREATED);
    assert_eq!(again.json()["call_id"], first["call_id"]);
    assert_eq!(again.json()["status"], "placed_before");
    // the same key in the header, the same number written otherwise
    let request = house.request(Method::POST, "/calls").header("idempotency-key", "lead-1024");
    let by_header = house.send(json_body(request, &json!({ "phone": "89161234567" }))).await;
    assert_eq!(by_header.json()["call_id"], first["call_id"]);
    let other = json!({ "phone": "+79161234568", "idempotency_key": "lead-1024" });
    assert_eq!(refused(&call(&house, &other).await, 409, "key_reused")["field"], "idempotency_key");
    assert_eq!(house.app.store().live_conversations().await.unwrap(), 1);
}

#[tokio::test]
async fn a_call_is_hung_up_once_and_an_unknown_one_is_not_there() {
    let house = room(Vec::new()).await;
    let id = placed(&house).await;
    let path = format!("/calls/{id}/hangup");
    for _ in 0..2 {
        assert_eq!(house.post_json(&path, &json!({})).await.status, StatusCode::NO_CONTENT);
    }
    let known = house.app.voice().await.unwrap().dialogue(&id).await.unwrap().unwrap();
    assert_eq!(known.intends, Some(Ending::Stopped));
    for id in [CallId::derive("simulated", "nobody").to_string(), "none".to_owned()] {
        let answer = house.post_json(&format!("/calls/{id}/hangup"), &json!({})).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
    // it is told so with its next word
    let answer = scenario(&house, "/voximplant/events", &json!({ "event": "started", "call_id": id })).await;
    refused(&answer, 409, "call_over");
}

#[tokio::test]
async fn a_turn_that_comes_twice_is_answered_alike_and_paid_once() {
    let house = room(Vec::new()).await;
    let id = placed(&house).await;
    for event in ["started", "answered"] {
        let told = scenario(&house, "/voximplant/events", &json!({ "event": event, "call_id": id })).await;
        assert_eq!(told.status, StatusCode::OK, "{}", told.text());
    }
    let first = scenario(&house, "/voximplant/process_audio", &turn(&house, &id, 1)).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.text());
    assert!(!first.json()["text"].as_str().unwrap().is_empty());
    let (heard, fetched) = (house.outside.heard(), house.outside.fetched());
    let again = scenario(&house, "/voximplant/process_audio", &turn(&house, &id, 1)).await;
    assert_eq!(again.json(), first.json());
    assert_eq!((house.outside.heard(), house.outside.fetched()), (heard, fetched));
    // two at once
    let body = turn(&house, &id, 2);
    let (one, other) = tokio::join!(
        scenario(&house, "/voximplant/process_audio", &body),
        scenario(&house, "/voximplant/process_audio", &body)
    );
    assert_eq!(one.json(), other.json());
    assert_eq!(house.outside.fetched(), fetched + 1);
    let after = house.outside.heard();
    // the first turn once more, after the second: what was said then
    let late = scenario(&house, "/voximplant/process_audio", &turn(&house, &id, 1)).await;
    assert_eq!(late.json()["text"], first.json()["text"]);
    let known = house.app.voice().await.unwrap().dialogue(&id).await.unwrap().unwrap();
    let numbers: Vec<u32> = known.turns.iter().map(|turn| turn.number).collect();
    assert_eq!(numbers, [0, 1, 2]);
    assert_eq!(house.outside.heard(), after);
}

#[tokio::test]
async fn a_turn_of_a_strange_host_is_answered_and_nothing_is_fetched() {
    let house = room(Vec::new()).await;
    let id = placed(&house).await;
    scenario(&house, "/voximplant/events", &json!({ "event": "started", "call_id": id })).await;
    let body = json!({ "call_id": id, "audio_url": "http://169.254.169.254/latest", "turn": 1 });
    let answer = scenario(&house, "/voximplant/process_audio", &body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert!(!answer.json()["text"].as_str().unwrap().is_empty(), "the client hears an apology");
    assert_eq!(house.outside.fetched(), 0);
}

#[tokio::test]
async fn without_the_secret_no_scenario_is_answered() {
    let mut house = room(Vec::new()).await;
    let id = placed(&house).await;
    house.lock().await;
    let tokens = ["wrong".to_owned(), String::new(), house.token("admin").to_owned()];
    for token in tokens {
        for (method, path) in [
            (Method::POST, "/voximplant/process_audio".to_owned()),
            (Method::POST, "/voximplant/events".to_owned()),
            (Method::GET, format!("/voximplant/next/{id}/1-1")),
            (Method::GET, format!("/voximplant/media/{id}")),
        ] {
            let request = house.request(method, &path).header("authorization", format!("Bearer {token}"));
            let answer = house.send(json_body(request, &turn(&house, &id, 1))).await;
            assert!(
                matches!(answer.status.as_u16(), 401 | 403),
                "{path} {:?}: {} {}",
                token.len(),
                answer.status,
                answer.text()
            );
        }
    }
    // nor does the secret open anything else
    let request =
        house.request(Method::GET, "/api/v1/calls").header("authorization", format!("Bearer {SECRET}"));
    assert_eq!(house.send(json_body(request, &json!({}))).await.status, StatusCode::UNAUTHORIZED);
    let known = house.app.voice().await.unwrap().dialogue(&id).await.unwrap().unwrap();
    assert_eq!((known.turns.len(), known.state), (0, DialogueState::Placed));
}

#[tokio::test]
async fn who_answers_for_others_places_calls_and_an_employee_sees_none_of_them() {
    let house = House::guarded().await;
    let body = json!({ "phone": PHONE });
    for (who, status) in [("anna", 403), ("robot", 201), ("supervisor", 201)] {
        assert_eq!(house.post_json_as(who, "/calls", &body).await.status, status, "{who}");
    }
    let all = house.get_as("supervisor", "/api/v1/calls").await.json();
    assert_eq!(all["calls"].as_array().unwrap().len(), 2);
    let own = house.get_as("anna", "/api/v1/calls").await.json();
    assert_eq!(own["calls"], json!([]));
    let id = all["calls"][0]["id"].as_str().unwrap();
    for path in [format!("/api/v1/calls/{id}"), "/live".to_owned(), "/api/v1/live/events".to_owned()] {
        let answer = house
            .knock(house.request_as("anna", Method::GET, &path).body(axum::body::Body::empty()).unwrap())
            .await;
        assert!(matches!(answer.status.as_u16(), 403 | 404), "{path}: {}", answer.status);
    }
    let hangup = format!("/calls/{id}/hangup");
    assert_eq!(house.post_json_as("anna", &hangup, &json!({})).await.status, 403);
    assert_eq!(house.post_json_as("robot", &hangup, &json!({})).await.status, 204);
}

fn callbacks(id: i64, hash: &str) -> Value {
    json!({ "callbacks": [
        { "callback_id": id, "type": "min_balance", "account_id": 42, "hash": hash, "balance": 0.9 }] })
}

#[tokio::test]
async fn callbacks_of_the_account_are_proved_and_stop_campaigns_until_there_is_money() {
    let house = room(vec![
        ("VOXIMPLANT_ACCOUNT_ID", "42".to_owned()),
        ("VOXIMPLANT_API_KEY", "own-key".to_owned()),
        ("VOXIMPLANT_API_URL", "http://{elsewhere}/platform_api".to_owned()),
    ])
    .await;
    // md5 of HMAC-SHA256(secret, "account-callbacks") + account + key + id
    let (seventh, eighth) = ("593acee44fefd89463052f7966914f30", "0b7497d6ca4055303e1357ce4ee677ae");
    for wrong in [callbacks(7, eighth), callbacks(7, ""), json!({}), json!([])] {
        refused(&house.post_json("/voximplant/account", &wrong).await, 401, "callback_refused");
    }
    assert!(!house.app.is_balance_low().await.unwrap());
    let told = house.post_json("/voximplant/account", &callbacks(7, seventh)).await;
    assert_eq!((told.status, told.json()), (StatusCode::OK, json!({ "new": 1 })));
    assert!(house.app.is_balance_low().await.unwrap());
    assert_eq!(
        house.post_json("/voximplant/account", &callbacks(7, seventh)).await.json(),
        json!({ "new": 0 })
    );
    let unsigned = room(Vec::new()).await;
    let answer = unsigned.post_json("/voximplant/account", &callbacks(7, seventh)).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "without the account's own key nothing is proved");
}
