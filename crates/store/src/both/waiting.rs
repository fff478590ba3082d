//! Clients who rang in vain and were not rung back, and what was promised to whom.

use sqlx::{AssertSqlSafe, QueryBuilder, Row as _};

use super::super::codec::{call_id, instant, unsigned};
use super::super::dialect::{IS_SO, along};
use super::super::row::number_of;
use super::super::{Db, DbConnection, DbRow};
use super::push_scope;
use crate::figures::promise_state;
use crate::{Period, PromiseCounts, PromiseFigures, StoreError, WaitingClient};

pub(super) async fn waiting_clients(
    tx: &mut DbConnection,
    period: &Period,
    limit: u32,
) -> Result<(Vec<WaitingClient>, u64), StoreError> {
    let mut query = QueryBuilder::<Db>::new(format!(
        "select c.client_phone, count(*) as rang, min(c.started_at) as first, max(c.started_at) as last, \
         count(*) over () as clients from calls c{} where c.call_back{IS_SO} and c.started_at is not null",
        along("calls_call_back")
    ));
    push_scope(&mut query, "c", "started_at", period.manager_id.as_deref(), period.window);
    query.push(" group by c.client_phone order by last desc, c.client_phone limit ");
    query.push_bind(i64::from(limit.max(1)));
    let rows = query.build().fetch_all(&mut *tx).await?;
    let clients = match rows.first() {
        Some(row) => unsigned("count", row.try_get("clients")?)?,
        None => 0,
    };
    let mut waiting = Vec::with_capacity(rows.len());
    for row in rows.iter().take(usize::try_from(limit).unwrap_or(usize::MAX)) {
        waiting.push(waiting_client(tx, row).await?);
    }
    Ok((waiting, clients))
}

/// One of them, with the last call.
async fn waiting_client(tx: &mut DbConnection, row: &DbRow) -> Result<WaitingClient, StoreError> {
    let client: &str = row.try_get("client_phone")?;
    let last: i64 = row.try_get("last")?;
    let sql = format!(
        "select uid, manager_id, (select count(*) from calls l{} where l.client_phone = $1 \
         and l.started_at < $3) as known from calls{} where client_phone = $1 and started_at = $2 \
         and call_back{IS_SO} order by id desc limit 1",
        along("calls_client"),
        along("calls_call_back_client")
    );
    let first: i64 = row.try_get("first")?;
    let call = sqlx::query(AssertSqlSafe(sql)).bind(client).bind(last).bind(first).fetch_one(tx).await?;
    Ok(WaitingClient {
        phone: number_of(client)?,
        rang: unsigned("count", row.try_get("rang")?)?,
        last_call: call_id(call.try_get("uid")?)?,
        last_at: instant("call", last)?,
        manager_id: call.try_get("manager_id")?,
        known_calls: unsigned("count", call.try_get("known")?)?,
    })
}

/// Of how many calls promises were given, and of how many they are overdue at `now`, ms.
pub(super) async fn promise_counts(
    tx: &mut DbConnection,
    period: &Period,
    now: i64,
) -> Result<PromiseCounts, StoreError> {
    let mut query = QueryBuilder::<Db>::new(
        "select count(distinct p.call_id) as given, \
         count(distinct p.call_id) filter (where p.kept_at is null and p.due_at <= ",
    );
    query.push_bind(now);
    query.push(format!(") as overdue from promises p{} where true", along("promises_made")));
    push_scope(&mut query, "p", "made_at", period.manager_id.as_deref(), period.window);
    let row = query.build().fetch_one(tx).await?;
    Ok(PromiseCounts {
        given: unsigned("count", row.try_get("given")?)?,
        overdue: unsigned("count", row.try_get("overdue")?)?,
    })
}

pub(super) fn promise(row: &DbRow, now: i64) -> Result<PromiseFigures, StoreError> {
    let due: i64 = row.try_get("due_at")?;
    Ok(PromiseFigures {
        call: call_id(row.try_get("uid")?)?,
        made_at: instant("promise", row.try_get("made_at")?)?,
        manager_id: row.try_get("manager_id")?,
        client: Some(number_of(row.try_get("client")?)?),
        what: row.try_get("what")?,
        due: instant("promise", due)?,
        state: promise_state(due, row.try_get("kept_at")?, now),
    })
}
