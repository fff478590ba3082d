//! `POST /chat/completions`: requests by capability, answers with tolerance.

use serde_json::{Map, Value, json};

use super::refusal::Said;
use crate::{
    AnswerSchema, ChatMessage, ChatModel, ChatRequest, Finish, Role, Structured, TokenField, TokenUsage,
};

/// The body of a request to `model`.
pub(crate) fn request(model: &ChatModel, request: &ChatRequest, stream: bool) -> Value {
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
    put("model", json!(model.name));
    put("messages", Value::Array(messages(model, request)));
    if let Some(limit) = request.max_output_tokens {
        match model.token_field {
            TokenField::MaxCompletionTokens => put("max_completion_tokens", json!(limit)),
            TokenField::MaxTokens => put("max_tokens", json!(limit)),
        };
    }
    if let Some(temperature) = request.temperature.filter(|_| model.temperature) {
        // an f32 would travel as 0.20000000298
        put("temperature", json!((f64::from(temperature) * 1000.0).round() / 1000.0));
    }
    if let Some(effort) = &model.reasoning_effort {
        put("reasoning_effort", json!(effort));
    }
    if let Some(key) = request.cache_key.as_ref().filter(|_| model.cache_key) {
        put("prompt_cache_key", json!(key));
    }
    if model.store {
        put("store", json!(false));
    }
    if let Some(format) = request.schema.as_ref().and_then(|schema| response_format(model.structured, schema))
    {
        put("response_format", format);
    }
    if stream {
        put("stream", json!(true));
        if model.stream_usage {
            put("stream_options", json!({"include_usage": true}));
        }
    }
    Value::Object(body)
}

fn response_format(structured: Structured, schema: &AnswerSchema) -> Option<Value> {
    let AnswerSchema { name, schema } = schema;
    match structured {
        Structured::Strict => Some(json!({
            "type": "json_schema", "json_schema": {"name": name, "strict": true, "schema": schema},
        })),
        Structured::JsonSchema => {
            Some(json!({"type": "json_schema", "json_schema": {"name": name, "schema": schema}}))
        }
        Structured::BareSchema => Some(json!({"type": "json_schema", "json_schema": schema})),
        Structured::JsonObject => Some(json!({"type": "json_object"})),
        Structured::Text => None,
    }
}

/// Role `system`, not `developer`: every server knows it. One that cannot be given a schema is told
/// it at the end of the instructions, so that the start stays the same for its cache.
fn messages(model: &ChatModel, request: &ChatRequest) -> Vec<Value> {
    let told = request
        .schema
        .as_ref()
        .filter(|_| matches!(model.structured, Structured::JsonObject | Structured::Text))
        .map(|schema| {
            format!(
                "Answer with one JSON object and nothing else. It must fit this JSON Schema:\n{}",
                schema.schema
            )
        });
    let has_system = request.messages.iter().any(|message| message.role == Role::System);
    let opening = told.clone().filter(|_| !has_system).map(|words| ChatMessage::new(Role::System, words));
    let mut told = told.filter(|_| has_system);
    opening
        .iter()
        .chain(&request.messages)
        .map(|message| {
            let (role, mine) = match message.role {
                Role::System => ("system", told.take()),
                Role::User => ("user", None),
                Role::Assistant => ("assistant", None),
            };
            let content = mine
                .map_or_else(|| message.content.clone(), |words| format!("{}\n\n{words}", message.content));
            json!({"role": role, "content": content})
        })
        .collect()
}

/// A whole answer as it came.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) content: String,
    pub(crate) refusal: Option<String>,
    pub(crate) finish: Finish,
    pub(crate) usage: Option<TokenUsage>,
    pub(crate) model: Option<String>,
}

/// Reads an answer; `None` where it has no choices.
pub(crate) fn answer(body: &Value) -> Option<Answer> {
    let choice = body["choices"].get(0)?;
    let message = &choice["message"];
    Some(Answer {
        content: match words(&message["content"]) {
            content if content.is_empty() => arguments(message),
            content => content,
        },
        refusal: message["refusal"].as_str().filter(|words| !words.is_empty()).map(ToOwned::to_owned),
        finish: finish(&choice["finish_reason"]).unwrap_or(Finish::Stop),
        usage: usage(&body["usage"]),
        model: body["model"].as_str().filter(|name| !name.is_empty()).map(ToOwned::to_owned),
    })
}

/// Some servers make an answer under a schema of a tool that is called with it. Arguments are a string of JSON, or,
/// on some, the JSON itself; nobody has looked yet whether they are.
fn arguments(message: &Value) -> String {
    let tool = [&message["tool_calls"][0]["function"], &message["function_call"]];
    match tool.map(|tool| &tool["arguments"]).into_iter().find(|arguments| !arguments.is_null()) {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => String::new(),
    }
}

/// A string, or a list of parts on some servers.
fn words(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
        _ => String::new(),
    }
}

/// `None` while the answer goes on.
fn finish(reason: &Value) -> Option<Finish> {
    Some(match reason.as_str()? {
        "length" => Finish::Length,
        "content_filter" | "blacklist" => Finish::Filter,
        "tool_calls" | "function_call" => Finish::Tools,
        // `stop`, and the names of local servers: `eos`, `end_turn`
        _ => Finish::Stop,
    })
}

fn usage(usage: &Value) -> Option<TokenUsage> {
    let prompt = usage["prompt_tokens"].as_u64()?;
    Some(TokenUsage {
        prompt,
        cached: usage["prompt_tokens_details"]["cached_tokens"].as_u64().unwrap_or(0).min(prompt),
        completion: usage["completion_tokens"].as_u64().unwrap_or(0),
    })
}

/// One event of a stream.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Chunk {
    pub(crate) words: String,
    pub(crate) finish: Option<Finish>,
    pub(crate) usage: Option<TokenUsage>,
    /// The provider's fault after its 200.
    pub(crate) error: Option<Said>,
}

/// Reads an event's data; `None` where it is no JSON.
pub(crate) fn chunk(data: &str) -> Option<Chunk> {
    let body: Value = serde_json::from_str(data).ok()?;
    let choice = body["choices"].get(0).unwrap_or(&Value::Null);
    let delta = &choice["delta"];
    let spoken = match words(&delta["content"]) {
        content if content.is_empty() => words(&delta["refusal"]),
        content => content,
    };
    Some(Chunk {
        words: spoken,
        finish: finish(&choice["finish_reason"]),
        usage: usage(&body["usage"]),
        error: (!body["error"].is_null()).then(|| Said::of(&body)),
    })
}
