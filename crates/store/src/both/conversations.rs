//! [`Conversations`].

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{CallId, Currency, Money, PhoneNumber};
use sqlx::Row as _;

use super::codec::{call_id, corrupt, instant, ms, unsigned};
use super::dialect::wait_for_turn;
use super::{DbConnection, DbRow, DbStore};
use crate::{
    Conversation, ConversationBegun, ConversationStage, Conversations, Placement, StoppedNumber, StoreError,
    stop_list_key,
};

fn conversation_of(row: &DbRow) -> Result<Conversation, StoreError> {
    let stage: &str = row.try_get("stage")?;
    let sums = [(Currency::RUB, row.try_get("rub_micros")?), (Currency::USD, row.try_get("usd_micros")?)];
    let sums = sums.into_iter().filter(|(_, micros)| *micros != 0);
    Ok(Conversation {
        call: call_id(row.try_get("call_id")?)?,
        version: unsigned("conversation", row.try_get("version")?)?,
        stage: ConversationStage::parse(stage)
            .ok_or_else(|| corrupt("conversation", format!("{stage:?} is no stage")))?,
        phone: phone_of(row)?,
        started_at: instant("conversation", row.try_get("started_at")?)?,
        touched_at: instant("conversation", row.try_get("touched_at")?)?,
        cost: sums.map(|(currency, micros)| Money::from_micros(currency, micros)).collect(),
        body: row.try_get("body")?,
    })
}

fn phone_of(row: &DbRow) -> Result<Option<PhoneNumber>, StoreError> {
    let phone: Option<&str> = row.try_get("phone")?;
    phone
        .map(|phone| PhoneNumber::parse(phone).ok_or_else(|| corrupt("number", "it is no E.164")))
        .transpose()
}

fn placement_of(row: &DbRow) -> Result<Placement, StoreError> {
    Ok(Placement { call: call_id(row.try_get("call_id")?)?, digest: row.try_get("digest")? })
}

fn sum(cost: &[Money], currency: Currency) -> i64 {
    cost.iter().filter(|sum| sum.currency == currency).map(|sum| sum.micros).fold(0, i64::saturating_add)
}

/// The version as it is bound; one that no row has stays one that no row has.
fn version(of: u64) -> i64 {
    i64::try_from(of).unwrap_or(i64::MAX)
}

async fn count_live(tx: &mut DbConnection) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar("select count(*) from conversations where stage = 'live'").fetch_one(tx).await?)
}

async fn placed(tx: &mut DbConnection, key: &str) -> Result<Option<Placement>, StoreError> {
    let row = sqlx::query("select call_id, digest from placements where key = $1")
        .bind(key)
        .fetch_optional(tx)
        .await?;
    row.as_ref().map(placement_of).transpose()
}

/// Everything that was said with a number; its rows stay, empty, with what they cost, and the stop list
/// keeps a digest. How many conversations.
pub(crate) async fn erase_conversations(
    tx: &mut DbConnection,
    phone: &PhoneNumber,
) -> Result<u64, StoreError> {
    let gone: i64 = sqlx::query_scalar("select count(*) from conversations where phone = $1")
        .bind(phone.as_str())
        .fetch_one(&mut *tx)
        .await?;
    for sql in [
        "delete from placements where call_id in (select call_id from conversations where phone = $1)",
        "update conversations set stage = 'erased', phone = null, body = '', version = version + 1 \
         where phone = $1",
        "update stop_list set phone = null where phone = $1",
    ] {
        sqlx::query(sql).bind(phone.as_str()).execute(&mut *tx).await?;
    }
    Ok(u64::try_from(gone).unwrap_or(0))
}

#[async_trait]
impl Conversations for DbStore {
    async fn begin_conversation(
        &self,
        conversation: &Conversation,
        placement: Option<(&str, &Placement)>,
        at_most: Option<u32>,
    ) -> Result<ConversationBegun, StoreError> {
        let mut tx = self.begin().await?;
        // two who begin at once must not both find room for one
        wait_for_turn(&mut tx).await?;
        if let Some((key, _)) = placement
            && let Some(before) = placed(&mut tx, key).await?
        {
            return Ok(ConversationBegun::Placed(before));
        }
        if let Some(most) = at_most
            && count_live(&mut tx).await? >= i64::from(most)
        {
            return Ok(ConversationBegun::TooMany);
        }
        let inserted = sqlx::query(
            "insert into conversations (call_id, version, stage, phone, started_at, touched_at, rub_micros, \
             usd_micros, body) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing",
        )
        .bind(conversation.call.to_string())
        .bind(version(conversation.version))
        .bind(conversation.stage.as_str())
        .bind(conversation.phone.as_ref().map(PhoneNumber::as_str))
        .bind(ms(conversation.started_at))
        .bind(ms(conversation.touched_at))
        .bind(sum(&conversation.cost, Currency::RUB))
        .bind(sum(&conversation.cost, Currency::USD))
        .bind(&conversation.body)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if inserted == 0 {
            return Ok(ConversationBegun::Known);
        }
        if let Some((key, placement)) = placement {
            sqlx::query("insert into placements (key, digest, call_id) values ($1, $2, $3)")
                .bind(key)
                .bind(&placement.digest)
                .bind(placement.call.to_string())
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(ConversationBegun::New)
    }

    async fn conversation(&self, call: CallId) -> Result<Option<Conversation>, StoreError> {
        let row = sqlx::query("select * from conversations where call_id = $1 and stage <> 'erased'")
            .bind(call.to_string())
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(conversation_of).transpose()
    }

    async fn is_conversation_known(&self, call: CallId) -> Result<bool, StoreError> {
        Ok(sqlx::query_scalar("select exists (select 1 from conversations where call_id = $1)")
            .bind(call.to_string())
            .fetch_one(&self.readers)
            .await?)
    }

    async fn conversations_with(
        &self,
        phone: &PhoneNumber,
        from: DateTime<Utc>,
    ) -> Result<Vec<Conversation>, StoreError> {
        let rows = sqlx::query(
            "select * from conversations where phone = $1 and started_at >= $2 and stage <> 'erased' \
             order by started_at desc, call_id limit 100",
        )
        .bind(phone.as_str())
        .bind(ms(from))
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(conversation_of).collect()
    }

    async fn save_conversation(&self, conversation: &Conversation) -> Result<bool, StoreError> {
        let saved = sqlx::query(
            "update conversations set version = version + 1, stage = $3, phone = $4, touched_at = $5, \
             rub_micros = $6, usd_micros = $7, body = $8 \
             where call_id = $1 and version = $2 and stage <> 'erased'",
        )
        .bind(conversation.call.to_string())
        .bind(version(conversation.version))
        .bind(conversation.stage.as_str())
        .bind(conversation.phone.as_ref().map(PhoneNumber::as_str))
        .bind(ms(conversation.touched_at))
        .bind(sum(&conversation.cost, Currency::RUB))
        .bind(sum(&conversation.cost, Currency::USD))
        .bind(&conversation.body)
        .execute(&self.writer)
        .await?;
        Ok(saved.rows_affected() == 1)
    }

    async fn open_conversations(&self, limit: u32) -> Result<Vec<Conversation>, StoreError> {
        let rows = sqlx::query(
            "select * from conversations where stage in ('live', 'ended') order by touched_at limit $1",
        )
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(conversation_of).collect()
    }

    async fn live_conversations(&self) -> Result<u32, StoreError> {
        let mut reader = self.readers.acquire().await?;
        Ok(u32::try_from(count_live(&mut reader).await?).unwrap_or(u32::MAX))
    }

    async fn placement(&self, key: &str) -> Result<Option<Placement>, StoreError> {
        let mut reader = self.readers.acquire().await?;
        placed(&mut reader, key).await
    }

    async fn spent_on_conversations(&self, from: DateTime<Utc>) -> Result<Vec<Money>, StoreError> {
        let row = sqlx::query(
            "select cast(coalesce(sum(rub_micros), 0) as bigint) as rub_micros, \
             cast(coalesce(sum(usd_micros), 0) as bigint) as usd_micros \
             from conversations where started_at >= $1",
        )
        .bind(ms(from))
        .fetch_one(&self.readers)
        .await?;
        let sums: [(Currency, i64); 2] =
            [(Currency::RUB, row.try_get("rub_micros")?), (Currency::USD, row.try_get("usd_micros")?)];
        let spent = sums.into_iter().filter(|(_, micros)| *micros != 0);
        Ok(spent.map(|(currency, micros)| Money::from_micros(currency, micros)).collect())
    }

    async fn conversations_since(&self, from: DateTime<Utc>) -> Result<u64, StoreError> {
        let count: i64 = sqlx::query_scalar("select count(*) from conversations where started_at >= $1")
            .bind(ms(from))
            .fetch_one(&self.readers)
            .await?;
        unsigned("conversation", count)
    }

    async fn forget_conversations(&self, before: DateTime<Utc>) -> Result<u64, StoreError> {
        let gone =
            sqlx::query("delete from conversations where stage in ('closed', 'erased') and touched_at < $1")
                .bind(ms(before))
                .execute(&self.writer)
                .await?;
        Ok(gone.rows_affected())
    }

    async fn is_number_stopped(&self, phone: &PhoneNumber) -> Result<bool, StoreError> {
        Ok(sqlx::query_scalar("select exists (select 1 from stop_list where key = $1)")
            .bind(stop_list_key(phone))
            .fetch_one(&self.readers)
            .await?)
    }

    async fn stop_number(
        &self,
        phone: &PhoneNumber,
        why: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let added = sqlx::query(
            "insert into stop_list (key, phone, why, at) values ($1, $2, $3, $4) on conflict do nothing",
        )
        .bind(stop_list_key(phone))
        .bind(phone.as_str())
        .bind(why)
        .bind(ms(now))
        .execute(&self.writer)
        .await?;
        Ok(added.rows_affected() == 1)
    }

    async fn allow_number(&self, key: &str) -> Result<bool, StoreError> {
        let removed =
            sqlx::query("delete from stop_list where key = $1").bind(key).execute(&self.writer).await?;
        Ok(removed.rows_affected() == 1)
    }

    async fn stopped_numbers(&self, limit: u32, offset: u32) -> Result<Vec<StoppedNumber>, StoreError> {
        let rows = sqlx::query(
            "select key, phone, why, at from stop_list order by at desc, key desc limit $1 offset $2",
        )
        .bind(i64::from(limit))
        .bind(i64::from(offset))
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(StoppedNumber {
                    key: row.try_get("key")?,
                    phone: phone_of(row)?,
                    why: row.try_get("why")?,
                    at: instant("number of the stop list", row.try_get("at")?)?,
                })
            })
            .collect()
    }
}
