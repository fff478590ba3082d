//! [`Retention`].

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{Analysis, CallId, CriterionKind, RubricId};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Row as _};

use super::codec::{call_id, checked_json, from_json, json, ms};
use super::dialect::{JOIN, each};
use super::judged::judge_anew;
use super::paging::Turn;
use super::runs::FORGET_PAID_WORDS;
use super::search_index;
use super::{DbConnection, DbStore};
use crate::{OldCounts, OldRecording, Page, PageRequest, Retention, StoreError};

/// Calls `c` that came before the instant that is bound first and that nobody works on.
const OLD: &str = "(c.started_at is null or c.started_at < $1) and c.discovered_at < $1 and not exists \
     (select 1 from jobs j where j.call_id = c.id and j.state in ('ready', 'leased'))";
/// Their recordings `r` that lie under their own digest and that no younger call has.
const OURS: &str = "r.location = substr(r.sha256, 1, 2) || '/' || r.sha256 and not exists \
     (select 1 from recordings o join calls y on y.id = o.call_id where o.location = r.location \
     and y.discovered_at >= $1)";
/// The last judgement whose model's words were looked at: a million old ones are not read every night.
const RAW_SEEN: &str = "retention/raw_answers_seen";

#[async_trait]
impl Retention for DbStore {
    async fn old_recordings(
        &self,
        before: DateTime<Utc>,
        page: PageRequest,
    ) -> Result<Page<OldRecording>, StoreError> {
        let turn = Turn::of(&page)?;
        let sql = format!(
            "select c.id, c.uid, r.location from recordings r {JOIN} calls c on c.id = r.call_id \
             where r.call_id < $2 and {OURS} and {OLD} order by r.call_id desc limit $3"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(ms(before))
            .bind(turn.below)
            .bind(i64::from(turn.rows))
            .fetch_all(&self.readers)
            .await?;
        let mut old = Vec::with_capacity(rows.len());
        for row in &rows {
            let found =
                OldRecording { call: call_id(row.try_get("uid")?)?, location: row.try_get("location")? };
            old.push((row.try_get("id")?, found));
        }
        Ok(turn.page(old))
    }

    async fn count_old(
        &self,
        recordings: Option<DateTime<Utc>>,
        words: Option<DateTime<Utc>>,
    ) -> Result<OldCounts, StoreError> {
        let mut counts = OldCounts::default();
        for (before, from, count) in [
            (
                recordings,
                format!("recordings r {JOIN} calls c on c.id = r.call_id where {OURS} and {OLD}"),
                &mut counts.recordings,
            ),
            (words, format!("calls c where c.transcript_id is not null and {OLD}"), &mut counts.words),
        ] {
            let Some(before) = before else { continue };
            let old: i64 = sqlx::query_scalar(AssertSqlSafe(format!("select count(*) from {from}")))
                .bind(ms(before))
                .fetch_one(&self.readers)
                .await?;
            *count = u64::try_from(old).unwrap_or(0);
        }
        Ok(counts)
    }

    async fn forget_recordings(&self, calls: &[CallId]) -> Result<(), StoreError> {
        let ids: Vec<String> = calls.iter().map(ToString::to_string).collect();
        let sql = format!(
            "select c.id, c.duration_ms, r.summary from {} {JOIN} calls c on c.uid = w.value \
             {JOIN} recordings r on r.call_id = c.id",
            each(1)
        );
        let mut tx = self.begin().await?;
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(json("call", &ids)?).fetch_all(&mut *tx).await?;
        for row in &rows {
            let call: i64 = row.try_get("id")?;
            if row.try_get::<Option<i64>, _>("duration_ms")?.is_none() {
                let summary: Value = from_json("recording", row.try_get("summary")?)?;
                let length = summary.pointer("/survey/duration_ms").and_then(Value::as_i64);
                sqlx::query("update calls set duration_ms = $1 where id = $2")
                    .bind(length)
                    .bind(call)
                    .execute(&mut *tx)
                    .await?;
            }
            for sql in [
                "delete from recordings where call_id = $1",
                "delete from recording_bodies where call_id = $1",
                "delete from recording_peaks where call_id = $1",
            ] {
                sqlx::query(sql).bind(call).execute(&mut *tx).await?;
            }
        }
        Ok(tx.commit().await?)
    }

    async fn forget_words(&self, before: DateTime<Utc>, limit: u32) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let sql = format!(
            "select c.id from calls c where c.transcript_id is not null and {OLD} order by c.id limit $2"
        );
        let calls: Vec<i64> = sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(ms(before))
            .bind(i64::from(limit))
            .fetch_all(&mut *tx)
            .await?;
        for call in &calls {
            forget_words_of(&mut tx, *call).await?;
        }
        tx.commit().await?;
        if !calls.is_empty() {
            self.forget_old_pages().await;
        }
        Ok(calls.len() as u64)
    }

    async fn forget_raw_answers(&self, before: DateTime<Utc>) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        loop {
            let mut tx = self.begin().await?;
            let seen: Option<String> = sqlx::query_scalar("select value from settings where key = $1")
                .bind(RAW_SEEN)
                .fetch_optional(&mut *tx)
                .await?;
            let rows = sqlx::query(
                "select id, body from analyses where id > $2 and analyzed_at < $1 order by id limit 200",
            )
            .bind(ms(before))
            .bind(seen.and_then(|id| id.parse::<i64>().ok()).unwrap_or(i64::MIN))
            .fetch_all(&mut *tx)
            .await?;
            let Some(last) = rows.last() else { break };
            let last: i64 = last.try_get("id")?;
            for row in &rows {
                let mut analysis: Analysis = from_json("analysis", row.try_get("body")?)?;
                if !analysis.raw_model_output.is_empty() {
                    analysis.raw_model_output.clear();
                    keep_body(&mut tx, row.try_get("id")?, &analysis).await?;
                    forgotten += 1;
                }
            }
            sqlx::query(
                "insert into settings (key, value) values ($1, $2) \
                 on conflict (key) do update set value = excluded.value",
            )
            .bind(RAW_SEEN)
            .bind(last.to_string())
            .execute(&mut *tx)
            .await?;
            tx.commit().await?;
        }
        let vain = sqlx::query("delete from failed_analyses where at < $1")
            .bind(ms(before))
            .execute(&self.writer)
            .await?;
        Ok(forgotten + vain.rows_affected())
    }

    async fn forget_audit(&self, before: DateTime<Utc>) -> Result<u64, StoreError> {
        let gone =
            sqlx::query("delete from audit where at < $1").bind(ms(before)).execute(&self.writer).await?;
        Ok(gone.rows_affected())
    }
}

async fn keep_body(tx: &mut DbConnection, id: i64, analysis: &Analysis) -> Result<(), StoreError> {
    sqlx::query("update analyses set body = $1 where id = $2")
        .bind(checked_json("analysis", analysis)?)
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}

async fn forget_words_of(tx: &mut DbConnection, call: i64) -> Result<(), StoreError> {
    search_index::remove(tx, call).await?;
    let heard: Vec<i64> = sqlx::query_scalar("select transcript_id from transcript_uses where call_id = $1")
        .bind(call)
        .fetch_all(&mut *tx)
        .await?;
    for sql in [
        FORGET_PAID_WORDS,
        "update calls set transcript_id = null where id = $1",
        "delete from transcript_uses where call_id = $1",
        "delete from failed_analyses where call_id = $1",
        "update overrides set reason = '' where call_id = $1",
        "update disputes set reason = '', words = null where call_id = $1",
    ] {
        sqlx::query(sql).bind(call).execute(&mut *tx).await?;
    }
    for transcript in heard {
        sqlx::query(
            "delete from transcripts where id = $1 and not exists (select 1 from transcript_uses u \
             where u.transcript_id = transcripts.id)",
        )
        .bind(transcript)
        .execute(&mut *tx)
        .await?;
    }
    let rows = sqlx::query("select id, rubric, body from analyses where call_id = $1 order by id")
        .bind(call)
        .fetch_all(&mut *tx)
        .await?;
    let mut rubrics: Vec<RubricId> = Vec::new();
    for row in &rows {
        let mut analysis: Analysis = from_json("analysis", row.try_get("body")?)?;
        silence(&mut analysis);
        keep_body(tx, row.try_get("id")?, &analysis).await?;
        if !rubrics.contains(&analysis.rubric) {
            rubrics.push(analysis.rubric);
        }
    }
    for rubric in rubrics {
        judge_anew(tx, call, &rubric).await?;
    }
    Ok(())
}

/// What was found stays, what was said goes.
fn silence(analysis: &mut Analysis) {
    analysis.summary.clear();
    analysis.recommendations.clear();
    analysis.promises.clear();
    analysis.raw_model_output.clear();
    for criterion in &mut analysis.criteria {
        criterion.comment.clear();
        criterion.evidence.clear();
        if matches!(criterion.kind, CriterionKind::Text | CriterionKind::List) {
            criterion.value = None;
        }
    }
}
