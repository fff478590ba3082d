//! What comes, in one pass over the text: strings are borrowed, objects are looked into only where an
//! event needs them. What cannot be read is an event that nobody knows.

use std::borrow::Cow;

use base64_simd::STANDARD;
use bytes::Bytes;
use http_client::{Member, Skim};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, value::RawValue};

use super::{
    ItemId, RealtimeEvent, RealtimeFault, RealtimeUsage, ResponseEnd, ResponseId, ResponseStatus, SpokenItem,
    ToolCallId, ToolRequest,
};

/// Words of the provider that are kept.
const MOST_WORDS: usize = 300;
/// Calls of functions in one answer that are looked at.
const MOST_TOOLS: usize = 16;

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "borrowed")]
    response_id: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "borrowed")]
    item_id: Option<Cow<'a, str>>,
    #[serde(default)]
    content_index: Option<u32>,
    #[serde(borrow, default, deserialize_with = "borrowed")]
    delta: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "borrowed")]
    transcript: Option<Cow<'a, str>>,
    #[serde(default)]
    audio_start_ms: Option<u64>,
    #[serde(default)]
    audio_end_ms: Option<u64>,
    #[serde(borrow, default)]
    session: Option<&'a RawValue>,
    #[serde(borrow, default)]
    response: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
    #[serde(borrow, default)]
    usage: Option<&'a RawValue>,
}

/// serde borrows a `Cow`, but not one within an `Option`.
fn borrowed<'de: 'a, 'a, D: Deserializer<'de>>(from: D) -> Result<Option<Cow<'a, str>>, D::Error> {
    #[derive(Deserialize)]
    struct Borrowed<'a>(#[serde(borrow)] Cow<'a, str>);
    Ok(Option::<Borrowed<'a>>::deserialize(from)?.map(|text| text.0))
}

/// Where the last piece of sound belonged: the next mostly belongs there, too, and its ids are shared.
#[derive(Debug, Default)]
pub(crate) struct LastSpoken(Option<SpokenItem>);

impl LastSpoken {
    fn of(&mut self, wire: &Wire<'_>) -> Option<SpokenItem> {
        let (response, item) = (wire.response_id.as_deref()?, wire.item_id.as_deref()?);
        Some(self.at(response, item, wire.content_index.unwrap_or(0)))
    }

    fn at(&mut self, response: &str, item: &str, content_index: u32) -> SpokenItem {
        let is_same = |last: &SpokenItem| {
            last.item.as_str() == item
                && last.response.as_str() == response
                && last.content_index == content_index
        };
        if let Some(last) = self.0.as_ref().filter(|last| is_same(last)) {
            return last.clone();
        }
        let spoken =
            SpokenItem { response: ResponseId::new(response), item: ItemId::new(item), content_index };
        self.0.insert(spoken).clone()
    }
}

/// The event that a text frame holds.
pub(crate) fn read(text: &[u8], last: &mut LastSpoken) -> RealtimeEvent {
    sound(text, last).unwrap_or_else(|| read_by_the_book(text, last))
}

/// Nearly all events are pieces of sound, and plain: those need no parser.
fn sound(text: &[u8], last: &mut LastSpoken) -> Option<RealtimeEvent> {
    let mut skim = Skim::new(text);
    skim.open()?;
    // it stands first, and of other events nothing more is looked at
    if skim.member()? != Member::Named(b"type") || skim.text()? != b"response.output_audio.delta" {
        return None;
    }
    let (mut response, mut item, mut content_index, mut delta) = (None, None, None, None);
    while let Member::Named(name) = skim.member()? {
        match name {
            b"response_id" if response.is_none() => response = Some(skim.text()?),
            b"item_id" if item.is_none() => item = Some(skim.text()?),
            b"content_index" if content_index.is_none() => content_index = Some(skim.number()?),
            b"delta" if delta.is_none() => delta = Some(skim.text()?),
            b"event_id" | b"output_index" => skim.pass()?,
            _ => return None,
        }
    }
    let (response, item) = (std::str::from_utf8(response?).ok()?, std::str::from_utf8(item?).ok()?);
    let spoken = last.at(response, item, u32::try_from(content_index.unwrap_or(0)).ok()?);
    let audio = STANDARD.decode_to_vec(delta?).ok()?;
    skim.is_done().then(|| RealtimeEvent::Audio { spoken, audio: Bytes::from(audio) })
}

fn read_by_the_book(text: &[u8], last: &mut LastSpoken) -> RealtimeEvent {
    let unread = || RealtimeEvent::Other("unreadable".into());
    match serde_json::from_slice::<Wire<'_>>(text) {
        Ok(wire) => event(&wire, last).unwrap_or_else(|| RealtimeEvent::Other(short(&wire.kind).into())),
        // a known event with a member of another type than ours is none that we know
        Err(_) => serde_json::from_slice::<Value>(text)
            .ok()
            .and_then(|value| Some(RealtimeEvent::Other(short(value["type"].as_str()?).into())))
            .unwrap_or_else(unread),
    }
}

fn event(wire: &Wire<'_>, last: &mut LastSpoken) -> Option<RealtimeEvent> {
    let item = || wire.item_id.as_deref().map(ItemId::new);
    let mut spoken = |wire| last.of(wire);
    Some(match wire.kind.as_ref() {
        "response.output_audio.delta" => {
            let audio = STANDARD.decode_to_vec(wire.delta.as_deref()?).ok()?;
            RealtimeEvent::Audio { spoken: spoken(wire)?, audio: Bytes::from(audio) }
        }
        "response.output_audio.done" => RealtimeEvent::AudioDone { spoken: spoken(wire)? },
        "response.output_audio_transcript.delta" => {
            RealtimeEvent::Words { spoken: spoken(wire)?, delta: wire.delta.as_deref()?.to_owned() }
        }
        "response.output_audio_transcript.done" => {
            RealtimeEvent::WordsDone { spoken: spoken(wire)?, text: wire.transcript.as_deref()?.to_owned() }
        }
        "input_audio_buffer.speech_started" => {
            RealtimeEvent::SpeechStarted { audio_start_ms: wire.audio_start_ms?, item: item()? }
        }
        "input_audio_buffer.speech_stopped" => {
            RealtimeEvent::SpeechStopped { audio_end_ms: wire.audio_end_ms?, item: item()? }
        }
        "input_audio_buffer.committed" => RealtimeEvent::Committed { item: item()? },
        "conversation.item.input_audio_transcription.completed" => RealtimeEvent::Heard {
            item: item()?,
            text: wire.transcript.as_deref().unwrap_or_default().to_owned(),
            billed_ms: wire.usage.and_then(billed_ms),
        },
        "conversation.item.input_audio_transcription.failed" => RealtimeEvent::HeardNothing { item: item()? },
        "conversation.item.truncated" => RealtimeEvent::Truncated { item: item()? },
        "response.created" => {
            let response = value(wire.response?)?;
            RealtimeEvent::ResponseCreated { response: ResponseId::new(response["id"].as_str()?) }
        }
        "response.done" => RealtimeEvent::ResponseDone(Box::new(end(&value(wire.response?)?)?)),
        "session.created" => {
            let session = wire.session.and_then(value).unwrap_or_default();
            RealtimeEvent::SessionCreated { expires_at: session["expires_at"].as_i64() }
        }
        "session.updated" => RealtimeEvent::SessionUpdated,
        "error" => RealtimeEvent::Fault(fault(&value(wire.error?)?)),
        _ => return None,
    })
}

fn value(raw: &RawValue) -> Option<Value> {
    serde_json::from_str(raw.get()).ok()
}

/// `{"type":"duration","seconds":3.2}`; models that bill by tokens say nothing of time.
fn billed_ms(usage: &RawValue) -> Option<u64> {
    let seconds = value(usage)?["seconds"].as_f64().filter(|seconds| (0.0..1e6).contains(seconds))?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1e9")]
    Some((seconds * 1000.0).round() as u64)
}

fn end(response: &Value) -> Option<ResponseEnd> {
    let status = match response["status"].as_str()? {
        "completed" => ResponseStatus::Completed,
        "cancelled" => ResponseStatus::Cancelled,
        "incomplete" => ResponseStatus::Incomplete,
        _ => ResponseStatus::Failed,
    };
    let error = &response["status_details"]["error"];
    let calls = response["output"].as_array().into_iter().flatten();
    let calls = calls.filter(|item| item["type"] == "function_call").take(MOST_TOOLS);
    Some(ResponseEnd {
        response: ResponseId::new(response["id"].as_str()?),
        status,
        fault: error.is_object().then(|| fault(error)),
        tools: calls.filter_map(tool).collect(),
        usage: usage(&response["usage"]),
    })
}

fn tool(item: &Value) -> Option<ToolRequest> {
    Some(ToolRequest {
        call: ToolCallId::new(item["call_id"].as_str()?),
        name: item["name"].as_str()?.to_owned(),
        arguments: item["arguments"].as_str().unwrap_or("{}").to_owned(),
    })
}

/// Tokens without details are counted as sound, which is never cheaper.
fn usage(usage: &Value) -> RealtimeUsage {
    let count = |value: &Value| value.as_u64().unwrap_or(0);
    let (read, spoken) = (&usage["input_token_details"], &usage["output_token_details"]);
    let cached = &read["cached_tokens_details"];
    let whole = |details: &Value, whole: &Value| if details.is_object() { 0 } else { count(whole) };
    RealtimeUsage {
        text_in: count(&read["text_tokens"]),
        text_cached: count(&cached["text_tokens"]),
        audio_in: count(&read["audio_tokens"]) + whole(read, &usage["input_tokens"]),
        audio_cached: count(&cached["audio_tokens"]),
        text_out: count(&spoken["text_tokens"]),
        audio_out: count(&spoken["audio_tokens"]) + whole(spoken, &usage["output_tokens"]),
    }
}

fn fault(error: &Value) -> RealtimeFault {
    let text = |name: &str| error[name].as_str().map(short).unwrap_or_default();
    RealtimeFault {
        code: text("code"),
        kind: text("type"),
        message: text("message"),
        event_id: error["event_id"].as_str().map(short),
    }
}

fn short(text: &str) -> String {
    text.chars().take(MOST_WORDS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> RealtimeEvent {
        super::read(text.as_bytes(), &mut LastSpoken::default())
    }

    fn spoken() -> SpokenItem {
        SpokenItem { response: ResponseId::new("resp_1"), item: ItemId::new("item_a1"), content_index: 0 }
    }

    #[test]
    fn sound_is_decoded_and_correlated_by_ids() {
        let text = r#"{"event_id":"event_7","type":"response.output_audio.delta","response_id":"resp_1",
            "item_id":"item_a1","output_index":0,"content_index":0,"delta":"\/w==","novelty":{"a":[1]}}"#;
        let audio = Bytes::from_static(&[0xff]);
        assert_eq!(read(text), RealtimeEvent::Audio { spoken: spoken(), audio });
    }

    #[test]
    fn sound_needs_no_parser_and_is_read_as_the_parser_does() {
        let plain = r#"{"type":"response.output_audio.delta","event_id":"event_7","response_id":"resp_1",
            "item_id":"item_a1","output_index":0,"content_index":0,"delta":"/w=="}"#;
        let plain = plain.replace([' ', '\n'], "");
        let skimmed = sound(plain.as_bytes(), &mut LastSpoken::default());
        assert_eq!(
            skimmed,
            Some(RealtimeEvent::Audio { spoken: spoken(), audio: Bytes::from_static(&[0xff]) })
        );
        assert_eq!(skimmed, Some(read_by_the_book(plain.as_bytes(), &mut LastSpoken::default())));
        for (from, to) in [
            ("\"/w==\"", "\"\\/w==\""),
            ("\"/w==\"", "\"/w\""),
            (".delta", ".done"),
            ("\"content_index\":0", "\"content_index\":-1"),
            ("\"content_index\":0", "\"content_index\":4294967296"),
            ("\"item_id\"", "\"item\""),
            ("}", "} "),
            ("{", "{\"delta\":\"\","),
        ] {
            let other = plain.replacen(from, to, 1);
            assert_ne!(other, plain, "{from}");
            assert_eq!(sound(other.as_bytes(), &mut LastSpoken::default()), None, "{other}");
        }
    }

    #[test]
    fn a_bill_tells_text_from_sound_and_what_was_cached() {
        let text = r#"{"type":"response.done","response":{"id":"resp_1","status":"completed","output":[
            {"type":"message"},{"type":"function_call","call_id":"c1","name":"find_slot","arguments":"{\"day\":1}"}],
            "usage":{"total_tokens":253,"input_tokens":132,"output_tokens":121,"input_token_details":
            {"text_tokens":119,"audio_tokens":13,"cached_tokens":64,"cached_tokens_details":{"text_tokens":64,
            "audio_tokens":0}},"output_token_details":{"text_tokens":30,"audio_tokens":91}}}}"#;
        let RealtimeEvent::ResponseDone(end) = read(text) else { panic!("an end") };
        let usage = RealtimeUsage {
            text_in: 119,
            text_cached: 64,
            audio_in: 13,
            audio_cached: 0,
            text_out: 30,
            audio_out: 91,
        };
        assert_eq!((end.usage, end.status), (usage, ResponseStatus::Completed));
        let call = ToolCallId::new("c1");
        assert_eq!(
            end.tools,
            [ToolRequest { call, name: "find_slot".into(), arguments: r#"{"day":1}"#.into() }]
        );
        let bare = read(
            r#"{"type":"response.done","response":{"id":"r","status":"failed","usage":{"input_tokens":5,"output_tokens":7}}}"#,
        );
        let RealtimeEvent::ResponseDone(end) = bare else { panic!("an end") };
        assert_eq!((end.usage.audio_in, end.usage.audio_out, end.status), (5, 7, ResponseStatus::Failed));
    }

    #[test]
    fn nonsense_is_an_event_that_nobody_knows() {
        for text in ["", "[]", "7", "{}", r#"{"type":7}"#, "{\"type\":\"a\"", "null"] {
            assert_eq!(read(text), RealtimeEvent::Other("unreadable".into()), "{text}");
        }
        for text in [
            r#"{"type":"response.output_audio.delta","response_id":"r","item_id":"i","delta":"not base64!"}"#,
            r#"{"type":"response.output_audio.delta","response_id":7,"item_id":"i","delta":"AAAA"}"#,
            r#"{"type":"response.output_audio.delta"}"#,
        ] {
            assert_eq!(read(text), RealtimeEvent::Other("response.output_audio.delta".into()), "{text}");
        }
        let new = r#"{"type":"conversation.item.tomorrow","item":{}}"#;
        assert_eq!(read(new), RealtimeEvent::Other("conversation.item.tomorrow".into()));
    }

    #[test]
    fn faults_are_short_and_keep_our_event() {
        let message = "ы".repeat(5000);
        let text = serde_json::json!({"type": "error", "error": {"type": "invalid_request_error",
            "code": "session_expired", "message": message, "event_id": "c7"}});
        let RealtimeEvent::Fault(fault) = read(&text.to_string()) else { panic!("a fault") };
        assert_eq!((fault.code.as_str(), fault.event_id.as_deref()), ("session_expired", Some("c7")));
        assert_eq!(fault.message.chars().count(), MOST_WORDS);
    }
}
