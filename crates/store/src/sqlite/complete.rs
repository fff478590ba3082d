//! The ends of a claimed job: done, later, dead, given back, lost with its worker.
//!
//! Many ends are written with few statements: what every end has in common is one statement for
//! all of them (their rows travel as JSON), only bodies go one by one. Statements joined by `;` take
//! their values in order: sqlx counts `?` through them, and numbered ones would lose count.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use domain::{Analysis, CallError, CallId, CallStatus, Peaks, Recording};
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::SqliteStore;
use super::codec::{checked_json, json, ms, peaks_blob};
use super::judged::keep_judged;
use super::leases::{HeldJob, held, held_all};
use super::making::{make_jobs, make_jobs_of, rowids};
use super::row::summary;
use super::runs::{leave_run, spend};
use super::search_index;
use super::transcripts::keep_all;
use crate::{Burial, ClaimedJob, NewJob, Outcome, Postpone, StageResult, StoreError};

/// The end of a job that went well.
pub(crate) struct Ended<'a> {
    pub(crate) claim: &'a ClaimedJob,
    pub(crate) result: &'a StageResult,
    pub(crate) now: DateTime<Utc>,
}

/// Ends jobs; tells for each whether its lease held, and writes nothing of those that it did not.
pub(crate) async fn end_jobs(
    tx: &mut SqliteConnection,
    ended: &[Ended<'_>],
) -> Result<Vec<bool>, StoreError> {
    if ended.is_empty() {
        return Ok(Vec::new());
    }
    let claims: Vec<&ClaimedJob> = ended.iter().map(|end| end.claim).collect();
    let holds = held_all(tx, &claims).await?;
    let ends: Vec<(&Ended<'_>, &HeldJob)> =
        ended.iter().zip(&holds).filter_map(|(end, held)| Some((end, held.as_ref()?))).collect();
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
    sqlx::query(
        "update jobs set state = case when again then 'ready' else 'done' end, \
         attempt = case when again then 0 else attempt end, \
         run_at = case when again then w.value ->> 1 else run_at end, again = 0, owner = null, \
         lease_until = null, error = null, updated_at = w.value ->> 1 \
         from json_each(?) w where jobs.id = w.value ->> 0",
    )
    .bind(json("job", &done)?)
    .execute(&mut *tx)
    .await?;
    go_on(tx, &ends).await?;
    Ok(holds.iter().map(Option::is_some).collect())
}

/// The jobs that come next, and the money.
async fn go_on(tx: &mut SqliteConnection, ends: &[(&Ended<'_>, &HeldJob)]) -> Result<(), StoreError> {
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

async fn set_statuses(tx: &mut SqliteConnection, ends: &[(&Ended<'_>, &HeldJob)]) -> Result<(), StoreError> {
    let mut last: HashMap<i64, Value> = HashMap::new();
    for (end, held) in ends {
        let Some(status) = end.result.status else { continue };
        let error = end.result.error.as_ref().map(|error| json("error", error)).transpose()?;
        last.insert(held.call, json!([held.call, status.as_str(), error, ms(end.now)]));
    }
    if last.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "update calls set status = w.value ->> 1, error = w.value ->> 2, updated_at = w.value ->> 3 \
         from json_each(?) w where calls.id = w.value ->> 0",
    )
    .bind(json("call", &last.into_values().collect::<Vec<_>>())?)
    .execute(tx)
    .await?;
    Ok(())
}

impl SqliteStore {
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
        let mut tx = self.begin().await?;
        let HeldJob { job, call } = held(&mut tx, claim).await?;
        sqlx::query(
            "update jobs set state = 'dead', owner = null, lease_until = null, error = ?, updated_at = ? \
             where id = ?",
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
        let mut tx = self.begin().await?;
        let holds = held_all(&mut tx, &claims.iter().collect::<Vec<_>>()).await?;
        let jobs: Vec<i64> = holds.into_iter().flatten().map(|held| held.job).collect();
        sqlx::query(
            "update jobs set state = 'ready', owner = null, lease_until = null, \
             attempt = max(0, attempt - 1), updated_at = ? where id in (select value from json_each(?))",
        )
        .bind(ms(now))
        .bind(json("job", &jobs)?)
        .execute(&mut *tx)
        .await?;
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
    let mut body = summary(recording);
    body.survey.utterances.clone_from(&recording.survey.utterances);
    body.survey.peaks = Peaks { bucket_ms: recording.survey.peaks.bucket_ms, channels: Vec::new() };
    sqlx::query(
        "replace into recordings (call_id, sha256, location, summary) values (?, ?, ?, ?); \
         replace into recording_bodies (call_id, body) values (?, ?); \
         replace into recording_peaks (call_id, channels) values (?, ?)",
    )
    .bind(call)
    .bind(recording.sha256.as_str())
    .bind(&recording.location)
    .bind(json("recording", &summary(recording))?)
    .bind(call)
    .bind(checked_json("recording", &body)?)
    .bind(call)
    .bind(peaks_blob(&recording.survey.peaks))
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
    keep_judged(tx, call, analysis, true).await
}
