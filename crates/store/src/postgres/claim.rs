//! Claiming: one question, answered by the server's own `claim_jobs` (migration 8): the oldest ready jobs of a
//! stage, in turn for each target (rubric), what others are taking at the moment passed over.

use std::sync::atomic::Ordering;

use sqlx::AssertSqlSafe;

use super::PostgresStore;
use super::codec::{ms, ms_after};
use super::jobs::{claim_of, claim_parts};
use crate::{ClaimRequest, ClaimedJob, StoreError};

impl PostgresStore {
    pub(crate) async fn claim_jobs(&self, request: &ClaimRequest) -> Result<Vec<ClaimedJob>, StoreError> {
        if request.limit == 0 {
            return Ok(Vec::new());
        }
        let (columns, bodies) = claim_parts(request.stage);
        let sql = format!(
            "select {columns} from claim_jobs($1, $2, $3, $4, $5, $6, $7, $8, $9) j \
             join calls c on c.id = j.call_id left join recordings r on r.call_id = c.id {bodies} \
             order by j.run_at, j.id"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
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
        rows.iter().map(claim_of).collect()
    }
}
