//! The queue as people see it: lists, counts, retry, pause and resume.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::CallError;
use sqlx::{AssertSqlSafe, QueryBuilder, Row as _};

use super::codec::{from_json, instant, json, ms, unsigned};
use super::dialect::{JOIN, along};
use super::jobs::{JOB_COLUMNS, job_of, stage, state};
use super::{Db, DbStore};
use crate::{Job, JobFilter, JobState, PausedStage, QueueCount, RunId, Stage, StoreError};

const STATES: [JobState; 4] = [JobState::Ready, JobState::Leased, JobState::Done, JobState::Dead];

fn push_demands(query: &mut QueryBuilder<Db>, filter: &JobFilter) {
    if let Some(stage) = filter.stage {
        query.push(" and j.stage = ").push_bind(stage.as_str());
    }
    if let Some(call) = filter.call {
        query.push(" and j.call_id = (select id from calls where uid = ").push_bind(call.to_string());
        query.push(")");
    }
    if let Some(run) = filter.run {
        query.push(" and exists (select 1 from run_calls m where m.run_id = ").push_bind(run.0);
        query.push(" and m.call_id = j.call_id)");
    }
    if !filter.call_statuses.is_empty() {
        query.push(" and (select status from calls where id = j.call_id) in (");
        let mut list = query.separated(", ");
        for status in &filter.call_statuses {
            list.push_bind(status.as_str());
        }
        query.push(")");
    }
}

/// Newest first: one walk per state along `jobs_recent`, each cut, then merged; a call's own few
/// jobs are looked up by the call.
pub(crate) fn recent_query(filter: &JobFilter, limit: u32) -> QueryBuilder<Db> {
    let states: Vec<JobState> = filter.state.map_or_else(|| STATES.to_vec(), |state| vec![state]);
    let from = match (filter.call, filter.run) {
        (Some(_), _) => "jobs j".to_owned(),
        (None, Some(_)) => format!("run_calls m {JOIN} jobs j on j.call_id = m.call_id"),
        (None, None) => format!("jobs j{}", along("jobs_recent")),
    };
    let mut query = QueryBuilder::new("with page (id) as (");
    for (n, state) in states.into_iter().enumerate() {
        query.push(if n == 0 { "select id from (" } else { " union all select id from (" });
        query.push(format!("select j.id from {from} where j.state = ")).push_bind(state.as_str());
        if let (None, Some(run)) = (filter.call, filter.run) {
            query.push(" and m.run_id = ").push_bind(run.0);
        }
        push_demands(&mut query, filter);
        query.push(" order by j.updated_at desc limit ").push_bind(i64::from(limit)).push(") page_of_state");
    }
    query.push(format!(
        ") select {JOB_COLUMNS} from page {JOIN} jobs j on j.id = page.id \
         join calls c on c.id = j.call_id order by j.updated_at desc, j.id desc limit "
    ));
    query.push_bind(i64::from(limit));
    query
}

impl DbStore {
    pub(crate) async fn list_jobs(&self, filter: &JobFilter, limit: u32) -> Result<Vec<Job>, StoreError> {
        let rows = recent_query(filter, limit).build().fetch_all(&self.readers).await?;
        rows.iter().map(job_of).collect()
    }

    /// A retried delivery leaves its call's status: the call is done, only its row is missing.
    pub(crate) async fn retry_jobs(&self, filter: &JobFilter, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let mut query = QueryBuilder::new(
            "select j.id, j.call_id, j.stage from jobs j where (j.state = 'dead' \
             or (j.state = 'ready' and j.run_at > ",
        );
        query.push_bind(ms(now)).push("))");
        if let Some(state) = filter.state {
            query.push(" and j.state = ").push_bind(state.as_str());
        }
        push_demands(&mut query, filter);
        let rows = query.build().fetch_all(&mut *tx).await?;
        for row in &rows {
            sqlx::query(
                "update jobs set state = 'ready', attempt = 0, run_at = $1, error = null, updated_at = $1 \
                 where id = $2",
            )
            .bind(ms(now))
            .bind(row.try_get::<i64, _>("id")?)
            .execute(&mut *tx)
            .await?;
            if row.try_get::<&str, _>("stage")? != Stage::Deliver.as_str() {
                let call = row.try_get("call_id")?;
                super::complete::set_status(&mut tx, call, domain::CallStatus::Queued, None, now).await?;
            }
        }
        tx.commit().await?;
        Ok(u64::try_from(rows.len()).unwrap_or(u64::MAX))
    }

    pub(crate) async fn count_queue(&self, run: Option<RunId>) -> Result<Vec<QueueCount>, StoreError> {
        let sql = match run {
            None => "select stage, state, cast(sum(count) as bigint) as count from job_counts \
                 where $1 is null group by stage, state having sum(count) > 0"
                .to_owned(),
            Some(_) => format!(
                "select j.stage, j.state, count(*) as count from run_calls m \
                 {JOIN} jobs j on j.call_id = m.call_id where m.run_id = $1 group by j.stage, j.state"
            ),
        };
        let rows =
            sqlx::query(AssertSqlSafe(sql)).bind(run.map(|run| run.0)).fetch_all(&self.readers).await?;
        let mut counts = rows
            .iter()
            .map(|row| {
                Ok(QueueCount {
                    stage: stage(row.try_get("stage")?)?,
                    state: state(row.try_get("state")?)?,
                    count: unsigned("count", row.try_get("count")?)?,
                })
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        counts.sort_by_key(|count| (count.stage, count.state));
        Ok(counts)
    }

    pub(crate) async fn earliest_due(
        &self,
        stage: Stage,
        target: Option<&str>,
        run: Option<RunId>,
        patience: Option<Duration>,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        let from = match run {
            None => format!(
                "jobs j{} where j.state = 'ready' and j.stage = $1 and $2 is null",
                along("jobs_ready")
            ),
            Some(_) => {
                format!("run_ready r {JOIN} jobs j on j.id = r.job_id where r.stage = $1 and r.run_id = $2")
            }
        };
        let time = if run.is_some() { "r.run_at" } else { "j.run_at" };
        let sql = format!(
            "select {time} from {from} and ($3 is null or j.target = $3) and not exists (select 1 from pauses p where p.stage = $1 \
             and p.target in ('', j.target)) and ($4 is null or {time} - j.updated_at <= $4) order by {time} limit 1"
        );
        let at: Option<i64> = sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(stage.as_str())
            .bind(run.map(|run| run.0))
            .bind(target)
            .bind(patience.map(|patience| i64::try_from(patience.as_millis()).unwrap_or(i64::MAX)))
            .fetch_optional(&self.readers)
            .await?;
        at.map(|at| instant("job", at)).transpose()
    }

    pub(crate) async fn pause_stage(
        &self,
        stage: Stage,
        target: Option<&str>,
        reason: &CallError,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "insert into pauses (stage, target, reason, since) values ($1, $2, $3, $4) on conflict do nothing",
        )
        .bind(stage.as_str())
        .bind(target.unwrap_or_default())
        .bind(json("error", reason)?)
        .bind(ms(now))
        .execute(&self.writer)
        .await?;
        if done.rows_affected() > 0 {
            return Ok(true);
        }
        // paused still, but for another reason by now: people must read the present one
        sqlx::query(
            "update pauses set reason = $1 where stage = $2 and target = $3 \
             and reason not like '%\"code\":\"by_hand\"%'",
        )
        .bind(json("error", reason)?)
        .bind(stage.as_str())
        .bind(target.unwrap_or_default())
        .execute(&self.writer)
        .await?;
        Ok(false)
    }

    pub(crate) async fn resume_stage(
        &self,
        stage: Stage,
        target: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let was_paused = sqlx::query("delete from pauses where stage = $1 and ($2 is null or target = $2)")
            .bind(stage.as_str())
            .bind(target)
            .execute(&mut *tx)
            .await?
            .rows_affected()
            > 0;
        for sql in [
            // what waited for the provider waits no longer
            "update jobs set run_at = $2, updated_at = $2 where stage = $1 and state = 'ready' \
             and ($3 is null or target = $3) and run_at > $2 \
             and call_id in (select id from calls where status = 'paused')",
            "update calls set status = 'queued', error = null, updated_at = $2 where status = 'paused' \
             and exists (select 1 from jobs j where j.call_id = calls.id and j.stage = $1 \
             and ($3 is null or j.target = $3) and j.state in ('ready', 'leased'))",
        ] {
            sqlx::query(sql).bind(stage.as_str()).bind(ms(now)).bind(target).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(was_paused)
    }

    pub(crate) async fn paused_stages(&self) -> Result<Vec<PausedStage>, StoreError> {
        let rows =
            sqlx::query("select stage, target, reason, since from pauses order by since, stage, target")
                .fetch_all(&self.readers)
                .await?;
        rows.iter()
            .map(|row| {
                let target: String = row.try_get("target")?;
                Ok(PausedStage {
                    stage: stage(row.try_get("stage")?)?,
                    target: Some(target).filter(|target| !target.is_empty()),
                    reason: from_json("error", row.try_get("reason")?)?,
                    since: instant("pause", row.try_get("since")?)?,
                })
            })
            .collect()
    }
}
