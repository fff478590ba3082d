//! The ports: who hears, who thinks, who remembers, who rings. `app` puts the concrete parts behind them.

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use domain::{CallId, Money, PhoneNumber};
use tokio::sync::mpsc;

use crate::{DialogMode, Dialogue, Persona, Turn};

/// A part failed; the call goes on without it.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{part}: {reason}")]
pub struct PartFailed {
    /// `speech`, `model`, `memory`, `telephone`.
    pub part: &'static str,
    /// For the log: no words of the client.
    pub reason: String,
    /// Trying again may help.
    pub retryable: bool,
}

/// What was heard in one turn's recording.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Heard {
    /// The words; empty for silence and noise.
    pub text: String,
    /// What it cost.
    pub cost: Option<Money>,
}

/// Turns a turn's sound into words.
#[async_trait]
pub trait Ears: Send + Sync {
    /// `audio` is a whole recording of some seconds, in any format that is decoded here.
    async fn hear(&self, audio: Bytes, persona: &Persona) -> Result<Heard, PartFailed>;
}

/// What the mind wants besides words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Intent {
    /// Nothing.
    #[default]
    GoOn,
    /// To end the call.
    End,
    /// To hand over to a person: one of the persona's occasions.
    HandOver(String),
}

/// The whole answer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Thought {
    /// What comes after the words.
    pub intent: Intent,
    /// What it cost.
    pub cost: Option<Money>,
    /// Tokens, where the model says.
    pub tokens: Option<u64>,
}

/// Makes an answer: sentences go out one by one as they are ready.
#[async_trait]
pub trait Mind: Send + Sync {
    /// `heard` is what the client said now; `dialogue` holds the turns before it.
    async fn answer(
        &self,
        persona: &Persona,
        dialogue: &Dialogue,
        heard: &str,
        sentences: mpsc::Sender<String>,
    ) -> Result<Thought, PartFailed>;
}

/// A request to place a call, as it is remembered under its idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedRequest {
    /// The call that it made.
    pub call: CallId,
    /// Digest of the request: another request under the same key is refused.
    pub digest: String,
}

/// Remembers calls; after `kill -9` the next turn goes on from here.
#[async_trait]
pub trait CallMemory: Send + Sync {
    /// Begins a call, once: `false` if it is there already. Under an idempotency key, both or neither.
    async fn begin(
        &self,
        dialogue: &Dialogue,
        request: Option<(&str, &PlacedRequest)>,
    ) -> Result<bool, PartFailed>;

    /// The call as it stands.
    async fn dialogue(&self, call: CallId) -> Result<Option<Dialogue>, PartFailed>;

    /// Keeps a turn and the call's state, once for its number: the stored turn comes back, ours or the one
    /// that was faster.
    async fn save_turn(&self, dialogue: &Dialogue, turn: &Turn) -> Result<Turn, PartFailed>;

    /// Keeps the call's state alone: answered, ended, sentences that came after the first.
    async fn save(&self, dialogue: &Dialogue) -> Result<(), PartFailed>;

    /// Calls that are not over, oldest first.
    async fn open_calls(&self, limit: u32) -> Result<Vec<Dialogue>, PartFailed>;

    /// What was placed under an idempotency key.
    async fn placed(&self, key: &str) -> Result<Option<PlacedRequest>, PartFailed>;

    /// Money spent on models and lines since a moment.
    async fn spent_since(&self, from: DateTime<Utc>) -> Result<Vec<Money>, PartFailed>;

    /// Whether the number asked never to be called.
    async fn is_stopped(&self, phone: &PhoneNumber) -> Result<bool, PartFailed>;

    /// Puts it on the stop list.
    async fn stop(&self, phone: &PhoneNumber, why: &str, now: DateTime<Utc>) -> Result<(), PartFailed>;
}

/// A call to be placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingCall {
    /// Its id, known before it rings.
    pub call: CallId,
    /// Whom.
    pub phone: PhoneNumber,
    /// By turns or in real time.
    pub mode: DialogMode,
}

/// Why a call does not ring.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TelephoneError {
    /// Nobody knows whether it rings: it is never dialled again, the call history will tell.
    #[error("the telephone company did not answer: {0}")]
    Unknown(String),
    /// It does not ring.
    #[error("the telephone company refuses: {reason}")]
    Refused {
        /// Its words.
        reason: String,
        /// Key, money, address or rights: others would fare no better.
        final_for_all: bool,
    },
}

/// Rings and hangs up.
#[async_trait]
pub trait Telephone: Send + Sync {
    /// `voximplant` or `simulated`.
    fn name(&self) -> &'static str;

    /// Places a call, once: never repeated by itself.
    async fn place(&self, call: &OutgoingCall) -> Result<(), TelephoneError>;

    /// Ends a call that is under way; harmless if it is over.
    async fn hang_up(&self, call: CallId) -> Result<(), TelephoneError>;

    /// What became of a call whose placing had no clear outcome: `None` while nobody knows.
    async fn outcome(&self, call: CallId) -> Result<Option<bool>, TelephoneError>;
}
