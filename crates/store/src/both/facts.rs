//! [`Facts`]: noted once by their key, told in the transaction that queues the message.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, Row as _};

use super::codec::{call_id, instant, json, ms};
use super::deliveries::queue_delivery;
use super::dialect::each;
use super::{DbRow, DbStore};
use crate::{Fact, FactId, Facts, NewDelivery, NewFact, StoreError};

/// What [`fact_of`] reads.
const COLUMNS: &str = "select f.*, c.uid from facts f left join calls c on c.id = f.call_id";

fn fact_of(row: &DbRow) -> Result<Fact, StoreError> {
    let uid: Option<&str> = row.try_get("uid")?;
    let told_at: Option<i64> = row.try_get("told_at")?;
    Ok(Fact {
        id: FactId(row.try_get("id")?),
        what: NewFact {
            key: row.try_get("key")?,
            topic: row.try_get("topic")?,
            call: uid.map(call_id).transpose()?,
            body: row.try_get("body")?,
            due_at: instant("fact", row.try_get("due_at")?)?,
        },
        noted_at: instant("fact", row.try_get("noted_at")?)?,
        told_at: told_at.map(|at| instant("fact", at)).transpose()?,
    })
}

#[async_trait]
impl Facts for DbStore {
    async fn note_facts(&self, facts: &[NewFact], now: DateTime<Utc>) -> Result<u64, StoreError> {
        if facts.is_empty() {
            return Ok(0);
        }
        let mut tx = self.begin().await?;
        let mut noted = 0;
        for fact in facts {
            noted += sqlx::query(
                "insert into facts (key, topic, call_id, body, due_at, noted_at) \
                 select $1, $2, (select id from calls where uid = $3), $4, $5, $6 \
                 where ($3 is null or exists (select 1 from calls where uid = $3)) on conflict do nothing",
            )
            .bind(&fact.key)
            .bind(&fact.topic)
            .bind(fact.call.map(|call| call.to_string()))
            .bind(&fact.body)
            .bind(ms(fact.due_at))
            .bind(ms(now))
            .execute(&mut *tx)
            .await?
            .rows_affected();
        }
        tx.commit().await?;
        Ok(noted)
    }

    async fn untold_facts(&self) -> Result<Vec<Fact>, StoreError> {
        let sql = format!("{COLUMNS} where f.told_at is null order by f.id");
        let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&self.readers).await?;
        rows.iter().map(fact_of).collect()
    }

    async fn facts_of(&self, topic: &str, limit: u32) -> Result<Vec<Fact>, StoreError> {
        let sql = format!("{COLUMNS} where f.topic = $1 order by f.id desc limit $2");
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(topic)
            .bind(i64::from(limit))
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(fact_of).collect()
    }

    async fn tell_facts(
        &self,
        facts: &[FactId],
        messages: &[NewDelivery],
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let ids: Vec<i64> = facts.iter().map(|fact| fact.0).collect();
        let sql = format!(
            "update facts set told_at = $1 where told_at is null \
             and id in (select cast(w.value as bigint) from {})",
            each(2)
        );
        let told = sqlx::query(AssertSqlSafe(sql))
            .bind(ms(now))
            .bind(json("fact", &ids)?)
            .execute(&mut *tx)
            .await?
            .rows_affected();
        if told != u64::try_from(ids.len()).unwrap_or(u64::MAX) {
            return Ok(false);
        }
        for message in messages {
            queue_delivery(&mut tx, message, now).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    async fn forget_facts(&self, before: DateTime<Utc>) -> Result<u64, StoreError> {
        let gone = sqlx::query("delete from facts where told_at is not null and told_at < $1")
            .bind(ms(before))
            .execute(&self.writer)
            .await?;
        Ok(gone.rows_affected())
    }
}
