//! [`SinkLedger`].

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, Row as _};

use super::codec::{instant, json, ms};
use super::dialect::{JOIN, PLACE_IN_TEXT, each};
use super::{DbRow, DbStore};
use crate::{LedgerRow, OpenBatch, SinkLedger, StoreError};

fn ledger_row(row: &DbRow) -> Result<LedgerRow, StoreError> {
    Ok(LedgerRow { key: row.try_get("key")?, digest: row.try_get("digest")?, body: row.try_get("body")? })
}

#[async_trait]
impl SinkLedger for DbStore {
    async fn rows(&self, sink: &str, keys: &[String]) -> Result<Vec<LedgerRow>, StoreError> {
        let sql = format!(
            "select r.key, r.digest, r.body from {} {JOIN} sink_rows r on r.key = w.value and r.sink = $2",
            each(1)
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(json("sink row", &keys)?)
            .bind(sink)
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(ledger_row).collect()
    }

    async fn all_rows(
        &self,
        sink: &str,
        after: Option<String>,
        limit: u32,
    ) -> Result<Vec<LedgerRow>, StoreError> {
        let rows = sqlx::query(
            "select key, digest, body from sink_rows where key > $1 and sink = $2 order by key limit $3",
        )
        .bind(after.unwrap_or_default())
        .bind(sink)
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(ledger_row).collect()
    }

    async fn open_batches(&self, sink: &str) -> Result<Vec<OpenBatch>, StoreError> {
        let rows = sqlx::query(
            "select id, marker, body, created_at from sink_batches where sink = $1 order by created_at, id",
        )
        .bind(sink)
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(OpenBatch {
                    id: row.try_get("id")?,
                    marker: row.try_get("marker")?,
                    body: row.try_get("body")?,
                    created_at: instant("batch", row.try_get("created_at")?)?,
                })
            })
            .collect()
    }

    async fn open_batch(&self, sink: &str, batch: &OpenBatch) -> Result<(), StoreError> {
        sqlx::query(
            "insert into sink_batches (sink, id, marker, body, created_at) values ($1, $2, $3, $4, $5) \
             on conflict (sink, id) do update set marker = excluded.marker, body = excluded.body, \
             created_at = excluded.created_at",
        )
        .bind(sink)
        .bind(&batch.id)
        .bind(batch.marker)
        .bind(&batch.body)
        .bind(ms(batch.created_at))
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    async fn settle_batch(
        &self,
        sink: &str,
        batch_id: &str,
        written: &[LedgerRow],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query("delete from sink_batches where sink = $1 and id = $2")
            .bind(sink)
            .bind(batch_id)
            .execute(&mut *tx)
            .await?;
        for row in written {
            sqlx::query(
                "insert into sink_rows (key, sink, digest, body, written_at) values ($1, $2, $3, $4, $5) \
                 on conflict (key, sink) do update set digest = excluded.digest, body = excluded.body, \
                 written_at = excluded.written_at",
            )
            .bind(&row.key)
            .bind(sink)
            .bind(&row.digest)
            .bind(&row.body)
            .bind(ms(now))
            .execute(&mut *tx)
            .await?;
        }
        Ok(tx.commit().await?)
    }

    async fn forget_rows(&self, keys: &[String]) -> Result<u64, StoreError> {
        let keys = json("sink row", &keys)?;
        let batches = format!(
            "delete from sink_batches where exists (select 1 from {} where {PLACE_IN_TEXT}(body, w.value) > 0)",
            each(1)
        );
        let rows = format!("delete from sink_rows where key in (select value from {})", each(1));
        let mut tx = self.begin().await?;
        sqlx::query(AssertSqlSafe(batches)).bind(&keys).execute(&mut *tx).await?;
        let gone = sqlx::query(AssertSqlSafe(rows)).bind(&keys).execute(&mut *tx).await?.rows_affected();
        tx.commit().await?;
        self.forget_old_pages().await;
        Ok(gone)
    }

    async fn memo(&self, sink: &str, name: &str) -> Result<Option<String>, StoreError> {
        Ok(sqlx::query_scalar("select value from sink_memos where sink = $1 and name = $2")
            .bind(sink)
            .bind(name)
            .fetch_optional(&self.readers)
            .await?)
    }

    async fn set_memo(&self, sink: &str, name: &str, value: &str) -> Result<(), StoreError> {
        sqlx::query(
            "insert into sink_memos (sink, name, value) values ($1, $2, $3) \
             on conflict (sink, name) do update set value = excluded.value",
        )
        .bind(sink)
        .bind(name)
        .bind(value)
        .execute(&self.writer)
        .await?;
        Ok(())
    }
}
