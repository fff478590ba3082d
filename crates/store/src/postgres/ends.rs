//! Ends of jobs, each in a transaction of its own: the server gathers commits by itself.

use std::sync::atomic::Ordering;

use chrono::{DateTime, Utc};
use domain::Transcript;

use super::PostgresStore;
use super::complete::{Ended, end_jobs};
use super::transcripts::keep;
use crate::{ClaimedJob, StageResult, StoreError};

/// After so many steps the changes of counts are folded.
const FOLD_EVERY: u32 = 200;
/// Of the advisory lock that lets one fold at a time; any number that nobody else uses.
const FOLDING: i64 = 0x5a76_6e72_0003;

impl PostgresStore {
    pub(crate) async fn end_job(
        &self,
        claim: &ClaimedJob,
        result: StageResult,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let tells = !result.next.is_empty();
        let mut tx = self.begin_beside().await?;
        let held = end_jobs(&mut tx, &[Ended { claim, result: &result, now }]).await?;
        tx.commit().await?;
        if held != [true] {
            return Err(StoreError::LeaseLost);
        }
        if tells {
            self.tell().await?;
        }
        if self.steps.fetch_add(1, Ordering::Relaxed) % FOLD_EVERY == FOLD_EVERY - 1 {
            self.fold_counts().await?;
        }
        Ok(())
    }

    pub(crate) async fn keep_in_cache(&self, key: &str, transcript: &Transcript) -> Result<(), StoreError> {
        let mut tx = self.begin_beside().await?;
        keep(&mut tx, key, transcript).await?;
        Ok(tx.commit().await?)
    }

    /// Folds the changes of counts into their sums, unless somebody does so at the moment.
    pub(crate) async fn fold_counts(&self) -> Result<(), StoreError> {
        let mut tx = self.writer.begin().await?;
        let ours: bool = sqlx::query_scalar("select pg_try_advisory_xact_lock($1)")
            .bind(FOLDING)
            .fetch_one(&mut *tx)
            .await?;
        if ours {
            sqlx::query("select fold_counts()").execute(&mut *tx).await?;
        }
        Ok(tx.commit().await?)
    }
}
