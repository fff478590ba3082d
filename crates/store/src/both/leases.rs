//! Whether claims still hold: every end of a job asks here first.

use std::collections::HashSet;

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row as _};

use super::DbConnection;
use super::codec::json;
use super::dialect::{JOIN, each_row};
use crate::{ClaimedJob, StoreError};

/// The row of a claim that still holds.
pub(crate) struct HeldJob {
    pub(crate) job: i64,
    pub(crate) call: i64,
}

/// The job of the claim, or [`StoreError::LeaseLost`]. A lease that ran out but that nobody took
/// yet still holds: finishing the work is better than doing it again.
pub(crate) async fn held(tx: &mut DbConnection, claim: &ClaimedJob) -> Result<HeldJob, StoreError> {
    let row = sqlx::query(
        "select j.id, j.call_id from jobs j where j.call_id = (select id from calls where uid = $1) \
         and j.stage = $2 and j.target = $3 and j.state = 'leased' and j.token = $4",
    )
    .bind(claim.job.call.to_string())
    .bind(claim.job.stage.as_str())
    .bind(&claim.job.target)
    .bind(claim.token.0)
    .fetch_optional(tx)
    .await?
    .ok_or(StoreError::LeaseLost)?;
    Ok(HeldJob { job: row.try_get("id")?, call: row.try_get("call_id")? })
}

/// As [`held`] for many claims at once, in their order. A claim that stands twice holds once.
pub(crate) async fn held_all(
    tx: &mut DbConnection,
    claims: &[&ClaimedJob],
) -> Result<Vec<Option<HeldJob>>, StoreError> {
    let wanted: Vec<Value> = claims
        .iter()
        .map(|claim| {
            let job = &claim.job;
            json!([job.call.to_string(), job.stage.as_str(), job.target, claim.token.0])
        })
        .collect();
    let sql = format!(
        "select w.key as place, j.id, j.call_id from {} {JOIN} calls c on c.uid = w.value ->> 0 \
         {JOIN} jobs j on j.call_id = c.id and j.stage = w.value ->> 1 and j.target = w.value ->> 2 \
         where j.state = 'leased' and j.token = cast(w.value ->> 3 as bigint) order by w.key",
        each_row(1)
    );
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(json("job", &wanted)?).fetch_all(tx).await?;
    let mut holds: Vec<Option<HeldJob>> = std::iter::repeat_with(|| None).take(claims.len()).collect();
    let mut seen = HashSet::new();
    for row in rows {
        let (place, job): (i64, i64) = (row.try_get("place")?, row.try_get("id")?);
        let place = usize::try_from(place).ok().and_then(|place| holds.get_mut(place));
        if let Some(place) = place
            && seen.insert(job)
        {
            *place = Some(HeldJob { job, call: row.try_get("call_id")? });
        }
    }
    Ok(holds)
}
