//! The ends of a claimed job: done, later, dead, given back, lost with its worker.

use chrono::{DateTime, Utc};
use domain::{Analysis, CallError, CallStatus, Recording};
use sqlx::SqliteConnection;

use super::SqliteStore;
use super::codec::{checked_json, json, ms};
use super::jobs::{HeldJob, held, make_jobs};
use super::row::summary;
use super::runs::{leave_run, spend};
use super::{search_index, transcripts};
use crate::{ClaimedJob, Outcome, Postpone, StageResult, StoreError};

impl SqliteStore {
    pub(crate) async fn complete_job(
        &self,
        claim: &ClaimedJob,
        result: &StageResult,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let HeldJob { job, call } = held(&mut tx, claim).await?;
        match &result.outcome {
            Outcome::Fetched(recording) => keep_recording(&mut tx, call, recording).await?,
            Outcome::Transcribed { transcript, cache_key } => {
                let id = transcripts::keep(&mut tx, cache_key, transcript).await?;
                search_index::link(&mut tx, call, id).await?;
            }
            Outcome::Analyzed(analysis) => keep_analysis(&mut tx, call, analysis, now).await?,
            Outcome::Delivered | Outcome::Nothing => {}
        }
        if let Some(status) = result.status {
            set_status(&mut tx, call, status, result.error.as_ref(), now).await?;
        }
        sqlx::query(
            "update jobs set state = 'done', owner = null, lease_until = null, error = null, \
             updated_at = ? where id = ?",
        )
        .bind(ms(now))
        .bind(job)
        .execute(&mut *tx)
        .await?;
        make_jobs(&mut tx, &result.next, now).await?;
        for entry in &result.spend {
            spend(&mut tx, entry, now).await?;
        }
        Ok(tx.commit().await?)
    }

    pub(crate) async fn postpone_job(
        &self,
        claim: &ClaimedJob,
        later: &Postpone,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let HeldJob { job, call } = held(&mut tx, claim).await?;
        sqlx::query(
            "update jobs set state = 'ready', owner = null, lease_until = null, run_at = ?, error = ?, \
             attempt = max(0, attempt - ?), updated_at = ? where id = ?",
        )
        .bind(ms(later.run_at))
        .bind(json("error", &later.error)?)
        .bind(i64::from(!later.burn_attempt))
        .bind(ms(now))
        .bind(job)
        .execute(&mut *tx)
        .await?;
        set_status(&mut tx, call, later.status, Some(&later.error), now).await?;
        Ok(tx.commit().await?)
    }

    pub(crate) async fn bury_job(
        &self,
        claim: &ClaimedJob,
        status: CallStatus,
        error: &CallError,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let HeldJob { job, call } = held(&mut tx, claim).await?;
        sqlx::query(
            "update jobs set state = 'dead', owner = null, lease_until = null, error = ?, updated_at = ? \
             where id = ?",
        )
        .bind(json("error", error)?)
        .bind(ms(now))
        .bind(job)
        .execute(&mut *tx)
        .await?;
        set_status(&mut tx, call, status, Some(error), now).await?;
        Ok(tx.commit().await?)
    }

    pub(crate) async fn release_jobs(
        &self,
        claims: &[ClaimedJob],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        for claim in claims {
            let job = match held(&mut tx, claim).await {
                Ok(held) => held.job,
                Err(StoreError::LeaseLost) => continue,
                Err(error) => return Err(error),
            };
            sqlx::query(
                "update jobs set state = 'ready', owner = null, lease_until = null, \
                 attempt = max(0, attempt - 1), updated_at = ? where id = ?",
            )
            .bind(ms(now))
            .bind(job)
            .execute(&mut *tx)
            .await?;
        }
        Ok(tx.commit().await?)
    }

    /// The attempt stays counted: the job may be what killed its worker.
    pub(crate) async fn recover_jobs(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let dead = self.worker.dead_workers();
        let expired: Option<i64> =
            sqlx::query_scalar("select 1 from jobs where state = 'leased' and lease_until <= ? limit 1")
                .bind(ms(now))
                .fetch_optional(&self.readers)
                .await?;
        if dead.is_empty() && expired.is_none() {
            return Ok(0);
        }
        let mut tx = self.begin().await?;
        let names: Vec<&str> = dead.iter().map(|worker| worker.0.as_str()).collect();
        let freed = sqlx::query(
            "update jobs set state = 'ready', owner = null, lease_until = null, updated_at = ?1 \
             where state = 'leased' \
             and (lease_until <= ?1 or owner in (select value from json_each(?2)))",
        )
        .bind(ms(now))
        .bind(json("worker", &names)?)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        for run in abandoned_runs(&mut tx, &names).await? {
            leave_run(&mut tx, run).await?;
        }
        tx.commit().await?;
        for worker in &dead {
            self.worker.forget(worker);
        }
        Ok(freed)
    }
}

async fn abandoned_runs(tx: &mut SqliteConnection, dead: &[&str]) -> Result<Vec<i64>, StoreError> {
    Ok(sqlx::query_scalar(
        "select id from runs where finished_at is null and owner in (select value from json_each(?))",
    )
    .bind(json("worker", &dead)?)
    .fetch_all(tx)
    .await?)
}

pub(crate) async fn set_status(
    tx: &mut SqliteConnection,
    call: i64,
    status: CallStatus,
    error: Option<&CallError>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query("update calls set status = ?, error = ?, updated_at = ? where id = ?")
        .bind(status.as_str())
        .bind(error.map(|error| json("error", error)).transpose()?)
        .bind(ms(now))
        .bind(call)
        .execute(tx)
        .await?;
    Ok(())
}

async fn keep_recording(
    tx: &mut SqliteConnection,
    call: i64,
    recording: &Recording,
) -> Result<(), StoreError> {
    sqlx::query("replace into recordings (call_id, sha256, location, summary) values (?, ?, ?, ?)")
        .bind(call)
        .bind(recording.sha256.as_str())
        .bind(&recording.location)
        .bind(json("recording", &summary(recording))?)
        .execute(&mut *tx)
        .await?;
    sqlx::query("replace into recording_bodies (call_id, body) values (?, ?)")
        .bind(call)
        .bind(checked_json("recording", recording)?)
        .execute(tx)
        .await?;
    Ok(())
}

/// One analysis per revision of a rubric: judging again replaces, another revision adds.
async fn keep_analysis(
    tx: &mut SqliteConnection,
    call: i64,
    analysis: &Analysis,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query(
        "replace into analyses (call_id, rubric, revision, engine, total_score, body, analyzed_at) \
         values (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(call)
    .bind(analysis.rubric.as_str())
    .bind(analysis.revision.as_str())
    .bind(&analysis.engine)
    .bind(analysis.total_score)
    .bind(checked_json("analysis", analysis)?)
    .bind(ms(now))
    .execute(&mut *tx)
    .await?;
    sqlx::query("update calls set score = ? where id = ?")
        .bind(analysis.total_score)
        .bind(call)
        .execute(tx)
        .await?;
    Ok(())
}
