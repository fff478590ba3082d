//! The description of the service that this one took the place of, followed from its first line to its last:
//! the same addresses, the same bodies, the same members of the answers.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::Value;

use crate::house::{Answer, House, form_body};
use crate::outside::recording;

async fn get(house: &House, path: &str) -> Answer {
    let request = house.request(Method::GET, path).header("accept", "text/html");
    house.send(request.body(Body::empty()).unwrap()).await
}

/// A body as it is printed there.
async fn post(house: &House, path: &str, body: String) -> Answer {
    let request = house.request(Method::POST, path).header("content-type", "application/json");
    house.send(request.body(Body::from(body)).unwrap()).await
}

/// «Формат ответа».
fn is_as_printed(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let said = answer.json();
    let members: Vec<&str> = said.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["criteria", "raw_model_output", "recommendations", "summary", "total_score"]);
    let score = said["total_score"].as_f64().unwrap();
    assert!((0.0..=100.0).contains(&score), "{score}");
    assert!(said["criteria"].is_object() && said["raw_model_output"].is_array(), "{said}");
    assert!(said["summary"].as_str().is_some_and(|text| !text.is_empty()), "{said}");
    assert!(said["recommendations"].is_string(), "{said}");
}

#[tokio::test]
async fn the_first_services_description_is_followed_line_by_line() {
    let house = House::open().await;
    // «Теперь приложение доступно по следующим адресам»
    assert_eq!(house.app.config().server.bind.to_string(), "127.0.0.1:8000");
    let home = get(&house, "/").await;
    assert_eq!(home.status, StatusCode::OK);
    let sound_first = home.text();
    let text_first = get(&house, "/?kind=text").await.text();
    for (part, page) in [("type=\"file\"", &sound_first), ("<textarea", &text_first)] {
        assert!(page.contains(part), "no {part} on the home page");
    }
    for mode in ["Manager+", "Client+", "Диалог"] {
        assert!(sound_first.contains(mode), "no {mode} on the home page");
    }
    let docs = get(&house, "/docs").await;
    let docs = if docs.status.is_redirection() { get(&house, docs.header("location")).await } else { docs };
    assert!(docs.status == StatusCode::OK && docs.text().contains("swagger-ui"), "{}", docs.text());
    let described: Value = get(&house, "/openapi.json").await.json();
    for path in
        ["/analyze_call", "/analyze_audio_call", "/analyze_audio_by_url", "/webhook/new_call_recording"]
    {
        assert!(described["paths"][path]["post"].is_object(), "{path} is not described");
    }

    // 1. «Анализ по тексту диалога»
    let body = r#"{
      "dialog_text": "Клиент: Привет! Менеджер: Добрый день!",
      "content_mode": "Manager+"
    }"#;
    is_as_printed(&post(&house, "/analyze_call", body.to_owned()).await);

    // 2. «Анализ по загруженному аудио»: three modes, a form
    for mode in ["Manager+", "Client+", "Диалог"] {
        let form = house.request(Method::POST, "/analyze_audio_call");
        let form = form_body(form, &[("content_mode", mode)], Some(("call.mp3", &recording())));
        is_as_printed(&house.send(form).await);
    }

    // 3. «Анализ по ссылке на аудио»; the storage is this machine's
    let storage = format!("http://{}/storage", house.elsewhere);
    let body = format!(r#"{{ "file_url": "{storage}/call_123.mp3", "content_mode": "Диалог" }}"#);
    is_as_printed(&post(&house, "/analyze_audio_by_url", body).await);

    // «CRM или система звонков отправляет вебхук после завершения звонка»
    let body =
        format!(r#"{{ "call_id": "123", "manager_id": "m-42", "recording_url": "{storage}/call_123.mp3" }}"#);
    let taken = post(&house, "/webhook/new_call_recording", body).await;
    assert_eq!(taken.status, StatusCode::ACCEPTED, "{}", taken.text());
    assert_eq!(taken.json()["call_id"], "123");
    let id = domain::CallId::parse(taken.json()["job_id"].as_str().unwrap()).unwrap();
    house.app.wait_for(id, Duration::from_secs(30)).await.unwrap().unwrap();

    // «сервис сохраняет следующие данные»
    let stored = get(&house, &format!("/api/v1/calls/{id}")).await.json();
    assert_eq!((&stored["external_id"], &stored["manager"]["id"]), (&"123".into(), &"m-42".into()));
    // the sound of the tests lasts too short a time for a score: that is said, and nothing is invented
    assert!(stored["analysis"].as_object().unwrap().contains_key("total_score"), "{stored}");
    assert!(stored["analysis"]["summary"].as_str().is_some_and(|text| !text.is_empty()), "{stored}");
    assert!(stored["metrics"].is_object() && stored["tags"].is_array(), "{stored}");

    // «Руководители могут просматривать историю звонков, анализировать статистику и формировать отчёты»
    assert!(get(&house, "/history?manager=m-42").await.text().contains(&id.to_string()));
    assert_eq!(get(&house, "/dashboard").await.status, StatusCode::OK);
    let report = get(&house, "/api/v1/exports?format=csv&manager=m-42").await;
    assert!(report.status == StatusCode::OK && report.text().lines().count() >= 2, "{}", report.text());
}
