//! [`Erasures`]: the journal.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, Row as _};

use super::codec::{from_json, instant, json, ms, ms_after, unsigned};
use super::dialect::SKIP_LOCKED;
use super::paging::Turn;
use super::{DbRow, DbStore};
use crate::{Erasure, ErasureDemand, ErasureId, ErasureWork, Erasures, Page, PageRequest, StoreError};

fn erasure_of(row: &DbRow) -> Result<Erasure, StoreError> {
    let moment = |column: &str| -> Result<Option<DateTime<Utc>>, StoreError> {
        row.try_get::<Option<i64>, _>(column)?.map(|at| instant("erasure", at)).transpose()
    };
    let work: &str = row.try_get("work")?;
    Ok(Erasure {
        id: ErasureId(row.try_get("id")?),
        subject: row.try_get("subject")?,
        ending: row.try_get("ending")?,
        who: row.try_get("who")?,
        begun_at: instant("erasure", row.try_get("begun_at")?)?,
        ended_at: moment("ended_at")?,
        due_at: moment("due_at")?,
        tried: unsigned("erasure", row.try_get("tried")?)?,
        work: if work.is_empty() { ErasureWork::default() } else { from_json("erasure", work)? },
        places: from_json("erasure", row.try_get("places")?)?,
        trouble: row.try_get("trouble")?,
    })
}

#[async_trait]
impl Erasures for DbStore {
    async fn begin_erasure(&self, demand: &ErasureDemand, now: DateTime<Utc>) -> Result<Erasure, StoreError> {
        self.erase(demand, now).await
    }

    async fn take_erasures(
        &self,
        only: Option<ErasureId>,
        again: Duration,
        now: DateTime<Utc>,
    ) -> Result<Vec<Erasure>, StoreError> {
        let chosen = match only {
            Some(_) => "id = $3 and due_at is not null",
            None => "due_at <= $1 and id > $3",
        };
        let sql = format!(
            "update erasures set tried = tried + 1, due_at = $2 where id in (select id from erasures \
             where {chosen} and due_at < $2 order by due_at, id limit 100{SKIP_LOCKED}) returning *"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(ms(now))
            .bind(ms_after(now, again))
            .bind(only.map_or(i64::MIN, |id| id.0))
            .fetch_all(&self.writer)
            .await?;
        rows.iter().map(erasure_of).collect()
    }

    async fn save_erasure(&self, erasure: &Erasure) -> Result<bool, StoreError> {
        let tried = i64::try_from(erasure.tried).unwrap_or(i64::MAX);
        let work = if erasure.work.is_empty() { String::new() } else { json("erasure", &erasure.work)? };
        let saved = sqlx::query(
            "update erasures set ended_at = $3, due_at = $4, work = $5, places = $6, trouble = $7 \
             where id = $1 and tried = $2",
        )
        .bind(erasure.id.0)
        .bind(tried)
        .bind(erasure.ended_at.map(ms))
        .bind(erasure.due_at.map(ms))
        .bind(work)
        .bind(json("erasure", &erasure.places)?)
        .bind(&erasure.trouble)
        .execute(&self.writer)
        .await?;
        self.forget_old_pages().await;
        Ok(saved.rows_affected() == 1)
    }

    async fn erasure(&self, id: ErasureId) -> Result<Option<Erasure>, StoreError> {
        let row = sqlx::query("select * from erasures where id = $1")
            .bind(id.0)
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(erasure_of).transpose()
    }

    async fn erasures(&self, page: PageRequest) -> Result<Page<Erasure>, StoreError> {
        let turn = Turn::of(&page)?;
        let rows = sqlx::query("select * from erasures where id < $1 order by id desc limit $2")
            .bind(turn.below)
            .bind(i64::from(turn.rows))
            .fetch_all(&self.readers)
            .await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            let erasure = erasure_of(row)?;
            found.push((erasure.id.0, erasure));
        }
        Ok(turn.page(found))
    }

    async fn forget_unclaimed_words(&self) -> Result<u64, StoreError> {
        let gone = sqlx::query(
            "delete from transcripts where not exists \
             (select 1 from transcript_uses u where u.transcript_id = transcripts.id)",
        )
        .execute(&self.writer)
        .await?;
        self.forget_old_pages().await;
        Ok(gone.rows_affected())
    }

    async fn forget_erasures(&self, before: DateTime<Utc>) -> Result<u64, StoreError> {
        let gone = sqlx::query("delete from erasures where due_at is null and ended_at < $1")
            .bind(ms(before))
            .execute(&self.writer)
            .await?;
        Ok(gone.rows_affected())
    }
}
