//! Calls with robots while they are held, placements under idempotency keys, and the stop list.
//!
//! A conversation's body belongs to whoever holds it; the store keeps it by version, so that two who
//! change the same call never overwrite each other. When a number is erased, a conversation leaves an
//! empty row with its sums (money that was spent stays spent, and the call cannot begin anew), and the
//! stop list keeps the digest of the number: not to be called is the person's own wish.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{CallId, Money, PhoneNumber};

use crate::StoreError;

/// How far a conversation has come, as far as the store cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConversationStage {
    /// The line may stand.
    Live,
    /// The line is down; the history does not have it yet.
    Ended,
    /// The history has it.
    Closed,
}

impl ConversationStage {
    /// The name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Ended => "ended",
            Self::Closed => "closed",
        }
    }

    /// Reads it back.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Live, Self::Ended, Self::Closed].into_iter().find(|stage| stage.as_str() == text)
    }
}

/// A call with a robot.
#[derive(Clone, PartialEq, Eq)]
pub struct Conversation {
    /// The call.
    pub call: CallId,
    /// Of the body; when saving, the one that was read.
    pub version: u64,
    /// How far it has come.
    pub stage: ConversationStage,
    /// The client's number, where it is known.
    pub phone: Option<PhoneNumber>,
    /// When it began: sums of a day are found by it.
    pub started_at: DateTime<Utc>,
    /// When anything was last heard of it.
    pub touched_at: DateTime<Utc>,
    /// What it cost so far, at most one sum for each currency.
    pub cost: Vec<Money>,
    /// What its holder keeps of it.
    pub body: String,
}

impl std::fmt::Debug for Conversation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // the body holds what was said
        f.debug_struct("Conversation")
            .field("call", &self.call)
            .field("version", &self.version)
            .field("stage", &self.stage)
            .field("phone", &self.phone)
            .field("touched_at", &self.touched_at)
            .finish_non_exhaustive()
    }
}

/// A call that was placed under an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// The call.
    pub call: CallId,
    /// Of the request.
    pub digest: String,
}

/// What beginning a conversation came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConversationBegun {
    /// It is there now.
    New,
    /// It was there before, or was erased.
    Known,
    /// The key was used before, for this.
    Placed(Placement),
    /// As many as allowed are live.
    TooMany,
}

/// A number that asked never to be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoppedNumber {
    /// Names it, also after the number was erased.
    pub key: String,
    /// The number, unless it was erased.
    pub phone: Option<PhoneNumber>,
    /// How it came here.
    pub why: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// The digest under which a number stands on the stop list.
pub fn stop_list_key(phone: &PhoneNumber) -> String {
    CallId::derive("stop-list", phone.as_str()).to_string()
}

/// Conversations.
#[async_trait]
pub trait Conversations: Send + Sync {
    /// Keeps a new conversation, in one step with its placement, and only while fewer than `at_most`
    /// are live. A key that is known decides first.
    async fn begin_conversation(
        &self,
        conversation: &Conversation,
        placement: Option<(&str, &Placement)>,
        at_most: Option<u32>,
    ) -> Result<ConversationBegun, StoreError>;

    /// One conversation; none after it was erased.
    async fn conversation(&self, call: CallId) -> Result<Option<Conversation>, StoreError>;

    /// Whether the call began here: open, closed or erased, unless it was forgotten.
    async fn is_conversation_known(&self, call: CallId) -> Result<bool, StoreError>;

    /// Conversations with a number that began at the instant or later, newest first, a hundred at most.
    async fn conversations_with(
        &self,
        phone: &PhoneNumber,
        from: DateTime<Utc>,
    ) -> Result<Vec<Conversation>, StoreError>;

    /// Keeps it if the version is still the stored one, which is then one more; `false` if not.
    async fn save_conversation(&self, conversation: &Conversation) -> Result<bool, StoreError>;

    /// Live and ended ones, longest untouched first.
    async fn open_conversations(&self, limit: u32) -> Result<Vec<Conversation>, StoreError>;

    /// How many are live.
    async fn live_conversations(&self) -> Result<u32, StoreError>;

    /// What was placed under a key.
    async fn placement(&self, key: &str) -> Result<Option<Placement>, StoreError>;

    /// What conversations cost that began at the instant or later, a sum for each currency.
    async fn spent_on_conversations(&self, from: DateTime<Utc>) -> Result<Vec<Money>, StoreError>;

    /// How many conversations began at the instant or later.
    async fn conversations_since(&self, from: DateTime<Utc>) -> Result<u64, StoreError>;

    /// Removes closed and erased ones that nothing was heard of since; gives how many. Their sums go too.
    async fn forget_conversations(&self, before: DateTime<Utc>) -> Result<u64, StoreError>;

    /// Whether the number asked never to be called.
    async fn is_number_stopped(&self, phone: &PhoneNumber) -> Result<bool, StoreError>;

    /// Puts a number on the stop list; one that is there stays as it is. Gives whether it is new.
    async fn stop_number(
        &self,
        phone: &PhoneNumber,
        why: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError>;

    /// Takes a number off the stop list, by [`stop_list_key`]. Gives whether it was there.
    async fn allow_number(&self, key: &str) -> Result<bool, StoreError>;

    /// The stop list, newest first, at most `limit` after the given number of rows.
    async fn stopped_numbers(&self, limit: u32, offset: u32) -> Result<Vec<StoppedNumber>, StoreError>;
}
