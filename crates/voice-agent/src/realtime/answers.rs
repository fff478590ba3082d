//! The model's answers: asked for one at a time, played as they come, dropped when nobody wants them.
//!
//! The server answers a client's speech by itself; everything else is asked for. While one answer is
//! being made another is refused, so a wish waits for its end.

use std::{collections::VecDeque, time::Duration};

use bytes::Bytes;
use openai_client::{
    RealtimeCommand, RealtimeFault, ResponseEnd, ResponseId, ResponseStatus, SpokenItem, ToolCallId,
};
use serde_json::json;
use tokio::time::Instant;

use super::{
    brief,
    conversation::Conversation,
    ends::Leave,
    errands::Edit,
    functions::{self, Wish},
};
use crate::{AnswerSource, Ending, LiveLine, Occasion};

/// Answers whose late events are passed by.
const MOST_DROPPED: usize = 16;
/// The server begins an answer of its own within this time, or we ask for it.
const SERVER_BEGINS: Duration = Duration::from_millis(1500);
/// A tool that takes longer is spoken of.
const FILLER_AFTER: Duration = Duration::from_millis(1500);
/// Functions in a row without a word of the client.
const MOST_ROUNDS: u32 = 8;
/// Of an answer that is held back.
const MOST_HELD: usize = 120 * 8000;

/// An answer to something that may turn out to be only «угу».
#[derive(Debug)]
pub(super) struct Held {
    response: ResponseId,
    pieces: Vec<(SpokenItem, Bytes)>,
    complete: Vec<SpokenItem>,
    size: usize,
    /// Its end has come.
    is_over: bool,
}

/// An answer that is to be asked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Wanted {
    /// Whatever the model has to say.
    Any,
    /// By instructions for it alone.
    By(String),
}

/// What is under way.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// To be asked for.
    wanted: Option<Wanted>,
    /// Asked for, not begun.
    asked: Option<Wanted>,
    /// The server is to begin by itself until then.
    expected: Option<Instant>,
    /// Being made.
    active: Option<ResponseId>,
    /// Its first sound must come until then.
    silent_until: Option<Instant>,
    has_sound: bool,
    /// When it was last heard of it, or asked of it.
    sign: Option<Instant>,
    held: Option<Held>,
    dropped: VecDeque<ResponseId>,
    tools: u32,
    /// Tools are waited for since then, and nothing was said of it.
    tools_since: Option<Instant>,
    rounds: u32,
    failures: u32,
}

impl Answers {
    /// Whether the robot has something to say, or is about to.
    pub(super) fn is_any(&self) -> bool {
        self.is_unfinished() || self.held.is_some() || self.tools > 0
    }

    /// Whether an answer is under way that is lost with its session.
    pub(super) fn is_unfinished(&self) -> bool {
        self.wanted.is_some() || self.asked.is_some() || self.expected.is_some() || self.active.is_some()
    }

    /// Whether the server makes one now.
    pub(super) fn is_active(&self) -> bool {
        self.active.is_some()
    }

    /// The session is another one.
    pub(super) fn forget_session(&mut self) {
        let kept = self.wanted.take();
        *self = Self { wanted: kept, tools: self.tools, rounds: self.rounds, ..Self::default() };
    }

    /// The client spoke.
    pub(super) fn is_new_turn(&mut self) {
        self.rounds = 0;
        self.failures = 0;
    }

    pub(super) fn expect(&mut self, now: Instant, patience: Duration) {
        if self.asked.is_none() && self.active.is_none() {
            self.expected = Some(now + SERVER_BEGINS);
            self.await_sound(now, patience);
        }
    }

    fn await_sound(&mut self, now: Instant, patience: Duration) {
        self.silent_until = Some(now + patience);
        self.has_sound = false;
    }

    fn is_dropped(&self, response: &ResponseId) -> bool {
        self.dropped.contains(response)
    }

    fn drop_late(&mut self, response: ResponseId) {
        if self.dropped.len() >= MOST_DROPPED {
            self.dropped.pop_front();
        }
        self.dropped.push_back(response);
    }

    pub(super) fn due(&self) -> Option<Instant> {
        [self.expected, self.silent_until].into_iter().flatten().min()
    }
}

impl Conversation {
    /// An answer is wanted as soon as none is under way.
    pub(super) fn want(&mut self, wanted: Wanted) {
        self.answers.wanted = Some(wanted);
    }

    /// Asks for what is wanted, if it may.
    pub(super) fn ask(&mut self) {
        let (now, patience) = (self.now, self.settings.answer_within);
        if self.answers.expected.is_some_and(|until| now >= until) {
            self.answers.expected = None;
            self.answers.wanted.get_or_insert(Wanted::Any);
        }
        let free =
            self.answers.active.is_none() && self.answers.asked.is_none() && self.answers.held.is_none();
        if self.line.is_none() || !free || self.is_over() {
            return;
        }
        let Some(wanted) = self.answers.wanted.take() else { return };
        self.answers.asked = Some(wanted.clone());
        self.answers.expected = None;
        self.answers.await_sound(now, patience);
        let instructions = match wanted {
            Wanted::Any => None,
            Wanted::By(instructions) => Some(instructions),
        };
        self.tell(&RealtimeCommand::CreateResponse { instructions });
    }

    /// The model is silent for too long: whoever waits on the line hears of it from the telephone.
    pub(super) fn watch_answer(&mut self) {
        if self.answers.silent_until.is_some_and(|until| self.now >= until) {
            self.fall_back("the model did not answer in time");
        }
        if self.dry_due().is_some_and(|at| self.now >= at) {
            self.fall_back("the model fell silent in the middle of an answer");
        }
        if self.filler_due().is_some_and(|at| self.now >= at) {
            self.answers.tools_since = None;
            self.want(Wanted::By(brief::word_for_word(&self.call.persona.phrase(Occasion::Filler))));
            self.ask();
        }
    }

    /// When an answer counts as broken off whose sound has run dry and whose end does not come.
    fn dry_due(&self) -> Option<Instant> {
        let is_open = self.answers.active.is_some() && self.answers.held.is_none();
        let sign = self.answers.sign.filter(|_| is_open && self.answers.silent_until.is_none())?;
        let ends = self.telephone.as_ref().map_or(sign, |telephone| telephone.playout.ends_at());
        Some(sign.max(ends) + self.settings.answer_within)
    }

    /// When the client is told that a tool takes its time.
    fn filler_due(&self) -> Option<Instant> {
        let since =
            self.answers.tools_since.filter(|_| !self.answers.is_unfinished() && self.is_talking())?;
        let ends = self.telephone.as_ref().map_or(since, |telephone| telephone.playout.ends_at());
        Some(since.max(ends) + FILLER_AFTER)
    }

    /// When an answer is to be looked at.
    pub(super) fn answer_due(&self) -> Option<Instant> {
        [self.answers.due(), self.dry_due(), self.filler_due()].into_iter().flatten().min()
    }

    pub(super) fn answer_begins(&mut self, response: ResponseId) {
        let is_ours = self.answers.asked.take().is_some();
        self.answers.expected = None;
        self.answers.active = Some(response.clone());
        self.answers.has_sound = false;
        self.answers.sign = Some(self.now);
        if is_ours {
            return;
        }
        // it answers whatever was still to be answered
        self.answers.wanted = self.answers.wanted.take().filter(|wanted| *wanted != Wanted::Any);
        if !self.is_talking() {
            // the last words are being said: nothing is answered any more
            self.cancel_active();
        } else if self.floor.is_judging() {
            self.answers.held =
                Some(Held { response, pieces: Vec::new(), complete: Vec::new(), size: 0, is_over: false });
        }
    }

    /// The answer that is being made is not wanted; whatever still comes of it is passed by.
    pub(super) fn cancel_active(&mut self) {
        if let Some(response) = self.answers.active.clone() {
            if !self.answers.is_dropped(&response) {
                self.answers.drop_late(response.clone());
                self.tell(&RealtimeCommand::CancelResponse { response });
            }
            self.answers.silent_until = None;
            self.answers.sign = Some(self.now);
        }
    }

    /// Nothing that was to be said is said any more.
    pub(super) fn drop_answers(&mut self) {
        self.answers.wanted = None;
        self.drop_held();
        self.cancel_active();
    }

    pub(super) fn drop_held(&mut self) {
        let Some(held) = self.answers.held.take() else { return };
        if self.answers.active.as_ref() == Some(&held.response) {
            self.cancel_active();
        } else {
            self.answers.drop_late(held.response);
        }
    }

    /// Takes the answer that is held back out of the way of an interruption.
    pub(super) fn take_held(&mut self) -> Option<Held> {
        let held = self.answers.held.take()?;
        if self.answers.active.as_ref() == Some(&held.response) {
            self.answers.active = None;
        }
        Some(held)
    }

    /// It is said after all.
    pub(super) fn put_back(&mut self, held: Held) {
        if !held.is_over {
            self.answers.active = Some(held.response.clone());
        }
        self.answers.held = Some(held);
        self.release_held();
    }

    /// The answer that was held back is said after what is being said.
    pub(super) fn release_held(&mut self) -> bool {
        let Some(held) = self.answers.held.take() else { return false };
        self.answers.sign = Some(self.now);
        for (spoken, sound) in held.pieces {
            self.sound_comes(&spoken, sound);
        }
        held.complete.iter().for_each(|spoken| self.sound_ends(spoken));
        true
    }

    pub(super) fn sound_comes(&mut self, spoken: &SpokenItem, sound: Bytes) {
        if self.answers.is_dropped(&spoken.response) {
            return;
        }
        self.answers.silent_until = None;
        self.answers.sign = Some(self.now);
        if let Some(held) = &mut self.answers.held
            && held.response == spoken.response
        {
            if held.size + sound.len() <= MOST_HELD {
                held.size += sound.len();
                held.pieces.push((spoken.clone(), sound));
            }
            return;
        }
        let Some(telephone) = &mut self.telephone else { return };
        self.answers.has_sound = true;
        if !telephone.playout.take(spoken, sound) {
            tracing::warn!(call = %self.call.call, "an answer of more than two minutes is cut");
            self.cancel_active();
            return;
        }
        self.exchanges.says(spoken, self.parts.clock.as_ref());
    }

    pub(super) fn sound_ends(&mut self, spoken: &SpokenItem) {
        if let Some(held) = &mut self.answers.held
            && held.response == spoken.response
        {
            held.complete.push(spoken.clone());
            return;
        }
        if let Some(telephone) = &mut self.telephone {
            telephone.playout.complete(spoken);
        }
    }

    pub(super) fn words_come(&mut self, spoken: &SpokenItem, words: &str, all: bool) {
        let Some(telephone) = &mut self.telephone else { return };
        let is_known = telephone.playout.said.iter().any(|said| said.spoken.item == spoken.item);
        if self.answers.is_dropped(&spoken.response) && !is_known {
            return;
        }
        telephone.playout.add_words(spoken, words, all);
        if all && !self.answers.is_dropped(&spoken.response) {
            let line = LiveLine::Said {
                turn: self.exchanges.number(),
                text: words.trim().to_owned(),
                source: AnswerSource::Model,
                action: crate::Action::Say,
                latency_ms: self.exchanges.latency_ms(),
            };
            self.parts.live.tell(self.call.call, self.parts.clock.now(), line);
        }
    }

    pub(super) fn answer_ends(&mut self, end: ResponseEnd) {
        if let Some(price) = self.parts.realtime.price(&end.usage).filter(|price| price.micros > 0) {
            self.pay("dialogue", price);
        }
        let was_dropped = self.answers.is_dropped(&end.response);
        if self.answers.active.as_ref() == Some(&end.response) {
            self.answers.active = None;
            self.answers.silent_until = None;
        }
        if let Some(held) = &mut self.answers.held
            && held.response == end.response
        {
            held.is_over = true;
        }
        if let Some(telephone) = &mut self.telephone {
            let of_it = |said: &&super::playout::Said| said.spoken.response == end.response;
            let items: Vec<_> = telephone
                .playout
                .said
                .iter()
                .rev()
                .take(8)
                .filter(of_it)
                .map(|said| said.spoken.clone())
                .collect();
            for spoken in &items {
                telephone.playout.complete(spoken);
            }
        }
        if was_dropped {
            return;
        }
        match end.status {
            ResponseStatus::Failed => self.answer_failed(&end.fault.unwrap_or_default()),
            _ => self.run_functions(end),
        }
    }

    fn answer_failed(&mut self, fault: &RealtimeFault) {
        let final_for_all = ["insufficient_quota", "billing", "spend_limit", "rate_limit"]
            .iter()
            .any(|word| fault.code.contains(word) || fault.kind.contains(word));
        self.answers.failures += 1;
        if final_for_all || self.answers.failures > 1 {
            self.fall_back(format!("the model failed to answer: {}", named(fault)));
        } else {
            self.want(Wanted::Any);
        }
    }

    fn run_functions(&mut self, end: ResponseEnd) {
        if end.tools.is_empty() {
            return;
        }
        let has_spoken = self.answers.has_sound;
        self.answers.rounds += 1;
        for request in end.tools {
            match functions::wish(&self.call.persona, &request) {
                Wish::End => {
                    let words = (!has_spoken).then(|| self.call.persona.phrase(Occasion::Goodbye));
                    self.wind_up(Leave::HangUp(Ending::Goodbye), words);
                }
                Wish::NeverAgain => {
                    self.keep(Edit::NeverAgain);
                    let words = self.call.persona.phrase(Occasion::Stop);
                    self.wind_up(Leave::HangUp(Ending::NeverAgain), Some(words));
                }
                Wish::HandOver(occasion) => {
                    let Some(to) = self.call.persona.transfer.get(&occasion).cloned() else { continue };
                    let words = (!has_spoken).then(|| self.call.persona.phrase(Occasion::Transfer));
                    self.wind_up(Leave::Transfer(to), words);
                }
                Wish::Tool(spec, arguments) if self.answers.rounds <= MOST_ROUNDS => {
                    self.answers.tools += 1;
                    self.answers.tools_since.get_or_insert(self.now);
                    self.use_tool(*spec, arguments, request.call);
                }
                Wish::Tool(..) => self.refuse(&request.call, "too many calls in a row: answer the client"),
                Wish::Refused(why) => self.refuse(&request.call, why),
            }
        }
    }

    fn refuse(&mut self, call: &ToolCallId, why: &str) {
        let output = json!({ "error": why }).to_string();
        self.tell(&RealtimeCommand::FunctionOutput { call: call.clone(), output });
        if self.answers.tools == 0 && self.is_talking() && self.answers.rounds <= MOST_ROUNDS + 1 {
            self.want(Wanted::Any);
        }
    }

    /// A tool has answered; the model goes on when all have.
    pub(super) fn tool_answered(&mut self, call: ToolCallId, output: String) {
        self.answers.tools = self.answers.tools.saturating_sub(1);
        self.tell(&RealtimeCommand::FunctionOutput { call, output });
        if self.answers.tools == 0 {
            self.answers.tools_since = None;
            if self.is_talking() {
                self.want(Wanted::Any);
            }
        }
    }

    /// What the server calls wrong.
    pub(super) fn fault(&mut self, fault: &RealtimeFault) {
        match fault.code.as_str() {
            "session_expired" | "session_closed" => self.line_ended(&named(fault)),
            "conversation_already_has_active_response" => {
                // begun by the server in the same moment: it serves a wish for any answer; words that are
                // to be said come after it
                if let Some(asked) = self.answers.asked.take().filter(|asked| *asked != Wanted::Any) {
                    self.answers.wanted = Some(asked);
                }
            }
            // races: what we spoke of was over when we spoke
            "response_cancel_not_active" | "input_audio_buffer_commit_empty" => {}
            _ => {
                tracing::warn!(call = %self.call.call, fault = %named(fault), "the model's server finds fault");
            }
        }
    }
}

/// Code or kind: words of the server may repeat those of the client.
fn named(fault: &RealtimeFault) -> String {
    let name = if fault.code.is_empty() { &fault.kind } else { &fault.code };
    name.chars().take(80).collect()
}
