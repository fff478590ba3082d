//! One session: the wire's JSON in and out, on a clock that it is told.

use std::collections::VecDeque;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    FakeRealtime, RealtimeFaultKind, checks, decode_g711,
    provider::code_of,
    speaking::{Answer, Words},
    vad::{Turn, Vad},
};
use crate::G711;

/// The largest piece of sound that is taken (15 MiB, as documented).
const MOST_APPEND: usize = 15 << 20;

/// An item of the conversation.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) id: String,
    /// Sound that was sent of it, ms; none for a client's.
    pub(super) sent_ms: Option<u64>,
}

/// One session. It ends when it is dropped.
pub struct FakeRealtimeSession {
    pub(super) provider: FakeRealtime,
    pub(super) settings: Value,
    pub(super) vad: Vad,
    pub(super) out: VecDeque<String>,
    pub(super) items: Vec<Item>,
    pub(super) answer: Option<Answer>,
    pub(super) words: VecDeque<Words>,
    pub(super) heard: Option<String>,
    pub(super) outputs: Vec<String>,
    pub(super) answers: u32,
    pub(super) count: u64,
    speech_item: Option<String>,
    number: u32,
    has_begun: bool,
    pub(super) closed: Option<(u16, &'static str)>,
    pub(super) speech_ms: u64,
    pub(super) spoken_ms: u64,
}

impl std::fmt::Debug for FakeRealtimeSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FakeRealtimeSession").field("number", &self.number).finish_non_exhaustive()
    }
}

impl Drop for FakeRealtimeSession {
    fn drop(&mut self) {
        let mut state = self.provider.state();
        state.open = state.open.saturating_sub(1);
    }
}

impl FakeRealtimeSession {
    pub(super) fn new(provider: FakeRealtime, number: u32) -> Self {
        Self {
            provider,
            settings: json!({"type": "realtime"}),
            vad: Vad::default(),
            out: VecDeque::new(),
            items: Vec::new(),
            answer: None,
            words: VecDeque::new(),
            heard: None,
            outputs: Vec::new(),
            answers: 0,
            count: 0,
            speech_item: None,
            number,
            has_begun: false,
            closed: None,
            speech_ms: 0,
            spoken_ms: 0,
        }
    }

    pub(super) fn code(&self) -> G711 {
        code_of(&self.settings)
    }

    pub(super) fn id(&mut self, kind: &str) -> String {
        self.count += 1;
        format!("{kind}_{}_{}", self.number, self.count)
    }

    /// Sends an event.
    pub(super) fn tell(&mut self, mut event: Value) {
        self.count += 1;
        event["event_id"] = json!(format!("event_{}_{}", self.number, self.count));
        self.out.push_back(event.to_string());
    }

    pub(super) fn refuse(&mut self, code: &str, message: &str, param: Option<&str>, event_id: &Value) {
        self.provider.state().refused.push(code.to_owned());
        let error = json!({"type": "invalid_request_error", "code": code, "message": message,
                           "param": param, "event_id": event_id});
        self.tell(json!({"type": "error", "error": error}));
    }

    /// What is sent by now, in order.
    pub fn events(&mut self, now_ms: u64) -> Vec<String> {
        if !self.has_begun {
            self.has_begun = true;
            let session = json!({"id": format!("sess_{}", self.number), "object": "realtime.session",
                "type": "realtime", "model": "gpt-realtime-2.1"});
            self.tell(json!({"type": "session.created", "session": session}));
            self.tell(json!({"type": "novelty.of_tomorrow", "anything": {"goes": [1, null]}}));
        }
        if self.closed.is_none() && now_ms >= self.provider.state().session_ms {
            self.expire();
        }
        if self.closed.is_none() {
            self.write_down(now_ms);
            self.speak(now_ms);
        }
        self.out.drain(..).collect()
    }

    /// When there will be something to send.
    pub fn due(&self) -> Option<u64> {
        if !self.out.is_empty() || !self.has_begun {
            return Some(0);
        }
        if self.closed.is_some() {
            return None;
        }
        let words = self.words.front().map(|words| words.at);
        let answer = self.answer.as_ref().and_then(Answer::due);
        let end = Some(self.provider.state().session_ms);
        [words, answer, end].into_iter().flatten().min()
    }

    /// The server closes with this code and reason, once its events are sent. 0: it just goes.
    pub const fn closed(&self) -> Option<(u16, &'static str)> {
        self.closed
    }

    pub(super) fn expire(&mut self) {
        let message = "Your session hit the maximum duration of 60 minutes.";
        let error = json!({"type": "invalid_request_error", "code": "session_expired", "message": message,
                           "param": null, "event_id": null});
        self.tell(json!({"type": "error", "error": error}));
        self.closed = Some((1001, message));
    }

    /// Takes a client's event.
    pub fn take(&mut self, text: &str, now_ms: u64) {
        if self.closed.is_some() {
            return;
        }
        let Ok(event) = serde_json::from_str::<Value>(text) else {
            return self.refuse("invalid_json", "Could not parse the event.", None, &Value::Null);
        };
        let id = event["event_id"].clone();
        match event["type"].as_str().unwrap_or_default() {
            "input_audio_buffer.append" => self.append(&event, now_ms),
            "input_audio_buffer.clear" => {
                self.vad.clear();
                self.tell(json!({"type": "input_audio_buffer.cleared"}));
            }
            "input_audio_buffer.commit" => {
                self.refuse("input_audio_buffer_commit_empty", "The buffer is empty.", None, &id);
            }
            "session.update" => self.update(&event),
            "response.create" => self.create(&event["response"], &id, now_ms),
            "response.cancel" => self.cancel(&event, "client_cancelled"),
            "conversation.item.create" => self.add(&event),
            "conversation.item.truncate" => self.truncate(&event),
            "conversation.item.delete" => self.delete(&event),
            other => {
                let told = format!("Invalid value: '{other}'.");
                self.refuse("invalid_value", &told, Some("type"), &id);
            }
        }
    }

    fn update(&mut self, event: &Value) {
        let session = &event["session"];
        if let Err((code, message, param)) = checks::session(session) {
            return self.refuse(code, &message, Some(param), &event["event_id"]);
        }
        self.settings = session.clone();
        let vad = &session["audio"]["input"]["turn_detection"];
        self.vad.prefix_ms = vad["prefix_padding_ms"].as_u64().unwrap_or(300);
        self.vad.silence_ms = vad["silence_duration_ms"].as_u64().unwrap_or(500);
        self.provider.state().settings.push(session.clone());
        self.tell(json!({"type": "session.updated", "session": session}));
    }

    fn append(&mut self, event: &Value, now_ms: u64) {
        let sound = event["audio"].as_str().filter(|text| text.len() <= MOST_APPEND);
        let Some(sound) = sound.and_then(|text| STANDARD.decode(text).ok()) else {
            return self.refuse("invalid_value", "Invalid 'audio'.", Some("audio"), &event["event_id"]);
        };
        for turn in self.vad.hear(self.code(), &sound) {
            match turn {
                Turn::Started { ms } => self.speech_started(ms, now_ms),
                Turn::Stopped { ms, sound } => self.speech_stopped(ms, &sound, now_ms),
            }
        }
    }

    fn speech_started(&mut self, ms: u64, _now_ms: u64) {
        let item = self.id("item_u");
        self.tell(
            json!({"type": "input_audio_buffer.speech_started", "audio_start_ms": ms, "item_id": item}),
        );
        self.speech_item = Some(item);
        let interrupts = &self.settings["audio"]["input"]["turn_detection"]["interrupt_response"];
        if *interrupts != json!(false) && self.answer.is_some() {
            self.cancel(&Value::Null, "turn_detected");
        }
    }

    fn speech_stopped(&mut self, ms: u64, sound: &[u8], now_ms: u64) {
        let Some(item) = self.speech_item.take() else { return };
        self.speech_ms += sound.len() as u64 / 8;
        self.tell(json!({"type": "input_audio_buffer.speech_stopped", "audio_end_ms": ms, "item_id": item}));
        self.tell(json!({"type": "input_audio_buffer.committed", "item_id": item, "previous_item_id": null}));
        let whole =
            json!({"id": item, "type": "message", "role": "user", "content": [{"type": "input_audio"}]});
        self.tell(json!({"type": "conversation.item.added", "item": whole}));
        self.tell(json!({"type": "conversation.item.done", "item": whole}));
        self.items.push(Item { id: item.clone(), sent_ms: None });
        let text = self.hear(sound);
        if !self.settings["audio"]["input"]["transcription"].is_null() {
            let at = now_ms + self.provider.state().words_after_ms;
            let seconds = sound.len() as u64 / 8000 + 1;
            self.words.push_back(Words { at, item, text: text.clone(), seconds });
        }
        self.heard = Some(text);
        let answers = &self.settings["audio"]["input"]["turn_detection"]["create_response"];
        if *answers != json!(false) && self.answer.is_none() {
            self.begin_answer(None, now_ms);
        }
    }

    /// What was said, in words.
    fn hear(&self, sound: &[u8]) -> String {
        let (scripted, ear) = {
            let mut state = self.provider.state();
            (state.words.pop_front(), state.ear.clone())
        };
        if let Some(words) = scripted {
            return words;
        }
        let Some(ear) = ear else {
            return "Здравствуйте, расскажите подробнее.".to_owned();
        };
        let samples = decode_g711(self.code(), sound);
        let heard = ear.hear(&wav(&samples));
        heard.iter().map(|segment| segment.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    fn create(&mut self, response: &Value, id: &Value, now_ms: u64) {
        if self.answer.is_some() {
            let told = "Conversation already has an active response in progress.";
            return self.refuse("conversation_already_has_active_response", told, None, id);
        }
        let own = response["instructions"].as_str().map(str::to_owned);
        self.begin_answer(own, now_ms);
    }

    fn add(&mut self, event: &Value) {
        let item = &event["item"];
        if let Err((code, message, param)) = checks::item(item) {
            return self.refuse(code, &message, Some(param), &event["event_id"]);
        }
        if let Some(output) = item["output"].as_str() {
            self.outputs.push(output.to_owned());
        }
        let id = self.id("item_m");
        let mut whole = item.clone();
        whole["id"] = json!(id);
        self.items.push(Item { id, sent_ms: None });
        self.tell(json!({"type": "conversation.item.added", "item": whole}));
        self.tell(json!({"type": "conversation.item.done", "item": whole}));
    }

    fn truncate(&mut self, event: &Value) {
        let id = event["item_id"].as_str().unwrap_or_default().to_owned();
        let at = event["audio_end_ms"].as_u64();
        let sent = self.items.iter().find(|item| item.id == id).and_then(|item| item.sent_ms);
        match (sent, at) {
            (Some(sent), Some(at)) if at <= sent && event["content_index"].is_u64() => {
                self.provider.state().truncated.push((id.clone(), at));
                self.tell(json!({"type": "conversation.item.truncated", "item_id": id,
                                 "content_index": 0, "audio_end_ms": at}));
            }
            (Some(sent), _) => {
                let told = format!("Audio content of {sent}ms is already shorter than that.");
                self.refuse("invalid_value", &told, Some("audio_end_ms"), &event["event_id"]);
            }
            (None, _) => {
                self.refuse("item_not_found", "No such item.", Some("item_id"), &event["event_id"]);
            }
        }
    }

    fn delete(&mut self, event: &Value) {
        let id = event["item_id"].as_str().unwrap_or_default().to_owned();
        if let Some(at) = self.items.iter().position(|item| item.id == id) {
            self.items.remove(at);
            self.provider.state().deleted.push(id.clone());
            self.tell(json!({"type": "conversation.item.deleted", "item_id": id}));
        } else {
            self.refuse("item_delete_invalid_item_id", "No such item.", Some("item_id"), &event["event_id"]);
        }
    }

    pub(super) fn take_fault(
        &self,
        wanted: impl Fn(&RealtimeFaultKind) -> bool,
    ) -> Option<RealtimeFaultKind> {
        let mut state = self.provider.state();
        let is_next = state.faults.front().is_some_and(wanted);
        is_next.then(|| state.faults.pop_front()).flatten()
    }
}

/// 16 bits, one channel, 8 kHz.
fn wav(samples: &[i16]) -> Vec<u8> {
    let bytes = u32::try_from(samples.len() * 2).unwrap_or(u32::MAX);
    let mut out = Vec::with_capacity(44 + samples.len() * 2);
    out.extend(b"RIFF");
    out.extend(bytes.saturating_add(36).to_le_bytes());
    out.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    out.extend(8000_u32.to_le_bytes());
    out.extend(16_000_u32.to_le_bytes());
    out.extend(b"\x02\0\x10\0data");
    out.extend(bytes.to_le_bytes());
    for sample in samples {
        out.extend(sample.to_le_bytes());
    }
    out
}
