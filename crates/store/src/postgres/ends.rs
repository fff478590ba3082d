//! Ends of jobs, each in a transaction of its own: the server gathers commits by itself.

use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::{CallStatus, Transcript};
use tokio::time::{sleep, timeout};

use super::codec::{json, ms};
use super::complete::{Ended, end_jobs, keep_analysis, keep_recording};
use super::runs::code;
use super::transcripts::{keep, keep_all};
use super::{DbConnection, PostgresStore, search_index};
use crate::{ClaimedJob, Outcome, StageResult, StoreError};

/// After so many steps the changes of counts are folded.
const FOLD_EVERY: u32 = 200;
/// How often the end of a job is written anew while the server is gone: for half a minute, as long as a
/// lease that nobody prolongs lasts after its last beat.
const TRIES: u32 = 18;
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// Of the advisory lock that lets one fold at a time; any number that nobody else uses.
const FOLDING: i64 = 0x5a76_6e72_0003;

fn concerns_one_call(claim: &ClaimedJob, result: &StageResult) -> bool {
    let call = claim.job.call;
    result.next.iter().all(|job| job.call == call) && result.spend.iter().all(|entry| entry.call == call)
}

/// Status, jobs and money of an end; gives the number of the call.
async fn step(
    connection: &mut DbConnection,
    claim: &ClaimedJob,
    result: &StageResult,
    now: DateTime<Utc>,
) -> Result<i64, StoreError> {
    let next: Vec<_> = result.next.iter().map(|job| (job.stage.as_str(), job.target.as_str())).collect();
    let spend: Vec<_> = result
        .spend
        .iter()
        .map(|paid| (&paid.item, code(paid.amount.currency), paid.amount.micros, paid.key.as_deref()))
        .collect();
    let call: Option<i64> =
        sqlx::query_scalar("select end_job($1, $2, $3, $4, $5, $6, $7, $8::json, $9::json)")
            .bind(claim.job.call.to_string())
            .bind(claim.job.stage.as_str())
            .bind(&claim.job.target)
            .bind(claim.token.0)
            .bind(ms(now))
            .bind(result.status.map(CallStatus::as_str))
            .bind(result.error.as_ref().map(|error| json("error", error)).transpose()?)
            .bind(json("job", &next)?)
            .bind(json("spend", &spend)?)
            .fetch_one(connection)
            .await?;
    call.ok_or(StoreError::LeaseLost)
}

impl PostgresStore {
    /// One question to the server (`end_job`, migration 8); what was made goes along in the same transaction.
    pub(crate) async fn end_job(
        &self,
        claim: &ClaimedJob,
        result: &StageResult,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if !concerns_one_call(claim, result) {
            return self.end_with_others(claim, result, now).await;
        }
        if matches!(result.outcome, Outcome::Nothing | Outcome::Delivered) {
            let mut connection = self.writer.acquire().await?;
            step(&mut connection, claim, result, now).await?;
            drop(connection);
            return self.after_steps(1).await;
        }
        let mut tx = self.writer.begin().await?;
        let call = step(&mut tx, claim, result, now).await?;
        match &result.outcome {
            Outcome::Fetched(recording) => keep_recording(&mut tx, call, recording).await?,
            Outcome::Transcribed { transcript, cache_key } => {
                let kept = keep_all(&mut tx, &[(call, cache_key.as_str(), transcript.as_ref())]).await?;
                search_index::link_all(&mut tx, &kept).await?;
            }
            Outcome::Analyzed(analysis) => keep_analysis(&mut tx, call, analysis, now).await?,
            Outcome::Delivered | Outcome::Nothing => {}
        }
        tx.commit().await?;
        self.after_steps(1).await
    }

    /// The end of a job that makes jobs or costs of other calls.
    async fn end_with_others(
        &self,
        claim: &ClaimedJob,
        result: &StageResult,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin_beside().await?;
        let held = end_jobs(&mut tx, &[Ended { claim, result, now }]).await?;
        tx.commit().await?;
        if held != [true] {
            return Err(StoreError::LeaseLost);
        }
        self.after_steps(1).await
    }

    /// After jobs were made or ended: those who wait are told, and counts are folded now and then.
    pub(crate) async fn after_steps(&self, steps: usize) -> Result<(), StoreError> {
        if steps == 0 {
            return Ok(());
        }
        self.presence.tell(&self.writer).await?;
        let steps = u32::try_from(steps).unwrap_or(FOLD_EVERY);
        if self.steps.fetch_add(steps, Ordering::Relaxed) % FOLD_EVERY + steps >= FOLD_EVERY {
            self.fold_counts().await?;
        }
        Ok(())
    }

    pub(crate) async fn wait_until_told(&self, most: Duration) {
        // sooner or later is all the same to whoever waits
        timeout(most, self.presence.told.notified()).await.ok();
    }

    /// Does it again while the server is gone: what a provider was paid for must not be lost because the
    /// database was restarted in between. A write that came through although nobody heard so is refused
    /// the second time, for its lease has ended by then.
    pub(crate) async fn patiently<T, F>(&self, deed: impl Fn() -> F + Send) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>> + Send,
    {
        let mut pause = Duration::from_millis(100);
        for _ in 0..TRIES {
            match deed().await {
                Err(error) if error.is_retryable() => {
                    tracing::debug!(%error, "the database does not take the end of a job; once more");
                }
                ended => return ended,
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        deed().await
    }

    pub(crate) async fn keep_in_cache(&self, key: &str, transcript: &Transcript) -> Result<(), StoreError> {
        self.patiently(|| self.keep_once(key, transcript)).await
    }

    async fn keep_once(&self, key: &str, transcript: &Transcript) -> Result<(), StoreError> {
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
