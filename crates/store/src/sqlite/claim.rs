//! Claiming: the ready jobs of a stage, oldest first; where there are several targets (rubrics), each has its
//! turn, so that a long queue under one keeps nobody else's waiting.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sqlx::{AssertSqlSafe, QueryBuilder, Sqlite, SqliteConnection};

use super::SqliteStore;
use super::codec::{json, ms, ms_after};
use super::dialect::{JOIN, each};
use super::jobs::{claim_of, claim_parts};
use crate::{ClaimRequest, ClaimedJob, StoreError};

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
    query.push_bind(i64::from(request.limit));
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

/// The targets with ready jobs, each found by one step in the index.
const TARGETS: &str = "with recursive known (target) as (select min(target) from jobs \
    indexed by jobs_ready_target where state = 'ready' and stage = ?1 union all \
    select (select min(j.target) from jobs j indexed by jobs_ready_target where j.state = 'ready' and j.stage = ?1 \
    and j.target > k.target) from known k where k.target is not null) \
    select target from known where target is not null limit 64";

impl SqliteStore {
    pub(crate) async fn claim_jobs(&self, request: &ClaimRequest) -> Result<Vec<ClaimedJob>, StoreError> {
        // a look first: an idle worker must not queue for the write lock
        let ready: Option<i64> =
            ready_query(request).build_query_scalar().fetch_optional(&self.readers).await?;
        if ready.is_none() {
            return Ok(Vec::new());
        }
        let mut tx = self.begin().await?;
        let ids = self.ready_in_turn(&mut tx, request).await?;
        let count = i64::try_from(ids.len()).unwrap_or(i64::MAX);
        let ids = json("job", &ids)?;
        sqlx::query(
            "update lease_tokens set last = last + ?; \
             update jobs set state = 'leased', owner = ?, lease_until = ?, attempt = attempt + 1, again = false, \
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
        let (columns, bodies) = claim_parts(request.stage);
        let sql = format!(
            "select {columns} from {} {JOIN} jobs j on j.id = w.value {JOIN} calls c on c.id = j.call_id \
             left join recordings r on r.call_id = c.id {bodies} order by w.key",
            each(1)
        );
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(&ids).fetch_all(&mut *tx).await?;
        let claims = rows.iter().map(claim_of).collect::<Result<_, _>>()?;
        tx.commit().await?;
        Ok(claims)
    }

    /// Ready jobs: an equal part of the limit for each target, the rest for the oldest.
    async fn ready_in_turn(
        &self,
        tx: &mut SqliteConnection,
        request: &ClaimRequest,
    ) -> Result<Vec<i64>, StoreError> {
        let targets: Vec<String> = if request.run.is_none() && request.target.is_none() {
            sqlx::query_scalar(TARGETS).bind(request.stage.as_str()).fetch_all(&mut *tx).await?
        } else {
            Vec::new()
        };
        let mut ids: Vec<i64> = Vec::new();
        let (limit, count) = (usize::try_from(request.limit).unwrap_or(usize::MAX), targets.len());
        if count > 1 {
            let first = self.turn.fetch_add(1, Ordering::Relaxed);
            for place in 0..count {
                let share = (limit / count).max(1).min(limit - ids.len());
                let target = targets.get((first + place) % count).cloned();
                let limit = u32::try_from(share).unwrap_or(u32::MAX);
                let of_target = ClaimRequest { target, limit, ..request.clone() };
                ids.extend(ready_query(&of_target).build_query_scalar::<i64>().fetch_all(&mut *tx).await?);
            }
        }
        if ids.len() < limit {
            let all: Vec<i64> = ready_query(request).build_query_scalar().fetch_all(&mut *tx).await?;
            let taken: HashSet<i64> = ids.iter().copied().collect();
            ids.extend(all.into_iter().filter(|id| !taken.contains(id)).take(limit - taken.len()));
        }
        Ok(ids)
    }

    /// Nobody else waits to be told.
    #[expect(clippy::unused_async, reason = "the other database has to be told")]
    pub(crate) async fn after_steps(&self, _: usize) -> Result<(), StoreError> {
        Ok(())
    }

    /// One machine: whoever makes jobs here is this program, or ends before long.
    pub(crate) async fn wait_until_told(&self, most: Duration) {
        tokio::time::sleep(most).await;
    }

    /// A file that is busy was waited for already.
    pub(crate) async fn patiently<T, F>(&self, deed: impl Fn() -> F + Send) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>> + Send,
    {
        deed().await
    }
}
