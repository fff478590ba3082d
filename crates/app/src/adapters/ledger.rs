//! The store's memory of deliveries as the sheet wants it.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sheets_sink::{DeliveryLedger, LedgerError, LedgerRow, OpenBatch};
use store::{Store, StoreError};

/// The ledger in the database.
pub(crate) struct StoredLedger(pub(crate) Arc<dyn Store>);

fn failed(error: StoreError) -> LedgerError {
    LedgerError(Box::new(error))
}

fn row(row: store::LedgerRow) -> LedgerRow {
    LedgerRow { key: row.key, digest: row.digest, body: row.body }
}

#[async_trait]
impl DeliveryLedger for StoredLedger {
    async fn rows(&self, sink: &str, keys: &[String]) -> Result<Vec<LedgerRow>, LedgerError> {
        let rows = self.0.rows(sink, keys).await.map_err(failed)?;
        Ok(rows.into_iter().map(row).collect())
    }

    async fn all_rows(
        &self,
        sink: &str,
        after: Option<String>,
        limit: u32,
    ) -> Result<Vec<LedgerRow>, LedgerError> {
        let rows = self.0.all_rows(sink, after, limit).await.map_err(failed)?;
        Ok(rows.into_iter().map(row).collect())
    }

    async fn open_batches(&self, sink: &str) -> Result<Vec<OpenBatch>, LedgerError> {
        let batches = self.0.open_batches(sink).await.map_err(failed)?;
        Ok(batches
            .into_iter()
            .map(|batch| OpenBatch {
                id: batch.id,
                marker: batch.marker,
                body: batch.body,
                created_at: batch.created_at,
            })
            .collect())
    }

    async fn open_batch(&self, sink: &str, batch: &OpenBatch) -> Result<(), LedgerError> {
        let batch = store::OpenBatch {
            id: batch.id.clone(),
            marker: batch.marker,
            body: batch.body.clone(),
            created_at: batch.created_at,
        };
        self.0.open_batch(sink, &batch).await.map_err(failed)
    }

    async fn settle_batch(
        &self,
        sink: &str,
        batch_id: &str,
        written: &[LedgerRow],
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let written: Vec<store::LedgerRow> = written
            .iter()
            .map(|row| store::LedgerRow {
                key: row.key.clone(),
                digest: row.digest.clone(),
                body: row.body.clone(),
            })
            .collect();
        self.0.settle_batch(sink, batch_id, &written, now).await.map_err(failed)
    }

    async fn memo(&self, sink: &str, name: &str) -> Result<Option<String>, LedgerError> {
        self.0.memo(sink, name).await.map_err(failed)
    }

    async fn set_memo(&self, sink: &str, name: &str, value: &str) -> Result<(), LedgerError> {
        self.0.set_memo(sink, name, value).await.map_err(failed)
    }
}
