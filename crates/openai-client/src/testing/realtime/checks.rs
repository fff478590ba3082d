//! What the real server refuses of a client's event: wrong shapes are ours to mend, so they are told.

use serde_json::Value;

/// Code, message and parameter.
pub(super) type Refusal = (&'static str, String, &'static str);

/// Members of a session that the general release knows.
const SESSION: [&str; 14] = [
    "type",
    "instructions",
    "output_modalities",
    "audio",
    "tools",
    "tool_choice",
    "max_output_tokens",
    "reasoning",
    "truncation",
    "tracing",
    "prompt",
    "include",
    "parallel_tool_calls",
    "model",
];
const INPUT: [&str; 4] = ["format", "noise_reduction", "transcription", "turn_detection"];
const OUTPUT: [&str; 3] = ["format", "voice", "speed"];
const VAD: [&str; 8] = [
    "type",
    "threshold",
    "prefix_padding_ms",
    "silence_duration_ms",
    "create_response",
    "interrupt_response",
    "idle_timeout_ms",
    "eagerness",
];

fn known(value: &Value, names: &[&str], of: &'static str) -> Result<(), Refusal> {
    let members = value.as_object().into_iter().flatten();
    for (name, _) in members {
        if !names.contains(&name.as_str()) {
            return Err(("unknown_parameter", format!("Unknown parameter: '{of}.{name}'."), of));
        }
    }
    Ok(())
}

fn format(value: &Value, of: &'static str) -> Result<(), Refusal> {
    let good = match value["type"].as_str() {
        None => value.is_null(),
        Some("audio/pcm") => value["rate"] == 24_000,
        Some("audio/pcmu" | "audio/pcma") => true,
        Some(_) => false,
    };
    if good { Ok(()) } else { Err(("invalid_value", format!("Invalid value for '{of}.format'."), of)) }
}

/// The settings of a session.
pub(super) fn session(session: &Value) -> Result<(), Refusal> {
    match session["type"].as_str() {
        Some("realtime") => {}
        Some("transcription") => {
            return Err(("invalid_value", "This session is a conversation.".to_owned(), "session.type"));
        }
        _ => {
            let told = "Missing required parameter: 'session.type'.".to_owned();
            return Err(("missing_required_parameter", told, "session.type"));
        }
    }
    known(session, &SESSION, "session")?;
    let (input, output) = (&session["audio"]["input"], &session["audio"]["output"]);
    known(&session["audio"], &["input", "output"], "session.audio")?;
    known(input, &INPUT, "session.audio.input")?;
    known(output, &OUTPUT, "session.audio.output")?;
    known(&input["turn_detection"], &VAD, "session.audio.input.turn_detection")?;
    format(&input["format"], "session.audio.input")?;
    format(&output["format"], "session.audio.output")?;
    let one = session["output_modalities"].as_array().is_none_or(|all| all.len() == 1);
    if !one {
        let told = "Invalid modalities: supported are ['audio'] and ['text'].".to_owned();
        return Err(("invalid_value", told, "session.output_modalities"));
    }
    for tool in session["tools"].as_array().into_iter().flatten() {
        if tool["type"] != "function" || !tool["name"].is_string() || tool.get("function").is_some() {
            let told = "Tools stand flat: type, name, description, parameters.".to_owned();
            return Err(("invalid_value", told, "session.tools"));
        }
    }
    Ok(())
}

/// An item that is put into the conversation.
pub(super) fn item(item: &Value) -> Result<(), Refusal> {
    let refuse = |told: &str| Err(("invalid_value", told.to_owned(), "item"));
    match item["type"].as_str() {
        Some("function_call_output") => {
            if item["call_id"].is_string() && item["output"].is_string() {
                return Ok(());
            }
            refuse("A function's output needs 'call_id' and 'output', both strings.")
        }
        Some("message") => {
            let wanted = match item["role"].as_str() {
                Some("user" | "system") => "input_text",
                Some("assistant") => "output_text",
                _ => return refuse("Invalid value for 'item.role'."),
            };
            let mut parts = item["content"].as_array().into_iter().flatten();
            if parts.all(|part| part["type"] == wanted && part["text"].is_string()) {
                return Ok(());
            }
            refuse("The content does not suit the role.")
        }
        _ => refuse("Invalid value for 'item.type'."),
    }
}
