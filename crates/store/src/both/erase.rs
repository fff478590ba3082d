//! Erasing a number: everything that was said with it, in one transaction.

use chrono::{DateTime, Utc};
use domain::PhoneNumber;
use sqlx::{AssertSqlSafe, Row as _};

use super::codec::call_id;
use super::conversations::erase_conversations;
use super::dialect::PLACE_IN_TEXT;
use super::runs::write_audit;
use super::search_index;
use super::{DbConnection, DbStore};
use crate::{EraseReceipt, StoreError};

impl DbStore {
    pub(crate) async fn erase(
        &self,
        phone: &PhoneNumber,
        now: DateTime<Utc>,
    ) -> Result<EraseReceipt, StoreError> {
        let mut receipt = EraseReceipt::default();
        let mut tx = self.begin().await?;
        let rows = sqlx::query(
            "select id, uid from calls where caller = $1 union select id, uid from calls where callee = $1 \
             order by id",
        )
        .bind(phone.as_str())
        .fetch_all(&mut *tx)
        .await?;
        for row in &rows {
            receipt.calls.push(call_id(row.try_get("uid")?)?);
            erase_call(&mut tx, row.try_get("id")?, &mut receipt).await?;
        }
        receipt.recordings = unused_locations(&mut tx, receipt.recordings).await?;
        // unused entries of the cache may be words of the number whose job has not ended yet;
        // the worst that dropping them costs is to listen once more
        receipt.transcripts += sqlx::query(
            "delete from transcripts where not exists \
             (select 1 from transcript_uses u where u.transcript_id = transcripts.id)",
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
        erase_conversations(&mut tx, phone).await?;
        write_audit(&mut tx, "erase", "erase_phone", &format!("{} calls", rows.len()), now).await?;
        tx.commit().await?;
        self.forget_old_pages().await;
        Ok(receipt)
    }
}

/// Everything of one call but what it cost. Its transcripts go in the end, if nobody else has them.
async fn erase_call(tx: &mut DbConnection, call: i64, receipt: &mut EraseReceipt) -> Result<(), StoreError> {
    search_index::remove(tx, call).await?;
    let analyses: i64 = sqlx::query_scalar("select count(*) from analyses where call_id = $1")
        .bind(call)
        .fetch_one(&mut *tx)
        .await?;
    receipt.analyses += u64::try_from(analyses).unwrap_or(0);
    let location: Option<String> = sqlx::query_scalar("select location from recordings where call_id = $1")
        .bind(call)
        .fetch_optional(&mut *tx)
        .await?;
    receipt.recordings.extend(location);
    let batches = format!(
        "delete from sink_batches where {PLACE_IN_TEXT}(body, (select uid from calls where id = $1)) > 0"
    );
    for sql in [
        // paid again if its words are ever heard again: the cache forgets them too
        "update spend set key = null where call_id = $1 and not exists (select 1 from transcripts t \
         join transcript_uses u on u.transcript_id = t.id where t.cache_key = spend.key \
         and u.call_id <> $1)",
        // a write under way may hold its words; the sink then looks at what stands there instead
        &batches,
        "delete from sink_rows where key = (select uid from calls where id = $1)",
        "delete from calls where id = $1",
    ] {
        sqlx::query(AssertSqlSafe(sql)).bind(call).execute(&mut *tx).await?;
    }
    Ok(())
}

async fn unused_locations(
    tx: &mut DbConnection,
    mut locations: Vec<String>,
) -> Result<Vec<String>, StoreError> {
    locations.sort_unstable();
    locations.dedup();
    let mut unused = Vec::new();
    for location in locations {
        let used: bool = sqlx::query_scalar("select exists (select 1 from recordings where location = $1)")
            .bind(&location)
            .fetch_one(&mut *tx)
            .await?;
        if !used {
            unused.push(location);
        }
    }
    Ok(unused)
}
