//! Discovery: what a source shows becomes calls and jobs, a slice in one transaction.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use domain::{Call, CallId};
use sqlx::{AssertSqlSafe, QueryBuilder, Row as _};

use super::codec::{json, length, ms};
use super::dialect::each;
use super::judged::forget_judged;
use super::search_index;
use super::{Db, DbConnection, DbRow, DbStore};
use crate::{DiscoveredCall, Discovery, RunId, StoreError};

/// Rows of one statement: 24 columns stay well under the 32 766 variables of SQLite, the fewer of both.
const CHUNK: usize = 200;

impl DbStore {
    pub(crate) async fn discover_slice(
        &self,
        calls: &[DiscoveredCall],
        run: Option<RunId>,
        now: DateTime<Utc>,
    ) -> Result<Vec<Discovery>, StoreError> {
        for found in calls {
            let Call { id, source, external_id, .. } = &found.call;
            if *id != CallId::derive(source.as_str(), external_id) {
                return Err(StoreError::Invalid(format!(
                    "call {id} does not have the id that its source {source} and its name there give"
                )));
            }
        }
        let mut tx = self.begin().await?;
        let mut discoveries = Vec::with_capacity(calls.len());
        for chunk in chunks_without_twins(calls) {
            discoveries.extend(discover_chunk(&mut tx, chunk, run, now).await?);
        }
        tx.commit().await?;
        self.after_steps(calls.len()).await?;
        Ok(discoveries)
    }
}

/// Chunks in which no call stands twice, so that the second sight of a call sees the first.
fn chunks_without_twins(calls: &[DiscoveredCall]) -> Vec<&[DiscoveredCall]> {
    let mut chunks = Vec::new();
    let mut rest = calls;
    while !rest.is_empty() {
        let mut seen = HashSet::new();
        let length = rest.iter().take(CHUNK).take_while(|found| seen.insert(found.call.id)).count();
        let (chunk, tail) = rest.split_at(length);
        chunks.push(chunk);
        rest = tail;
    }
    chunks
}

async fn discover_chunk(
    tx: &mut DbConnection,
    chunk: &[DiscoveredCall],
    run: Option<RunId>,
    now: DateTime<Utc>,
) -> Result<Vec<Discovery>, StoreError> {
    let mut known = known_calls(tx, chunk).await?;
    let mut new: Vec<&DiscoveredCall> =
        chunk.iter().filter(|found| !known.contains_key(&found.call.id.to_string())).collect();
    let erased = erased_calls(tx, &new).await?;
    new.retain(|found| !erased.contains(&found.call.id.to_string()));
    let mut discoveries = Vec::with_capacity(chunk.len());
    let mut with_jobs: Vec<(&DiscoveredCall, i64)> = Vec::new();
    for found in chunk {
        discoveries.push(match known.get(&found.call.id.to_string()) {
            // who was forgotten stays so, however often the source shows the call
            None if erased.contains(&found.call.id.to_string()) => Discovery::Known,
            None => Discovery::New,
            Some(call) if call.shows_the_same(found) => Discovery::Known,
            Some(call) => {
                let place = waiting_since(tx, call.id).await?.map_or(ms(now), |place| place.min(ms(now)));
                begin_anew(tx, call.id, found, now).await?;
                with_jobs.push((found, place));
                Discovery::Changed
            }
        });
        if discoveries.last() == Some(&Discovery::New) {
            with_jobs.push((found, ms(now)));
        }
    }
    if !new.is_empty() {
        known.extend(insert_calls(tx, &new, now).await?);
    }
    insert_jobs(tx, &with_jobs, &known, now).await?;
    if let Some(run) = run {
        join_run(tx, run, known.values().map(|call| call.id)).await?;
    }
    Ok(discoveries)
}

/// Calls by id.
type Known = HashMap<String, KnownCall>;

struct KnownCall {
    id: i64,
    revision: String,
    has_recording: bool,
}

impl KnownCall {
    fn of(row: &DbRow) -> Result<(String, Self), StoreError> {
        let call = Self {
            id: row.try_get("id")?,
            revision: row.try_get("revision")?,
            has_recording: row.try_get("has_recording")?,
        };
        Ok((row.try_get("uid")?, call))
    }

    /// A recording that turned up is a change, whatever the source's revision is made of.
    fn shows_the_same(&self, found: &DiscoveredCall) -> bool {
        let call = &found.call;
        let turned_up =
            !self.has_recording && (call.recording_name.is_some() || call.recording_url.is_some());
        self.revision == call.revision && !turned_up
    }
}

/// What [`KnownCall::of`] reads.
const KNOWN_COLUMNS: &str =
    "uid, id, revision, (recording_name is not null or recording_url is not null) as has_recording";

/// Since when the call has been in the queue, if it is.
async fn waiting_since(tx: &mut DbConnection, call: i64) -> Result<Option<i64>, StoreError> {
    Ok(sqlx::query_scalar("select min(run_at) from jobs where call_id = $1 and state = 'ready'")
        .bind(call)
        .fetch_one(tx)
        .await?)
}

async fn known_calls(tx: &mut DbConnection, chunk: &[DiscoveredCall]) -> Result<Known, StoreError> {
    let ids: Vec<String> = chunk.iter().map(|found| found.call.id.to_string()).collect();
    let sql = format!("select {KNOWN_COLUMNS} from calls where uid in (select value from {})", each(1));
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(json("call", &ids)?).fetch_all(tx).await?;
    rows.iter().map(KnownCall::of).collect()
}

async fn erased_calls(tx: &mut DbConnection, new: &[&DiscoveredCall]) -> Result<HashSet<String>, StoreError> {
    if new.is_empty() {
        return Ok(HashSet::new());
    }
    let ids: Vec<String> = new.iter().map(|found| found.call.id.to_string()).collect();
    let sql = format!("select uid from erased_calls where uid in (select value from {})", each(1));
    let erased: Vec<String> =
        sqlx::query_scalar(AssertSqlSafe(sql)).bind(json("call", &ids)?).fetch_all(tx).await?;
    Ok(erased.into_iter().collect())
}

async fn insert_calls(
    tx: &mut DbConnection,
    new: &[&DiscoveredCall],
    now: DateTime<Utc>,
) -> Result<Known, StoreError> {
    let mut texts = Vec::with_capacity(new.len());
    for found in new {
        let error = found.error.as_ref().map(|error| json("error", error)).transpose()?;
        texts.push((json("call", &found.call.tags)?, error));
    }
    let mut query = QueryBuilder::<Db>::new(
        "insert into calls (uid, source, external_id, started_at, started_offset, caller, callee, \
         client_phone, direction, duration_ms, talk_ms, manager_id, manager_name, missed, tags, \
         recording_name, recording_url, revision, status, error, discovered_at, updated_at) ",
    );
    query.push_values(new.iter().zip(texts), |mut row, (found, (tags, error))| {
        let call = &found.call;
        row.push_bind(call.id.to_string())
            .push_bind(call.source.as_str().to_owned())
            .push_bind(call.external_id.clone())
            .push_bind(call.started_at.map(|at| at.timestamp_millis()))
            .push_bind(call.started_at.map(|at| at.offset().local_minus_utc()))
            .push_bind(call.caller.as_ref().map(|phone| phone.as_str().to_owned()))
            .push_bind(call.callee.as_ref().map(|phone| phone.as_str().to_owned()))
            .push_bind(call.client_phone().map(|phone| phone.as_str().to_owned()))
            .push_bind(call.direction.as_str())
            .push_bind(call.duration_ms.map(length))
            .push_bind(call.talk_ms.map(length))
            .push_bind(call.manager.as_ref().map(|manager| manager.id.clone()))
            .push_bind(call.manager.as_ref().and_then(|manager| manager.name.clone()))
            .push_bind(call.missed)
            .push_bind(tags)
            .push_bind(call.recording_name.clone())
            .push_bind(call.recording_url.clone())
            .push_bind(call.revision.clone())
            .push_bind(found.status.as_str())
            .push_bind(error)
            .push_bind(ms(now))
            .push_bind(ms(now));
    });
    query.push(" returning ").push(KNOWN_COLUMNS);
    let rows = query.build().fetch_all(tx).await?;
    rows.iter().map(KnownCall::of).collect()
}

/// A known call whose recording or description changed: machines' results go, people's stay.
async fn begin_anew(
    tx: &mut DbConnection,
    id: i64,
    found: &DiscoveredCall,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    search_index::remove(tx, id).await?;
    for sql in [
        // the rows go, and with them every lease token that a worker may still hold
        "delete from jobs where call_id = $1",
        "delete from recordings where call_id = $1",
        "delete from recording_bodies where call_id = $1",
        "delete from recording_peaks where call_id = $1",
        "delete from analyses where call_id = $1",
    ] {
        sqlx::query(sql).bind(id).execute(&mut *tx).await?;
    }
    forget_judged(tx, id).await?;
    let call = &found.call;
    sqlx::query(
        "update calls set started_at = $1, started_offset = $2, caller = $3, callee = $4, client_phone = $5, \
         direction = $6, duration_ms = $7, talk_ms = $8, manager_id = $9, manager_name = $10, missed = $11, \
         tags = $12, recording_name = $13, recording_url = $14, revision = $15, status = $16, error = $17, \
         updated_at = $18, transcript_id = null, score = null, review = false, incomplete = false, \
         talk_share = null where id = $19",
    )
    .bind(call.started_at.map(|at| at.timestamp_millis()))
    .bind(call.started_at.map(|at| at.offset().local_minus_utc()))
    .bind(call.caller.as_ref().map(domain::PhoneNumber::as_str))
    .bind(call.callee.as_ref().map(domain::PhoneNumber::as_str))
    .bind(call.client_phone().map(domain::PhoneNumber::as_str))
    .bind(call.direction.as_str())
    .bind(call.duration_ms.map(length))
    .bind(call.talk_ms.map(length))
    .bind(call.manager.as_ref().map(|manager| manager.id.as_str()))
    .bind(call.manager.as_ref().and_then(|manager| manager.name.as_deref()))
    .bind(call.missed)
    .bind(json("call", &call.tags)?)
    .bind(call.recording_name.as_deref())
    .bind(call.recording_url.as_deref())
    .bind(&call.revision)
    .bind(found.status.as_str())
    .bind(found.error.as_ref().map(|error| json("error", error)).transpose()?)
    .bind(ms(now))
    .bind(id)
    .execute(tx)
    .await?;
    Ok(())
}

async fn insert_jobs(
    tx: &mut DbConnection,
    calls: &[(&DiscoveredCall, i64)],
    known: &Known,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let jobs: Vec<(i64, &str, &str, i64)> = calls
        .iter()
        .flat_map(|(found, run_at)| {
            let id = known.get(&found.call.id.to_string()).map(|call| call.id);
            let jobs = found.jobs.iter();
            jobs.filter_map(move |job| Some((id?, job.stage.as_str(), job.target.as_str(), *run_at)))
        })
        .collect();
    for chunk in jobs.chunks(CHUNK * 4) {
        let mut query =
            QueryBuilder::<Db>::new("insert into jobs (call_id, stage, target, state, run_at, updated_at) ");
        query.push_values(chunk, |mut row, (call, stage, target, run_at)| {
            row.push_bind(*call)
                .push_bind((*stage).to_owned())
                .push_bind((*target).to_owned())
                .push("'ready'")
                .push_bind(*run_at)
                .push_bind(ms(now));
        });
        query.push(" on conflict (call_id, stage, target) do nothing");
        query.build().execute(&mut *tx).await?;
    }
    Ok(())
}

async fn join_run(
    tx: &mut DbConnection,
    run: RunId,
    calls: impl Iterator<Item = i64>,
) -> Result<(), StoreError> {
    let calls: Vec<i64> = calls.collect();
    let sql = format!(
        "insert into run_calls (run_id, call_id) select $1, cast(w.value as bigint) from {} where true \
         on conflict do nothing",
        each(2)
    );
    sqlx::query(AssertSqlSafe(sql)).bind(run.0).bind(json("run", &calls)?).execute(tx).await?;
    Ok(())
}
