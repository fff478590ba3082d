//! What the lines of a list need of their calls, read at once and without words and money.

use std::collections::HashMap;

use domain::{CallId, CriterionKind, RubricId, Verdict};
use serde::Deserialize;
use sqlx::Row as _;

use super::DbStore;
use super::analyses::stored;
use super::codec::{call_id, from_json};
use super::results::{ids, of_wanted};
use super::row::{CALL_COLUMNS, CallRow};
use crate::{CallGist, CallOutline, CallRecord, Gist, StoreError};

/// What a line needs of an analysis: the rest of its body is passed over unread.
#[derive(Deserialize)]
struct Judged {
    total_score: Option<f64>,
    summary: String,
    criteria: Vec<JudgedCriterion>,
}

#[derive(Deserialize)]
struct JudgedCriterion {
    title: String,
    kind: CriterionKind,
    verdict: Verdict,
    needs_review: bool,
    critical: bool,
}

impl From<Judged> for Gist {
    fn from(judged: Judged) -> Self {
        let critical = judged.criteria.iter().filter(|criterion| criterion.critical);
        Self {
            needs_review: judged.criteria.iter().any(|criterion| criterion.needs_review),
            critical: critical.map(|each| (each.title.clone(), each.kind, each.verdict)).collect(),
            total_score: judged.total_score,
            summary: judged.summary,
        }
    }
}

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

    pub(crate) async fn gists(
        &self,
        calls: &[CallId],
        rubric: Option<&RubricId>,
    ) -> Result<Vec<CallGist>, StoreError> {
        let what = "c.uid, c.call_back, a.body, \
             exists (select 1 from overrides o where o.call_id = c.id) as changed";
        let more = "left join analyses a on a.id = (select max(n.id) \
             from analyses n where n.call_id = c.id and ($2 is null or n.rubric = $2))";
        let rows = sqlx::query(of_wanted(what, more))
            .bind(ids(calls)?)
            .bind(rubric.map(RubricId::as_str))
            .fetch_all(&self.readers)
            .await?;
        let (mut gists, mut changed) = (HashMap::with_capacity(rows.len()), Vec::new());
        for row in &rows {
            let call = call_id(row.try_get("uid")?)?;
            let body: Option<&str> = row.try_get("body")?;
            if body.is_some() && row.try_get::<bool, _>("changed")? {
                changed.push(call);
            }
            let judged: Option<Judged> = body.map(|body| from_json("analysis", body)).transpose()?;
            gists.insert(
                call,
                CallGist { judgement: judged.map(Gist::from), call_back: row.try_get("call_back")? },
            );
        }
        // people's verdicts move totals: those few are read whole
        if !changed.is_empty() {
            for (call, outline) in changed.iter().zip(self.outlines(&changed, rubric).await?) {
                if let (Some(gist), Some(stored)) = (gists.get_mut(call), outline.analysis) {
                    gist.judgement = Some(Gist::from(&stored.analysis));
                }
            }
        }
        Ok(calls.iter().map(|call| gists.remove(call).unwrap_or_default()).collect())
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
