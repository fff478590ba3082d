//! One exchange of a call: what was heard, what was said to it, how long each step took.
//!
//! `Debug` shows lengths instead of words: an exchange may stand in a log line.

use std::fmt;

use chrono::{DateTime, Utc};
use domain::PhoneNumber;
use serde::{Deserialize, Serialize};

use crate::Ending;

/// A stretch of the call, ms from the client's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Its beginning.
    pub start_ms: u64,
    /// Its end.
    pub end_ms: u64,
}

/// One exchange: what the client said, and our answer.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// From 1; 0 is the greeting.
    pub number: u32,
    /// What was heard; none for the greeting and for what could not be heard.
    pub heard: Option<String>,
    /// Parts of the answer as they were handed out, in order: asked for again, a part is the same.
    pub said: Vec<String>,
    /// What the telephone does after speaking.
    pub action: Action,
    /// More is being written: false when `said` is all of it.
    #[serde(default)]
    pub unfinished: bool,
    /// Where the answer came from.
    pub source: AnswerSource,
    /// It offers to hand over to a person: a «yes» accepts.
    #[serde(default)]
    pub offers_person: bool,
    /// When the client spoke.
    #[serde(default)]
    pub heard_span: Option<Span>,
    /// When the robot spoke. By turns it is reckoned from the length of the text.
    #[serde(default)]
    pub said_span: Option<Span>,
    /// How long each step took.
    pub timings: Timings,
    /// When it was asked.
    pub at: DateTime<Utc>,
}

impl Turn {
    /// The whole answer.
    pub fn words(&self) -> String {
        self.said.join(" ")
    }

    /// How long the client waited for our first words, ms: in real time from the end of his own, as heard;
    /// by turns from the request that brought them. `None` where he had said nothing.
    pub fn delay_ms(&self) -> Option<u64> {
        let measured = self.timings.sound_ms.unwrap_or(self.timings.total_ms);
        (self.number > 0 && self.heard.is_some()).then_some(measured)
    }
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letters = |text: &str| text.chars().count();
        f.debug_struct("Turn")
            .field("number", &self.number)
            .field("heard_letters", &self.heard.as_deref().map(letters))
            .field("said_letters", &self.said.iter().map(|part| letters(part)).collect::<Vec<_>>())
            .field("action", &self.action)
            .field("source", &self.source)
            .field("timings", &self.timings)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

/// What the telephone does after speaking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "action")]
pub enum Action {
    /// Listens on.
    Say,
    /// Ends the call.
    #[serde(rename = "hangup")]
    HangUp {
        /// Why.
        why: Ending,
    },
    /// Connects a person.
    Transfer {
        /// Whom.
        to: PhoneNumber,
    },
}

impl Action {
    /// The name on the wire: `say`, `hangup`, `transfer`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Say => "say",
            Self::HangUp { .. } => "hangup",
            Self::Transfer { .. } => "transfer",
        }
    }
}

/// Where an answer came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerSource {
    /// Fixed words of the persona: greeting, re-asking, goodbye.
    Fixed,
    /// A question with a ready answer.
    Faq,
    /// An answer that was made before for the same words.
    Cache,
    /// The language model or the script.
    Model,
    /// Our apology for a failure.
    Apology,
}

impl AnswerSource {
    /// The name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::Faq => "faq",
            Self::Cache => "cache",
            Self::Model => "model",
            Self::Apology => "apology",
        }
    }
}

/// How long each step of a turn took, ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Timings {
    /// The recording came.
    pub download_ms: u64,
    /// It became words.
    pub speech_ms: u64,
    /// The first sentence of the answer was there, from the words.
    pub first_sentence_ms: u64,
    /// The whole answer was there, from the words.
    pub answer_ms: u64,
    /// From the request to our first words.
    pub total_ms: u64,
    /// In real time: from the end of the client's speech to our first sound, measured on the waveform.
    pub sound_ms: Option<u64>,
}
