//! [`Jobs`]: the trait's doors; the ends of a job are in `complete`, looking and
//! mending by people in `queue`.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{CallError, CallStatus};
use sqlx::{AssertSqlSafe, FromRow as _, Row as _};

use super::codec::{call_id, corrupt, instant, json, ms_after, small};
use super::complete::{Ended, end_jobs};
use super::dialect::each;
use super::leases::held_all;
use super::making::make_jobs;
use super::row::{CALL_COLUMNS, CallRow, error, whole_recording};
use super::{DbRow, DbStore};
use crate::{
    Burial, ClaimRequest, ClaimedJob, Job, JobFilter, JobState, Jobs, LeaseToken, NewJob, PausedStage,
    Postpone, QueueCount, RunId, Stage, StageResult, StoreError,
};

/// What [`job_of`] reads; `j` is `jobs`, `c` is `calls`.
pub(crate) const JOB_COLUMNS: &str = "c.uid as job_call, j.stage, j.target, j.state, j.attempt, \
     j.run_at, j.lease_until, j.error as job_error, j.updated_at as job_updated_at, j.token";

pub(crate) fn job_of(row: &DbRow) -> Result<Job, StoreError> {
    let lease_until: Option<i64> = row.try_get("lease_until")?;
    Ok(Job {
        call: call_id(row.try_get("job_call")?)?,
        stage: stage(row.try_get("stage")?)?,
        target: row.try_get("target")?,
        state: state(row.try_get("state")?)?,
        attempt: small("job", row.try_get("attempt")?)?,
        run_at: instant("job", row.try_get("run_at")?)?,
        lease_until: lease_until.map(|at| instant("job", at)).transpose()?,
        error: error(row.try_get("job_error")?)?,
        updated_at: instant("job", row.try_get("job_updated_at")?)?,
    })
}

pub(crate) fn stage(text: &str) -> Result<Stage, StoreError> {
    Stage::parse(text).ok_or_else(|| corrupt("job", format!("{text:?} is no stage")))
}

pub(crate) fn state(text: &str) -> Result<JobState, StoreError> {
    JobState::parse(text).ok_or_else(|| corrupt("job", format!("{text:?} is no state of a job")))
}

/// What a claimed job is read from: the columns, and what they stand in beside `jobs j` and `calls c`. Only speech
/// needs to know where in the recording people speak.
pub(crate) fn claim_parts(stage: Stage) -> (String, &'static str) {
    let (body, bodies) = if stage == Stage::Transcribe {
        ("b.body", "left join recording_bodies b on b.call_id = c.id")
    } else {
        ("null as body", "")
    };
    (format!("{JOB_COLUMNS}, {CALL_COLUMNS}, {body}"), bodies)
}

/// A row of [`claim_parts`].
pub(crate) fn claim_of(row: &DbRow) -> Result<ClaimedJob, StoreError> {
    let mut record = CallRow::from_row(row)?.record()?;
    if let Some(body) = row.try_get::<Option<&str>, _>("body")? {
        record.recording = Some(whole_recording(body, Some(&[]))?);
    }
    let token = LeaseToken(row.try_get("token")?);
    Ok(ClaimedJob { job: job_of(row)?, token, record: Arc::new(record) })
}

impl DbStore {
    async fn end_all(
        &self,
        ended: &[(ClaimedJob, StageResult)],
        now: DateTime<Utc>,
    ) -> Result<Vec<LeaseToken>, StoreError> {
        let ends: Vec<Ended<'_>> = ended.iter().map(|(claim, result)| Ended { claim, result, now }).collect();
        let mut tx = self.begin_beside().await?;
        let held = end_jobs(&mut tx, &ends).await?;
        tx.commit().await?;
        self.after_steps(ends.len()).await?;
        Ok(ended.iter().zip(held).filter(|(_, held)| !held).map(|((claim, _), _)| claim.token).collect())
    }
}

#[async_trait]
impl Jobs for DbStore {
    async fn claim(&self, request: &ClaimRequest) -> Result<Vec<ClaimedJob>, StoreError> {
        self.claim_jobs(request).await
    }

    async fn heartbeat(
        &self,
        claims: &[ClaimedJob],
        lease: Duration,
        now: DateTime<Utc>,
    ) -> Result<Vec<LeaseToken>, StoreError> {
        let mut tx = self.begin_beside().await?;
        let holds = held_all(&mut tx, &claims.iter().collect::<Vec<_>>()).await?;
        let lost = claims
            .iter()
            .zip(&holds)
            .filter(|(_, held)| held.is_none())
            .map(|(claim, _)| claim.token)
            .collect();
        let jobs: Vec<i64> = holds.into_iter().flatten().map(|held| held.job).collect();
        let sql = format!(
            "update jobs set lease_until = $1 where id in (select cast(w.value as bigint) from {})",
            each(2)
        );
        sqlx::query(AssertSqlSafe(sql))
            .bind(ms_after(now, lease))
            .bind(json("job", &jobs)?)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(lost)
    }

    async fn complete(
        &self,
        claim: &ClaimedJob,
        result: StageResult,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.patiently(|| self.end_job(claim, &result, now)).await
    }

    async fn complete_all(
        &self,
        ended: Vec<(ClaimedJob, StageResult)>,
        now: DateTime<Utc>,
    ) -> Result<Vec<LeaseToken>, StoreError> {
        self.patiently(|| self.end_all(&ended, now)).await
    }

    async fn postpone(
        &self,
        claim: &ClaimedJob,
        later: Postpone,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.patiently(|| self.postpone_job(claim, &later, now)).await
    }

    async fn bury(&self, claim: &ClaimedJob, burial: Burial, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.patiently(|| self.bury_job(claim, &burial, now)).await
    }

    async fn release(&self, claims: &[ClaimedJob], now: DateTime<Utc>) -> Result<(), StoreError> {
        self.release_jobs(claims, now).await
    }

    async fn recover(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        self.recover_jobs(now).await
    }

    async fn enqueue(
        &self,
        jobs: &[NewJob],
        requeue_calls: bool,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let calls = make_jobs(&mut tx, jobs, now).await?;
        if requeue_calls {
            for call in calls.into_values() {
                super::complete::set_status(&mut tx, call, CallStatus::Queued, None, now).await?;
            }
        }
        tx.commit().await?;
        self.after_steps(jobs.len()).await
    }

    async fn enqueue_missing(&self, jobs: &[NewJob], now: DateTime<Utc>) -> Result<u64, StoreError> {
        self.make_missing(jobs, now).await
    }

    async fn retry(&self, filter: &JobFilter, now: DateTime<Utc>) -> Result<u64, StoreError> {
        self.retry_jobs(filter, now).await
    }

    async fn jobs(&self, filter: &JobFilter, limit: u32) -> Result<Vec<Job>, StoreError> {
        self.list_jobs(filter, limit).await
    }

    async fn queue_counts(&self, run: Option<RunId>) -> Result<Vec<QueueCount>, StoreError> {
        self.count_queue(run).await
    }

    async fn next_due(
        &self,
        stage: Stage,
        target: Option<&str>,
        run: Option<RunId>,
        patience: Option<Duration>,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.earliest_due(stage, target, run, patience).await
    }

    async fn pause(
        &self,
        stage: Stage,
        target: Option<&str>,
        reason: &CallError,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        self.pause_stage(stage, target, reason, now).await
    }

    async fn resume(
        &self,
        stage: Stage,
        target: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        self.resume_stage(stage, target, now).await
    }

    async fn paused(&self) -> Result<Vec<PausedStage>, StoreError> {
        self.paused_stages().await
    }

    async fn wait_for_work(&self, most: Duration) {
        self.wait_until_told(most).await;
    }
}
