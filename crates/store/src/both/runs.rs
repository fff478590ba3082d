//! [`Runs`], [`Spend`] and [`Settings`].

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{CallId, Currency, Money};
use sqlx::{AssertSqlSafe, Row as _};

use super::calls::call_rowid;
use super::codec::{corrupt, instant, ms};
use super::dialect::{JOIN, each};
use super::{DbConnection, DbRow, DbStore};
use crate::{AuditEntry, RunId, Runs, Settings, Spend, SpendEntry, StoreError};

#[async_trait]
impl Runs for DbStore {
    async fn start_run(&self, what: &str, now: DateTime<Utc>) -> Result<RunId, StoreError> {
        let id =
            sqlx::query_scalar("insert into runs (what, owner, started_at) values ($1, $2, $3) returning id")
                .bind(what)
                .bind(&self.worker_id().0)
                .bind(ms(now))
                .fetch_one(&self.writer)
                .await?;
        Ok(RunId(id))
    }

    async fn join_run(&self, run: RunId, calls: &[CallId]) -> Result<(), StoreError> {
        let ids: Vec<String> = calls.iter().map(ToString::to_string).collect();
        let sql = format!(
            "insert into run_calls (run_id, call_id) select $1, c.id from {} {JOIN} calls c on c.uid = w.value \
             where true on conflict do nothing",
            each(2)
        );
        let mut tx = self.begin().await?;
        sqlx::query(AssertSqlSafe(sql))
            .bind(run.0)
            .bind(serde_json::json!(ids).to_string())
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    async fn finish_run(&self, run: RunId, now: DateTime<Utc>) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query("update runs set finished_at = $1 where id = $2")
            .bind(ms(now))
            .bind(run.0)
            .execute(&mut *tx)
            .await?;
        leave_run(&mut tx, run.0).await?;
        Ok(tx.commit().await?)
    }
}

/// Forgets who belonged to the run.
pub(crate) async fn leave_run(tx: &mut DbConnection, run: i64) -> Result<(), StoreError> {
    sqlx::query("delete from run_ready where run_id = $1").bind(run).execute(&mut *tx).await?;
    sqlx::query("delete from run_calls where run_id = $1").bind(run).execute(tx).await?;
    Ok(())
}

/// Words of a call `$1` that nobody else has are paid again if they are ever heard again: the cache forgets them too.
pub(crate) const FORGET_PAID_WORDS: &str = "update spend set key = null where call_id = $1 and not exists (select 1 from transcripts t \
     join transcript_uses u on u.transcript_id = t.id where t.cache_key = spend.key \
     and u.call_id <> $1)";

pub(crate) async fn spend(
    tx: &mut DbConnection,
    entry: &SpendEntry,
    call: Option<i64>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let call = match call {
        Some(call) => call,
        None => call_rowid(tx, entry.call).await?,
    };
    sqlx::query(
        "insert into spend (call_id, item, currency, micros, at, key, manager_id) \
         values ($1, $2, $3, $4, $5, $6, (select manager_id from calls where id = $1)) \
         on conflict do nothing",
    )
    .bind(call)
    .bind(&entry.item)
    .bind(code(entry.amount.currency))
    .bind(entry.amount.micros)
    .bind(ms(now))
    .bind(entry.key.as_deref())
    .execute(tx)
    .await?;
    Ok(())
}

/// A row with `item`, `currency`, `micros` and `key`.
pub(crate) fn spend_entry(row: &DbRow, call: CallId) -> Result<SpendEntry, StoreError> {
    Ok(SpendEntry {
        call,
        item: row.try_get("item")?,
        amount: money(row.try_get("currency")?, row.try_get("micros")?)?,
        key: row.try_get("key")?,
    })
}

pub(crate) fn code(currency: Currency) -> &'static str {
    match currency {
        Currency::RUB => "RUB",
        Currency::USD => "USD",
    }
}

pub(crate) fn money(currency: &str, micros: i64) -> Result<Money, StoreError> {
    match currency {
        "RUB" => Ok(Money::from_micros(Currency::RUB, micros)),
        "USD" => Ok(Money::from_micros(Currency::USD, micros)),
        other => Err(corrupt("sum", format!("{other:?} is no currency"))),
    }
}

#[async_trait]
impl Spend for DbStore {
    async fn spent_on(&self, call: CallId) -> Result<Vec<SpendEntry>, StoreError> {
        let rows = sqlx::query(
            "select s.item, s.currency, s.micros, s.key from spend s join calls c on c.id = s.call_id \
             where c.uid = $1 order by s.id",
        )
        .bind(call.to_string())
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(|row| spend_entry(row, call)).collect()
    }

    async fn spent_since(&self, from: DateTime<Utc>) -> Result<Vec<Money>, StoreError> {
        let rows = sqlx::query(
            "select currency, cast(sum(micros) as bigint) as micros from spend where at >= $1 group by currency order by currency",
        )
        .bind(ms(from))
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(|row| money(row.try_get("currency")?, row.try_get("micros")?)).collect()
    }
}

pub(crate) async fn write_audit(
    tx: &mut DbConnection,
    who: &str,
    what: &str,
    target: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query("insert into audit (at, who, what, target) values ($1, $2, $3, $4)")
        .bind(ms(now))
        .bind(who)
        .bind(what)
        .bind(target)
        .execute(tx)
        .await?;
    Ok(())
}

const SET: &str = "insert into settings (key, value) values ($1, $2) on conflict (key) do update set value = excluded.value";

#[async_trait]
impl Settings for DbStore {
    async fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        Ok(sqlx::query_scalar("select value from settings where key = $1")
            .bind(key)
            .fetch_optional(&self.readers)
            .await?)
    }

    async fn set_setting(&self, key: &str, value: &str) -> Result<(), StoreError> {
        sqlx::query(SET).bind(key).bind(value).execute(&self.writer).await?;
        Ok(())
    }

    async fn settings_under(&self, prefix: &str) -> Result<Vec<(String, String)>, StoreError> {
        // not `like`: a path is full of its signs
        Ok(sqlx::query_as(
            "select key, value from settings where substr(key, 1, length($1)) = $1 order by key",
        )
        .bind(prefix)
        .fetch_all(&self.readers)
        .await?)
    }

    async fn forget_setting(&self, key: &str) -> Result<(), StoreError> {
        sqlx::query("delete from settings where key = $1").bind(key).execute(&self.writer).await?;
        Ok(())
    }

    async fn try_write(&self) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query(SET).bind("probe").bind("").execute(&mut *tx).await?;
        Ok(tx.rollback().await?)
    }

    async fn audit(&self, who: &str, what: &str, target: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
        let (who, what, target) = (who.to_owned(), what.to_owned(), target.to_owned());
        self.note_aside(&AuditEntry { at: now, who, what, target }).await
    }

    async fn audit_log(&self, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        let rows = sqlx::query("select at, who, what, target from audit order by id desc limit $1")
            .bind(i64::from(limit))
            .fetch_all(&self.readers)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(AuditEntry {
                    at: instant("audit line", row.try_get("at")?)?,
                    who: row.try_get("who")?,
                    what: row.try_get("what")?,
                    target: row.try_get("target")?,
                })
            })
            .collect()
    }
}
