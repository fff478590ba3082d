//! [`Jobs`] for SQLite: the trait's doors; the ends of a job are in `complete`, looking and
//! mending by people in `queue`.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{CallError, CallStatus};
use sqlx::{QueryBuilder, Row as _, Sqlite, SqliteConnection};

use super::SqliteStore;
use super::calls::call_rowid;
use super::codec::{call_id, corrupt, instant, ms, ms_after};
use super::row::error;
use crate::{
    ClaimRequest, ClaimedJob, Job, JobFilter, JobState, Jobs, LeaseToken, NewJob, PausedStage, Postpone,
    QueueCount, RunId, Stage, StageResult, StoreError,
};

/// What [`job_of`] reads; `j` is `jobs`, `c` is `calls`.
pub(crate) const JOB_COLUMNS: &str = "c.uid, j.stage, j.target, j.state, j.attempt, j.run_at, \
     j.lease_until, j.error, j.updated_at, j.token, j.id";

pub(crate) fn job_of(row: &sqlx::sqlite::SqliteRow) -> Result<Job, StoreError> {
    let lease_until: Option<i64> = row.try_get("lease_until")?;
    Ok(Job {
        call: call_id(row.try_get("uid")?)?,
        stage: stage(row.try_get("stage")?)?,
        target: row.try_get("target")?,
        state: state(row.try_get("state")?)?,
        attempt: row.try_get("attempt")?,
        run_at: instant("job", row.try_get("run_at")?)?,
        lease_until: lease_until.map(|at| instant("job", at)).transpose()?,
        error: error(row.try_get("error")?)?,
        updated_at: instant("job", row.try_get("updated_at")?)?,
    })
}

pub(crate) fn stage(text: &str) -> Result<Stage, StoreError> {
    Stage::parse(text).ok_or_else(|| corrupt("job", format!("{text:?} is no stage")))
}

pub(crate) fn state(text: &str) -> Result<JobState, StoreError> {
    JobState::parse(text).ok_or_else(|| corrupt("job", format!("{text:?} is no state of a job")))
}

/// The row of a claim that still holds.
pub(crate) struct HeldJob {
    pub(crate) job: i64,
    pub(crate) call: i64,
}

/// The job of the claim, or [`StoreError::LeaseLost`]. A lease that ran out but that nobody took
/// yet still holds: finishing the work is better than doing it again.
pub(crate) async fn held(tx: &mut SqliteConnection, claim: &ClaimedJob) -> Result<HeldJob, StoreError> {
    let row = sqlx::query(
        "select j.id, j.call_id from jobs j where j.call_id = (select id from calls where uid = ?) \
         and j.stage = ? and j.target = ? and j.state = 'leased' and j.token = ?",
    )
    .bind(claim.job.call.to_string())
    .bind(claim.job.stage.as_str())
    .bind(&claim.job.target)
    .bind(claim.token.0)
    .fetch_optional(tx)
    .await?
    .ok_or(StoreError::LeaseLost)?;
    Ok(HeldJob { job: row.try_get("id")?, call: row.try_get("call_id")? })
}

/// Makes jobs, or makes those that exist ready anew; a job that a worker holds stays his.
pub(crate) async fn make_jobs(
    tx: &mut SqliteConnection,
    jobs: &[NewJob],
    now: DateTime<Utc>,
) -> Result<Vec<i64>, StoreError> {
    let mut calls = Vec::with_capacity(jobs.len());
    for job in jobs {
        let call = call_rowid(tx, job.call).await?;
        sqlx::query(
            "insert into jobs (call_id, stage, target, state, run_at, updated_at) \
             values (?1, ?2, ?3, 'ready', ?4, ?4) \
             on conflict (call_id, stage, target) do update set state = 'ready', attempt = 0, \
             run_at = excluded.run_at, error = null, updated_at = excluded.updated_at \
             where state <> 'leased'",
        )
        .bind(call)
        .bind(job.stage.as_str())
        .bind(&job.target)
        .bind(ms(now))
        .execute(&mut *tx)
        .await?;
        calls.push(call);
    }
    Ok(calls)
}

/// Ready jobs of the request, as ids in the order of their time.
pub(crate) fn ready_query(request: &ClaimRequest) -> QueryBuilder<Sqlite> {
    let mut query = match (request.run, &request.target) {
        (Some(run), target) => {
            let mut query = QueryBuilder::new(
                "select j.id from run_ready r cross join jobs j on j.id = r.job_id where r.run_id = ",
            );
            query.push_bind(run.0).push(" and r.stage = ").push_bind(request.stage.as_str());
            query.push(" and r.run_at <= ").push_bind(ms(request.now));
            if let Some(target) = target {
                query.push(" and j.target = ").push_bind(target.clone());
            }
            query.push(paused_guard(request.stage)).push(" order by r.run_at, r.job_id limit ");
            query
        }
        (None, target) => {
            let index = if target.is_some() { "jobs_ready_target" } else { "jobs_ready" };
            let mut query = QueryBuilder::new(format!(
                "select j.id from jobs j indexed by {index} where j.state = 'ready' and j.stage = "
            ));
            query.push_bind(request.stage.as_str());
            if let Some(target) = target {
                query.push(" and j.target = ").push_bind(target.clone());
            }
            query.push(" and j.run_at <= ").push_bind(ms(request.now));
            query.push(paused_guard(request.stage)).push(" order by j.run_at, j.id limit ");
            query
        }
    };
    query.push_bind(request.limit);
    query
}

fn paused_guard(stage: Stage) -> String {
    format!(" and not exists (select 1 from paused_stages where stage = '{}')", stage.as_str())
}

#[async_trait]
impl Jobs for SqliteStore {
    async fn claim(&self, request: &ClaimRequest) -> Result<Vec<ClaimedJob>, StoreError> {
        // a look first: an idle worker must not queue for the write lock
        let ready: Option<i64> =
            ready_query(request).build_query_scalar().fetch_optional(&self.readers).await?;
        if ready.is_none() {
            return Ok(Vec::new());
        }
        let mut tx = self.begin().await?;
        let ids: Vec<i64> = ready_query(request).build_query_scalar().fetch_all(&mut *tx).await?;
        let count = i64::try_from(ids.len()).unwrap_or(i64::MAX);
        let last: i64 = sqlx::query_scalar("update lease_tokens set last = last + ? returning last")
            .bind(count)
            .fetch_one(&mut *tx)
            .await?;
        let mut claims = Vec::with_capacity(ids.len());
        for (id, token) in ids.into_iter().zip(last - count + 1..) {
            sqlx::query(
                "update jobs set state = 'leased', owner = ?, lease_until = ?, attempt = attempt + 1, \
                 token = ?, updated_at = ? where id = ?",
            )
            .bind(&request.worker.0)
            .bind(ms_after(request.now, request.lease))
            .bind(token)
            .bind(ms(request.now))
            .bind(id)
            .execute(&mut *tx)
            .await?;
            let sql =
                format!("select {JOB_COLUMNS} from jobs j join calls c on c.id = j.call_id where j.id = ?");
            let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_one(&mut *tx).await?;
            claims.push(ClaimedJob { job: job_of(&row)?, token: LeaseToken(token) });
        }
        tx.commit().await?;
        Ok(claims)
    }

    async fn heartbeat(
        &self,
        claims: &[ClaimedJob],
        lease: Duration,
        now: DateTime<Utc>,
    ) -> Result<Vec<LeaseToken>, StoreError> {
        let mut lost = Vec::new();
        let mut tx = self.begin().await?;
        for claim in claims {
            match held(&mut tx, claim).await {
                Ok(held) => {
                    sqlx::query("update jobs set lease_until = ? where id = ?")
                        .bind(ms_after(now, lease))
                        .bind(held.job)
                        .execute(&mut *tx)
                        .await?;
                }
                Err(StoreError::LeaseLost) => lost.push(claim.token),
                Err(error) => return Err(error),
            }
        }
        tx.commit().await?;
        Ok(lost)
    }

    async fn complete(
        &self,
        claim: &ClaimedJob,
        result: StageResult,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.complete_job(claim, &result, now).await
    }

    async fn postpone(
        &self,
        claim: &ClaimedJob,
        later: Postpone,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.postpone_job(claim, &later, now).await
    }

    async fn bury(
        &self,
        claim: &ClaimedJob,
        status: CallStatus,
        error: CallError,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.bury_job(claim, status, &error, now).await
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
            for call in calls {
                super::complete::set_status(&mut tx, call, CallStatus::Queued, None, now).await?;
            }
        }
        Ok(tx.commit().await?)
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

    async fn next_due(&self, stage: Stage, run: Option<RunId>) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.earliest_due(stage, run).await
    }

    async fn pause(&self, stage: Stage, reason: &CallError, now: DateTime<Utc>) -> Result<bool, StoreError> {
        self.pause_stage(stage, reason, now).await
    }

    async fn resume(&self, stage: Stage, now: DateTime<Utc>) -> Result<bool, StoreError> {
        self.resume_stage(stage, now).await
    }

    async fn paused(&self) -> Result<Vec<PausedStage>, StoreError> {
        self.paused_stages().await
    }
}
