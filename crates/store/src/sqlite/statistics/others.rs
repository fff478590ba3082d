//! Names of employees, promises, money: where SQLite reads kept sums, or has to be led to an index.

use std::collections::BTreeMap;

use domain::{Money, TimeWindow};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row as _, Sqlite, SqliteConnection};

use super::sums::MANAGERS;
use super::waiting::{promise, promise_counts};
use super::{push_scope, spend_figures};
use crate::figures::Bucket;
use crate::sqlite::counting::Split;
use crate::sqlite::runs::money;
use crate::week::{HOUR_MS, segments};
use crate::{Period, PromiseCounts, PromiseFigures, SpendFigures, StoreError};

/// Everybody who ever had a call, each with the newest name.
pub(super) async fn manager_names(
    tx: &mut SqliteConnection,
) -> Result<Vec<(String, Option<String>)>, StoreError> {
    let sql = format!(
        "{MANAGERS} select id, (select manager_name from calls indexed by calls_manager where manager_id = managers.id \
         order by started_at desc limit 1) as name from managers where id is not null"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(tx).await?;
    rows.iter().map(|row| Ok((row.try_get("id")?, row.try_get("name")?))).collect()
}

pub(super) async fn promises(
    tx: &mut SqliteConnection,
    period: &Period,
    now: i64,
    limit: u32,
) -> Result<(Vec<PromiseFigures>, PromiseCounts), StoreError> {
    let manager = period.manager_id.as_deref();
    let counts = promise_counts(tx, period, now).await?;
    let mut query = QueryBuilder::<Sqlite>::new(
        "with page (call_id, n) as (select call_id, n from promises indexed by promises_made where true",
    );
    push_scope(&mut query, "promises", "made_at", manager, period.window);
    let order = "case when kept_at is null then due_at > ";
    query.push(format!(" order by {order}")).push_bind(now);
    query.push(" when kept_at > due_at then 2 else 3 end, due_at, call_id, n limit ").push_bind(limit);
    query.push(
        ") select p.made_at, p.due_at, p.kept_at, p.manager_id, p.client, p.what, c.uid from page \
         cross join promises p on p.call_id = page.call_id and p.n = page.n \
         cross join calls c on c.id = p.call_id",
    );
    let rows = query.build().fetch_all(tx).await?;
    Ok((rows.iter().map(|row| promise(row, now)).collect::<Result<_, _>>()?, counts))
}

/// Money paid within a window, by currency.
pub(super) async fn spent(
    tx: &mut SqliteConnection,
    window: TimeWindow,
    manager: Option<&str>,
) -> Result<Vec<Money>, StoreError> {
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for row in paid(tx, window, manager, true, "'' as bucket", "'' as bucket").await? {
        *sums.entry(row.try_get("currency")?).or_default() += row.try_get::<i64, _>("micros")?;
    }
    sums.into_iter().filter(|(_, micros)| *micros != 0).map(|(code, micros)| money(&code, micros)).collect()
}

/// Rows of `bucket, item, currency, micros`: whole hours from their sums, the ends from the entries.
async fn paid(
    tx: &mut SqliteConnection,
    window: TimeWindow,
    manager: Option<&str>,
    by_hours: bool,
    of_hours: &str,
    of_entries: &str,
) -> Result<Vec<SqliteRow>, StoreError> {
    let mut rows = Vec::new();
    let Split { days: hours, edges } = Split::of(window, HOUR_MS);
    // an hour there is parts of two hours of UTC
    let (hours, edges) = if by_hours { (hours, edges) } else { (None, vec![window]) };
    if let Some((first, end)) = hours {
        let sql = format!(
            "select {of_hours}, item, currency, sum(micros) as micros from spend_hours \
             where manager = ? and hour >= ? and hour < ? group by 1, 2, 3"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(manager.unwrap_or_default());
        rows.extend(query.bind(first).bind(end).fetch_all(&mut *tx).await?);
    }
    for edge in edges {
        let mut query = QueryBuilder::<Sqlite>::new(format!(
            "select {of_entries}, item, currency, sum(micros) as micros from spend indexed by spend_at where true"
        ));
        push_scope(&mut query, "spend", "at", manager, edge);
        query.push(" group by 1, 2, 3");
        rows.extend(query.build().fetch_all(&mut *tx).await?);
    }
    Ok(rows)
}

pub(super) async fn spend_by_day(
    tx: &mut SqliteConnection,
    period: &Period,
) -> Result<Vec<SpendFigures>, StoreError> {
    let mut days: BTreeMap<(i64, String, String), i64> = BTreeMap::new();
    for (window, offset) in segments(period.zone, period.window) {
        let of_hours = Bucket::Day.expression(&format!("hour * {HOUR_MS} + {offset}"));
        let of_entries = Bucket::Day.expression(&format!("at + {offset}"));
        let buckets = (format!("{of_hours} as bucket"), format!("{of_entries} as bucket"));
        let (manager, by_hours) = (period.manager_id.as_deref(), offset % HOUR_MS == 0);
        let rows = paid(tx, window, manager, by_hours, &buckets.0, &buckets.1).await?;
        for row in &rows {
            let key = (row.try_get("bucket")?, row.try_get("item")?, row.try_get("currency")?);
            *days.entry(key).or_default() += row.try_get::<i64, _>("micros")?;
        }
    }
    spend_figures(days)
}
