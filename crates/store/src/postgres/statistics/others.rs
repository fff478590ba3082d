//! Names of employees, promises, money: where PostgreSQL counts rows in its own words.

use std::collections::BTreeMap;

use domain::{Money, TimeWindow};
use sqlx::{QueryBuilder, Row as _};

use super::waiting::{promise, promise_counts};
use super::{push_scope, spend_figures};
use crate::figures::Bucket;
use crate::postgres::runs::money;
use crate::postgres::{Db, DbConnection};
use crate::week::segments;
use crate::{Period, PromiseCounts, PromiseFigures, SpendFigures, StoreError};

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

pub(super) async fn promises(
    tx: &mut DbConnection,
    period: &Period,
    now: i64,
    limit: u32,
) -> Result<(Vec<PromiseFigures>, PromiseCounts), StoreError> {
    let manager = period.manager_id.as_deref();
    let counts = promise_counts(tx, period, now).await?;
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
    spend_figures(days)
}
