//! The port of our memory: what was written, and which batches are under way.
//!
//! The ledger, not the sheet, decides what is sent: people sort, filter, edit and delete there.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

/// The memory fails.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct LedgerError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// A row as we last wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerRow {
    /// The row's key.
    pub key: String,
    /// Of the cells that were asked for last.
    pub digest: String,
    /// JSON of what we last wrote per column id; the sink's own.
    pub body: String,
}

/// A batch that may or may not have reached the sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenBatch {
    /// A UUID.
    pub id: String,
    /// The id of the metadata entry that fences it: positive.
    pub marker: i32,
    /// Its rows; the sink's own JSON.
    pub body: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// Durable memory of deliveries. `sink` names one tab of one spreadsheet, or the spreadsheet.
#[async_trait]
pub trait DeliveryLedger: Send + Sync {
    /// Those of the rows that are known, in any order.
    ///
    /// # Errors
    /// [`LedgerError`] when the memory fails; likewise everywhere here.
    async fn rows(&self, sink: &str, keys: &[String]) -> Result<Vec<LedgerRow>, LedgerError>;

    /// A page of all rows, ordered by key, after the given one.
    ///
    /// # Errors
    /// [`LedgerError`].
    async fn all_rows(
        &self,
        sink: &str,
        after: Option<String>,
        limit: u32,
    ) -> Result<Vec<LedgerRow>, LedgerError>;

    /// Batches whose end is not known.
    ///
    /// # Errors
    /// [`LedgerError`].
    async fn open_batches(&self, sink: &str) -> Result<Vec<OpenBatch>, LedgerError>;

    /// Keeps a batch: done before it is first sent. A known id is replaced.
    ///
    /// # Errors
    /// [`LedgerError`].
    async fn open_batch(&self, sink: &str, batch: &OpenBatch) -> Result<(), LedgerError>;

    /// In one transaction: the batch goes, the rows are kept.
    ///
    /// # Errors
    /// [`LedgerError`].
    async fn settle_batch(
        &self,
        sink: &str,
        batch_id: &str,
        written: &[LedgerRow],
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError>;

    /// A small value by name.
    ///
    /// # Errors
    /// [`LedgerError`].
    async fn memo(&self, sink: &str, name: &str) -> Result<Option<String>, LedgerError>;

    /// Keeps a small value.
    ///
    /// # Errors
    /// [`LedgerError`].
    async fn set_memo(&self, sink: &str, name: &str, value: &str) -> Result<(), LedgerError>;
}

/// The body of a [`LedgerRow`]: column id and mark of what was written.
pub(crate) fn ledger_cells(body: &str) -> std::collections::BTreeMap<String, String> {
    serde_json::from_str(body).unwrap_or_default()
}
