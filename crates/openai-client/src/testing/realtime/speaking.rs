//! The session's answers: made after a moment, spoken faster than real time, billed at their end.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    FakeRealtimeSession, RealtimeAsked, RealtimeFaultKind, RealtimeReply, encode_g711, hum, session::Item,
};
use crate::RealtimeUsage;

/// A letter of speech, ms.
const LETTER_MS: u64 = 60;
/// Tokens of a second that is heard, and of one that is spoken (as observed).
const HEARD_TOKENS: u64 = 10;
const SPOKEN_TOKENS: u64 = 20;

/// Words of the client that are to be told.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) at: u64,
    pub(super) item: String,
    pub(super) text: String,
    pub(super) seconds: u64,
}

/// An answer that is being made.
#[derive(Debug)]
pub(super) struct Answer {
    id: String,
    item: Option<String>,
    reply: RealtimeReply,
    sound: Vec<u8>,
    sent: usize,
    begins: u64,
    next: u64,
    has_begun: bool,
    fault: Option<RealtimeFaultKind>,
}

impl Answer {
    pub(super) fn due(&self) -> Option<u64> {
        let stalls = match self.fault {
            Some(RealtimeFaultKind::AnswerStalls) => true,
            Some(RealtimeFaultKind::StallsAfter(ms)) => self.sent as u64 >= ms * 8,
            _ => false,
        };
        (!stalls).then_some(self.next)
    }
}

impl FakeRealtimeSession {
    /// Tells words whose time has come.
    pub(super) fn write_down(&mut self, now_ms: u64) {
        while self.words.front().is_some_and(|words| words.at <= now_ms) {
            let Some(words) = self.words.pop_front() else { return };
            let base = "conversation.item.input_audio_transcription";
            if self.provider.state().deaf {
                let error = json!({"type": "server_error", "code": "transcription_failed", "message": "no"});
                self.tell(
                    json!({"type": format!("{base}.failed"), "item_id": words.item, "content_index": 0,
                                 "error": error}),
                );
                continue;
            }
            self.tell(json!({"type": format!("{base}.delta"), "item_id": words.item, "content_index": 0,
                             "delta": words.text}));
            self.tell(json!({"type": format!("{base}.completed"), "item_id": words.item, "content_index": 0,
                             "transcript": words.text,
                             "usage": {"type": "duration", "seconds": words.seconds}}));
        }
    }

    pub(super) fn begin_answer(&mut self, own: Option<String>, now_ms: u64) {
        let asked = RealtimeAsked {
            instructions: self.settings["instructions"].as_str().unwrap_or_default().to_owned(),
            own,
            heard: self.heard.take(),
            outputs: std::mem::take(&mut self.outputs),
            answers: self.answers,
        };
        self.answers += 1;
        let (scripted, mind, think) = {
            let mut state = self.provider.state();
            state.asked.push(asked.clone());
            // what is to be said word for word is no matter of thinking
            let scripted = if asked.own.is_some() { None } else { state.replies.pop_front() };
            (scripted, state.mind.clone(), state.think_ms)
        };
        let reply = scripted.unwrap_or_else(|| match (&asked.own, mind) {
            (Some(own), _) => RealtimeReply::say(quoted(own)),
            (None, Some(mind)) => mind.answer(&asked),
            (None, None) => RealtimeReply::say("Понимаю вас. Что ещё вас интересует?"),
        });
        let samples = match &reply.sound {
            Some(sound) => sound.clone(),
            None => hum(reply.text.chars().count() as u64 * LETTER_MS),
        };
        let (id, sound) = (self.id("resp"), encode_g711(self.code(), &samples));
        let is_of_answers = |fault: &RealtimeFaultKind| !matches!(fault, RealtimeFaultKind::Deaf);
        let fault = self.take_fault(is_of_answers);
        if fault == Some(RealtimeFaultKind::Expires) {
            return self.expire();
        }
        self.tell(json!({"type": "response.created",
                         "response": {"id": id, "object": "realtime.response", "status": "in_progress"}}));
        let begins = now_ms + think;
        self.answer = Some(Answer {
            id,
            item: None,
            reply,
            sound,
            sent: 0,
            begins,
            next: begins,
            has_begun: false,
            fault,
        });
    }

    /// Says what is to be said by now.
    pub(super) fn speak(&mut self, now_ms: u64) {
        loop {
            let Some(mut answer) = self.answer.take() else { return };
            if answer.due().is_none_or(|due| due > now_ms) {
                self.answer = Some(answer);
                return;
            }
            if let Some(RealtimeFaultKind::AnswerFails(code)) = answer.fault {
                self.end_answer(
                    &answer,
                    "failed",
                    &json!({"type": "failed",
                    "error": {"type": code, "code": code, "message": "It cannot answer."}}),
                );
                return;
            }
            if !answer.has_begun {
                answer.has_begun = true;
                if !answer.sound.is_empty() {
                    self.begin_item(&mut answer);
                }
            }
            if answer.sent < answer.sound.len() {
                self.say_piece(&mut answer);
                self.answer = Some(answer);
                if self.closed.is_some() {
                    return;
                }
                continue;
            }
            self.finish(&answer);
            return;
        }
    }

    fn begin_item(&mut self, answer: &mut Answer) {
        let item = self.id("item_a");
        let whole = json!({"id": item, "type": "message", "role": "assistant", "content": []});
        self.tell(json!({"type": "response.output_item.added", "response_id": answer.id, "output_index": 0,
                         "item": whole}));
        self.tell(json!({"type": "conversation.item.added", "item": whole}));
        self.tell(json!({"type": "response.content_part.added", "response_id": answer.id, "item_id": item,
                         "output_index": 0, "content_index": 0, "part": {"type": "audio"}}));
        for word in answer.reply.text.split_inclusive(' ') {
            self.tell(piece("response.output_audio_transcript.delta", &answer.id, &item, Some(word)));
        }
        self.items.push(Item { id: item.clone(), sent_ms: Some(0) });
        answer.item = Some(item);
    }

    fn say_piece(&mut self, answer: &mut Answer) {
        let (speed, delta_ms) = {
            let state = self.provider.state();
            (state.speed, state.delta_ms)
        };
        let size = usize::try_from(delta_ms * 8).unwrap_or(1600).min(answer.sound.len() - answer.sent);
        let Some(item) = answer.item.clone() else { return };
        let sound = answer.sound.get(answer.sent..answer.sent + size).unwrap_or_default();
        let sound = STANDARD.encode(sound);
        self.tell(piece("response.output_audio.delta", &answer.id, &item, Some(&sound)));
        answer.sent += size;
        answer.next = answer.begins + answer.sent as u64 / 8 / speed;
        let sent_ms = answer.sent as u64 / 8;
        if let Some(known) = self.items.iter_mut().find(|known| known.id == item) {
            known.sent_ms = Some(sent_ms);
        }
        if let Some(RealtimeFaultKind::CutAfter(ms)) = answer.fault
            && sent_ms >= ms
        {
            self.closed = Some((0, "cut"));
        }
    }

    fn finish(&mut self, answer: &Answer) {
        if let Some(item) = &answer.item {
            self.tell(piece("response.output_audio.done", &answer.id, item, None));
            let mut done = piece("response.output_audio_transcript.done", &answer.id, item, None);
            done["transcript"] = json!(answer.reply.text);
            self.tell(done);
            self.tell(piece("response.content_part.done", &answer.id, item, None));
            let whole = json!({"id": item, "type": "message", "role": "assistant"});
            self.tell(json!({"type": "response.output_item.done", "response_id": answer.id, "item": whole}));
            self.tell(json!({"type": "conversation.item.done", "item": whole}));
        }
        self.end_answer(answer, "completed", &Value::Null);
        self.tell(json!({"type": "rate_limits.updated", "rate_limits": [
            {"name": "tokens", "limit": 40_000, "remaining": 39_000, "reset_seconds": 1.2}]}));
    }

    fn end_answer(&mut self, answer: &Answer, status: &str, details: &Value) {
        let mut output = Vec::new();
        if let Some(item) = &answer.item {
            output.push(json!({"id": item, "type": "message", "role": "assistant"}));
        }
        if status == "completed" {
            for (name, arguments) in &answer.reply.calls {
                let (item, call) = (self.id("item_f"), self.id("call"));
                let call = json!({"id": item, "type": "function_call", "name": name, "call_id": call,
                                  "arguments": arguments.to_string()});
                self.tell(
                    json!({"type": "response.output_item.added", "response_id": answer.id, "item": call}),
                );
                self.tell(json!({"type": "response.function_call_arguments.done", "response_id": answer.id,
                    "item_id": item, "call_id": call["call_id"], "name": name,
                    "arguments": arguments.to_string()}));
                self.tell(
                    json!({"type": "response.output_item.done", "response_id": answer.id, "item": call}),
                );
                output.push(call);
            }
        }
        let usage = self.bill(answer);
        self.tell(json!({"type": "response.done", "response": {
            "id": answer.id, "object": "realtime.response", "status": status, "status_details": details,
            "output": output, "usage": usage}}));
    }

    /// The whole conversation is read anew each time, most of it from the cache.
    fn bill(&mut self, answer: &Answer) -> Value {
        let text = self.settings["instructions"].as_str().map_or(0, |text| text.chars().count() as u64 / 3);
        let heard = (self.speech_ms + self.spoken_ms) * HEARD_TOKENS / 1000;
        let cached = if self.answers > 1 { text } else { 0 };
        let spoken = answer.sent as u64 / 8 * SPOKEN_TOKENS / 1000;
        let written = answer.reply.text.chars().count() as u64 / 3;
        self.spoken_ms += answer.sent as u64 / 8;
        {
            let mut state = self.provider.state();
            let all: &mut RealtimeUsage = &mut state.usage;
            all.text_in += text;
            all.text_cached += cached;
            all.audio_in += heard;
            all.text_out += written;
            all.audio_out += spoken;
        }
        json!({"total_tokens": text + heard + spoken + written, "input_tokens": text + heard,
            "output_tokens": spoken + written,
            "input_token_details": {"text_tokens": text, "audio_tokens": heard, "cached_tokens": cached,
                "cached_tokens_details": {"text_tokens": cached, "audio_tokens": 0}},
            "output_token_details": {"text_tokens": written, "audio_tokens": spoken}})
    }

    /// Stops the answer that is being made.
    pub(super) fn cancel(&mut self, event: &Value, reason: &str) {
        let wanted = event["response_id"].as_str();
        match self.answer.take() {
            Some(answer) if wanted.is_none_or(|id| id == answer.id) => {
                let details = json!({"type": "cancelled", "reason": reason});
                self.end_answer(&answer, "cancelled", &details);
            }
            other => {
                self.answer = other;
                let told = "Cancellation failed: no active response found";
                self.refuse("response_cancel_not_active", told, None, &event["event_id"]);
            }
        }
    }
}

fn piece(kind: &str, response: &str, item: &str, delta: Option<&str>) -> Value {
    let mut event = json!({"type": kind, "response_id": response, "item_id": item, "output_index": 0,
                           "content_index": 0});
    if let Some(delta) = delta {
        event["delta"] = json!(delta);
    }
    event
}

/// «…» of instructions to say something word for word; else all of them.
fn quoted(own: &str) -> String {
    let from = own.find('«').map(|at| at + '«'.len_utf8());
    let to = own.rfind('»');
    match (from, to) {
        (Some(from), Some(to)) if from < to => own.get(from..to).unwrap_or(own).to_owned(),
        _ => own.to_owned(),
    }
}
