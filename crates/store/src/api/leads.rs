//! Who leads, where several processes share a database and one of them must do a thing.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::jobs::WorkerId;
use crate::StoreError;

/// The proof that somebody leads. Its token grows whenever the lead changes hands: what is written under an
/// older one is refused, however late its process wakes up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lead {
    /// In what.
    pub name: String,
    /// Who.
    pub holder: WorkerId,
    /// The number of this lead.
    pub token: i64,
}

/// One leader at a time.
#[async_trait]
pub trait Leads: Send + Sync {
    /// Takes the lead where nobody has it, or prolongs one's own once half of its time is gone, so that asking
    /// often writes seldom; `None` = somebody else leads.
    async fn lead(
        &self,
        name: &str,
        holder: &WorkerId,
        lease: Duration,
        now: DateTime<Utc>,
    ) -> Result<Option<Lead>, StoreError>;

    /// Gives it back, so that nobody waits for its lease to run out; a lost one is passed over.
    async fn step_down(&self, lead: &Lead, now: DateTime<Utc>) -> Result<(), StoreError>;

    /// Who leads, if anybody does.
    async fn leader(&self, name: &str, now: DateTime<Utc>) -> Result<Option<WorkerId>, StoreError>;
}
