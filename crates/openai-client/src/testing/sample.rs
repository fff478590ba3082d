//! Answers without a judge: the smallest value that a schema admits, and token counts.

use serde_json::{Map, Value, json};

use crate::{ChatRequest, TokenUsage};

/// Prompt caches of real providers begin at this many tokens and grow by steps.
const CACHE_FROM: u64 = 1024;
const CACHE_STEP: u64 = 128;

/// The smallest value that fits: first option, least number, empty list.
pub(super) fn smallest(schema: &Value) -> Value {
    value_of(schema, schema, 0)
}

fn value_of(schema: &Value, root: &Value, depth: u32) -> Value {
    // `$ref` may run in circles
    if depth > 32 {
        return Value::Null;
    }
    if let Some(target) = schema["$ref"].as_str().and_then(|at| root.pointer(at.trim_start_matches('#'))) {
        return value_of(target, root, depth + 1);
    }
    if let Some(first) = schema["enum"].as_array().and_then(|options| options.first()) {
        return first.clone();
    }
    if !schema["const"].is_null() {
        return schema["const"].clone();
    }
    if let Some(first) = schema["anyOf"].as_array().and_then(|options| options.first()) {
        return value_of(first, root, depth + 1);
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) if kinds.iter().any(|kind| kind == "null") => "null",
        Value::Array(kinds) => kinds.first().and_then(Value::as_str).unwrap_or("null"),
        kind => kind.as_str().unwrap_or("null"),
    };
    match kind {
        "object" => {
            let properties = schema["properties"].as_object();
            let members = properties.into_iter().flatten();
            Value::Object(
                members
                    .map(|(name, of)| (name.clone(), value_of(of, root, depth + 1)))
                    .collect::<Map<_, _>>(),
            )
        }
        "array" => {
            let least = schema["minItems"].as_u64().unwrap_or(0).min(16);
            (0..least).map(|_| value_of(&schema["items"], root, depth + 1)).collect()
        }
        "string" => json!("—"),
        "integer" | "number" => schema.get("minimum").cloned().unwrap_or(json!(0)),
        "boolean" => json!(false),
        _ => Value::Null,
    }
}

/// What a tokenizer of today would count, roughly: pieces of four letters, marks by themselves.
/// On purpose not the estimate that is made before paying.
pub(super) fn tokens(text: &str) -> u64 {
    let mut count = 0;
    let mut letters = 0_u64;
    for c in text.chars() {
        if c.is_alphanumeric() {
            letters += 1;
        } else {
            count += letters.div_ceil(4);
            letters = 0;
            count += u64::from(!c.is_whitespace());
        }
    }
    count + letters.div_ceil(4)
}

/// What a request and its answer are billed as; `shared` is how much of the prompt's start another
/// request had, in tokens.
pub(super) fn usage(request: &ChatRequest, content: &str, shared: u64) -> TokenUsage {
    let schema = request.schema.as_ref().map_or(0, |schema| tokens(&schema.schema.to_string()));
    let words: u64 = request.messages.iter().map(|message| tokens(&message.content) + 4).sum();
    let prompt = schema + words;
    let cached = if shared < CACHE_FROM { 0 } else { shared / CACHE_STEP * CACHE_STEP };
    TokenUsage { prompt, cached: cached.min(prompt), completion: tokens(content) + 3 }
}
