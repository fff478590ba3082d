//! Claiming: one question, answered by the server's own `claim_jobs` (migration 8): the oldest ready jobs of a
//! stage, in turn for each target (rubric), what others are taking at the moment passed over.
//!
//! What a job is done with is asked for in a second one. The function sees each of its statements' own moment and
//! may wait in between; a statement around it sees the moment before all that. A job that was made while it waited
//! would be given out without its recording.

use std::sync::atomic::Ordering;

use sqlx::{AssertSqlSafe, Row as _};

use super::PostgresStore;
use super::codec::{ms, ms_after};
use super::jobs::{claim_of, claim_parts};
use crate::{ClaimRequest, ClaimedJob, StoreError};

impl PostgresStore {
    pub(crate) async fn claim_jobs(&self, request: &ClaimRequest) -> Result<Vec<ClaimedJob>, StoreError> {
        if request.limit == 0 {
            return Ok(Vec::new());
        }
        let taken = sqlx::query("select id, token from claim_jobs($1, $2, $3, $4, $5, $6, $7, $8, $9)")
            .bind(request.stage.as_str())
            .bind(request.target.as_deref())
            .bind(request.run.map(|run| run.0))
            .bind(&request.worker.0)
            .bind(ms_after(request.now, request.lease))
            .bind(ms(request.now))
            .bind(i32::try_from(request.limit).unwrap_or(i32::MAX))
            .bind(request.probe)
            .bind(i64::from(self.turn.fetch_add(1, Ordering::Relaxed)))
            .fetch_all(&self.writer)
            .await?;
        if taken.is_empty() {
            return Ok(Vec::new());
        }
        let numbers =
            |column: &str| taken.iter().map(|row| row.try_get(column)).collect::<Result<Vec<i64>, _>>();
        let (columns, bodies) = claim_parts(request.stage);
        // the token: what somebody else took since is his
        let sql = format!(
            "select {columns} from jobs j join calls c on c.id = j.call_id \
             left join recordings r on r.call_id = c.id {bodies} \
             where j.id = any($1) and j.token = any($2) order by j.run_at, j.id"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(numbers("id")?)
            .bind(numbers("token")?)
            .fetch_all(&self.writer)
            .await?;
        rows.iter().map(claim_of).collect()
    }
}
