//! [`Analyses`]: results, rubric revisions, people's verdicts.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{CallId, Rubric, RubricId, RubricRevision, Verdict};
use sqlx::Row as _;

use super::calls::call_rowid;
use super::codec::{checked_json, corrupt, from_json, instant, json, ms, small};
use super::judged::judge_anew;
use super::{DbRow, DbStore};
use crate::{Analyses, FailedAnalysis, OverrideVerdict, StoreError, StoredAnalysis};

pub(crate) fn stored(row: &DbRow) -> Result<StoredAnalysis, StoreError> {
    Ok(StoredAnalysis {
        analysis: from_json("analysis", row.try_get("body")?)?,
        analyzed_at: instant("analysis", row.try_get("analyzed_at")?)?,
    })
}

#[async_trait]
impl Analyses for DbStore {
    async fn analysis(
        &self,
        call: CallId,
        rubric: Option<&RubricId>,
    ) -> Result<Option<StoredAnalysis>, StoreError> {
        let row = sqlx::query(
            "select a.body, a.analyzed_at from analyses a join calls c on c.id = a.call_id \
             where c.uid = $1 and ($2 is null or a.rubric = $2) order by a.id desc limit 1",
        )
        .bind(call.to_string())
        .bind(rubric.map(RubricId::as_str))
        .fetch_optional(&self.readers)
        .await?;
        row.as_ref().map(stored).transpose()
    }

    async fn analyses(&self, call: CallId) -> Result<Vec<StoredAnalysis>, StoreError> {
        let rows = sqlx::query(
            "select a.body, a.analyzed_at from analyses a join calls c on c.id = a.call_id \
             where c.uid = $1 order by a.id desc",
        )
        .bind(call.to_string())
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(stored).collect()
    }

    async fn keep_failed_analysis(
        &self,
        call: CallId,
        rubric: &RubricId,
        raw: &[serde_json::Value],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let raw = json("answer of a model", &raw)?;
        let mut tx = self.begin().await?;
        let call = call_rowid(&mut tx, call).await?;
        sqlx::query(
            "insert into failed_analyses (call_id, rubric, raw, at) values ($1, $2, $3, $4) \
             on conflict (call_id, rubric) do update set raw = excluded.raw, at = excluded.at",
        )
        .bind(call)
        .bind(rubric.as_str())
        .bind(raw)
        .bind(ms(now))
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    async fn failed_analysis(
        &self,
        call: CallId,
        rubric: &RubricId,
    ) -> Result<Option<FailedAnalysis>, StoreError> {
        let row = sqlx::query(
            "select f.raw, f.at from failed_analyses f join calls c on c.id = f.call_id \
             where c.uid = $1 and f.rubric = $2",
        )
        .bind(call.to_string())
        .bind(rubric.as_str())
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(FailedAnalysis {
            raw: from_json("answer of a model", row.try_get("raw")?)?,
            at: instant("answer of a model", row.try_get("at")?)?,
        }))
    }

    async fn save_rubric(&self, rubric: &Rubric, now: DateTime<Utc>) -> Result<(), StoreError> {
        let body = checked_json("rubric", rubric)?;
        let mut tx = self.begin().await?;
        sqlx::query(
            "insert into rubrics (rubric, revision, number, body, saved_at) \
             select $1, $2, coalesce(max(number), 0) + 1, $3, $4 from rubrics where rubric = $1 \
             on conflict (rubric, revision) do nothing",
        )
        .bind(rubric.id.as_str())
        .bind(rubric.revision.as_str())
        .bind(body)
        .bind(ms(now))
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    async fn rubric(&self, id: &RubricId, revision: &RubricRevision) -> Result<Option<Rubric>, StoreError> {
        let body: Option<String> =
            sqlx::query_scalar("select body from rubrics where rubric = $1 and revision = $2")
                .bind(id.as_str())
                .bind(revision.as_str())
                .fetch_optional(&self.readers)
                .await?;
        body.map(|body| from_json("rubric", &body)).transpose()
    }

    async fn rubric_number(
        &self,
        id: &RubricId,
        revision: &RubricRevision,
    ) -> Result<Option<u32>, StoreError> {
        let number: Option<i64> =
            sqlx::query_scalar("select number from rubrics where rubric = $1 and revision = $2")
                .bind(id.as_str())
                .bind(revision.as_str())
                .fetch_optional(&self.readers)
                .await?;
        number.map(|number| small("rubric", number)).transpose()
    }

    async fn override_verdict(&self, verdict: &OverrideVerdict) -> Result<(), StoreError> {
        if verdict.reason.trim().is_empty() {
            return Err(StoreError::Invalid(format!(
                "the verdict on {} needs a reason: people must be able to see why it was changed",
                verdict.key
            )));
        }
        let value = verdict.value.as_ref().map(|value| checked_json("verdict", value)).transpose()?;
        let mut tx = self.begin().await?;
        let call = call_rowid(&mut tx, verdict.call).await?;
        sqlx::query(
            "insert into overrides (call_id, rubric, criterion, verdict, score, value, reason, author, at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(call)
        .bind(verdict.rubric.as_str())
        .bind(&verdict.key)
        .bind(json("verdict", &verdict.verdict)?)
        .bind(verdict.score)
        .bind(value)
        .bind(&verdict.reason)
        .bind(&verdict.author)
        .bind(ms(verdict.at))
        .execute(&mut *tx)
        .await?;
        judge_anew(&mut tx, call, &verdict.rubric).await?;
        Ok(tx.commit().await?)
    }

    async fn withdraw_override(
        &self,
        call: CallId,
        rubric: &RubricId,
        key: &str,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let withdrawn = sqlx::query(
            "delete from overrides where rubric = $1 and criterion = $2 \
             and call_id = (select id from calls where uid = $3)",
        )
        .bind(rubric.as_str())
        .bind(key)
        .bind(call.to_string())
        .execute(&mut *tx)
        .await?;
        if withdrawn.rows_affected() > 0 {
            let call = call_rowid(&mut tx, call).await?;
            judge_anew(&mut tx, call, rubric).await?;
        }
        tx.commit().await?;
        Ok(withdrawn.rows_affected() > 0)
    }

    async fn overrides(&self, call: CallId, rubric: &RubricId) -> Result<Vec<OverrideVerdict>, StoreError> {
        let history = self.override_history(call, rubric).await?;
        let mut seen = std::collections::HashSet::new();
        let mut standing: Vec<_> =
            history.into_iter().filter(|verdict| seen.insert(verdict.key.clone())).collect();
        standing.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(standing)
    }

    async fn override_history(
        &self,
        call: CallId,
        rubric: &RubricId,
    ) -> Result<Vec<OverrideVerdict>, StoreError> {
        let rows = sqlx::query(
            "select o.* from overrides o join calls c on c.id = o.call_id \
             where c.uid = $1 and o.rubric = $2 order by o.id desc",
        )
        .bind(call.to_string())
        .bind(rubric.as_str())
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(|row| override_of(row, call, rubric)).collect()
    }
}

pub(crate) fn override_of(
    row: &DbRow,
    call: CallId,
    rubric: &RubricId,
) -> Result<OverrideVerdict, StoreError> {
    let verdict: Verdict = from_json("verdict", row.try_get("verdict")?)?;
    let value: Option<&str> = row.try_get("value")?;
    let score: Option<f64> = row.try_get("score")?;
    if score.is_some_and(|score| !score.is_finite()) {
        return Err(corrupt("verdict", "its score is not a number"));
    }
    Ok(OverrideVerdict {
        call,
        rubric: rubric.clone(),
        key: row.try_get("criterion")?,
        verdict,
        score,
        value: value.map(|text| from_json("verdict", text)).transpose()?,
        reason: row.try_get("reason")?,
        author: row.try_get("author")?,
        at: instant("verdict", row.try_get("at")?)?,
    })
}
