//! Calls by text, by file, by address; what the guard lets through and what it does not.

use app::CallFacts;
use domain::CallStatus;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::house::{House, golden, streamed};

const DIALOGUE: &str = "Клиент: Привет! Менеджер: Добрый день, компания «Север», Анна. Чем могу помочь?";

fn named(id: &str) -> CallFacts {
    CallFacts { call_id: Some(id.to_owned()), ..CallFacts::default() }
}

#[tokio::test]
async fn a_text_is_judged_where_no_speech_model_is_installed() {
    let house = House::with(&[]).await.serve();
    let rubric = house.app.rubric("manager-plus").unwrap();
    let taken = house.app.submit_dialogue(CallFacts::default(), DIALOGUE, &rubric).await.unwrap();
    let report = house.settled(taken.call).await;
    assert_eq!(report.status, CallStatus::Done, "{:?}", report.error);
    assert!(report.call.started_at.is_some(), "a call without a time came now");
    assert!(report.analysis.unwrap().raw_model_output.is_empty(), "rules say nothing raw");
    let other = house.app.submit_dialogue(CallFacts::default(), DIALOGUE, &rubric).await.unwrap();
    assert_ne!(other.call, taken.call, "without a name each is a call of its own");
    house.close().await;
}

#[tokio::test]
async fn a_recording_waits_for_a_model_and_says_so() {
    let house = House::with(&[]).await.serve();
    let rubric = house.app.rubric("dialog").unwrap();
    let sound = streamed(golden("b_rude_manager.wav"));
    let taken = house.app.submit_recording(named("1"), sound, &rubric).await.unwrap();
    let report = house.settled(taken.call).await;
    assert_eq!(report.status, CallStatus::Paused);
    assert_eq!(report.error.unwrap().code, "model_missing");
    assert!(report.recording.is_some());
    house.close().await;
}

#[tokio::test]
async fn an_upload_over_the_limit_is_refused_by_name() {
    let house = House::with(&[("ZVONAR_MAX_UPLOAD_MB", "1")]).await;
    let rubric = house.app.rubric("dialog").unwrap();
    let refused = house.app.submit_recording(named("1"), streamed(vec![0; 1_000_001]), &rubric).await;
    assert_eq!(refused.unwrap_err().code, "upload_too_large");
}

#[tokio::test]
async fn an_address_inside_is_refused_and_the_reason_told() {
    let server = MockServer::start().await;
    let house = House::with(&[]).await.serve();
    let rubric = house.app.rubric("dialog").unwrap();
    let url = format!("{}/1.mp3?sig=hunter2", server.uri());
    let taken = house.app.submit_url(named("1"), &url, &rubric).await.unwrap();
    let report = house.settled(taken.call).await;
    assert_eq!(report.status, CallStatus::RecordingUnavailable);
    let error = report.error.unwrap();
    assert!(error.message.contains("127.0.0.1 не открываем: он ведёт на этот компьютер"), "{error:?}");
    assert!(!format!("{error:?}").contains("hunter2"));
    assert!(server.received_requests().await.unwrap().is_empty());
    house.close().await;
}

#[tokio::test]
async fn an_allowed_address_is_fetched_and_a_missing_file_is_told() {
    let server = MockServer::start().await;
    let sound = ResponseTemplate::new(200).set_body_bytes(golden("b_rude_manager.wav"));
    Mock::given(path("/1.wav")).respond_with(sound).mount(&server).await;
    let expired = ResponseTemplate::new(403);
    Mock::given(path("/2.wav")).respond_with(expired).mount(&server).await;
    let large = ResponseTemplate::new(200).set_body_bytes(vec![0_u8; 1_000_001]);
    Mock::given(path("/3.wav")).respond_with(large).mount(&server).await;
    let allowed = [("ZVONAR_ALLOW_PRIVATE_URLS", "127.0.0.0/8"), ("ZVONAR_MAX_UPLOAD_MB", "1")];
    let house = House::with(&allowed).await.serve();
    let rubric = house.app.rubric("dialog").unwrap();
    let at = |file: &str| format!("{}/{file}?sig=hunter2", server.uri());
    let taken = house.app.submit_webhook(named("1"), &at("1.wav"), &rubric).await.unwrap();
    let report = house.settled(taken.call).await;
    assert!(report.recording.is_some(), "{:?}", report.error);
    for (file, why) in
        [("2.wav", "ссылка могла устареть"), ("3.wav", "больше предела"), ("4.wav", "файла нет")]
    {
        let taken = house.app.submit_webhook(named(file), &at(file), &rubric).await.unwrap();
        let report = house.settled(taken.call).await;
        assert_eq!(report.status, CallStatus::RecordingUnavailable, "{file}");
        let error = report.error.unwrap();
        assert!(error.message.contains(why) && !error.message.contains("hunter2"), "{error:?}");
    }
    house.close().await;
}

/// Answers whoever comes with bytes that never end and whose number is not told.
async fn endless() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/endless.wav", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut line, _)) = listener.accept().await {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\nTransfer-Encoding: chunked\r\n\r\n";
            let mut chunk = b"10000\r\n".to_vec();
            chunk.extend(vec![0; 0x10000]);
            chunk.extend(b"\r\n");
            let mut sent = line.write_all(head.as_bytes()).await;
            while sent.is_ok() {
                sent = line.write_all(&chunk).await;
            }
        }
    });
    url
}

#[tokio::test]
async fn a_file_without_a_declared_length_is_cut_at_the_limit() {
    let allowed = [("ZVONAR_ALLOW_PRIVATE_URLS", "127.0.0.0/8"), ("ZVONAR_MAX_UPLOAD_MB", "3")];
    let house = House::with(&allowed).await.serve();
    let rubric = house.app.rubric("dialog").unwrap();
    let taken = house.app.submit_webhook(named("1"), &endless().await, &rubric).await.unwrap();
    let report = house.settled(taken.call).await;
    assert_eq!(report.status, CallStatus::RecordingUnavailable);
    assert!(report.error.unwrap().message.contains("больше предела: 3 МБ"));
    house.close().await;
}

#[tokio::test]
async fn links_from_outside_lead_to_our_page() {
    let house = House::with(&[("BACKEND_URL", "https://zvonar.example.ru/")]).await;
    let call = domain::CallId::derive("upload", "1");
    let page = house.app.page_url(call).unwrap();
    assert_eq!(page, format!("https://zvonar.example.ru/history/{call}"));
    assert_eq!(House::with(&[]).await.app.page_url(call), None);
}

#[tokio::test]
async fn settings_of_the_service_are_read() {
    let house = House::with(&[
        ("ZVONAR_BIND", "0.0.0.0:8080"),
        ("ZVONAR_ADMIN_TOKEN", "hunter2"),
        ("ZVONAR_WEBHOOK_URL", "https://a.example/x, https://b.example/y/"),
        ("ZVONAR_CRM_URL", "https://crm.example/api"),
        ("ZVONAR_CRM_SECRET", "hunter2"),
    ])
    .await;
    let server = &house.app.config().server;
    assert_eq!(server.bind.to_string(), "0.0.0.0:8080");
    assert_eq!(server.result_webhooks, ["https://a.example/x", "https://b.example/y"]);
    assert_eq!(server.max_upload_bytes, 500_000_000);
    assert!(server.crm_url.is_some() && server.admin_token.is_some());
    assert!(!format!("{server:?}").contains("hunter2"));
}
