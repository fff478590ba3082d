//! What was said in a call so far: kept after each turn, so that a killed service goes on with the next.

use chrono::{DateTime, Utc};
use domain::{CallId, Money, PhoneNumber};
use serde::{Deserialize, Serialize};

/// How the two halves meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DialogMode {
    /// Record, answer, speak.
    Turns,
    /// Sound flows both ways.
    Realtime,
}

/// A call with a robot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dialogue {
    /// The call.
    pub call: CallId,
    /// Who speaks.
    pub persona: String,
    /// By turns or in real time.
    pub mode: DialogMode,
    /// The client's number, where it is known.
    pub phone: Option<PhoneNumber>,
    /// Who rang whom: true if the client did.
    pub incoming: bool,
    /// When it was placed or came in.
    pub started_at: DateTime<Utc>,
    /// When the client answered.
    pub answered_at: Option<DateTime<Utc>>,
    /// How far it has come.
    pub state: DialogueState,
    /// In order.
    pub turns: Vec<Turn>,
    /// Times in a row that nothing was heard.
    pub silences: u32,
    /// Paid for models so far.
    pub cost: Vec<Money>,
}

/// How far a call has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum DialogueState {
    /// Asked for, nothing is known yet.
    Placed,
    /// The telephone company did not say whether it rings; the call history will.
    Unknown,
    /// The two speak.
    Talking,
    /// Over.
    Ended {
        /// Why.
        why: Ending,
    },
}

/// Why a call is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The robot said goodbye.
    Goodbye,
    /// The client hung up.
    ClientHungUp,
    /// A person of ours hung up.
    Stopped,
    /// Handed over to a person.
    Transferred,
    /// A machine answered.
    Machine,
    /// Nobody spoke.
    Silence,
    /// Asked never to be called again.
    NeverAgain,
    /// Turns, minutes or money ran out.
    Limit,
    /// Busy, no answer, no such number.
    NotAnswered,
    /// Something of ours or of the telephone company broke.
    Failed,
}

/// One exchange: what the client said, and our answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// From 1; 0 is the greeting.
    pub number: u32,
    /// What was heard; none for the greeting.
    pub heard: Option<String>,
    /// Sentences of the answer, in order.
    pub said: Vec<String>,
    /// What the telephone does after speaking.
    pub action: Action,
    /// Where the answer came from.
    pub source: AnswerSource,
    /// How long each step took.
    pub timings: Timings,
    /// When it was asked.
    pub at: DateTime<Utc>,
}

/// What the telephone does after speaking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "action")]
pub enum Action {
    /// Listens on.
    Say,
    /// Ends the call.
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
    /// The language model.
    Model,
    /// Our apology for a failure.
    Apology,
}

/// How long each step of a turn took, ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Timings {
    /// The recording came.
    pub download_ms: u64,
    /// It became words.
    pub speech_ms: u64,
    /// The first sentence of the answer was there.
    pub first_sentence_ms: u64,
    /// The whole answer was there.
    pub answer_ms: u64,
    /// From the request to our first words.
    pub total_ms: u64,
}
