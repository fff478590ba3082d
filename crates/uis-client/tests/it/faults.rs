//! Trouble on the wire: what is repeated, what is not, and what the caller is told.

use serde_json::json;
use uis_client::{
    CommunicationId, Credentials, LimitKind, RecordId, RecordingKind, RecordingRef, UisApi as _, UisError,
};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{any, body_partial_json, method},
};

use crate::live::{KEY, asked, client, client_with, refusal, rows};

fn account() -> ResponseTemplate {
    rows(&json!([{"app_id": 1, "name": "ООО Ромашка", "timezone": "Europe/Moscow"}]))
}

/// Answers so once or more, then with the account.
async fn server(first: ResponseTemplate, times: u64) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(first).up_to_n_times(times).with_priority(1).mount(&server).await;
    Mock::given(any()).respond_with(account()).mount(&server).await;
    server
}

#[tokio::test]
async fn short_trouble_passes_unnoticed() {
    let cut = ResponseTemplate::new(200).set_body_string("{\"jsonrpc\":\"2.0\",\"result\":{\"da");
    for (name, first) in [
        ("internal error", refusal(-32603, "internal_error", &json!({}))),
        ("gateway", ResponseTemplate::new(502).set_body_string("<html>502</html>")),
        ("429", ResponseTemplate::new(429).insert_header("retry-after-ms", "1")),
        ("cut", cut),
        ("page", ResponseTemplate::new(200).set_body_string("<html>login</html>")),
    ] {
        let server = server(first, 2).await;
        client(&server).account().await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(asked(&server).await.len(), 3, "{name}");
    }
}

#[tokio::test]
async fn a_spent_minute_is_waited_for_and_a_spent_day_is_told() {
    let limits = json!({"minute_limit": 100, "minute_remaining": 0, "minute_reset": 0, "day_remaining": 3});
    let minute = server(refusal(-32029, "limit_exceeded", &limits), 1).await;
    client(&minute).account().await.unwrap();
    let limits = json!({"minute_remaining": 0, "minute_reset": 23, "day_remaining": 0, "day_reset": 40_000});
    let day = server(refusal(-32029, "limit_exceeded", &limits), 9).await;
    let error = client(&day).account().await.unwrap_err();
    assert!(matches!(error, UisError::LimitExceeded { kind: LimitKind::Day, .. }), "{error:?}");
    assert_eq!(error.retry_after().unwrap().as_secs(), 40_000);
    assert_eq!(asked(&day).await.len(), 1);
}

#[tokio::test]
async fn a_comment_is_not_sent_twice_when_its_answer_is_lost() {
    for first in [
        ResponseTemplate::new(502),
        refusal(-32603, "internal_error", &json!({})),
        ResponseTemplate::new(200).set_body_string("{\"resu"),
    ] {
        let server = server(first, 1).await;
        let error = client(&server).add_comment(CommunicationId(1), "раз").await.unwrap_err();
        assert!(error.may_have_applied(), "{error:?}");
        assert_eq!(asked(&server).await.len(), 1);
    }
    let busy = server(ResponseTemplate::new(429).insert_header("retry-after-ms", "1"), 1).await;
    client(&busy).add_comment(CommunicationId(1), "раз").await.unwrap();
    assert_eq!(asked(&busy).await.len(), 2, "a 429 did nothing");
}

#[tokio::test]
async fn errors_hold_neither_key_nor_numbers() {
    for mnemonic in ["access_token_invalid", "invalid_parameter_value", "internal_error", "forbidden"] {
        let server = server(refusal(-32602, mnemonic, &json!({})), 9).await;
        let uis = client(&server);
        let error = uis.account().await.unwrap_err();
        let words = format!("{error} {error:?} {uis:?}");
        assert!(!words.contains(KEY) && !words.contains("9161234567"), "{words}");
    }
}

#[tokio::test]
async fn a_wrong_address_names_its_setting() {
    let server = server(ResponseTemplate::new(404), 9).await;
    let error = client(&server).account().await.unwrap_err();
    assert!(error.to_string().contains("UIS_DATA_API_URL"), "{error}");
}

#[tokio::test]
async fn a_session_that_ended_is_renewed_once() {
    let server = MockServer::start().await;
    let login = json!({"jsonrpc": "2.0", "id": 1, "result": {"data": {"access_token": "k3f9", "app_id": 1}}});
    Mock::given(body_partial_json(json!({"method": "login.user"})))
        .respond_with(ResponseTemplate::new(200).set_body_json(login))
        .with_priority(1)
        .mount(&server)
        .await;
    Mock::given(any())
        .respond_with(refusal(-32001, "access_token_invalid", &json!({})))
        .up_to_n_times(1)
        .with_priority(2)
        .mount(&server)
        .await;
    Mock::given(any()).respond_with(account()).mount(&server).await;
    let login = Credentials::Login { login: "api@firma.ru".into(), password: KEY.to_owned().into() };
    let uis = client_with(&server, login);
    uis.account().await.unwrap();
    uis.account().await.unwrap();
    let methods: Vec<_> = asked(&server).await.iter().map(|body| body["method"].clone()).collect();
    assert_eq!(methods, ["login.user", "get.account", "login.user", "get.account", "get.account"]);
}

#[tokio::test]
async fn a_wrong_password_is_not_tried_again() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(refusal(-32001, "auth_error", &json!({}))).mount(&server).await;
    let login = Credentials::Login { login: "api@firma.ru".into(), password: KEY.to_owned().into() };
    let error = client_with(&server, login).account().await.unwrap_err();
    assert!(matches!(error, UisError::Unauthorized { .. }), "{error:?}");
    assert_eq!(asked(&server).await.len(), 1);
}

fn recording() -> RecordingRef {
    RecordingRef::new(
        RecordingKind::Talk,
        CommunicationId(7),
        RecordId::new("2e675888ded89ed517d5c60e63a2d8c3"),
    )
}

#[tokio::test]
async fn a_redirect_to_a_foreign_host_brings_no_sound() {
    let (server, foreign) = (MockServer::start().await, MockServer::start().await);
    let sound = ResponseTemplate::new(200).set_body_bytes(&b"ID3 foreign"[..]);
    Mock::given(method("GET")).respond_with(sound).mount(&foreign).await;
    let away = ResponseTemplate::new(302).insert_header("location", format!("{}/x", foreign.uri()));
    Mock::given(method("GET")).respond_with(away).mount(&server).await;
    let error = client(&server).recording(&recording()).await.unwrap_err();
    assert!(matches!(error, UisError::NotSound { .. }), "{error:?}");
    assert!(foreign.received_requests().await.unwrap().is_empty(), "the address opens the recording");
}

#[tokio::test]
async fn a_busy_media_host_is_asked_again_and_its_address_is_told_to_nobody() {
    let server = MockServer::start().await;
    let sound = ResponseTemplate::new(200).set_body_bytes(&b"ID3 sound"[..]);
    Mock::given(any()).respond_with(ResponseTemplate::new(503)).up_to_n_times(2).mount(&server).await;
    Mock::given(any()).respond_with(sound).up_to_n_times(1).mount(&server).await;
    let uis = client(&server);
    let heard = uis.recording(&recording()).await.unwrap().bytes(100).await.unwrap();
    assert_eq!(&heard[..], b"ID3 sound");
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests[0].url.path(), "/system/media/talk/7/2e675888ded89ed517d5c60e63a2d8c3/");
    let error = uis.recording(&recording()).await.unwrap_err();
    assert!(matches!(error, UisError::RecordingGone { .. }));
    assert!(!format!("{error:?} {error} {:?}", recording()).contains("ded89ed5"));
}
