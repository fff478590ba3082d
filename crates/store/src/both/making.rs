//! Jobs are made: with the end of an earlier one, by hand, or for a sink that came later.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use domain::CallId;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row as _};

use super::codec::{call_id, json, ms};
use super::dialect::{JOIN, each, each_row};
use super::{DbConnection, DbStore};
use crate::{NewJob, Stage, StoreError};

/// The rowids of calls that must exist.
pub(crate) async fn rowids(
    tx: &mut DbConnection,
    calls: impl Iterator<Item = CallId>,
) -> Result<HashMap<CallId, i64>, StoreError> {
    let wanted: HashMap<String, CallId> = calls.map(|call| (call.to_string(), call)).collect();
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = format!("select uid, id from calls where uid in (select value from {})", each(1));
    let rows = sqlx::query(AssertSqlSafe(sql))
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
    tx: &mut DbConnection,
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
    tx: &mut DbConnection,
    jobs: &[(&NewJob, DateTime<Utc>)],
    known: &HashMap<CallId, i64>,
) -> Result<(), StoreError> {
    // each job once, and in one order for everybody: two writers then wait for each other, never in a circle
    let wanted: BTreeMap<(i64, Stage, &str), i64> = jobs
        .iter()
        .filter_map(|(job, now)| Some(((*known.get(&job.call)?, job.stage, job.target.as_str()), ms(*now))))
        .collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let rows: Vec<Value> = wanted
        .iter()
        .map(|((call, stage, target), now)| json!([call, stage.as_str(), target, now]))
        .collect();
    let sql = format!(
        "insert into jobs (call_id, stage, target, state, run_at, updated_at) \
         select cast(w.value ->> 0 as bigint), w.value ->> 1, w.value ->> 2, 'ready', \
         cast(w.value ->> 3 as bigint), cast(w.value ->> 3 as bigint) from {} where true \
         on conflict (call_id, stage, target) do update set state = 'ready', attempt = 0, \
         run_at = excluded.run_at, error = null, updated_at = excluded.updated_at \
         where jobs.state <> 'leased'",
        each_row(1)
    );
    sqlx::query(AssertSqlSafe(sql)).bind(json("job", &rows)?).execute(&mut *tx).await?;
    let deliveries: Vec<&Value> = rows
        .iter()
        .zip(wanted.keys())
        .filter(|(_, (_, stage, _))| *stage == Stage::Deliver)
        .map(|(row, _)| row)
        .collect();
    if !deliveries.is_empty() {
        let sql = format!(
            "update jobs set again = true from {} where jobs.call_id = cast(w.value ->> 0 as bigint) \
             and jobs.stage = w.value ->> 1 and jobs.target = w.value ->> 2 and jobs.state = 'leased'",
            each_row(1)
        );
        sqlx::query(AssertSqlSafe(sql)).bind(json("job", &deliveries)?).execute(tx).await?;
    }
    Ok(())
}

impl DbStore {
    pub(crate) async fn make_missing(&self, jobs: &[NewJob], now: DateTime<Utc>) -> Result<u64, StoreError> {
        let rows: Vec<Value> = jobs
            .iter()
            .map(|job| json!([job.call.to_string(), job.stage.as_str(), job.target, ms(now)]))
            .collect();
        let wanted = json("job", &rows)?;
        let sql = format!(
            "select exists (select 1 from {} {JOIN} calls c on c.uid = w.value ->> 0 \
             where not exists (select 1 from jobs j where j.call_id = c.id and j.stage = w.value ->> 1 \
             and j.target = w.value ->> 2))",
            each_row(1)
        );
        let missing: bool =
            sqlx::query_scalar(AssertSqlSafe(sql)).bind(&wanted).fetch_one(&self.readers).await?;
        if !missing {
            return Ok(0);
        }
        let sql = format!(
            "insert into jobs (call_id, stage, target, state, run_at, updated_at) \
             select c.id, w.value ->> 1, w.value ->> 2, 'ready', cast(w.value ->> 3 as bigint), \
             cast(w.value ->> 3 as bigint) from {} {JOIN} calls c on c.uid = w.value ->> 0 where true \
             on conflict (call_id, stage, target) do nothing",
            each_row(1)
        );
        let mut tx = self.begin().await?;
        let made = sqlx::query(AssertSqlSafe(sql)).bind(wanted).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(made.rows_affected())
    }
}
