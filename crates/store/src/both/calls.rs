//! [`Calls`]: one call, lists, and the door to discovery.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{CallId, PhoneNumber, Recording, RubricId, Sha256};
use sqlx::AssertSqlSafe;

use super::dialect::along;
use super::row::{CALL_COLUMNS, CallRow, whole_recording};
use super::{DbConnection, DbStore};
use crate::{
    CallFilter, CallGist, CallOutline, CallRecord, CallResults, Calls, DiscoveredCall, Discovery, Page,
    PageRequest, RunId, ScoreEnd, Standing, StoreError,
};

/// The rowid of a call that must exist.
pub(crate) async fn call_rowid(tx: &mut DbConnection, id: CallId) -> Result<i64, StoreError> {
    sqlx::query_scalar("select id from calls where uid = $1")
        .bind(id.to_string())
        .fetch_optional(tx)
        .await?
        .ok_or_else(|| StoreError::Invalid(format!("call {id} is not known")))
}

#[derive(sqlx::FromRow)]
struct WholeRow {
    #[sqlx(flatten)]
    row: CallRow,
    body: Option<String>,
    channels: Option<Vec<u8>>,
}

#[async_trait]
impl Calls for DbStore {
    async fn discover(
        &self,
        calls: &[DiscoveredCall],
        run: Option<RunId>,
        now: DateTime<Utc>,
    ) -> Result<Vec<Discovery>, StoreError> {
        self.discover_slice(calls, run, now).await
    }

    async fn call(&self, id: CallId) -> Result<Option<CallRecord>, StoreError> {
        let sql = format!(
            "select {CALL_COLUMNS}, b.body, p.channels from calls c \
             left join recordings r on r.call_id = c.id \
             left join recording_bodies b on b.call_id = c.id \
             left join recording_peaks p on p.call_id = c.id where c.uid = $1"
        );
        let found: Option<WholeRow> =
            sqlx::query_as(AssertSqlSafe(sql)).bind(id.to_string()).fetch_optional(&self.readers).await?;
        let Some(WholeRow { row, body, channels }) = found else { return Ok(None) };
        let mut record = row.record()?;
        record.recording = body.map(|body| whole_recording(&body, channels.as_deref())).transpose()?;
        Ok(Some(record))
    }

    async fn recording_with(&self, sha256: &Sha256) -> Result<Option<Recording>, StoreError> {
        let found: Option<(String, Option<Vec<u8>>)> = sqlx::query_as(
            "select b.body, p.channels from recordings r join recording_bodies b on b.call_id = r.call_id \
             left join recording_peaks p on p.call_id = r.call_id where r.sha256 = $1 limit 1",
        )
        .bind(sha256.as_str())
        .fetch_optional(&self.readers)
        .await?;
        found.map(|(body, channels)| whole_recording(&body, channels.as_deref())).transpose()
    }

    async fn standing(&self, calls: &[CallId], rubric: &RubricId) -> Result<Vec<Standing>, StoreError> {
        self.standing_of(calls, rubric).await
    }

    async fn records_of(&self, calls: &[CallId]) -> Result<Vec<Option<CallRecord>>, StoreError> {
        self.records(calls).await
    }

    async fn outlines_of(
        &self,
        calls: &[CallId],
        rubric: Option<&RubricId>,
    ) -> Result<Vec<CallOutline>, StoreError> {
        self.outlines(calls, rubric).await
    }

    async fn gists_of(
        &self,
        calls: &[CallId],
        rubric: Option<&RubricId>,
    ) -> Result<Vec<CallGist>, StoreError> {
        self.gists(calls, rubric).await
    }

    async fn extremes(
        &self,
        filter: &CallFilter,
        end: ScoreEnd,
        limit: u32,
    ) -> Result<Vec<CallRecord>, StoreError> {
        self.at_the_end(filter, end, limit).await
    }

    async fn results_of(
        &self,
        calls: &[CallId],
        rubric: Option<&RubricId>,
    ) -> Result<Vec<CallResults>, StoreError> {
        self.results(calls, rubric).await
    }

    async fn answered_by(&self, calls: &[CallId]) -> Result<Vec<CallId>, StoreError> {
        self.answered(calls).await
    }

    async fn calls(&self, filter: &CallFilter, page: PageRequest) -> Result<Page<CallRecord>, StoreError> {
        self.list_calls(filter, &page).await
    }

    async fn count_calls(&self, filter: &CallFilter) -> Result<u64, StoreError> {
        self.count_listed(filter).await
    }

    async fn calls_of_client(&self, phone: &PhoneNumber, limit: u32) -> Result<Vec<CallRecord>, StoreError> {
        let sql = format!(
            "select {CALL_COLUMNS} from calls c{} left join recordings r on r.call_id = c.id \
             where c.client_phone = $1 order by c.started_at is null, c.started_at, c.id limit $2",
            along("calls_client")
        );
        let rows: Vec<CallRow> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(phone.as_str())
            .bind(i64::from(limit))
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter().map(CallRow::record).collect()
    }
}
