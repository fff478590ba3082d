//! Clients who rang in vain and were not rung back, and what was promised to whom.

use sqlx::{QueryBuilder, Row as _};

use super::super::codec::{call_id, instant, unsigned};
use super::super::dialect::{IS_SO, JOIN, along};
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
    // the last call of each client and what is known of them: beside the few that are shown
    let mut query = QueryBuilder::<Db>::new(format!(
        "with page (client, rang, first, last, clients) as (select c.client_phone, count(*), \
         min(c.started_at), max(c.started_at), count(*) over () from calls c{} \
         where c.call_back{IS_SO} and c.started_at is not null",
        along("calls_call_back")
    ));
    push_scope(&mut query, "c", "started_at", period.manager_id.as_deref(), period.window);
    query.push(" group by c.client_phone order by max(c.started_at) desc, c.client_phone limit ");
    query.push_bind(i64::from(limit.max(1)));
    query.push(format!(
        ") select page.client, page.rang, page.last, page.clients, k.uid, k.manager_id, \
         (select count(*) from calls l{} where l.client_phone = page.client and l.started_at < page.first) as known \
         from page {JOIN} calls k on k.id = (select max(n.id) from calls n{} where n.client_phone = page.client \
         and n.started_at = page.last and n.call_back{IS_SO}) order by page.last desc, page.client",
        along("calls_client"),
        along("calls_call_back_client")
    ));
    let rows = query.build().fetch_all(&mut *tx).await?;
    let clients = match rows.first() {
        Some(row) => unsigned("count", row.try_get("clients")?)?,
        None => 0,
    };
    let shown = rows.iter().take(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok((shown.map(waiting_client).collect::<Result<_, _>>()?, clients))
}

fn waiting_client(row: &DbRow) -> Result<WaitingClient, StoreError> {
    Ok(WaitingClient {
        phone: number_of(row.try_get("client")?)?,
        rang: unsigned("count", row.try_get("rang")?)?,
        last_call: call_id(row.try_get("uid")?)?,
        last_at: instant("call", row.try_get("last")?)?,
        manager_id: row.try_get("manager_id")?,
        known_calls: unsigned("count", row.try_get("known")?)?,
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
