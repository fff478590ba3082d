//! The ends of a claimed job: done, later, dead, given back, lost with its worker.
//!
//! Many ends are written with few statements: what every end has in common is one statement for
//! all of them (their rows travel as JSON), only bodies go one by one.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use domain::{Analysis, CallError, CallId, CallStatus, Peaks, Recording};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use super::codec::{checked_json, json, ms, peaks_blob};
use super::dialect::{each, each_row};
use super::judged::keep_judged;
use super::leads::leave_leads;
use super::leases::{HeldJob, held, held_all};
use super::making::{make_jobs, make_jobs_of, rowids};
use super::row::summary;
use super::runs::{leave_run, spend};
use super::search_index;
use super::transcripts::keep_all;
use super::{DbConnection, DbStore};
use crate::{Burial, ClaimedJob, NewJob, Outcome, Postpone, StageResult, StoreError};

/// The end of a job that went well.
pub(crate) struct Ended<'a> {
    pub(crate) claim: &'a ClaimedJob,
    pub(crate) result: &'a StageResult,
    pub(crate) now: DateTime<Utc>,
}

/// Ends jobs; tells for each whether its lease held, and writes nothing of those that it did not.
pub(crate) async fn end_jobs(tx: &mut DbConnection, ended: &[Ended<'_>]) -> Result<Vec<bool>, StoreError> {
    if ended.is_empty() {
        return Ok(Vec::new());
    }
    let claims: Vec<&ClaimedJob> = ended.iter().map(|end| end.claim).collect();
    let holds = held_all(tx, &claims).await?;
    let mut ends: Vec<(&Ended<'_>, &HeldJob)> =
        ended.iter().zip(&holds).filter_map(|(end, held)| Some((end, held.as_ref()?))).collect();
    // in one order for everybody: two writers then wait for each other, never in a circle
    ends.sort_by_key(|(_, held)| (held.call, held.job));
    let mut heard = Vec::new();
    for (end, held) in &ends {
        match &end.result.outcome {
            Outcome::Fetched(recording) => keep_recording(tx, held.call, recording).await?,
            Outcome::Transcribed { transcript, cache_key } => {
                heard.push((held.call, cache_key.as_str(), transcript.as_ref()));
            }
            Outcome::Analyzed(analysis) => keep_analysis(tx, held.call, analysis, end.now).await?,
            Outcome::Delivered | Outcome::Nothing => {}
        }
    }
    if !heard.is_empty() {
        let kept = keep_all(tx, &heard).await?;
        search_index::link_all(tx, &kept).await?;
    }
    set_statuses(tx, &ends).await?;
    let done: Vec<Value> = ends.iter().map(|(end, held)| json!([held.job, ms(end.now)])).collect();
    let sql = format!(
        "update jobs set state = case when again then 'ready' else 'done' end, \
         attempt = case when again then 0 else attempt end, \
         run_at = case when again then cast(w.value ->> 1 as bigint) else run_at end, again = false, \
         owner = null, lease_until = null, error = null, updated_at = cast(w.value ->> 1 as bigint) \
         from {} where jobs.id = cast(w.value ->> 0 as bigint)",
        each_row(1)
    );
    sqlx::query(AssertSqlSafe(sql)).bind(json("job", &done)?).execute(&mut *tx).await?;
    go_on(tx, &ends).await?;
    Ok(holds.iter().map(Option::is_some).collect())
}

/// The jobs that come next, and the money.
async fn go_on(tx: &mut DbConnection, ends: &[(&Ended<'_>, &HeldJob)]) -> Result<(), StoreError> {
    let mut known: HashMap<CallId, i64> =
        ends.iter().map(|(end, held)| (end.claim.job.call, held.call)).collect();
    let named = ends.iter().flat_map(|(end, _)| {
        let next = end.result.next.iter().map(|job| job.call);
        next.chain(end.result.spend.iter().map(|entry| entry.call))
    });
    let strangers: HashSet<CallId> = named.filter(|call| !known.contains_key(call)).collect();
    known.extend(rowids(tx, strangers.into_iter()).await?);
    let next: Vec<(&NewJob, DateTime<Utc>)> =
        ends.iter().flat_map(|(end, _)| end.result.next.iter().map(|job| (job, end.now))).collect();
    make_jobs_of(tx, &next, &known).await?;
    for (end, _) in ends {
        for entry in &end.result.spend {
            spend(tx, entry, known.get(&entry.call).copied(), end.now).await?;
        }
    }
    Ok(())
}

async fn set_statuses(tx: &mut DbConnection, ends: &[(&Ended<'_>, &HeldJob)]) -> Result<(), StoreError> {
    let mut last: HashMap<i64, Value> = HashMap::new();
    for (end, held) in ends {
        let Some(status) = end.result.status else { continue };
        let error = end.result.error.as_ref().map(|error| json("error", error)).transpose()?;
        last.insert(held.call, json!([held.call, status.as_str(), error, ms(end.now)]));
    }
    if last.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "update calls set status = w.value ->> 1, error = w.value ->> 2, \
         updated_at = cast(w.value ->> 3 as bigint) from {} where calls.id = cast(w.value ->> 0 as bigint)",
        each_row(1)
    );
    sqlx::query(AssertSqlSafe(sql))
        .bind(json("call", &last.into_values().collect::<Vec<_>>())?)
        .execute(tx)
        .await?;
    Ok(())
}

impl DbStore {
    pub(crate) async fn postpone_job(
        &self,
        claim: &ClaimedJob,
        later: &Postpone,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin_beside().await?;
        let HeldJob { job, call } = held(&mut tx, claim).await?;
        sqlx::query(
            "update jobs set state = 'ready', owner = null, lease_until = null, run_at = $1, error = $2, \
             attempt = case when attempt > $3 then attempt - $3 else 0 end, updated_at = $4 where id = $5",
        )
        .bind(ms(later.run_at))
        .bind(json("error", &later.error)?)
        .bind(i64::from(!later.burn_attempt))
        .bind(ms(now))
        .bind(job)
        .execute(&mut *tx)
        .await?;
        if let Some(status) = later.status {
            set_status(&mut tx, call, status, Some(&later.error), now).await?;
        }
        make_jobs(&mut tx, &later.next, now).await?;
        for entry in &later.spend {
            spend(&mut tx, entry, None, now).await?;
        }
        Ok(tx.commit().await?)
    }

    pub(crate) async fn bury_job(
        &self,
        claim: &ClaimedJob,
        burial: &Burial,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin_beside().await?;
        let HeldJob { job, call } = held(&mut tx, claim).await?;
        sqlx::query(
            "update jobs set state = 'dead', owner = null, lease_until = null, error = $1, updated_at = $2 \
             where id = $3",
        )
        .bind(json("error", &burial.error)?)
        .bind(ms(now))
        .bind(job)
        .execute(&mut *tx)
        .await?;
        if let Some(status) = burial.status {
            set_status(&mut tx, call, status, Some(&burial.error), now).await?;
        }
        make_jobs(&mut tx, &burial.next, now).await?;
        for entry in &burial.spend {
            spend(&mut tx, entry, None, now).await?;
        }
        Ok(tx.commit().await?)
    }

    pub(crate) async fn release_jobs(
        &self,
        claims: &[ClaimedJob],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if claims.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin_beside().await?;
        let holds = held_all(&mut tx, &claims.iter().collect::<Vec<_>>()).await?;
        let jobs: Vec<i64> = holds.into_iter().flatten().map(|held| held.job).collect();
        let sql = format!(
            "update jobs set state = 'ready', owner = null, lease_until = null, \
             attempt = case when attempt > 1 then attempt - 1 else 0 end, updated_at = $1 \
             where id in (select cast(w.value as bigint) from {})",
            each(2)
        );
        sqlx::query(AssertSqlSafe(sql)).bind(ms(now)).bind(json("job", &jobs)?).execute(&mut *tx).await?;
        Ok(tx.commit().await?)
    }

    /// The attempt stays counted: the job may be what killed its worker.
    pub(crate) async fn recover_jobs(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let dead = self.dead_workers().await?;
        let expired: bool = sqlx::query_scalar(
            "select exists (select 1 from jobs where state = 'leased' and lease_until <= $1)",
        )
        .bind(ms(now))
        .fetch_one(&self.readers)
        .await?;
        if dead.is_empty() && !expired {
            return Ok(0);
        }
        let names = json("worker", &dead.iter().map(|worker| worker.0.as_str()).collect::<Vec<_>>())?;
        let mut tx = self.begin().await?;
        let sql = format!(
            "update jobs set state = 'ready', owner = null, lease_until = null, updated_at = $1 \
             where state = 'leased' and (lease_until <= $1 or owner in (select w.value from {}))",
            each(2)
        );
        let freed = sqlx::query(AssertSqlSafe(sql))
            .bind(ms(now))
            .bind(&names)
            .execute(&mut *tx)
            .await?
            .rows_affected();
        for run in abandoned_runs(&mut tx, &names).await? {
            leave_run(&mut tx, run).await?;
        }
        leave_leads(&mut tx, &names, now).await?;
        tx.commit().await?;
        for worker in &dead {
            self.forget_worker(worker).await?;
        }
        Ok(freed)
    }
}

async fn abandoned_runs(tx: &mut DbConnection, dead: &str) -> Result<Vec<i64>, StoreError> {
    let sql = format!(
        "select id from runs where finished_at is null and owner in (select w.value from {})",
        each(1)
    );
    Ok(sqlx::query_scalar(AssertSqlSafe(sql)).bind(dead).fetch_all(tx).await?)
}

pub(crate) async fn set_status(
    tx: &mut DbConnection,
    call: i64,
    status: CallStatus,
    error: Option<&CallError>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query("update calls set status = $1, error = $2, updated_at = $3 where id = $4")
        .bind(status.as_str())
        .bind(error.map(|error| json("error", error)).transpose()?)
        .bind(ms(now))
        .bind(call)
        .execute(tx)
        .await?;
    Ok(())
}

pub(crate) async fn keep_recording(
    tx: &mut DbConnection,
    call: i64,
    recording: &Recording,
) -> Result<(), StoreError> {
    let mut body = summary(recording);
    body.survey.utterances.clone_from(&recording.survey.utterances);
    body.survey.peaks = Peaks { bucket_ms: recording.survey.peaks.bucket_ms, channels: Vec::new() };
    sqlx::query(
        "insert into recordings (call_id, sha256, location, summary) values ($1, $2, $3, $4) \
         on conflict (call_id) do update set sha256 = excluded.sha256, location = excluded.location, \
         summary = excluded.summary",
    )
    .bind(call)
    .bind(recording.sha256.as_str())
    .bind(&recording.location)
    .bind(json("recording", &summary(recording))?)
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "insert into recording_bodies (call_id, body) values ($1, $2) \
         on conflict (call_id) do update set body = excluded.body",
    )
    .bind(call)
    .bind(checked_json("recording", &body)?)
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "insert into recording_peaks (call_id, channels) values ($1, $2) \
         on conflict (call_id) do update set channels = excluded.channels",
    )
    .bind(call)
    .bind(peaks_blob(&recording.survey.peaks))
    .execute(tx)
    .await?;
    Ok(())
}

/// One analysis per revision of a rubric: judging again replaces, another revision adds.
pub(crate) async fn keep_analysis(
    tx: &mut DbConnection,
    call: i64,
    analysis: &Analysis,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    // a new row, for the newest has the greatest number
    sqlx::query("delete from analyses where call_id = $1 and rubric = $2 and revision = $3")
        .bind(call)
        .bind(analysis.rubric.as_str())
        .bind(analysis.revision.as_str())
        .execute(&mut *tx)
        .await?;
    sqlx::query(
        "insert into analyses (call_id, rubric, revision, engine, total_score, body, analyzed_at) \
         values ($1, $2, $3, $4, $5, $6, $7)",
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
    keep_judged(tx, call, analysis, true).await
}
