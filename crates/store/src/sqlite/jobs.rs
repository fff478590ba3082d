//! [`Jobs`] for SQLite: the trait's doors; the ends of a job are in `complete`, looking and
//! mending by people in `queue`.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{CallError, CallId, CallStatus};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, FromRow as _, QueryBuilder, Row as _, Sqlite, SqliteConnection};

use super::SqliteStore;
use super::codec::{call_id, corrupt, instant, json, ms, ms_after};
use super::complete::{Ended, end_jobs};
use super::group::Deed;
use super::row::{CALL_COLUMNS, CallRow, error, whole_recording};
use crate::{
    Burial, ClaimRequest, ClaimedJob, Job, JobFilter, JobState, Jobs, LeaseToken, NewJob, PausedStage,
    Postpone, QueueCount, RunId, Stage, StageResult, StoreError,
};

/// What [`job_of`] reads; `j` is `jobs`, `c` is `calls`.
pub(crate) const JOB_COLUMNS: &str = "c.uid as job_call, j.stage, j.target, j.state, j.attempt, \
     j.run_at, j.lease_until, j.error as job_error, j.updated_at as job_updated_at, j.token";

pub(crate) fn job_of(row: &sqlx::sqlite::SqliteRow) -> Result<Job, StoreError> {
    let lease_until: Option<i64> = row.try_get("lease_until")?;
    Ok(Job {
        call: call_id(row.try_get("job_call")?)?,
        stage: stage(row.try_get("stage")?)?,
        target: row.try_get("target")?,
        state: state(row.try_get("state")?)?,
        attempt: row.try_get("attempt")?,
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

/// As [`held`] for many claims at once, in their order. A claim that stands twice holds once.
pub(crate) async fn held_all(
    tx: &mut SqliteConnection,
    claims: &[&ClaimedJob],
) -> Result<Vec<Option<HeldJob>>, StoreError> {
    let wanted: Vec<Value> = claims
        .iter()
        .map(|claim| {
            let job = &claim.job;
            json!([job.call.to_string(), job.stage.as_str(), job.target, claim.token.0])
        })
        .collect();
    let rows = sqlx::query(
        "select w.key as place, j.id, j.call_id from json_each(?) w \
         cross join calls c on c.uid = w.value ->> 0 \
         cross join jobs j on j.call_id = c.id and j.stage = w.value ->> 1 and j.target = w.value ->> 2 \
         where j.state = 'leased' and j.token = w.value ->> 3 order by w.key",
    )
    .bind(json("job", &wanted)?)
    .fetch_all(tx)
    .await?;
    let mut holds: Vec<Option<HeldJob>> = std::iter::repeat_with(|| None).take(claims.len()).collect();
    let mut seen = HashSet::new();
    for row in rows {
        let (place, job): (i64, i64) = (row.try_get("place")?, row.try_get("id")?);
        let place = usize::try_from(place).ok().and_then(|place| holds.get_mut(place));
        if let Some(place) = place
            && seen.insert(job)
        {
            *place = Some(HeldJob { job, call: row.try_get("call_id")? });
        }
    }
    Ok(holds)
}

/// The rowids of calls that must exist.
pub(crate) async fn rowids(
    tx: &mut SqliteConnection,
    calls: impl Iterator<Item = CallId>,
) -> Result<HashMap<CallId, i64>, StoreError> {
    let wanted: HashMap<String, CallId> = calls.map(|call| (call.to_string(), call)).collect();
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query("select uid, id from calls where uid in (select value from json_each(?))")
        .bind(json("call", &wanted.keys().collect::<Vec<_>>())?)
        .fetch_all(tx)
        .await?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in &rows {
        found.insert(call_id(row.try_get("uid")?)?, row.try_get("id")?);
    }
    match wanted.values().find(|call| !found.contains_key(call)) {
        Some(call) => Err(StoreError::Invalid(format!("call {call} is not known"))),
        None => Ok(found),
    }
}

/// Makes jobs, or makes those that exist ready anew; a job that a worker holds stays his, but a
/// delivery that he may have begun with an older state of the call is marked to come again.
pub(crate) async fn make_jobs(
    tx: &mut SqliteConnection,
    jobs: &[NewJob],
    now: DateTime<Utc>,
) -> Result<HashMap<CallId, i64>, StoreError> {
    let known = rowids(tx, jobs.iter().map(|job| job.call)).await?;
    let jobs: Vec<(&NewJob, DateTime<Utc>)> = jobs.iter().map(|job| (job, now)).collect();
    make_jobs_of(tx, &jobs, &known).await?;
    Ok(known)
}

/// [`make_jobs`] where the rowids are known.
pub(crate) async fn make_jobs_of(
    tx: &mut SqliteConnection,
    jobs: &[(&NewJob, DateTime<Utc>)],
    known: &HashMap<CallId, i64>,
) -> Result<(), StoreError> {
    let rows: Vec<Value> = jobs
        .iter()
        .filter_map(|(job, now)| {
            Some(json!([known.get(&job.call)?, job.stage.as_str(), job.target, ms(*now)]))
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into jobs (call_id, stage, target, state, run_at, updated_at) \
         select w.value ->> 0, w.value ->> 1, w.value ->> 2, 'ready', w.value ->> 3, w.value ->> 3 \
         from json_each(?1) w where true \
         on conflict (call_id, stage, target) do update set state = 'ready', attempt = 0, \
         run_at = excluded.run_at, error = null, updated_at = excluded.updated_at \
         where state <> 'leased'",
    )
    .bind(json("job", &rows)?)
    .execute(&mut *tx)
    .await?;
    let deliveries: Vec<&Value> = rows
        .iter()
        .zip(jobs)
        .filter(|(_, (job, _))| job.stage == Stage::Deliver)
        .map(|(row, _)| row)
        .collect();
    if !deliveries.is_empty() {
        sqlx::query(
            "update jobs set again = 1 from json_each(?) w where jobs.call_id = w.value ->> 0 \
             and jobs.stage = w.value ->> 1 and jobs.target = w.value ->> 2 and jobs.state = 'leased'",
        )
        .bind(json("job", &deliveries)?)
        .execute(tx)
        .await?;
    }
    Ok(())
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
            query.push(paused_guard(request)).push(" order by r.run_at, r.job_id limit ");
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
            query.push(paused_guard(request)).push(" order by j.run_at, j.id limit ");
            query
        }
    };
    query.push_bind(request.limit);
    query
}

fn paused_guard(request: &ClaimRequest) -> String {
    if request.probe {
        return String::new();
    }
    format!(
        " and not exists (select 1 from pauses p where p.stage = '{}' and p.target in ('', j.target))",
        request.stage.as_str()
    )
}

/// The claimed jobs with their calls, in the order of the ids. Only speech needs to know where in
/// the recording people speak.
async fn claimed(tx: &mut SqliteConnection, stage: Stage, ids: &str) -> Result<Vec<ClaimedJob>, StoreError> {
    let bodies = if stage == Stage::Transcribe {
        ("b.body", "left join recording_bodies b on b.call_id = c.id")
    } else {
        ("null as body", "")
    };
    let sql = format!(
        "select {JOB_COLUMNS}, {CALL_COLUMNS}, {} from json_each(?) w cross join jobs j on j.id = w.value \
         cross join calls c on c.id = j.call_id left join recordings r on r.call_id = c.id {} order by w.key",
        bodies.0, bodies.1
    );
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(ids).fetch_all(tx).await?;
    let mut claims = Vec::with_capacity(rows.len());
    for row in &rows {
        let mut record = CallRow::from_row(row)?.record()?;
        if let Some(body) = row.try_get::<Option<&str>, _>("body")? {
            record.recording = Some(whole_recording(body, Some(&[]))?);
        }
        claims.push(ClaimedJob {
            job: job_of(row)?,
            token: LeaseToken(row.try_get("token")?),
            record: Arc::new(record),
        });
    }
    Ok(claims)
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
        let ids = json("job", &ids)?;
        sqlx::query(
            "update lease_tokens set last = last + ?; \
             update jobs set state = 'leased', owner = ?, lease_until = ?, attempt = attempt + 1, again = 0, \
             token = (select last from lease_tokens) - w.key, updated_at = ? \
             from json_each(?) w where jobs.id = w.value",
        )
        .bind(count)
        .bind(&request.worker.0)
        .bind(ms_after(request.now, request.lease))
        .bind(ms(request.now))
        .bind(&ids)
        .execute(&mut *tx)
        .await?;
        let claims = claimed(&mut tx, request.stage, &ids).await?;
        tx.commit().await?;
        Ok(claims)
    }

    async fn heartbeat(
        &self,
        claims: &[ClaimedJob],
        lease: Duration,
        now: DateTime<Utc>,
    ) -> Result<Vec<LeaseToken>, StoreError> {
        let mut tx = self.begin().await?;
        let holds = held_all(&mut tx, &claims.iter().collect::<Vec<_>>()).await?;
        let lost = claims
            .iter()
            .zip(&holds)
            .filter(|(_, held)| held.is_none())
            .map(|(claim, _)| claim.token)
            .collect();
        let jobs: Vec<i64> = holds.into_iter().flatten().map(|held| held.job).collect();
        sqlx::query("update jobs set lease_until = ? where id in (select value from json_each(?))")
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
        let deed = Deed::End { claim: claim.clone(), result: Box::new(result), now };
        self.group.write(&self.writer, deed).await
    }

    async fn complete_all(
        &self,
        ended: Vec<(ClaimedJob, StageResult)>,
        now: DateTime<Utc>,
    ) -> Result<Vec<LeaseToken>, StoreError> {
        let ends: Vec<Ended<'_>> = ended.iter().map(|(claim, result)| Ended { claim, result, now }).collect();
        let mut tx = self.begin().await?;
        let held = end_jobs(&mut tx, &ends).await?;
        tx.commit().await?;
        Ok(ended.iter().zip(held).filter(|(_, held)| !held).map(|((claim, _), _)| claim.token).collect())
    }

    async fn postpone(
        &self,
        claim: &ClaimedJob,
        later: Postpone,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.postpone_job(claim, &later, now).await
    }

    async fn bury(&self, claim: &ClaimedJob, burial: Burial, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.bury_job(claim, &burial, now).await
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
        Ok(tx.commit().await?)
    }

    async fn enqueue_missing(&self, jobs: &[NewJob], now: DateTime<Utc>) -> Result<u64, StoreError> {
        let rows: Vec<Value> = jobs
            .iter()
            .map(|job| json!([job.call.to_string(), job.stage.as_str(), job.target, ms(now)]))
            .collect();
        let wanted = json("job", &rows)?;
        let missing: Option<i64> = sqlx::query_scalar(
            "select 1 from json_each(?) w cross join calls c on c.uid = w.value ->> 0 \
             where not exists (select 1 from jobs j where j.call_id = c.id and j.stage = w.value ->> 1 \
             and j.target = w.value ->> 2) limit 1",
        )
        .bind(&wanted)
        .fetch_optional(&self.readers)
        .await?;
        if missing.is_none() {
            return Ok(0);
        }
        let made = sqlx::query(
            "insert into jobs (call_id, stage, target, state, run_at, updated_at) \
             select c.id, w.value ->> 1, w.value ->> 2, 'ready', w.value ->> 3, w.value ->> 3 \
             from json_each(?) w cross join calls c on c.uid = w.value ->> 0 where true \
             on conflict (call_id, stage, target) do nothing",
        )
        .bind(wanted)
        .execute(&self.writer)
        .await?;
        Ok(made.rows_affected())
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
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.earliest_due(stage, target, run).await
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
}
