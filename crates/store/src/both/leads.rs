//! [`Leads`]: one row a name.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::AssertSqlSafe;

use super::codec::{ms, ms_after};
use super::dialect::each;
use super::{DbConnection, DbStore};
use crate::{Lead, Leads, StoreError, WorkerId};

#[async_trait]
impl Leads for DbStore {
    async fn lead(
        &self,
        name: &str,
        holder: &WorkerId,
        lease: Duration,
        now: DateTime<Utc>,
    ) -> Result<Option<Lead>, StoreError> {
        // every write empties what programs keep of the database: a lead that is young is not written anew
        let young: Option<i64> = sqlx::query_scalar(
            "select token from leads where name = $1 and holder = $2 and lease_until >= $3",
        )
        .bind(name)
        .bind(&holder.0)
        .bind(ms_after(now, lease / 2))
        .fetch_optional(&self.readers)
        .await?;
        if let Some(token) = young {
            return Ok(Some(Lead { name: name.to_owned(), holder: holder.clone(), token }));
        }
        let token: Option<i64> = sqlx::query_scalar(
            "insert into leads (name, holder, token, lease_until) values ($1, $2, 1, $4) \
             on conflict (name) do update set holder = excluded.holder, lease_until = excluded.lease_until, \
             token = leads.token + case when leads.holder = excluded.holder and leads.lease_until > $3 \
             then 0 else 1 end where leads.holder = excluded.holder or leads.lease_until <= $3 \
             returning token",
        )
        .bind(name)
        .bind(&holder.0)
        .bind(ms(now))
        .bind(ms_after(now, lease))
        .fetch_optional(&self.writer)
        .await?;
        Ok(token.map(|token| Lead { name: name.to_owned(), holder: holder.clone(), token }))
    }

    async fn step_down(&self, lead: &Lead, now: DateTime<Utc>) -> Result<(), StoreError> {
        sqlx::query("update leads set lease_until = $1 where name = $2 and token = $3 and lease_until > $1")
            .bind(ms(now))
            .bind(&lead.name)
            .bind(lead.token)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    async fn leader(&self, name: &str, now: DateTime<Utc>) -> Result<Option<WorkerId>, StoreError> {
        let holder: Option<String> =
            sqlx::query_scalar("select holder from leads where name = $1 and lease_until > $2")
                .bind(name)
                .bind(ms(now))
                .fetch_optional(&self.readers)
                .await?;
        Ok(holder.map(WorkerId))
    }
}

/// Whether the lead still holds, asked within the transaction that rests on it.
pub(crate) async fn holds(
    tx: &mut DbConnection,
    lead: &Lead,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let found: i64 =
        sqlx::query_scalar("select count(*) from leads where name = $1 and token = $2 and lease_until > $3")
            .bind(&lead.name)
            .bind(lead.token)
            .bind(ms(now))
            .fetch_one(tx)
            .await?;
    Ok(found > 0)
}

/// Frees what the dead led: nobody waits for their leases to run out. `dead` is a JSON list of their names.
pub(crate) async fn leave_leads(
    tx: &mut DbConnection,
    dead: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let sql = format!(
        "update leads set lease_until = $1 where lease_until > $1 and holder in (select w.value from {})",
        each(2)
    );
    sqlx::query(AssertSqlSafe(sql)).bind(ms(now)).bind(dead).execute(tx).await?;
    Ok(())
}
