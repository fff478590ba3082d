//! `POST /chat/completions`: what the real one checks, then the fake's answer, whole or as a stream.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use futures::stream;
use openai_client::testing::{Failure, SpokenChat};
use openai_client::{AnswerSchema, ChatMessage, ChatModel, ChatRequest, Finish, Role, TokenField};
use serde_json::{Value, json};

use super::reply::refused;
use super::{Served, models, reply, schema};

/// What may stand in a request; anything else is refused by name.
const KNOWN: [&str; 26] = [
    "model",
    "messages",
    "max_tokens",
    "max_completion_tokens",
    "temperature",
    "top_p",
    "n",
    "stop",
    "stream",
    "stream_options",
    "response_format",
    "reasoning_effort",
    "prompt_cache_key",
    "prompt_cache_retention",
    "store",
    "metadata",
    "seed",
    "user",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "logprobs",
    "presence_penalty",
    "frequency_penalty",
    "service_tier",
    "verbosity",
];
const EFFORTS: [&str; 7] = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

/// Pieces of a stream end inside letters: clients must put them together.
const PIECE: usize = 61;

pub(super) async fn complete(State(served): State<Served>, body: Bytes) -> Response {
    match answered(&served, &body).await {
        Ok(response) => response,
        Err(failure) => reply::failure(&failure),
    }
}

async fn answered(served: &Served, body: &[u8]) -> Result<Response, Failure> {
    let asked: Value = serde_json::from_slice(body)
        .map_err(|_| refused(None, None, "We could not parse the JSON body of your request."))?;
    let name = asked["model"].as_str().ok_or_else(|| {
        refused(Some("missing_required_parameter"), Some("model"), "you must provide a model parameter")
    })?;
    let model = models::chat(served, name)?;
    parameters(&asked, &model)?;
    let request = ChatRequest {
        messages: messages(&asked)?,
        schema: response_format(&asked)?,
        max_output_tokens: limit(&asked)?,
        #[expect(clippy::cast_possible_truncation, reason = "0–2")]
        temperature: asked["temperature"].as_f64().map(|temperature| temperature as f32),
        cache_key: asked["prompt_cache_key"].as_str().map(ToOwned::to_owned),
    };
    let (fake, billed) = (served.fake.clone(), model.name.clone());
    // judging a long call takes a processor
    let spoken = tokio::task::spawn_blocking(move || fake.speak(&billed, &request));
    let spoken = spoken.await.map_err(|_| Failure::Internal)??;
    Ok(if asked["stream"] == true {
        streamed(&model.name, &spoken, asked["stream_options"]["include_usage"] == true)
    } else {
        whole(&model.name, &spoken)
    })
}

fn parameters(asked: &Value, model: &ChatModel) -> Result<(), Failure> {
    let members = asked.as_object().into_iter().flatten();
    for (name, _) in members {
        if !KNOWN.contains(&name.as_str()) {
            return Err(refused(Some("unknown_parameter"), None, format!("Unknown parameter: '{name}'.")));
        }
    }
    let thinks = model.token_field == TokenField::MaxCompletionTokens;
    if thinks && !asked["max_tokens"].is_null() {
        let words = "Unsupported parameter: 'max_tokens' is not supported with this model. \
                     Use 'max_completion_tokens' instead.";
        return Err(refused(Some("unsupported_parameter"), Some("max_tokens"), words));
    }
    if !model.temperature && asked["temperature"].as_f64().is_some_and(|t| (t - 1.0).abs() > f64::EPSILON) {
        let words = "Unsupported value: 'temperature' does not support this value with this model. \
                     Only the default (1) value is supported.";
        return Err(refused(Some("unsupported_value"), Some("temperature"), words));
    }
    if asked["temperature"].as_f64().is_some_and(|temperature| !(0.0..=2.0).contains(&temperature)) {
        return Err(refused(Some("decimal_out_of_range"), Some("temperature"), "Invalid 'temperature'."));
    }
    let effort = &asked["reasoning_effort"];
    if !effort.is_null() && (!effort.as_str().is_some_and(|one| EFFORTS.contains(&one)) || !thinks) {
        let words = "Unsupported value: 'reasoning_effort'.";
        return Err(refused(Some("unsupported_value"), Some("reasoning_effort"), words));
    }
    if !asked["stream_options"].is_null() && asked["stream"] != true {
        let words = "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
        return Err(refused(None, Some("stream_options"), words));
    }
    Ok(())
}

fn limit(asked: &Value) -> Result<Option<u32>, Failure> {
    let limit = if asked["max_completion_tokens"].is_null() {
        &asked["max_tokens"]
    } else {
        &asked["max_completion_tokens"]
    };
    if limit.is_null() {
        return Ok(None);
    }
    let figure = limit.as_u64().filter(|figure| *figure > 0).and_then(|figure| u32::try_from(figure).ok());
    let wrong =
        || refused(Some("integer_below_min_value"), Some("max_completion_tokens"), "Expected a value >= 1.");
    figure.map(Some).ok_or_else(wrong)
}

fn messages(asked: &Value) -> Result<Vec<ChatMessage>, Failure> {
    let wrong = |words: &str| refused(Some("invalid_value"), Some("messages"), words);
    let list = asked["messages"].as_array().filter(|list| !list.is_empty());
    list.ok_or_else(|| wrong("Invalid 'messages': empty array."))?
        .iter()
        .map(|message| {
            let role = match message["role"].as_str() {
                Some("system" | "developer") => Role::System,
                Some("user") => Role::User,
                Some("assistant") => Role::Assistant,
                _ => return Err(wrong("Invalid value for 'role'.")),
            };
            let content = match &message["content"] {
                Value::String(words) => words.clone(),
                Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
                _ => return Err(wrong("Invalid type for 'messages[].content'.")),
            };
            Ok(ChatMessage { role, content })
        })
        .collect()
}

fn response_format(asked: &Value) -> Result<Option<AnswerSchema>, Failure> {
    let wrong = |words: String| refused(None, Some("response_format"), words);
    let format = &asked["response_format"];
    match format["type"].as_str() {
        None if format.is_null() => Ok(None),
        Some("text") => Ok(None),
        Some("json_object") => {
            if asked["messages"].to_string().to_lowercase().contains("json") {
                return Ok(None);
            }
            let words = "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.";
            Err(refused(None, Some("messages"), words))
        }
        Some("json_schema") => {
            let named = &format["json_schema"];
            let name = named["name"].as_str().unwrap_or_default();
            if !schema::is_name(name) {
                let words = "Missing or invalid 'response_format.json_schema.name'.".to_owned();
                return Err(wrong(words));
            }
            if named["strict"] == true {
                schema::strict(&named["schema"])
                    .map_err(|why| wrong(format!("Invalid schema for response_format '{name}': {why}")))?;
            }
            Ok(Some(AnswerSchema { name: name.to_owned(), schema: named["schema"].clone() }))
        }
        _ => Err(refused(Some("invalid_value"), Some("response_format.type"), "Invalid value.")),
    }
}

const fn finish(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop => "stop",
        Finish::Length => "length",
        Finish::Filter => "content_filter",
        Finish::Tools => "tool_calls",
    }
}

fn usage(spoken: &SpokenChat) -> Value {
    let usage = spoken.usage;
    json!({
        "prompt_tokens": usage.prompt, "completion_tokens": usage.completion,
        "total_tokens": usage.prompt + usage.completion,
        "prompt_tokens_details": {"cached_tokens": usage.cached, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    })
}

fn whole(model: &str, spoken: &SpokenChat) -> Response {
    let body = json!({
        "id": "chatcmpl-sandbox", "object": "chat.completion", "created": 1_795_000_000, "model": model,
        "choices": [{"index": 0, "finish_reason": finish(spoken.finish), "logprobs": null,
            "message": {"role": "assistant", "content": spoken.content, "refusal": spoken.refusal}}],
        "usage": usage(spoken), "service_tier": "default",
    });
    if spoken.cut {
        let text = body.to_string();
        let promised = text.len();
        let half = Bytes::from(text).slice(..promised / 2);
        let pieces = stream::iter([Ok(half), Err(std::io::Error::other("broken off"))]);
        let headers = [(CONTENT_TYPE, "application/json".to_owned()), (CONTENT_LENGTH, promised.to_string())];
        return (headers, Body::from_stream(pieces)).into_response();
    }
    reply::json(&body)
}

fn streamed(model: &str, spoken: &SpokenChat, with_usage: bool) -> Response {
    let event = |choices: Value, usage: Value| {
        let chunk = json!({"id": "chatcmpl-sandbox", "object": "chat.completion.chunk", "created": 1_795_000_000,
            "model": model, "choices": choices, "usage": usage});
        format!("data: {chunk}\n\n")
    };
    let delta = |delta: Value, reason: Value| {
        event(json!([{"index": 0, "delta": delta, "finish_reason": reason}]), Value::Null)
    };
    let mut text = String::from(": sandbox\n\n");
    text.push_str(&delta(json!({"role": "assistant", "content": ""}), Value::Null));
    let (field, words) = match (&spoken.content, &spoken.refusal) {
        (Some(content), _) => ("content", content.as_str()),
        (None, refusal) => ("refusal", refusal.as_deref().unwrap_or_default()),
    };
    let pieces: Vec<&str> = words.split_inclusive(' ').collect();
    let said = if spoken.cut { pieces.len() / 2 } else { pieces.len() };
    for (at, piece) in pieces.iter().take(said).enumerate() {
        if at == 1 {
            text.push_str("event: keepalive\ndata: {}\n\n");
        }
        text.push_str(&delta(json!({field: piece}), Value::Null));
    }
    if !spoken.cut {
        text.push_str(&delta(json!({}), json!(finish(spoken.finish))));
        if with_usage {
            text.push_str(&event(json!([]), usage(spoken)));
        }
        text.push_str("data: [DONE]\n\n");
    }
    let pieces: Vec<_> = text
        .as_bytes()
        .chunks(PIECE)
        .map(|piece| Ok::<_, std::io::Error>(Bytes::copy_from_slice(piece)))
        .collect();
    ([(CONTENT_TYPE, "text/event-stream; charset=utf-8")], Body::from_stream(stream::iter(pieces)))
        .into_response()
}
