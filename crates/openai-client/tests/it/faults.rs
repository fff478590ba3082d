//! Every fault that a provider was seen to have, and what becomes of it.

use std::time::Duration;

use openai_client::{
    ChatApi as _, Finish, ModelTable, OpenAiChat, OpenAiConfig, OpenAiError, Structured, TokenField,
    TranscriptionApi as _, testing::contract::sound,
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::method};

use crate::wire::{always, answer, bodies, chat, config, http, request, speech};

fn error(message: &str, kind: &str, code: &Value) -> Value {
    json!({"error": {"message": message, "type": kind, "param": null, "code": code}})
}

fn refuse(status: u16, body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(body)
}

/// Answers with `first`, `times` times, then well; gives the outcome and the number of requests.
async fn after(first: ResponseTemplate, times: u64) -> (Result<String, OpenAiError>, usize) {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(first).up_to_n_times(times).mount(&server).await;
    always(&server, ResponseTemplate::new(200).set_body_json(answer("{\"score\":7}"))).await;
    let outcome = chat(&server, "gpt-6-luna").complete(&request()).await.map(|reply| reply.content);
    (outcome, server.received_requests().await.unwrap().len())
}

type Expected = Box<dyn Fn(&OpenAiError) -> bool>;

#[tokio::test]
async fn final_refusals_are_asked_once_and_told_apart() {
    let unauthorized = |code: &'static str| move |error: &OpenAiError| matches!(error, OpenAiError::Unauthorized { code: c, .. } if c == code);
    let invalid = |code: &'static str| move |error: &OpenAiError| matches!(error, OpenAiError::Invalid { code: c, .. } if c == code);
    let spent = |error: &OpenAiError| matches!(error, OpenAiError::QuotaSpent { .. });
    let rows: Vec<(u16, Value, Expected)> = vec![
        (
            401,
            error(
                "Incorrect API key provided: sk-te***9f.",
                "invalid_request_error",
                &json!("invalid_api_key"),
            ),
            Box::new(unauthorized("invalid_api_key")),
        ),
        (
            403,
            error("no", "request_forbidden", &json!("unsupported_country_region_territory")),
            Box::new(unauthorized("unsupported_country_region_territory")),
        ),
        (
            403,
            error("no access", "invalid_request_error", &json!("model_not_found")),
            Box::new(unauthorized("model_not_found")),
        ),
        (
            404,
            error("gone", "invalid_request_error", &json!("model_not_found")),
            Box::new(unauthorized("model_not_found")),
        ),
        (404, json!({"error": "model 'x' not found"}), Box::new(unauthorized("not_found"))),
        (402, json!({"status": 402, "message": "Payment Required"}), Box::new(spent)),
        (429, error("no money", "insufficient_quota", &json!("insufficient_quota")), Box::new(spent)),
        (429, error("no money", "insufficient_quota", &Value::Null), Box::new(spent)),
        (429, error("no money", "requests", &json!("credit_balance_exhausted")), Box::new(spent)),
        (429, error("limit", "x", &json!("organization_spend_limit_exceeded")), Box::new(spent)),
        (429, error("limit", "insufficient_quota", &json!("project_spend_limit_exceeded")), Box::new(spent)),
        (429, error("limit", "x", &json!("organization_usage_limit_exceeded")), Box::new(spent)),
        (429, error("limit", "x", &json!("billing_hard_limit_reached")), Box::new(spent)),
        (
            400,
            error("too long", "invalid_request_error", &json!("context_length_exceeded")),
            Box::new(invalid("context_length_exceeded")),
        ),
        (400, error("bad", "invalid_request_error", &json!(400)), Box::new(invalid("invalid_request"))),
        (422, json!({"detail": [{"msg": "field required"}]}), Box::new(invalid("invalid_request"))),
    ];
    for (status, body, expected) in rows {
        let (outcome, asked) = after(refuse(status, &body), 9).await;
        let error = outcome.unwrap_err();
        assert!(expected(&error), "{status} {body} became {error:?}");
        assert!(!error.is_retryable(), "{error:?}");
        assert_eq!(asked, 1, "{status} {body}");
    }
}

#[tokio::test]
async fn passing_troubles_are_waited_out() {
    let pace = error("slow down", "requests", &json!("rate_limit_exceeded"));
    let overload = error("busy", "service_unavailable_error", &json!("server_is_overloaded"));
    let server_error = error("oops", "server_error", &Value::Null);
    let html = ResponseTemplate::new(502).set_body_string("<html>Bad gateway</html>");
    for (first, times, asked) in [
        (refuse(429, &pace).insert_header("retry-after-ms", "5"), 2, 3),
        (refuse(429, &pace).insert_header("retry-after", "0.01"), 1, 2),
        (refuse(429, &json!({"error": "slow down"})).insert_header("retry-after", "0"), 3, 4),
        (refuse(503, &overload).insert_header("retry-after", "0.01"), 2, 3),
        (refuse(500, &server_error), 1, 2),
        (refuse(409, &server_error), 1, 2),
        (refuse(408, &server_error), 1, 2),
        (html, 1, 2),
        (refuse(400, &server_error).insert_header("x-should-retry", "true"), 1, 2),
    ] {
        let shown = format!("{first:?}");
        let (outcome, seen) = after(first, times).await;
        assert_eq!(outcome.unwrap(), "{\"score\":7}", "{shown}");
        assert_eq!(seen, asked, "{shown}");
    }
}

#[tokio::test]
async fn what_may_have_been_billed_is_repeated_once_only() {
    let (outcome, asked) = after(refuse(500, &error("oops", "server_error", &Value::Null)), 9).await;
    assert!(matches!(outcome, Err(OpenAiError::Unavailable { .. })), "{outcome:?}");
    assert_eq!(asked, 2);
}

#[tokio::test]
async fn a_wait_over_two_minutes_goes_to_the_caller() {
    let pace = error("slow down", "tokens", &json!("rate_limit_exceeded"));
    let (outcome, asked) = after(refuse(429, &pace).insert_header("retry-after", "3600"), 9).await;
    let error = outcome.unwrap_err();
    assert!(matches!(error, OpenAiError::RateLimited { .. }), "{error:?}");
    assert_eq!((error.retry_after(), asked), (Some(Duration::from_hours(1)), 1));
}

#[tokio::test]
async fn the_servers_no_is_believed() {
    let first = refuse(503, &json!({})).insert_header("x-should-retry", "false");
    let (outcome, asked) = after(first, 9).await;
    assert!(matches!(outcome, Err(OpenAiError::Unavailable { .. })), "{outcome:?}");
    assert_eq!(asked, 1);
}

#[tokio::test]
async fn a_page_of_html_with_200_is_no_answer() {
    let page = ResponseTemplate::new(200).set_body_raw("<html>Welcome</html>", "text/html");
    let (outcome, asked) = after(page, 9).await;
    let error = outcome.unwrap_err();
    assert!(
        matches!(&error, OpenAiError::BadAnswer { message, .. } if message.contains("text/html")),
        "{error}"
    );
    assert_eq!(asked, 1);
}

#[tokio::test]
async fn an_error_inside_a_200_is_an_error() {
    let inside = json!({"error": {"message": "no money", "code": "insufficient_quota"}});
    let (outcome, _) = after(refuse(200, &inside), 9).await;
    assert!(matches!(outcome, Err(OpenAiError::QuotaSpent { .. })), "{outcome:?}");
    let (outcome, _) = after(refuse(200, &json!({"choices": []})), 9).await;
    assert!(matches!(outcome, Err(OpenAiError::BadAnswer { .. })), "{outcome:?}");
}

#[tokio::test]
async fn empty_bodies_say_the_status_and_the_next_step() {
    let (outcome, _) = after(ResponseTemplate::new(401), 9).await;
    let text = outcome.unwrap_err().to_string();
    assert!(text.contains("401") && text.contains("check the key"), "{text}");
}

#[tokio::test]
async fn a_server_that_repeats_the_key_does_not_get_it_into_our_words() {
    let echo = error("bad key sk-test-key given", "x", &json!("invalid_api_key"));
    let (outcome, _) = after(refuse(401, &echo), 9).await;
    let error = outcome.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("sk-test-key"), "{error}");
}

/// Serves raw answers, one a connection; gives the base address.
async fn raw(answers: Vec<Vec<u8>>) -> (String, tokio::task::JoinHandle<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/v1", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        let count = answers.len();
        for answer in answers {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut seen = Vec::new();
            while !seen.windows(4).any(|window| window == b"}]}\n") && !complete(&seen) {
                let mut piece = [0; 4096];
                let read = socket.read(&mut piece).await.unwrap();
                if read == 0 {
                    break;
                }
                seen.extend_from_slice(&piece[..read]);
            }
            socket.write_all(&answer).await.unwrap();
        }
        count
    });
    (base, served)
}

/// Head and as much body as it promises.
fn complete(seen: &[u8]) -> bool {
    let text = String::from_utf8_lossy(seen);
    let Some(head) = text.find("\r\n\r\n") else { return false };
    let length = text.to_lowercase().lines().find_map(|line| {
        line.strip_prefix("content-length:").and_then(|length| length.trim().parse::<usize>().ok())
    });
    seen.len() >= head + 4 + length.unwrap_or(0)
}

fn response(length: usize, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
    .into_bytes()
}

fn chat_at(base: &str) -> OpenAiChat {
    let config = OpenAiConfig::new(base, "k".into()).unwrap();
    OpenAiChat::new(http(&config), config, ModelTable::embedded().unwrap().chat("gpt-6-luna")).unwrap()
}

#[tokio::test]
async fn a_body_that_breaks_off_is_asked_for_once_more() {
    let body = answer("{\"score\":7}").to_string();
    let half = body.get(..body.len() / 2).unwrap();
    let cut = response(body.len(), half);
    let (base, served) = raw(vec![cut.clone(), response(body.len(), &body)]).await;
    assert_eq!(chat_at(&base).complete(&request()).await.unwrap().content, "{\"score\":7}");
    assert_eq!(served.await.unwrap(), 2);

    let (base, served) = raw(vec![cut.clone(), cut]).await;
    let error = chat_at(&base).complete(&request()).await.unwrap_err();
    assert!(matches!(error, OpenAiError::Unavailable { .. }), "{error:?}");
    assert_eq!(served.await.unwrap(), 2);
}

#[tokio::test]
async fn nobody_there_is_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/v1", listener.local_addr().unwrap());
    drop(listener);
    let error = chat_at(&base).complete(&request()).await.unwrap_err();
    assert!(matches!(error, OpenAiError::Unavailable { .. }) && error.is_retryable(), "{error:?}");
}

#[tokio::test]
async fn what_a_model_does_not_take_is_left_out_from_then_on() {
    let server = MockServer::start().await;
    let unsupported = |param: &str, words: &str, code: &Value| {
        ResponseTemplate::new(400).set_body_json(json!({"error": {"message": words, "param": param,
            "type": "invalid_request_error", "code": code}}))
    };
    let words = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
    for refusal in [
        unsupported("max_tokens", words, &json!("unsupported_parameter")),
        unsupported("", "Unsupported parameter: 'temperature'", &Value::Null),
        unsupported("response_format", "json_schema is not supported", &Value::Null),
    ] {
        Mock::given(method("POST")).respond_with(refusal).up_to_n_times(1).mount(&server).await;
    }
    always(&server, ResponseTemplate::new(200).set_body_json(answer("{}"))).await;
    let chat = chat(&server, "my-model");

    chat.complete(&request()).await.unwrap();
    chat.complete(&request()).await.unwrap();

    let seen = bodies(&server).await;
    assert_eq!(seen.len(), 5, "three lessons, two answers");
    assert_eq!(seen[3], seen[4], "what was learnt is kept");
    assert_eq!((&seen[4]["max_tokens"], &seen[4]["temperature"]), (&Value::Null, &Value::Null));
    assert_eq!(seen[4]["max_completion_tokens"], 1500);
    assert_eq!(seen[4]["response_format"]["type"], "json_object");
    assert!(seen[4]["messages"][0]["content"].as_str().unwrap().contains("JSON Schema"));
    let learnt = chat.learnt();
    assert_eq!(
        (learnt.structured, learnt.token_field),
        (Structured::JsonObject, TokenField::MaxCompletionTokens)
    );
}

#[tokio::test]
async fn a_server_that_refuses_everything_is_not_asked_for_ever() {
    let server = MockServer::start().await;
    always(&server, refuse(400, &error("unknown parameter 'response_format'", "x", &Value::Null))).await;
    let error = chat(&server, "gpt-6-luna").complete(&request()).await.unwrap_err();
    assert!(matches!(error, OpenAiError::Invalid { .. }), "{error:?}");
    assert_eq!(server.received_requests().await.unwrap().len(), 4, "strict, schema, object, text");
}

#[tokio::test]
async fn finish_reasons_of_all_kinds_are_read() {
    for (reason, finish) in [
        (json!("length"), Finish::Length),
        (json!("content_filter"), Finish::Filter),
        (json!("blacklist"), Finish::Filter),
        (json!("tool_calls"), Finish::Tools),
        (json!("end_turn"), Finish::Stop),
        (Value::Null, Finish::Stop),
    ] {
        let server = MockServer::start().await;
        let mut body = answer("");
        body["choices"][0]["finish_reason"] = reason.clone();
        body.as_object_mut().unwrap().remove("usage");
        always(&server, refuse(200, &body)).await;
        let reply = chat(&server, "gpt-6-luna").complete(&request()).await.unwrap();
        assert_eq!((reply.finish, reply.usage, reply.cost), (finish, None, None), "{reason}");
    }
}

#[tokio::test]
async fn broken_arguments_of_a_tool_are_paid_and_told_so_that_the_model_can_mend_them() {
    let called = |arguments: Value| {
        let mut body = answer("");
        let message = &mut body["choices"][0]["message"];
        message["content"] = Value::Null;
        let function = json!({"name": "answer", "arguments": arguments});
        message["tool_calls"] = json!([{"id": "call_1", "type": "function", "function": function}]);
        body["choices"][0]["finish_reason"] = json!("tool_calls");
        body
    };
    for (arguments, cut) in [
        (json!("{\"score\": 7, \"comment\": \"да"), true),
        (json!("{score: 7}"), false),
        (json!("score=7"), false),
        (json!(""), true),
    ] {
        let server = MockServer::start().await;
        always(&server, refuse(200, &called(arguments.clone()))).await;
        let reply = chat(&server, "gpt-6-luna").complete(&request()).await.unwrap();
        assert!(reply.usage.is_some() && reply.finish == Finish::Tools, "{arguments}: it is billed");
        let broken = reply.json().unwrap_err();
        assert!(broken.is_repairable() && broken.tool && broken.cut == cut, "{arguments}: {broken:?}");
        let told = broken.to_string();
        assert!(told.starts_with("the arguments of the tool are no JSON") && told.contains("line"), "{told}");
        assert!(!told.contains("score") && !told.contains("да"), "no words of the answer: {told}");
        assert_eq!(server.received_requests().await.unwrap().len(), 1, "the same is not asked once more");
    }
    for whole in [json!("{\"score\":7}"), json!({"score": 7})] {
        let server = MockServer::start().await;
        always(&server, refuse(200, &called(whole))).await;
        let reply = chat(&server, "gpt-6-luna").complete(&request()).await.unwrap();
        assert_eq!(reply.json().unwrap(), json!({"score": 7}));
    }
}

#[tokio::test]
async fn troubles_with_sound_have_steady_codes() {
    let invalid = |words: &str| error(words, "invalid_request_error", &Value::Null);
    let long =
        "audio duration 1830.53 seconds is longer than 1400 seconds which is the maximum for this model";
    for (status, body, code) in [
        (413, json!("<html>"), "audio_too_large"),
        (413, invalid("Maximum content size limit (26214400) exceeded"), "audio_too_large"),
        (400, error(long, "invalid_request_error", &json!("invalid_value")), "audio_too_long"),
        (400, invalid("Invalid file format. Supported formats: ['flac', 'mp3']"), "invalid_audio"),
        (
            400,
            invalid("The audio file could not be decoded or its format is not supported."),
            "invalid_audio",
        ),
    ] {
        let server = MockServer::start().await;
        always(&server, refuse(status, &body)).await;
        let error = speech(&server, "gpt-transcribe").transcribe(sound(1000)).await.unwrap_err();
        assert!(matches!(&error, OpenAiError::Invalid { code: c, .. } if c == code), "{code}: {error:?}");
        assert_eq!(server.received_requests().await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_transcription_is_sent_whole_again_after_a_pause() {
    let server = MockServer::start().await;
    let pace = error("slow", "requests", &json!("rate_limit_exceeded"));
    let first = refuse(429, &pace).insert_header("retry-after-ms", "5");
    Mock::given(method("POST")).respond_with(first).up_to_n_times(1).mount(&server).await;
    always(&server, refuse(200, &json!({"text": "да"}))).await;
    assert_eq!(speech(&server, "gpt-transcribe").transcribe(sound(1000)).await.unwrap().text, "да");
    let seen = server.received_requests().await.unwrap();
    assert_eq!(seen.len(), 2);
    assert!(seen.iter().all(|request| request.body.len() > sound(1000).audio.len()));
}

#[tokio::test]
async fn a_file_without_an_extension_is_not_sent() {
    let server = MockServer::start().await;
    let mut request = sound(1000);
    request.file_name = "left".to_owned();
    let error = speech(&server, "gpt-transcribe").transcribe(request).await.unwrap_err();
    assert!(matches!(&error, OpenAiError::Invalid { code, .. } if code == "file_name"), "{error:?}");
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn debug_shows_no_key() {
    let server = MockServer::start().await;
    let shown = format!("{:?} {:?} {:?}", chat(&server, "m"), speech(&server, "m"), config(&server));
    assert!(!shown.contains("sk-test-key"), "{shown}");
}
