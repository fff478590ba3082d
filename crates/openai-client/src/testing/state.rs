//! What the fake remembers, and the ports through which it learns what is spoken and judged.

use std::{collections::VecDeque, sync::Arc};

use domain::{Currency, Money};
use serde_json::Value;

use super::{ChatFault, Failure, SpeechFault};
use crate::{ChatRequest, Finish, PriceTable, SpeechRequest, TokenUsage};

/// A piece of what is spoken in a sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeardSegment {
    /// From the start of the sound, ms.
    pub start_ms: u64,
    /// Its end, ms.
    pub end_ms: u64,
    /// The words.
    pub text: String,
}

/// Knows what is spoken in a sound: the fake's recogniser.
pub trait Ear: Send + Sync {
    /// What is spoken, by time; empty for silence.
    fn hear(&self, audio: &[u8]) -> Vec<HeardSegment>;
}

/// Knows what a good model would answer: the fake's mind.
pub trait Judge: Send + Sync {
    /// An answer that fits the request's schema; a string where there is none.
    fn answer(&self, request: &ChatRequest) -> Value;
}

/// An answer before the client's cleaning, as it goes over the wire.
#[derive(Debug, Clone, PartialEq)]
pub struct SpokenChat {
    /// `None` beside a refusal.
    pub content: Option<String>,
    /// Why not.
    pub refusal: Option<String>,
    /// Why it stopped.
    pub finish: Finish,
    /// What is billed.
    pub usage: TokenUsage,
    /// A stream stops in the middle of it.
    pub cut: bool,
}

/// Words before the wire's format is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpokenSpeech {
    /// All words.
    pub text: String,
    /// With times.
    pub segments: Vec<HeardSegment>,
    /// A fault made these words: marks of low confidence go with them.
    pub invented: bool,
    /// Billed sound, whole seconds.
    pub seconds: u64,
}

/// What was billed so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Billed {
    /// Answers of the model.
    pub chats: u64,
    /// Pieces of sound.
    pub speeches: u64,
    /// Sound, s.
    pub seconds: u64,
    /// Tokens.
    pub usage: TokenUsage,
    /// All of it, US dollars.
    pub money: Money,
}

impl Default for Billed {
    fn default() -> Self {
        Self {
            chats: 0,
            speeches: 0,
            seconds: 0,
            usage: TokenUsage::default(),
            money: Money::zero(Currency::USD),
        }
    }
}

#[derive(Default)]
pub(super) struct State {
    pub(super) ear: Option<Arc<dyn Ear>>,
    pub(super) judge: Option<Arc<dyn Judge>>,
    pub(super) prices: PriceTable,
    pub(super) outage: Option<Failure>,
    pub(super) failures: VecDeque<Failure>,
    pub(super) chat: Script<Value, ChatFault>,
    pub(super) speech: Script<Vec<HeardSegment>, SpeechFault>,
    pub(super) chats: Vec<ChatRequest>,
    pub(super) speeches: Vec<SpeechRequest>,
    pub(super) billed: Billed,
    /// The last prompts under each cache key.
    pub(super) prompts: std::collections::BTreeMap<String, String>,
}

impl State {
    /// What befalls this request before anything is billed.
    pub(super) fn failure(&mut self) -> Option<Failure> {
        self.outage.clone().or_else(|| self.failures.pop_front())
    }
}

/// Answers and faults of one kind of request.
pub(super) struct Script<A, F> {
    pub(super) answers: VecDeque<A>,
    pub(super) faults: VecDeque<F>,
    /// Every n-th request suffers this.
    pub(super) rules: Vec<(u64, F)>,
    served: u64,
}

impl<A, F> Default for Script<A, F> {
    fn default() -> Self {
        Self { answers: VecDeque::new(), faults: VecDeque::new(), rules: Vec::new(), served: 0 }
    }
}

impl<A, F: Clone> Script<A, F> {
    /// The fault of the request that is being served, if it suffers one.
    pub(super) fn fault(&mut self) -> Option<F> {
        self.served += 1;
        let served = self.served;
        self.faults.pop_front().or_else(|| {
            self.rules.iter().find(|(every, _)| served.is_multiple_of(*every)).map(|(_, fault)| fault.clone())
        })
    }
}
