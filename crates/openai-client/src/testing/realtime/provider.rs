//! The provider: what it knows, says and lacks; sessions are opened with it.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use domain::Money;
use serde_json::Value;

use super::{FakeRealtimeSession, link::FakeLink};
use crate::{
    G711, OpenAiError, PriceTable, RealtimeApi, RealtimeConnection, RealtimeSession, RealtimeUsage,
    testing::{Ear, Failure},
};

/// What an answer is to be made of.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RealtimeAsked {
    /// The session's instructions.
    pub instructions: String,
    /// Those of this answer alone.
    pub own: Option<String>,
    /// What the client said last; `None` if he has not spoken since the last answer.
    pub heard: Option<String>,
    /// What functions gave back since the last answer.
    pub outputs: Vec<String>,
    /// Answers before this one.
    pub answers: u32,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RealtimeReply {
    /// The words; none for a call of functions alone.
    pub text: String,
    /// Their sound, 8 kHz; `None` = a hum of a length that suits the words.
    pub sound: Option<Vec<i16>>,
    /// Functions with their arguments.
    pub calls: Vec<(String, Value)>,
}

impl RealtimeReply {
    /// Words, hummed.
    pub fn say(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// A call of a function.
    pub fn call(name: &str, arguments: Value) -> Self {
        Self { calls: vec![(name.to_owned(), arguments)], ..Self::default() }
    }
}

/// Knows what a good model would answer.
pub trait RealtimeMind: Send + Sync {
    /// The answer.
    fn answer(&self, asked: &RealtimeAsked) -> RealtimeReply;
}

/// What goes wrong in a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RealtimeFaultKind {
    /// The next answer fails with this code.
    AnswerFails(&'static str),
    /// The next answer never comes.
    AnswerStalls,
    /// The next answer breaks off after so much sound, and the connection with it, ms.
    CutAfter(u64),
    /// The next answer stops after so much sound and never ends, ms.
    StallsAfter(u64),
    /// The session expires before the next answer.
    Expires,
    /// Transcription fails from now on.
    Deaf,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) replies: VecDeque<RealtimeReply>,
    pub(super) words: VecDeque<String>,
    pub(super) mind: Option<Arc<dyn RealtimeMind>>,
    pub(super) ear: Option<Arc<dyn Ear>>,
    pub(super) failures: VecDeque<Failure>,
    pub(super) faults: VecDeque<RealtimeFaultKind>,
    pub(super) asked: Vec<RealtimeAsked>,
    pub(super) settings: Vec<Value>,
    pub(super) truncated: Vec<(String, u64)>,
    pub(super) deleted: Vec<String>,
    pub(super) refused: Vec<String>,
    pub(super) sessions: u32,
    pub(super) open: u32,
    pub(super) deaf: bool,
    pub(super) usage: RealtimeUsage,
    pub(super) speed: u64,
    pub(super) delta_ms: u64,
    pub(super) think_ms: u64,
    pub(super) words_after_ms: u64,
    pub(super) session_ms: u64,
}

/// A realtime provider in memory. Clones are handles to the same one.
#[derive(Clone)]
pub struct FakeRealtime {
    state: Arc<Mutex<State>>,
    prices: Arc<PriceTable>,
}

impl std::fmt::Debug for FakeRealtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FakeRealtime").finish_non_exhaustive()
    }
}

impl Default for FakeRealtime {
    fn default() -> Self {
        Self::new()
    }
}

impl FakeRealtime {
    /// A healthy provider: 300 ms to think, sound in pieces of 200 ms at five times its speed, words of
    /// the client 400 ms after he ends.
    pub fn new() -> Self {
        let state = State {
            speed: 5,
            delta_ms: 200,
            think_ms: 300,
            words_after_ms: 400,
            session_ms: 60 * 60_000,
            ..State::default()
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            prices: Arc::new(PriceTable::embedded().unwrap_or_default()),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who answers.
    pub fn set_mind(&self, mind: Arc<dyn RealtimeMind>) {
        self.state().mind = Some(mind);
    }

    /// Who hears words: it gets WAV.
    pub fn set_ear(&self, ear: Arc<dyn Ear>) {
        self.state().ear = Some(ear);
    }

    /// How fast it thinks, speaks and writes down: ms to think, times real time, ms of a piece, ms to
    /// the words.
    pub fn set_pace(&self, think_ms: u64, speed: u64, delta_ms: u64, words_after_ms: u64) {
        let mut state = self.state();
        (state.think_ms, state.speed) = (think_ms, speed.max(1));
        (state.delta_ms, state.words_after_ms) = (delta_ms.max(20), words_after_ms);
    }

    /// How long a session lasts.
    pub fn set_session_ms(&self, ms: u64) {
        self.state().session_ms = ms;
    }

    /// The next answer, whoever thinks.
    pub fn reply_next(&self, reply: RealtimeReply) {
        self.state().replies.push_back(reply);
    }

    /// What the client says next, whoever hears.
    pub fn hear_next(&self, words: &str) {
        self.state().words.push_back(words.to_owned());
    }

    /// The next session is refused.
    pub fn refuse_next(&self, failure: Failure) {
        self.state().failures.push_back(failure);
    }

    /// Something goes wrong.
    pub fn spoil(&self, fault: RealtimeFaultKind) {
        let mut state = self.state();
        match fault {
            RealtimeFaultKind::Deaf => state.deaf = true,
            fault => state.faults.push_back(fault),
        }
    }

    /// Everything works again.
    pub fn heal(&self) {
        let mut state = self.state();
        state.failures.clear();
        state.faults.clear();
        state.deaf = false;
    }

    /// What answers were made of.
    pub fn asked(&self) -> Vec<RealtimeAsked> {
        self.state().asked.clone()
    }

    /// Settings of sessions, as they came.
    pub fn settings(&self) -> Vec<Value> {
        self.state().settings.clone()
    }

    /// Items that were truncated, and at how many ms.
    pub fn truncated(&self) -> Vec<(String, u64)> {
        self.state().truncated.clone()
    }

    /// Items that were deleted.
    pub fn deleted(&self) -> Vec<String> {
        self.state().deleted.clone()
    }

    /// Codes of errors that clients were told of.
    pub fn refused(&self) -> Vec<String> {
        self.state().refused.clone()
    }

    /// Sessions that were opened, and those that are open.
    pub fn sessions(&self) -> (u32, u32) {
        let state = self.state();
        (state.sessions, state.open)
    }

    /// All that was billed.
    pub fn billed(&self) -> RealtimeUsage {
        self.state().usage
    }

    /// Opens a session that speaks JSON; the time begins at 0.
    ///
    /// # Errors
    /// The failure that was ordered.
    pub fn open(&self) -> Result<FakeRealtimeSession, Failure> {
        let mut state = self.state();
        if let Some(failure) = state.failures.pop_front() {
            return Err(failure);
        }
        state.sessions += 1;
        state.open += 1;
        let number = state.sessions;
        drop(state);
        Ok(FakeRealtimeSession::new(self.clone(), number))
    }
}

#[async_trait]
impl RealtimeApi for FakeRealtime {
    fn model(&self) -> &'static str {
        "gpt-realtime-2.1"
    }

    async fn connect(&self, session: &RealtimeSession) -> Result<RealtimeConnection, OpenAiError> {
        let opened = self.open().map_err(|failure| failure.as_error())?;
        Ok(RealtimeConnection::new(FakeLink::open(opened, session)?))
    }

    fn price(&self, usage: &RealtimeUsage) -> Option<Money> {
        self.prices.realtime(self.model(), usage)
    }

    fn hearing_price(&self, model: &str, duration_ms: u64) -> Option<Money> {
        self.prices.speech(model, duration_ms)
    }
}

/// The code that a session's settings name.
pub(super) fn code_of(settings: &Value) -> G711 {
    match settings["audio"]["input"]["format"]["type"].as_str() {
        Some("audio/pcma") => G711::Alaw,
        _ => G711::Mulaw,
    }
}
