//! Claiming: the ready jobs of a stage, oldest first; what others are taking at the moment is passed over.

use sqlx::{AssertSqlSafe, QueryBuilder, Row as _};

use super::codec::{json, ms, ms_after};
use super::jobs::claimed;
use super::{Db, PostgresStore};
use crate::{ClaimRequest, ClaimedJob, StoreError};

/// Takes the ready jobs of the request; gives their numbers with the time that they were ready at.
fn taking_query(request: &ClaimRequest) -> QueryBuilder<Db> {
    let mut query = QueryBuilder::new("with picked as materialized (select j.id, j.run_at from ");
    let time = if request.run.is_some() { "r.run_at" } else { "j.run_at" };
    match request.run {
        Some(run) => {
            query.push("run_ready r join jobs j on j.id = r.job_id where r.run_id = ").push_bind(run.0);
            query.push(" and r.stage = ").push_bind(request.stage.as_str());
            query.push(" and j.state = 'ready'");
        }
        None => {
            query.push("jobs j where j.state = 'ready' and j.stage = ").push_bind(request.stage.as_str());
        }
    }
    if let Some(target) = &request.target {
        query.push(" and j.target = ").push_bind(target.clone());
    }
    query.push(format!(" and {time} <= ")).push_bind(ms(request.now));
    if !request.probe {
        query.push(" and not exists (select 1 from pauses p where p.stage = ");
        query.push_bind(request.stage.as_str()).push(" and p.target in ('', j.target))");
    }
    query.push(format!(" order by {time}, j.id limit ")).push_bind(i64::from(request.limit));
    query.push(" for update of j skip locked), taken as (update jobs set state = 'leased', owner = ");
    query.push_bind(request.worker.0.clone()).push(", lease_until = ");
    query.push_bind(ms_after(request.now, request.lease));
    query.push(", attempt = attempt + 1, again = false, token = nextval('lease_tokens'), updated_at = ");
    query.push_bind(ms(request.now));
    query.push(
        " from picked where jobs.id = picked.id returning jobs.id, picked.run_at) \
         select id from taken order by run_at, id",
    );
    query
}

impl PostgresStore {
    pub(crate) async fn claim_jobs(&self, request: &ClaimRequest) -> Result<Vec<ClaimedJob>, StoreError> {
        if request.limit == 0 || !self.may_claim(request).await? {
            return Ok(Vec::new());
        }
        let mut tx = self.begin_beside().await?;
        let rows = taking_query(request).build().fetch_all(&mut *tx).await?;
        let ids: Vec<i64> = rows.iter().map(|row| row.try_get("id")).collect::<Result<_, _>>()?;
        let claims = claimed(&mut tx, request.stage, &json("job", &ids)?).await?;
        tx.commit().await?;
        Ok(claims)
    }

    /// A look first: most looks of an idle worker find nothing, and take no lock.
    async fn may_claim(&self, request: &ClaimRequest) -> Result<bool, StoreError> {
        let sql = match request.run {
            None => {
                "select exists (select 1 from jobs j where j.state = 'ready' and j.stage = $1 \
                 and j.run_at <= $2 and $3 is null)"
            }
            Some(_) => {
                "select exists (select 1 from run_ready r where r.stage = $1 and r.run_at <= $2 \
                 and r.run_id = $3)"
            }
        };
        Ok(sqlx::query_scalar(AssertSqlSafe(sql.to_owned()))
            .bind(request.stage.as_str())
            .bind(ms(request.now))
            .bind(request.run.map(|run| run.0))
            .fetch_one(&self.readers)
            .await?)
    }
}
