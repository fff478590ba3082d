//! The memory of sinks: what they wrote last, and writes whose end nobody knows yet.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::StoreError;

/// What a sink last wrote for a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerRow {
    /// The call's id.
    pub key: String,
    /// Of what was written: the same digest need not be written again.
    pub digest: String,
    /// What was written, in a shape that is the sink's own.
    pub body: String,
}

/// A write that was begun: persisted before the first request, so that after a lost answer or a
/// killed process the sink can look whether it took effect instead of writing twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenBatch {
    /// Unique within the sink.
    pub id: String,
    /// What the write leaves behind on the other side to be known by.
    pub marker: i32,
    /// The calls it holds, each with its id, in a shape that is the sink's own. Goes when one of
    /// them is forgotten: the sink must then find by itself what of it took effect.
    pub body: String,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
}

/// A durable outbox of rows, one for each sink by its name.
#[async_trait]
pub trait SinkLedger: Send + Sync {
    /// Those of the keys that are known, in any order.
    async fn rows(&self, sink: &str, keys: &[String]) -> Result<Vec<LedgerRow>, StoreError>;

    /// All rows of a sink by key, at most `limit` after the given one.
    async fn all_rows(
        &self,
        sink: &str,
        after: Option<String>,
        limit: u32,
    ) -> Result<Vec<LedgerRow>, StoreError>;

    /// Writes whose end is not known, oldest first.
    async fn open_batches(&self, sink: &str) -> Result<Vec<OpenBatch>, StoreError>;

    /// Remembers a write before it is sent; the same id again replaces the batch.
    async fn open_batch(&self, sink: &str, batch: &OpenBatch) -> Result<(), StoreError>;

    /// The write is over: the batch goes and what it wrote is kept, in one transaction. An unknown
    /// batch keeps the rows all the same.
    async fn settle_batch(
        &self,
        sink: &str,
        batch_id: &str,
        written: &[LedgerRow],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// Forgets rows of every sink, with the open writes that hold them; how many rows.
    async fn forget_rows(&self, keys: &[String]) -> Result<u64, StoreError>;

    /// A small value of the sink's own.
    async fn memo(&self, sink: &str, name: &str) -> Result<Option<String>, StoreError>;

    /// Sets one.
    async fn set_memo(&self, sink: &str, name: &str, value: &str) -> Result<(), StoreError>;
}
