//! Exact wire and trouble on it: what travels, what is repeated, and what no error shows.

use std::time::Duration;

use http_client::{HttpClientConfig, RetryPolicy};
use telegram_client::{ChatId, Message, TelegramApi as _, TelegramClient, TelegramConfig, TelegramError};
use wiremock::matchers::{body_json, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const TOKEN: &str = "42:hunter2";

fn client(server: &MockServer) -> TelegramClient {
    let config = TelegramConfig::at(&server.uri(), &TOKEN.to_owned().into()).unwrap();
    let retry = RetryPolicy { first_delay: Duration::from_millis(1), ..RetryPolicy::default() };
    TelegramClient::new(config, &HttpClientConfig { retry, ..HttpClientConfig::default() }).unwrap()
}

fn group() -> ChatId {
    ChatId::parse("-100500").unwrap()
}

async fn answers(server: &MockServer, template: ResponseTemplate, times: u64) {
    Mock::given(method("POST")).respond_with(template).expect(times).mount(server).await;
}

#[tokio::test]
async fn a_message_travels_as_documented() {
    let server = MockServer::start().await;
    let body = serde_json::json!({
        "chat_id": "-100500", "text": "<b>Да</b>", "parse_mode": "HTML", "disable_notification": true,
        "link_preview_options": {"is_disabled": true},
    });
    let answer =
        serde_json::json!({"ok": true, "result": {"message_id": 7, "date": 1, "chat": {"id": -100_500}}});
    Mock::given(method("POST"))
        .and(path("/bot42:hunter2/sendMessage"))
        .and(body_json(body))
        .respond_with(ResponseTemplate::new(200).set_body_json(answer))
        .expect(1)
        .mount(&server)
        .await;
    let id = client(&server).send(&group(), &Message::new("<b>Да</b>").silently()).await.unwrap();
    assert_eq!(id.0, 7);
}

#[tokio::test]
async fn nobody_knows_whether_a_message_stands_after_a_500_so_it_is_sent_once() {
    let server = MockServer::start().await;
    answers(&server, ResponseTemplate::new(502).set_body_string("<html>Bad Gateway</html>"), 1).await;
    let error = client(&server).send(&group(), &Message::new("x")).await.unwrap_err();
    assert!(error.may_have_applied() && error.is_retryable(), "{error}");
}

#[tokio::test]
async fn a_short_wait_is_waited_and_a_refused_token_is_final() {
    let server = MockServer::start().await;
    let slow = serde_json::json!({
        "ok": false, "error_code": 429, "description": "Too Many Requests: retry after 0",
        "parameters": {"retry_after": 0},
    });
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(429).set_body_json(slow))
        .up_to_n_times(1)
        .expect(1)
        .mount(&server)
        .await;
    let refused = serde_json::json!({"ok": false, "error_code": 401, "description": "Unauthorized"});
    answers(&server, ResponseTemplate::new(401).set_body_json(refused), 1).await;
    let error = client(&server).send(&group(), &Message::new("x")).await.unwrap_err();
    assert!(matches!(error, TelegramError::Unauthorized), "{error}");
}

#[tokio::test]
async fn another_server_at_that_address_is_told_apart() {
    let server = MockServer::start().await;
    answers(&server, ResponseTemplate::new(404).set_body_string("<html>nothing here</html>"), 1).await;
    let error = client(&server).bot().await.unwrap_err();
    assert!(matches!(&error, TelegramError::Config(why) if why.contains("TELEGRAM_API_URL")), "{error}");
}

#[tokio::test]
async fn hostile_answers_are_errors_and_show_no_token() {
    for body in ["", "[]", "{}", "{\"ok\":true}", "{\"ok\":true,\"result\":[]}", "{\"ok\":false}", "\u{0}"] {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .respond_with(ResponseTemplate::new(200).set_body_string(body))
            .mount(&server)
            .await;
        let error = client(&server).send(&group(), &Message::new("x")).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{body}");
    }
    // nobody listens there
    let config = TelegramConfig::at("http://127.0.0.1:9", &TOKEN.to_owned().into()).unwrap();
    let retry = RetryPolicy { attempts: 1, ..RetryPolicy::default() };
    let http = HttpClientConfig { retry, ..HttpClientConfig::default() };
    let error = TelegramClient::new(config, &http).unwrap().bot().await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2") && !error.may_have_applied(), "{error}");
}
