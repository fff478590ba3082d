//! Answers as they come: whole, odd, cut.

use futures::StreamExt as _;
use openai_client::{ChatApi as _, ChatEvent, Finish, OpenAiError};
use serde_json::json;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::method};

use crate::wire::{bodies, chat, request};

async fn stream(body: &str) -> Vec<Result<ChatEvent, OpenAiError>> {
    let server = MockServer::start().await;
    let template = ResponseTemplate::new(200).set_body_raw(body.as_bytes().to_vec(), "text/event-stream");
    Mock::given(method("POST")).respond_with(template).mount(&server).await;
    chat(&server, "gpt-6-luna").stream(&request()).await.unwrap().collect().await
}

fn words(events: &[Result<ChatEvent, OpenAiError>]) -> String {
    events
        .iter()
        .filter_map(|event| match event {
            Ok(ChatEvent::Words(words)) => Some(words.as_str()),
            _ => None,
        })
        .collect()
}

const BEGINNING: &str = concat!(
    ": connected\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}],\"usage\":null}\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Доб\"},\"finish_reason\":null}],\"obfuscation\":\"x9\"}\n\n",
    "event: keepalive\ndata: {}\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"рый день\"}}]}\n\n",
);
const FINISH: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
const USAGE: &str = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":5}}\n\n";
const DONE: &str = "data: [DONE]\n\n";

#[tokio::test]
async fn a_whole_stream_tells_words_end_and_bill() {
    let events = stream(&[BEGINNING, FINISH, USAGE, DONE].concat()).await;
    assert_eq!(words(&events), "Добрый день");
    let Some(Ok(ChatEvent::End { finish, usage, cost })) = events.last() else { panic!("{events:?}") };
    assert_eq!((*finish, usage.unwrap().prompt, cost.unwrap().micros), (Finish::Stop, 20, 5));
    assert_eq!(events.len(), 3);
}

#[tokio::test]
async fn either_done_or_the_bill_makes_it_whole() {
    for body in [[BEGINNING, FINISH, DONE].concat(), [BEGINNING, FINISH, USAGE].concat()] {
        let events = stream(&body).await;
        assert!(matches!(events.last(), Some(Ok(ChatEvent::End { .. }))), "{events:?}");
    }
}

#[tokio::test]
async fn a_stream_that_stops_is_cut_however_politely() {
    for body in
        [BEGINNING.to_owned(), [BEGINNING, FINISH].concat(), [BEGINNING, DONE].concat(), String::new()]
    {
        let events = stream(&body).await;
        assert!(matches!(events.last(), Some(Err(OpenAiError::Unavailable { .. }))), "{events:?}");
        assert!(events.iter().rev().skip(1).all(Result::is_ok), "nothing follows an error: {events:?}");
    }
}

#[tokio::test]
async fn an_error_in_the_middle_is_told_by_its_code() {
    let quota = "data: {\"error\":{\"message\":\"no money\",\"type\":\"insufficient_quota\"}}\n\n";
    let events = stream(&[BEGINNING, quota, FINISH, DONE].concat()).await;
    assert!(matches!(events.last(), Some(Err(OpenAiError::QuotaSpent { .. }))), "{events:?}");
    let events = stream(&[BEGINNING, "data: {нет\n\n"].concat()).await;
    assert!(matches!(events.last(), Some(Err(OpenAiError::BadAnswer { .. }))), "{events:?}");
}

#[tokio::test]
async fn thinking_is_not_spoken() {
    let thought = |text: &str| format!("data: {}\n\n", json!({"choices": [{"delta": {"content": text}}]}));
    let body =
        [thought("<thi"), thought("nk>так"), thought("</think>\n\nДа"), FINISH.to_owned(), DONE.to_owned()];
    assert_eq!(words(&stream(&body.concat()).await), "Да");
}

#[tokio::test]
async fn a_refusal_before_the_first_word_is_an_error_of_the_call() {
    let server = MockServer::start().await;
    let refusal = json!({"error": {"message": "no", "code": "invalid_api_key"}});
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(401).set_body_json(refusal))
        .expect(1)
        .mount(&server)
        .await;
    let error = chat(&server, "gpt-6-luna").stream(&request()).await.err().unwrap();
    assert!(matches!(error, OpenAiError::Unauthorized { .. }), "{error:?}");
}

#[tokio::test]
async fn a_server_that_does_not_know_the_option_is_asked_without() {
    let server = MockServer::start().await;
    let refusal = json!({"error": {"message": "Unknown parameter: 'stream_options'."}});
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(400).set_body_json(refusal))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    let whole = [BEGINNING, FINISH, DONE].concat();
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(200).set_body_raw(whole.into_bytes(), "text/event-stream"))
        .mount(&server)
        .await;
    let events: Vec<_> = chat(&server, "m").stream(&request()).await.unwrap().collect().await;
    assert_eq!(words(&events), "Добрый день");
    let seen = bodies(&server).await;
    assert_eq!(seen[0]["stream_options"], json!({"include_usage": true}));
    assert!(seen[1].get("stream_options").is_none());
}
