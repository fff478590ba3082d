//! Jobs are made: with the end of an earlier one, by hand, or for a sink that came later.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::CallId;
use serde_json::{Value, json};
use sqlx::{Row as _, SqliteConnection};

use super::SqliteStore;
use super::codec::{call_id, json, ms};
use crate::{NewJob, Stage, StoreError};

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

impl SqliteStore {
    pub(crate) async fn make_missing(&self, jobs: &[NewJob], now: DateTime<Utc>) -> Result<u64, StoreError> {
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
}
