//! Clients who wait, promises, money.

use std::collections::BTreeMap;

use chrono::{Duration, NaiveDate};
use domain::{Money, TimeWindow};
use sqlx::{QueryBuilder, Row as _};

use super::push_scope;
use crate::codec::{call_id, corrupt, instant, unsigned};
use crate::figures::{Bucket, promise_state};
use crate::postgres::runs::money;
use crate::postgres::{Db, DbConnection, DbRow};
use crate::row::number_of;
use crate::week::segments;
use crate::{Period, PromiseCounts, PromiseFigures, SpendFigures, StoreError, WaitingClient};

/// Everybody who ever had a call, each with the newest name.
pub(super) async fn manager_names(
    tx: &mut DbConnection,
) -> Result<Vec<(String, Option<String>)>, StoreError> {
    // hops from one to the next along the index: there are few of them and many rows
    let rows = sqlx::query(
        "with recursive managers (id) as (select min(manager_id) from calls union all \
         select (select min(manager_id) from calls where manager_id > managers.id) from managers \
         where id is not null) select id, (select manager_name from calls where manager_id = managers.id \
         order by started_at desc nulls last limit 1) as name from managers where id is not null",
    )
    .fetch_all(tx)
    .await?;
    rows.iter().map(|row| Ok((row.try_get("id")?, row.try_get("name")?))).collect()
}

pub(super) async fn waiting_clients(
    tx: &mut DbConnection,
    period: &Period,
    limit: u32,
) -> Result<(Vec<WaitingClient>, u64), StoreError> {
    let mut query = QueryBuilder::<Db>::new(
        "select c.client_phone, count(*) as rang, min(c.started_at) as first, max(c.started_at) as last, \
         count(*) over () as clients from calls c where c.call_back and c.started_at is not null",
    );
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
        let client: &str = row.try_get("client_phone")?;
        let last: i64 = row.try_get("last")?;
        let call = sqlx::query(
            "select uid, manager_id, (select count(*) from calls l where l.client_phone = $1 \
             and l.started_at < $3) as known from calls where client_phone = $1 and started_at = $2 \
             and call_back order by id desc limit 1",
        )
        .bind(client)
        .bind(last)
        .bind(row.try_get::<i64, _>("first")?)
        .fetch_one(&mut *tx)
        .await?;
        waiting.push(WaitingClient {
            phone: number_of(client)?,
            rang: unsigned("count", row.try_get("rang")?)?,
            last_call: call_id(call.try_get("uid")?)?,
            last_at: instant("call", last)?,
            manager_id: call.try_get("manager_id")?,
            known_calls: unsigned("count", call.try_get("known")?)?,
        });
    }
    Ok((waiting, clients))
}

fn promise(row: &DbRow, now: i64) -> Result<PromiseFigures, StoreError> {
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

pub(super) async fn promises(
    tx: &mut DbConnection,
    period: &Period,
    now: i64,
    limit: u32,
) -> Result<(Vec<PromiseFigures>, PromiseCounts), StoreError> {
    let manager = period.manager_id.as_deref();
    let mut query = QueryBuilder::<Db>::new(
        "select count(distinct p.call_id) as given, \
         count(distinct p.call_id) filter (where p.kept_at is null and p.due_at <= ",
    );
    query.push_bind(now).push(") as overdue from promises p where true");
    push_scope(&mut query, "p", "made_at", manager, period.window);
    let row = query.build().fetch_one(&mut *tx).await?;
    let counts = PromiseCounts {
        given: unsigned("count", row.try_get("given")?)?,
        overdue: unsigned("count", row.try_get("overdue")?)?,
    };
    let mut query = QueryBuilder::<Db>::new(
        "select p.made_at, p.due_at, p.kept_at, p.manager_id, p.client, p.what, c.uid from promises p \
         join calls c on c.id = p.call_id where true",
    );
    push_scope(&mut query, "p", "made_at", manager, period.window);
    query.push(" order by case when p.kept_at is null then (p.due_at > ").push_bind(now);
    query.push(")::int when p.kept_at > p.due_at then 2 else 3 end, p.due_at, p.call_id, p.n limit ");
    query.push_bind(i64::from(limit));
    let rows = query.build().fetch_all(tx).await?;
    Ok((rows.iter().map(|row| promise(row, now)).collect::<Result<_, _>>()?, counts))
}

/// Money paid within a window, by currency.
pub(super) async fn spent(
    tx: &mut DbConnection,
    window: TimeWindow,
    manager: Option<&str>,
) -> Result<Vec<Money>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(
        "select s.currency, cast(sum(s.micros) as bigint) as micros from spend s where true",
    );
    push_scope(&mut query, "s", "at", manager, window);
    query.push(" group by 1 having sum(s.micros) <> 0 order by 1");
    let rows = query.build().fetch_all(tx).await?;
    rows.iter().map(|row| money(row.try_get("currency")?, row.try_get("micros")?)).collect()
}

pub(super) async fn spend_by_day(
    tx: &mut DbConnection,
    period: &Period,
) -> Result<Vec<SpendFigures>, StoreError> {
    let mut days: BTreeMap<(i64, String, String), i64> = BTreeMap::new();
    for (window, offset) in segments(period.zone, period.window) {
        let bucket = Bucket::Day.expression(&format!("s.at + {offset}"));
        let mut query = QueryBuilder::<Db>::new(format!(
            "select {bucket} as bucket, s.item, s.currency, cast(sum(s.micros) as bigint) as micros \
             from spend s where true"
        ));
        push_scope(&mut query, "s", "at", period.manager_id.as_deref(), window);
        query.push(" group by 1, 2, 3");
        for row in &query.build().fetch_all(&mut *tx).await? {
            let key = (row.try_get("bucket")?, row.try_get("item")?, row.try_get("currency")?);
            *days.entry(key).or_default() += row.try_get::<i64, _>("micros")?;
        }
    }
    days.into_iter()
        .map(|((day, item, currency), micros)| {
            let day = NaiveDate::default()
                .checked_add_signed(Duration::days(day))
                .ok_or_else(|| corrupt("sum", format!("{day} is no day")))?;
            Ok(SpendFigures { day, item, amount: money(&currency, micros)? })
        })
        .collect()
}
