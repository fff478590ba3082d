//! The ports: who hears, who thinks, who remembers, who rings. `app` puts the concrete parts behind them.

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use domain::{CallId, EngineName, Money, PhoneNumber};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::{CallRecording, DialogMode, Dialogue, FinishedCall, LineEnd, LineHandle, Persona, ToolSpec};

/// A part failed; the call goes on without it.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{part}: {reason}")]
pub struct PartFailed {
    /// `recording`, `speech`, `model`, `memory`, `telephone`, `tool`, `archive`.
    pub part: &'static str,
    /// For the log: no words of the client, no addresses with keys.
    pub reason: String,
    /// Trying again may help.
    pub retryable: bool,
}

impl PartFailed {
    /// A failure that may pass.
    pub fn passing(part: &'static str, reason: impl Into<String>) -> Self {
        Self { part, reason: reason.into(), retryable: true }
    }

    /// A failure that stays until somebody acts.
    pub fn lasting(part: &'static str, reason: impl Into<String>) -> Self {
        Self { part, reason: reason.into(), retryable: false }
    }
}

/// Brings the recording of one turn from where the scenario put it.
#[async_trait]
pub trait TurnRecordings: Send + Sync {
    /// `address` comes from outside: only hosts of the telephone company are asked, and the answer is
    /// bounded. The file may need some seconds to appear; the caller sets the limit of time.
    async fn fetch(&self, address: &str) -> Result<Bytes, PartFailed>;
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
    /// What hears.
    fn engine(&self) -> EngineName;

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
    /// A tool was asked: the answer holds for this client alone.
    pub used_tools: bool,
}

/// Makes an answer: sentences go out one by one as they are ready.
///
/// Cancelled by dropping the future; a closed channel means that nobody listens any more.
#[async_trait]
pub trait Mind: Send + Sync {
    /// What thinks: a model's name, or `script`.
    fn engine(&self) -> EngineName;

    /// `heard` is what the client said now; `dialogue` holds the turns before it. Whatever goes out is
    /// spoken: no markup, numbers in words.
    async fn answer(
        &self,
        persona: &Persona,
        dialogue: &Dialogue,
        heard: &str,
        sentences: mpsc::Sender<String>,
    ) -> Result<Thought, PartFailed>;
}

/// Asks a tool over HTTP. Arguments are validated before; the maker bounds the
/// answer's size and keeps to public addresses or those that the configuration names.
#[async_trait]
pub trait ToolCaller: Send + Sync {
    /// `arguments` fit the tool's schema. The answer is JSON, or text as a JSON string.
    async fn call(&self, tool: &ToolSpec, arguments: &Value) -> Result<Value, PartFailed>;
}

/// A request to place a call, as it is remembered under its idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedRequest {
    /// The call that it made.
    pub call: CallId,
    /// Digest of the request: another request under the same key is refused.
    pub digest: String,
}

/// What beginning a call came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// It is there now.
    New,
    /// The call was there already, or was erased.
    Known,
    /// The idempotency key was used before, for this.
    Placed(PlacedRequest),
    /// As many calls as allowed are under way.
    TooMany,
}

/// Remembers calls; after `kill -9` the next turn goes on from here.
#[async_trait]
pub trait CallMemory: Send + Sync {
    /// Begins a call, once, in one step: with the key both or neither, and only while fewer than
    /// `at_most` calls are under way.
    async fn begin(
        &self,
        dialogue: &Dialogue,
        request: Option<(&str, &PlacedRequest)>,
        at_most: Option<u32>,
    ) -> Result<Begun, PartFailed>;

    /// The call as it stands.
    async fn dialogue(&self, call: CallId) -> Result<Option<Dialogue>, PartFailed>;

    /// Keeps the call's state if the stored version is still `dialogue.version`; the stored one is then
    /// one more. `false`: somebody was faster, read again. Whoever changes a call uses
    /// [`crate::change`].
    async fn save(&self, dialogue: &Dialogue) -> Result<bool, PartFailed>;

    /// Calls that are not over or not archived, longest untouched first.
    async fn open_calls(&self, limit: u32) -> Result<Vec<Dialogue>, PartFailed>;

    /// How many calls are under way.
    async fn calls_in_progress(&self) -> Result<u32, PartFailed>;

    /// What was placed under an idempotency key.
    async fn placed(&self, key: &str) -> Result<Option<PlacedRequest>, PartFailed>;

    /// Money spent on calls that began since a moment, a sum for each currency.
    async fn spent_since(&self, from: DateTime<Utc>) -> Result<Vec<Money>, PartFailed>;

    /// Whether the number asked never to be called.
    async fn is_stopped(&self, phone: &PhoneNumber) -> Result<bool, PartFailed>;

    /// Puts it on the stop list; a number that is there stays as it is.
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

/// What became of a call, as the telephone company's history says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It never began.
    Never,
    /// It is not over, or nobody can tell yet.
    Open,
    /// It is over.
    Over {
        /// Somebody answered.
        answered: bool,
        /// How it went down.
        end: LineEnd,
        /// Its recording.
        recording: Option<CallRecording>,
    },
}

/// Rings and hangs up.
#[async_trait]
pub trait Telephone: Send + Sync {
    /// `voximplant` or `simulated`: the source of its calls in the history.
    fn name(&self) -> &'static str;

    /// Places a call, once: never repeated by itself. Gives what commands the line, where it is known.
    async fn place(&self, call: &OutgoingCall) -> Result<Option<LineHandle>, TelephoneError>;

    /// Ends a call that is under way; harmless if it is over.
    async fn hang_up(&self, dialogue: &Dialogue) -> Result<(), TelephoneError>;

    /// What became of a call of which nothing is heard.
    async fn outcome(&self, dialogue: &Dialogue) -> Result<Outcome, TelephoneError>;
}

/// Puts a call that is over into the history, where it is scored like those of people.
#[async_trait]
pub trait Archive: Send + Sync {
    /// Idempotent by the call's id: after a crash the same call may come again.
    async fn put(&self, call: FinishedCall) -> Result<(), PartFailed>;
}
