//! Disputes: an employee says that a verdict is wrong, a supervisor settles it.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{CallId, RubricId};

use super::calls::{Page, PageRequest};
use crate::StoreError;

/// The number of a dispute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DisputeId(pub i64);

/// A verdict that somebody disputes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDispute {
    /// The call.
    pub call: CallId,
    /// The rubric.
    pub rubric: RubricId,
    /// The criterion; `None` = the result as a whole.
    pub key: Option<String>,
    /// Who disputes.
    pub author: String,
    /// Why; never empty.
    pub reason: String,
}

/// How a dispute ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// Whether the author was right.
    pub accepted: bool,
    /// Who decided.
    pub author: String,
    /// What they say of it; never empty.
    pub words: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A dispute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    /// Its number.
    pub id: DisputeId,
    /// What is disputed.
    pub matter: NewDispute,
    /// Since when.
    pub opened_at: DateTime<Utc>,
    /// How it ended; `None` = open.
    pub settlement: Option<Settlement>,
}

/// Which disputes. Empty = all.
#[derive(Debug, Clone, Default)]
pub struct DisputeFilter {
    /// About this call.
    pub call: Option<CallId>,
    /// About calls of this employee.
    pub manager_id: Option<String>,
    /// Only those that are open, or only those that are settled.
    pub open: Option<bool>,
}

/// Disputes.
#[async_trait]
pub trait Disputes: Send + Sync {
    /// Opens a dispute. Where one about the same verdict by the same author is open, that one stays
    /// and its number is returned.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for an unknown call and for an empty reason.
    async fn open_dispute(&self, dispute: &NewDispute, now: DateTime<Utc>) -> Result<DisputeId, StoreError>;

    /// Settles an open dispute; says whether it was open. The verdict itself is changed by
    /// [`super::analyses::Analyses::override_verdict`].
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a settlement without words.
    async fn settle_dispute(&self, id: DisputeId, settlement: &Settlement) -> Result<bool, StoreError>;

    /// One dispute.
    async fn dispute(&self, id: DisputeId) -> Result<Option<Dispute>, StoreError>;

    /// Disputes, newest first, keyset-paged.
    async fn disputes(&self, filter: &DisputeFilter, page: PageRequest) -> Result<Page<Dispute>, StoreError>;

    /// How many the filter holds.
    async fn count_disputes(&self, filter: &DisputeFilter) -> Result<u64, StoreError>;
}
