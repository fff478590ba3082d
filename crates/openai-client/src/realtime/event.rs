//! What the server tells, as far as a conversation needs it.

use bytes::Bytes;

use super::{ItemId, ResponseId, ToolCallId};

/// An event. Ids tell what belongs together; the order of arrival does not.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum RealtimeEvent {
    /// The session stands, with the provider's settings.
    SessionCreated {
        /// When the provider ends it, seconds since 1970, where it says.
        expires_at: Option<i64>,
    },
    /// It has taken ours.
    SessionUpdated,
    /// Somebody speaks.
    SpeechStarted {
        /// From the first sound of the session, padding included, ms.
        audio_start_ms: u64,
        /// What it will be in the conversation.
        item: ItemId,
    },
    /// Nobody speaks any more.
    SpeechStopped {
        /// From the first sound of the session, ms.
        audio_end_ms: u64,
        /// What it will be in the conversation.
        item: ItemId,
    },
    /// The speech is part of the conversation.
    Committed {
        /// Which.
        item: ItemId,
    },
    /// What the client said, in words; may come long after the answer.
    Heard {
        /// Which speech.
        item: ItemId,
        /// The words; empty for noise.
        text: String,
        /// Billed sound, ms, where it is billed by time.
        billed_ms: Option<u64>,
    },
    /// The words could not be had.
    HeardNothing {
        /// Which speech.
        item: ItemId,
    },
    /// An answer begins.
    ResponseCreated {
        /// Which.
        response: ResponseId,
    },
    /// Sound of an answer; it comes faster than it is played.
    Audio {
        /// Of which.
        spoken: SpokenItem,
        /// G.711 as the session has it.
        audio: Bytes,
    },
    /// An item of an answer has no more sound.
    AudioDone {
        /// Of which.
        spoken: SpokenItem,
    },
    /// The words of the sound, piece by piece.
    Words {
        /// Of which.
        spoken: SpokenItem,
        /// More of them.
        delta: String,
    },
    /// The words of the sound, all of them.
    WordsDone {
        /// Of which.
        spoken: SpokenItem,
        /// All of them.
        text: String,
    },
    /// An answer is over.
    ResponseDone(Box<ResponseEnd>),
    /// What nobody heard is deleted.
    Truncated {
        /// Of which item.
        item: ItemId,
    },
    /// Something is wrong; the session usually lives.
    Fault(RealtimeFault),
    /// Anything else, by its type.
    Other(Box<str>),
}

/// Where a piece of an answer belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpokenItem {
    /// The answer.
    pub response: ResponseId,
    /// Its item.
    pub item: ItemId,
    /// The part of it.
    pub content_index: u32,
}

/// How an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ResponseStatus {
    /// All was said.
    Completed,
    /// By us or because somebody spoke.
    Cancelled,
    /// A limit or a filter cut it.
    Incomplete,
    /// The provider could not: money and pace are refused here, too.
    Failed,
}

/// The end of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct ResponseEnd {
    /// Which.
    pub response: ResponseId,
    /// How.
    pub status: ResponseStatus,
    /// Why it failed.
    pub fault: Option<RealtimeFault>,
    /// Functions that it calls, in order.
    pub tools: Vec<ToolRequest>,
    /// What is billed.
    pub usage: RealtimeUsage,
}

/// The model calls a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolRequest {
    /// To give the output back.
    pub call: ToolCallId,
    /// Which function.
    pub name: String,
    /// JSON as the model wrote it: it may be broken.
    pub arguments: String,
}

/// Tokens of one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct RealtimeUsage {
    /// Text that was read, cached included.
    pub text_in: u64,
    /// Of it, from the provider's cache.
    pub text_cached: u64,
    /// Sound that was heard, cached included.
    pub audio_in: u64,
    /// Of it, from the provider's cache.
    pub audio_cached: u64,
    /// Text that was written.
    pub text_out: u64,
    /// Sound that was spoken.
    pub audio_out: u64,
}

/// What the server calls wrong.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RealtimeFault {
    /// `response_cancel_not_active`, `session_expired`, …
    pub code: String,
    /// `invalid_request_error`, `server_error`, …
    pub kind: String,
    /// In words.
    pub message: String,
    /// The event of ours that it is about.
    pub event_id: Option<String>,
}
