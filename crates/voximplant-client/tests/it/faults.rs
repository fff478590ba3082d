//! Trouble on the wire: what is repeated, what is not, and what the caller is told.

use std::time::Duration;

use serde_json::json;
use voximplant_client::{RecordUrl, RuleId, SessionUrl, StartRequest, VoximplantApi as _, VoximplantError};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{any, method},
};

use crate::live::{API_KEY, asked, client, client_at, own_key, refusal, service, success};

fn account() -> ResponseTemplate {
    success(&json!({"result": {"account_id": 1}}))
}

/// Answers so once or more, then with the account.
async fn server(first: ResponseTemplate, times: u64) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(first).up_to_n_times(times).with_priority(1).mount(&server).await;
    Mock::given(any()).respond_with(account()).mount(&server).await;
    server
}

#[tokio::test]
async fn short_trouble_of_a_read_passes_unnoticed() {
    for (name, first) in [
        ("internal error", refusal(2)),
        ("rate limit in words of the API", refusal(340)),
        ("gateway", ResponseTemplate::new(502).set_body_string("<html>502</html>")),
        ("429", ResponseTemplate::new(429).insert_header("retry-after-ms", "1").set_body_string("slow")),
        ("cut", ResponseTemplate::new(200).set_body_string("{\"result\":{\"acc")),
        ("page", ResponseTemplate::new(200).set_body_string("<html>login</html>")),
    ] {
        let server = server(first, 2).await;
        client(&server, service()).account().await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(asked(&server).await.len(), 3, "{name}");
    }
}

#[tokio::test]
async fn a_start_is_sent_once_whatever_comes_back() {
    let slow = ResponseTemplate::new(429).insert_header("retry-after-ms", "1").set_body_string("slow down");
    for (first, unknown) in [
        (ResponseTemplate::new(502), true),
        (ResponseTemplate::new(503).insert_header("retry-after", "0"), true),
        (ResponseTemplate::new(200).set_body_string("{\"resu"), true),
        (refusal(1), true),
        (refusal(484), true),
        (slow, false),
        (refusal(340), false),
        (refusal(127), false),
        (refusal(147), false),
        (ResponseTemplate::new(403), false),
    ] {
        let server = server(first, 9).await;
        let error = client(&server, service()).start(&StartRequest::new(RuleId(9), "x")).await.unwrap_err();
        assert_eq!(matches!(error, VoximplantError::Unknown { .. }), unknown, "{error:?}");
        assert_eq!(error.may_have_applied(), unknown, "{error:?}");
        assert_eq!(asked(&server).await.len(), 1, "{error:?}");
    }
}

#[tokio::test]
async fn a_connection_that_never_stood_started_nothing() {
    // bound and let go: nobody listens there (a mock server would go back to its pool and answer)
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let api = client_at(&format!("http://127.0.0.1:{port}"), service());
    let error = api.start(&StartRequest::new(RuleId(9), "x")).await.unwrap_err();
    assert!(matches!(error, VoximplantError::Unavailable { unsure: false, .. }), "{error:?}");
    assert!(error.is_retryable() && !error.may_have_applied());
}

#[tokio::test]
async fn a_token_that_ran_out_is_signed_anew_once() {
    let server = server(refusal(456), 1).await;
    client(&server, service()).account().await.unwrap();
    assert_eq!(asked(&server).await.len(), 2);
}

#[tokio::test]
async fn a_wish_to_wait_is_told() {
    let slow = ResponseTemplate::new(429).insert_header("retry-after", "3600");
    let server = server(slow, 9).await;
    let error = client(&server, service()).account().await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_hours(1)), "{error:?}");
}

#[tokio::test]
async fn errors_hold_neither_key_nor_numbers() {
    for code in [100, 104, 115, 127, 101, 340, 1] {
        let server = server(refusal(code), 99).await;
        let api = client(&server, own_key());
        let error = api.account().await.unwrap_err();
        let words = format!("{error} {error:?} {api:?}");
        assert!(!words.contains(API_KEY) && !words.contains("9161234567"), "{words}");
    }
}

#[tokio::test]
async fn a_wrong_address_names_its_setting() {
    let server = server(ResponseTemplate::new(404), 9).await;
    let error = client(&server, service()).account().await.unwrap_err();
    assert!(error.to_string().contains("VOXIMPLANT_API_URL"), "{error}");
}

#[tokio::test]
async fn tokens_and_commands_go_to_no_foreign_host() {
    let foreign = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200).set_body_bytes(&b"ID3 foreign"[..]))
        .mount(&foreign)
        .await;
    let server = MockServer::start().await;
    let api = client(&server, service());
    // another name of the same machine is another host
    let address = foreign.uri().replace("127.0.0.1", "localhost");
    let error = api.recording(&RecordUrl::new(format!("{address}/a.mp3"))).await.unwrap_err();
    assert!(matches!(error, VoximplantError::ForeignHost { .. }), "{error:?}");
    let error = api.command(&SessionUrl::new(format!("{address}/request/a/b")), "hangup").await.unwrap_err();
    assert!(error.to_string().contains("VOXIMPLANT_MEDIA_HOSTS"), "{error}");
    assert_eq!(foreign.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_recording_is_asked_for_with_our_token_and_a_redirect_away_brings_none() {
    let server = MockServer::start().await;
    let foreign = MockServer::start().await;
    let sound = ResponseTemplate::new(200).set_body_bytes(&b"ID3 sound"[..]);
    Mock::given(any()).respond_with(sound.clone()).mount(&foreign).await;
    Mock::given(method("GET")).respond_with(sound).up_to_n_times(1).mount(&server).await;
    let away = foreign.uri().replace("127.0.0.1", "localhost");
    let away = ResponseTemplate::new(302).insert_header("location", format!("{away}/x"));
    Mock::given(any()).respond_with(away).mount(&server).await;
    let api = client(&server, service());
    let url = RecordUrl::new(format!("{}/secret-record.mp3", server.uri()));
    assert_eq!(&api.recording(&url).await.unwrap().bytes(100).await.unwrap()[..], b"ID3 sound");
    let first = &server.received_requests().await.unwrap()[0];
    assert!(first.headers["authorization"].to_str().unwrap().starts_with("Bearer ey"));
    let error = api.recording(&url).await.unwrap_err();
    assert!(matches!(error, VoximplantError::ForeignHost { .. }), "{error:?}");
    assert!(!format!("{error:?} {error} {url:?}").contains("secret-record"));
    let went = foreign.received_requests().await.unwrap();
    assert!(went.iter().all(|request| request.headers.get("authorization").is_none()), "no token leaves");
}

#[tokio::test]
async fn a_command_is_sent_once() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(502)).mount(&server).await;
    let url = SessionUrl::new(format!("{}/request/a/b", server.uri()));
    let error = client(&server, service()).command(&url, "hangup").await.unwrap_err();
    assert!(
        matches!(&error, VoximplantError::Unavailable { what, .. } if what == "the session"),
        "{error:?}"
    );
    assert!(error.may_have_applied());
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_command_that_is_led_elsewhere_is_not_delivered() {
    let (server, foreign) = (MockServer::start().await, MockServer::start().await);
    Mock::given(any()).respond_with(ResponseTemplate::new(200)).mount(&foreign).await;
    let away = ResponseTemplate::new(307).insert_header("location", foreign.uri());
    Mock::given(any()).respond_with(away).mount(&server).await;
    let url = SessionUrl::new(format!("{}/request/a/b", server.uri()));
    let error = client(&server, service()).command(&url, "hangup").await.unwrap_err();
    assert!(matches!(error, VoximplantError::ForeignHost { .. }), "{error:?}");
}
