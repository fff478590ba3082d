//! Facts that people are told of, kept until they are told.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::CallId;

use super::deliveries::NewDelivery;
use crate::StoreError;

/// The number of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FactId(pub i64);

/// A fact to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFact {
    /// Names it: the same one is kept once.
    pub key: String,
    /// What it is told with.
    pub topic: String,
    /// About which call: erasing it erases the fact.
    pub call: Option<CallId>,
    /// The fact, in the words of whoever tells it.
    pub body: String,
    /// Not told before.
    pub due_at: DateTime<Utc>,
}

/// A kept fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Its number.
    pub id: FactId,
    /// The fact.
    pub what: NewFact,
    /// When it was noted.
    pub noted_at: DateTime<Utc>,
    /// When it was put into a message.
    pub told_at: Option<DateTime<Utc>>,
}

/// Facts and the step in which they become messages.
#[async_trait]
pub trait Facts: Send + Sync {
    /// Keeps facts; returns how many were new. Those about unknown calls are passed over.
    async fn note_facts(&self, facts: &[NewFact], now: DateTime<Utc>) -> Result<u64, StoreError>;

    /// All that wait, due or not, oldest first.
    async fn untold_facts(&self) -> Result<Vec<Fact>, StoreError>;

    /// The newest of a topic, told or not, newest first.
    async fn facts_of(&self, topic: &str, limit: u32) -> Result<Vec<Fact>, StoreError>;

    /// Puts messages into the outbox and marks what they tell, in one transaction. `false` = some of it was
    /// told already, and nothing is written.
    async fn tell_facts(
        &self,
        facts: &[FactId],
        messages: &[NewDelivery],
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError>;

    /// Drops what was told before an instant; returns how many.
    async fn forget_facts(&self, before: DateTime<Utc>) -> Result<u64, StoreError>;
}
