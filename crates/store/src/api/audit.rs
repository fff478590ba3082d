//! The audit log, read back: who did what to what. Written by [`super::runs::Settings::audit`].

use async_trait::async_trait;
use domain::TimeWindow;

use super::calls::{Page, PageRequest};
use super::runs::AuditEntry;
use crate::StoreError;

/// Which lines. Empty = all.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Written inside.
    pub window: TimeWindow,
    /// By this user or part of the program.
    pub who: Option<String>,
    /// Of this deed.
    pub what: Option<String>,
    /// Done to this.
    pub target: Option<String>,
}

/// The audit log.
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Lines, newest first, keyset-paged.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a cursor that no page gave.
    async fn audit_lines(
        &self,
        filter: &AuditFilter,
        page: PageRequest,
    ) -> Result<Page<AuditEntry>, StoreError>;

    /// The deeds that stand in the log, by name: what a filter may offer.
    async fn audit_deeds(&self) -> Result<Vec<String>, StoreError>;
}
