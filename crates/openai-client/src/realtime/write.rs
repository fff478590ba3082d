//! What we send, as it travels.

use serde_json::{Value, json};

use super::{RealtimeCommand, RealtimeSession, WhoSays};

/// The event id of our settings: an error about them bears it.
pub(super) const SETTINGS: &str = "settings";

/// `input_audio_buffer.append` around sound that is base64 already, in parts.
pub(crate) fn append_parts(base64: &str) -> [&[u8]; 3] {
    [br#"{"type":"input_audio_buffer.append","audio":""#, base64.as_bytes(), b"\"}"]
}

/// `session.update` with all that we set.
pub(crate) fn settings(session: &RealtimeSession) -> String {
    let format = json!({"type": session.format.mime()});
    let vad = &session.vad;
    let mut input = json!({
        "format": format,
        "turn_detection": {
            "type": "server_vad",
            // f32 as JSON would show its binary tail
            "threshold": (f64::from(vad.threshold) * 100.0).round() / 100.0,
            "prefix_padding_ms": vad.prefix_padding_ms,
            "silence_duration_ms": vad.silence_duration_ms,
            "create_response": vad.create_response,
            "interrupt_response": vad.interrupt_response,
        },
    });
    if let Some(hearing) = &session.transcription {
        let mut transcription = json!({"model": hearing.model.name});
        if hearing.model.languages_list {
            transcription["languages"] = json!([hearing.language]);
        } else {
            transcription["language"] = json!(hearing.language);
        }
        if hearing.model.keywords && !hearing.keywords.is_empty() {
            transcription["keywords"] = json!(hearing.keywords);
        }
        input["transcription"] = transcription;
    }
    let mut output = json!({"format": format});
    if let Some(voice) = &session.voice {
        output["voice"] = json!(voice);
    }
    let tools: Vec<Value> = session
        .tools
        .iter()
        .map(|tool| {
            json!({"type": "function", "name": tool.name, "description": tool.description,
                   "parameters": tool.parameters})
        })
        .collect();
    let mut settings = json!({
        "type": "realtime",
        "output_modalities": ["audio"],
        "instructions": session.instructions,
        "audio": {"input": input, "output": output},
    });
    if !tools.is_empty() {
        settings["tools"] = Value::Array(tools);
        settings["tool_choice"] = json!("auto");
    }
    if let Some(most) = session.max_output_tokens {
        settings["max_output_tokens"] = json!(most);
    }
    json!({"type": "session.update", "event_id": SETTINGS, "session": settings}).to_string()
}

/// A command.
pub(crate) fn written(command: &RealtimeCommand) -> String {
    let event = match command {
        RealtimeCommand::CreateResponse { instructions: None } => json!({"type": "response.create"}),
        RealtimeCommand::CreateResponse { instructions: Some(instructions) } => {
            json!({"type": "response.create", "response": {"instructions": instructions}})
        }
        RealtimeCommand::CancelResponse { response } => {
            json!({"type": "response.cancel", "response_id": response.as_str()})
        }
        RealtimeCommand::Truncate { item, content_index, audio_end_ms } => {
            json!({"type": "conversation.item.truncate", "item_id": item.as_str(),
                   "content_index": content_index, "audio_end_ms": audio_end_ms})
        }
        RealtimeCommand::DeleteItem { item } => {
            json!({"type": "conversation.item.delete", "item_id": item.as_str()})
        }
        RealtimeCommand::AddText { who, text } => {
            let (role, kind) = match who {
                WhoSays::System => ("system", "input_text"),
                WhoSays::User => ("user", "input_text"),
                WhoSays::Assistant => ("assistant", "output_text"),
            };
            json!({"type": "conversation.item.create",
                   "item": {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}})
        }
        RealtimeCommand::FunctionOutput { call, output } => {
            json!({"type": "conversation.item.create",
                   "item": {"type": "function_call_output", "call_id": call.as_str(), "output": output}})
        }
        RealtimeCommand::ClearInput => json!({"type": "input_audio_buffer.clear"}),
    };
    event.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ItemId, RealtimeTool, ServerVad};

    #[test]
    fn settings_have_the_shape_of_the_general_release() {
        let session = RealtimeSession {
            instructions: "Коротко.".to_owned(),
            voice: Some("marin".to_owned()),
            vad: ServerVad { threshold: 0.6, ..ServerVad::default() },
            tools: vec![RealtimeTool {
                name: "end_call".to_owned(),
                description: "Конец".to_owned(),
                parameters: json!({"type": "object"}),
            }],
            ..RealtimeSession::default()
        };
        let written: Value = serde_json::from_str(&settings(&session)).unwrap();
        insta::assert_json_snapshot!(written, @r#"
        {
          "event_id": "settings",
          "session": {
            "audio": {
              "input": {
                "format": {
                  "type": "audio/pcmu"
                },
                "turn_detection": {
                  "create_response": true,
                  "interrupt_response": false,
                  "prefix_padding_ms": 300,
                  "silence_duration_ms": 500,
                  "threshold": 0.6,
                  "type": "server_vad"
                }
              },
              "output": {
                "format": {
                  "type": "audio/pcmu"
                },
                "voice": "marin"
              }
            },
            "instructions": "Коротко.",
            "output_modalities": [
              "audio"
            ],
            "tool_choice": "auto",
            "tools": [
              {
                "description": "Конец",
                "name": "end_call",
                "parameters": {
                  "type": "object"
                },
                "type": "function"
              }
            ],
            "type": "realtime"
          },
          "type": "session.update"
        }
        "#);
    }

    #[test]
    fn sound_goes_as_it_came_and_commands_name_their_item() {
        assert_eq!(append_parts("AAAA").concat(), br#"{"type":"input_audio_buffer.append","audio":"AAAA"}"#);
        let item = ItemId::new("item_1");
        let cut = written(&RealtimeCommand::Truncate { item, content_index: 0, audio_end_ms: 1240 });
        let cut: Value = serde_json::from_str(&cut).unwrap();
        assert_eq!(
            cut,
            json!({"type": "conversation.item.truncate", "item_id": "item_1", "content_index": 0, "audio_end_ms": 1240})
        );
    }
}
