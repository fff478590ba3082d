//! What is sent, byte for byte where it matters, and what is read from answers.

use http_client::{HttpClient, HttpClientConfig, RetryPolicy, SteadyJitter};
use openai_client::{
    AnswerSchema, ChatApi as _, ChatMessage, ChatRequest, Finish, ModelTable, OpenAiChat, OpenAiConfig,
    OpenAiSpeech, Role, TranscriptionApi as _, testing::contract::sound,
};
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{header, method, path},
};

/// Waits are short: the sockets are real, so time is too.
pub(crate) fn http(config: &OpenAiConfig) -> HttpClient {
    let retry = RetryPolicy { first_delay: std::time::Duration::from_millis(1), ..config.http().retry };
    let config = HttpClientConfig { retry, ..config.http() };
    HttpClient::with_jitter(config, std::sync::Arc::new(SteadyJitter(0.0))).unwrap()
}

pub(crate) fn config(server: &MockServer) -> OpenAiConfig {
    OpenAiConfig::new(&format!("{}/v1/", server.uri()), " sk-test-key \n".into()).unwrap()
}

pub(crate) fn chat(server: &MockServer, model: &str) -> OpenAiChat {
    let config = config(server);
    OpenAiChat::new(http(&config), config, ModelTable::embedded().unwrap().chat(model)).unwrap()
}

pub(crate) fn speech(server: &MockServer, model: &str) -> OpenAiSpeech {
    let config = config(server);
    OpenAiSpeech::new(http(&config), config, ModelTable::embedded().unwrap().speech(model)).unwrap()
}

pub(crate) fn request() -> ChatRequest {
    ChatRequest {
        messages: vec![
            ChatMessage::new(Role::System, "Оцените звонок."),
            ChatMessage::new(Role::User, "<transcript>Алло</transcript>"),
        ],
        schema: Some(AnswerSchema {
            name: "call_score".to_owned(),
            schema: json!({"type": "object", "additionalProperties": false, "required": ["score"],
                "properties": {"score": {"type": "integer"}}}),
        }),
        max_output_tokens: Some(1500),
        temperature: Some(0.2),
        cache_key: Some("score-v3".to_owned()),
    }
}

pub(crate) fn answer(content: &str) -> Value {
    json!({"id": "chatcmpl-9", "object": "chat.completion", "created": 1_795_000_000, "model": "gpt-6-luna",
        "choices": [{"index": 0, "finish_reason": "stop",
            "message": {"role": "assistant", "content": content, "refusal": null}}],
        "usage": {"prompt_tokens": 812, "completion_tokens": 64, "total_tokens": 876,
            "prompt_tokens_details": {"cached_tokens": 640},
            "completion_tokens_details": {"reasoning_tokens": 0}}})
}

pub(crate) async fn always(server: &MockServer, template: ResponseTemplate) {
    Mock::given(method("POST")).respond_with(template).mount(server).await;
}

pub(crate) async fn bodies(server: &MockServer) -> Vec<Value> {
    let requests = server.received_requests().await.unwrap();
    requests.iter().map(|request| serde_json::from_slice(&request.body).unwrap()).collect()
}

#[tokio::test]
async fn a_strict_request_and_its_answer() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/v1/chat/completions"))
        .and(header("authorization", "Bearer sk-test-key"))
        .and(header("openai-project", "proj_1"))
        .respond_with(
            ResponseTemplate::new(200)
                .insert_header("x-request-id", "req_77")
                .set_body_json(answer(r#"{"score":7}"#)),
        )
        .expect(1)
        .mount(&server)
        .await;
    let mut config = config(&server);
    config.project = Some("proj_1".to_owned());
    let model = ModelTable::embedded().unwrap().chat("gpt-6-luna");
    let chat = OpenAiChat::new(http(&config), config, model).unwrap();

    let reply = chat.complete(&request()).await.unwrap();

    assert_eq!((reply.content.as_str(), reply.finish), (r#"{"score":7}"#, Finish::Stop));
    assert_eq!((reply.cost.unwrap().micros, reply.request_id.as_deref()), (56, Some("req_77")));
    insta::assert_json_snapshot!(bodies(&server).await[0]);
}

#[tokio::test]
async fn each_kind_of_server_is_asked_in_its_own_way() {
    let server = MockServer::start().await;
    always(&server, ResponseTemplate::new(200).set_body_json(answer("{}"))).await;
    for model in ["gpt://b1g/yandexgpt/latest", "GigaChat-2", "qwen3:8b"] {
        chat(&server, model).complete(&request()).await.unwrap();
    }
    insta::assert_json_snapshot!(bodies(&server).await);
}

/// Names and texts of the form's parts; the sound's bytes by their number.
fn parts(request: &Request) -> Vec<String> {
    let kind = request.headers["content-type"].to_str().unwrap();
    let border = format!("--{}", kind.split_once("boundary=").unwrap().1);
    let body = String::from_utf8_lossy(&request.body).into_owned();
    body.split(border.as_str())
        .filter_map(|part| part.trim_start().split_once("\r\n\r\n"))
        .map(|(head, content)| {
            let head = head.replace("\r\n", " | ");
            let content = content.strip_suffix("\r\n").unwrap_or(content);
            let shown = if head.contains("filename") { "<sound>" } else { content };
            format!("{head} = {shown}")
        })
        .collect()
}

#[tokio::test]
async fn forms_hold_only_what_the_model_takes() {
    let server = MockServer::start().await;
    always(&server, ResponseTemplate::new(200).set_body_json(json!({"text": "да"}))).await;
    for model in ["gpt-transcribe", "whisper-1", "unknown-model"] {
        speech(&server, model).transcribe(sound(1000)).await.unwrap();
    }
    let requests = server.received_requests().await.unwrap();
    insta::assert_yaml_snapshot!(requests.iter().map(parts).collect::<Vec<_>>());
    let sent = &requests[0].body;
    let audio = sound(1000).audio;
    assert!(sent.windows(audio.len()).any(|window| window == audio), "the sound travels whole");
}

#[tokio::test]
async fn timed_words_are_read_with_everything_optional_missing() {
    let server = MockServer::start().await;
    let body = json!({"task": "transcribe", "language": "ru", "text": "Добрый день.", "segments": [
        {"id": 0, "start": 0.0, "end": 1.9, "text": " Добрый", "avg_logprob": -0.21, "no_speech_prob": 0.02,
         "compression_ratio": 0.9, "tokens": [5]},
        {"start": 1.9, "end": 2.5, "text": "день."},
    ]});
    always(&server, ResponseTemplate::new(200).set_body_json(body)).await;
    let reply = speech(&server, "whisper-1").transcribe(sound(4210)).await.unwrap();
    assert_eq!(reply.text, "Добрый день.");
    assert_eq!(reply.segments[0].no_speech_prob, Some(0.02));
    assert_eq!((reply.segments[1].start_ms, reply.segments[1].avg_logprob), (1900, None));
    assert_eq!(reply.cost.unwrap().micros, 500, "5 begun seconds at 0.006 a minute");
}

#[tokio::test]
async fn the_bill_follows_the_provider_where_it_tells_seconds() {
    let server = MockServer::start().await;
    let body =
        json!({"text": "да", "languages": [{"code": "ru"}], "usage": {"type": "duration", "seconds": 8}});
    always(&server, ResponseTemplate::new(200).set_body_json(body)).await;
    let reply = speech(&server, "gpt-transcribe").transcribe(sound(4000)).await.unwrap();
    assert_eq!(reply.cost.unwrap().micros, 600);
}

#[tokio::test]
async fn a_probe_finds_the_model_and_the_day_it_ends() {
    let server = MockServer::start().await;
    let list = json!({"object": "list", "data": [
        {"id": "gpt-6-luna", "shutdown_date": null}, {"id": "whisper-1", "shutdown_date": "2027-02-26"}]});
    Mock::given(method("GET"))
        .and(path("/v1/models"))
        .respond_with(ResponseTemplate::new(200).set_body_json(list))
        .mount(&server)
        .await;
    Mock::given(path("/v1/chat/completions"))
        .respond_with(ResponseTemplate::new(200).set_body_json(answer("ok")))
        .mount(&server)
        .await;
    Mock::given(path("/v1/audio/transcriptions"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"text": ""})))
        .mount(&server)
        .await;

    let report = chat(&server, "gpt-6-luna").check().await.unwrap();
    assert_eq!((report.listed, report.retires_on), (Some(true), None));
    let report = speech(&server, "whisper-1").check().await.unwrap();
    assert_eq!(report.retires_on.unwrap().to_string(), "2027-02-26");
    assert_eq!(report.cost.unwrap().micros, 100, "one second");
    assert_eq!(chat(&server, "other").check().await.unwrap().listed, Some(false));
}

#[tokio::test]
async fn a_probe_of_a_server_without_a_list_asks_the_model_all_the_same() {
    let server = MockServer::start().await;
    Mock::given(path("/v1/chat/completions"))
        .respond_with(ResponseTemplate::new(200).set_body_json(answer("ok")))
        .expect(1)
        .mount(&server)
        .await;
    assert_eq!(chat(&server, "local").check().await.unwrap().listed, None);
}
