//! Runs, money spent, settings and the audit log.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{CallId, Money};

use crate::StoreError;

/// One `run` of a person or a schedule: the calls of its window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RunId(pub i64);

/// Runs.
#[async_trait]
pub trait Runs: Send + Sync {
    /// Begins a run; `what` says it for people (`folder /calls`).
    async fn start_run(&self, what: &str, now: DateTime<Utc>) -> Result<RunId, StoreError>;

    /// Makes known calls members of a run; unknown ids are passed over.
    async fn join_run(&self, run: RunId, calls: &[CallId]) -> Result<(), StoreError>;

    /// Ends a run: its membership rows are no longer needed and go.
    async fn finish_run(&self, run: RunId, now: DateTime<Utc>) -> Result<(), StoreError>;
}

/// Money paid to a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpendEntry {
    /// For which call.
    pub call: CallId,
    /// `speech`, `analysis`, `telephony`.
    pub item: String,
    /// How much.
    pub amount: Money,
    /// Names the thing that was paid for, where it can be found again (a transcript in the cache):
    /// a second entry of the same item under the same key is passed over.
    pub key: Option<String>,
}

/// Money.
#[async_trait]
pub trait Spend: Send + Sync {
    /// What a call cost, oldest first.
    async fn spent_on(&self, call: CallId) -> Result<Vec<SpendEntry>, StoreError>;

    /// Sums per currency from an instant on.
    async fn spent_since(&self, from: DateTime<Utc>) -> Result<Vec<Money>, StoreError>;
}

/// A line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// When.
    pub at: DateTime<Utc>,
    /// A user's name, or the part of the program.
    pub who: String,
    /// The deed: `erase_phone`, `override`, …
    pub what: String,
    /// What it was done to; never a secret, never a number.
    pub target: String,
}

/// Small values that outlive a process: cursors of sources, made secrets, remembered ids.
#[async_trait]
pub trait Settings: Send + Sync {
    /// A value.
    async fn setting(&self, key: &str) -> Result<Option<String>, StoreError>;

    /// Sets a value.
    async fn set_setting(&self, key: &str, value: &str) -> Result<(), StoreError>;

    /// Keys that begin so, with their values, by key.
    async fn settings_under(&self, prefix: &str) -> Result<Vec<(String, String)>, StoreError>;

    /// Forgets a value; one that is not there is passed over.
    async fn forget_setting(&self, key: &str) -> Result<(), StoreError>;

    /// Whether a write could be made now: one is begun, made and taken back, so that nothing has changed for
    /// those who look for changes.
    async fn try_write(&self) -> Result<(), StoreError>;

    /// Adds a line to the audit log: who did what to what. Never a secret, never a number.
    async fn audit(&self, who: &str, what: &str, target: &str, now: DateTime<Utc>) -> Result<(), StoreError>;

    /// The audit log, newest first, at most `limit` lines.
    async fn audit_log(&self, limit: u32) -> Result<Vec<AuditEntry>, StoreError>;
}
