//! The ledger in memory: for tests that need no database.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::{DeliveryLedger, LedgerError, LedgerRow, OpenBatch};

#[derive(Debug, Default)]
struct State {
    rows: BTreeMap<(String, String), LedgerRow>,
    open: BTreeMap<(String, String), OpenBatch>,
    memos: BTreeMap<(String, String), String>,
    broken: bool,
}

/// Forgets everything at its end.
#[derive(Debug, Default)]
pub struct MemoryLedger(Mutex<State>);

impl MemoryLedger {
    fn lock(&self) -> Result<MutexGuard<'_, State>, LedgerError> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.broken { Err(LedgerError("the disk is full".into())) } else { Ok(state) }
    }

    /// From now on everything fails, or works again.
    pub fn set_broken(&self, broken: bool) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).broken = broken;
    }
}

#[async_trait]
impl DeliveryLedger for MemoryLedger {
    async fn rows(&self, sink: &str, keys: &[String]) -> Result<Vec<LedgerRow>, LedgerError> {
        let state = self.lock()?;
        let known = |key: &String| state.rows.get(&(sink.to_owned(), key.clone())).cloned();
        Ok(keys.iter().filter_map(known).collect())
    }

    async fn all_rows(
        &self,
        sink: &str,
        after: Option<String>,
        limit: u32,
    ) -> Result<Vec<LedgerRow>, LedgerError> {
        let later = |key: &str| after.as_deref().is_none_or(|after| key > after);
        let state = self.lock()?;
        let rows = state.rows.iter().filter(|((of, key), _)| of == sink && later(key));
        Ok(rows.map(|(_, row)| row.clone()).take(usize::try_from(limit).unwrap_or(usize::MAX)).collect())
    }

    async fn open_batches(&self, sink: &str) -> Result<Vec<OpenBatch>, LedgerError> {
        Ok(self
            .lock()?
            .open
            .iter()
            .filter(|((of, _), _)| of == sink)
            .map(|(_, batch)| batch.clone())
            .collect())
    }

    async fn open_batch(&self, sink: &str, batch: &OpenBatch) -> Result<(), LedgerError> {
        self.lock()?.open.insert((sink.to_owned(), batch.id.clone()), batch.clone());
        Ok(())
    }

    async fn settle_batch(
        &self,
        sink: &str,
        batch_id: &str,
        written: &[LedgerRow],
        _now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let mut state = self.lock()?;
        state.open.remove(&(sink.to_owned(), batch_id.to_owned()));
        for row in written {
            state.rows.insert((sink.to_owned(), row.key.clone()), row.clone());
        }
        Ok(())
    }

    async fn memo(&self, sink: &str, name: &str) -> Result<Option<String>, LedgerError> {
        Ok(self.lock()?.memos.get(&(sink.to_owned(), name.to_owned())).cloned())
    }

    async fn set_memo(&self, sink: &str, name: &str, value: &str) -> Result<(), LedgerError> {
        self.lock()?.memos.insert((sink.to_owned(), name.to_owned()), value.to_owned());
        Ok(())
    }
}
