//! What the lines of a list need of their calls, read at once and without words and money.

use std::collections::HashMap;

use domain::{CallId, RubricId};
use sqlx::Row as _;

use super::DbStore;
use super::analyses::stored;
use super::codec::call_id;
use super::results::{ids, of_wanted};
use super::row::{CALL_COLUMNS, CallRow};
use crate::{CallOutline, CallRecord, StoreError};

impl DbStore {
    pub(crate) async fn records(&self, calls: &[CallId]) -> Result<Vec<Option<CallRecord>>, StoreError> {
        let sql = of_wanted(CALL_COLUMNS, "left join recordings r on r.call_id = c.id");
        let rows: Vec<CallRow> = sqlx::query_as(sql).bind(ids(calls)?).fetch_all(&self.readers).await?;
        let mut known = HashMap::with_capacity(rows.len());
        for row in rows {
            let record = row.record()?;
            known.insert(record.call.id, record);
        }
        Ok(calls.iter().map(|call| known.get(call).cloned()).collect())
    }

    pub(crate) async fn outlines(
        &self,
        calls: &[CallId],
        rubric: Option<&RubricId>,
    ) -> Result<Vec<CallOutline>, StoreError> {
        let wanted = ids(calls)?;
        let more = "left join analyses a on a.id = (select max(n.id) \
             from analyses n where n.call_id = c.id and ($2 is null or n.rubric = $2))";
        let rows = sqlx::query(of_wanted("c.uid, c.call_back, a.body, a.analyzed_at", more))
            .bind(&wanted)
            .bind(rubric.map(RubricId::as_str))
            .fetch_all(&self.readers)
            .await?;
        let (mut judged, mut waiting) = (HashMap::new(), HashMap::new());
        for row in &rows {
            let call = call_id(row.try_get("uid")?)?;
            waiting.insert(call, row.try_get::<bool, _>("call_back")?);
            if row.try_get::<Option<&str>, _>("body")?.is_some() {
                judged.insert(call, stored(row)?);
            }
        }
        self.put_peoples_verdicts(&wanted, &mut judged).await?;
        Ok(calls
            .iter()
            .map(|call| CallOutline {
                analysis: judged.remove(call),
                call_back: waiting.get(call).copied().unwrap_or(false),
            })
            .collect())
    }
}
