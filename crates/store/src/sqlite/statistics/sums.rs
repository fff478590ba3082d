//! Sums of calls and scores: of a window, by employee, by day and by hour of the week.

use std::collections::{BTreeMap, HashMap};

use domain::TimeWindow;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row as _, Sqlite, SqliteConnection};

use super::{Scope, push_scope};
use crate::StoreError;
use crate::figures::{Bucket, Sums};
use crate::sqlite::counting::{Parts, Split};
use crate::week::{HOUR_MS, segments};

const KEPT: &str = "sum(calls) as calls, sum(missed) as missed, sum(call_back) as call_back, \
     sum(scored) as scored, sum(points) as points, sum(weak) as weak, sum(fair) as fair, \
     sum(good) as good, sum(talks) as talks, sum(talk_points) as talk_points";
const RAW: &str = "count(*) as calls, sum(c.status = 'missed') as missed, sum(c.call_back) as call_back, \
     count(c.score) as scored, sum(cast(round(c.score * 1000000) as integer)) as points, \
     sum(c.score < 40) as weak, sum(c.score >= 40 and c.score < 60) as fair, sum(c.score >= 60) as good, \
     count(c.talk_share) as talks, sum(c.talk_share) as talk_points";
const RAW_SCORES: &str = "0 as calls, 0 as missed, 0 as call_back, count(w.score) as scored, \
     sum(cast(round(w.score * 1000000) as integer)) as points, sum(w.score < 40) as weak, \
     sum(w.score >= 40 and w.score < 60) as fair, sum(w.score >= 60) as good, 0 as talks, 0 as talk_points";

/// Calls of a window, read from an index that holds all that figures need.
pub(super) fn raw_query(what: &str, manager: Option<&str>, window: TimeWindow) -> QueryBuilder<Sqlite> {
    let index = if manager.is_some() { "calls_manager" } else { "calls_started" };
    let mut query = QueryBuilder::new(format!("select {what} from calls c indexed by {index} where true"));
    push_scope(&mut query, "c", "started_at", manager, window);
    query
}

/// Scores of a window under a rubric.
fn raw_scores(what: &str, scope: &Scope<'_>, window: TimeWindow) -> QueryBuilder<Sqlite> {
    let mut query =
        QueryBuilder::new(format!("select {what} from judged w indexed by judged_at where w.rubric = "));
    query.push_bind(scope.rubric);
    push_scope(&mut query, "w", "at", scope.manager, window);
    query
}

/// The rubrics whose rows make the answer: calls are always those of rubric 0.
fn rubrics(scope: &Scope<'_>) -> Vec<i64> {
    if scope.rubric == 0 { vec![0] } else { vec![0, scope.rubric] }
}

/// Takes of a row what its rubric is asked for.
fn part(scope: &Scope<'_>, rubric: i64, row: &SqliteRow) -> Result<Sums, StoreError> {
    let sums = Sums::of(row)?;
    Ok(if rubric == 0 && scope.rubric != 0 { sums.without_scores() } else { sums })
}

/// Columns of `sums`, and the rows of whole days and hours of `parts`; `whose` joins the employees that are
/// meant. `false` where there are none.
fn push_slots(
    query: &mut QueryBuilder<Sqlite>,
    parts: &Parts,
    rubric: i64,
    mut whose: impl FnMut(&mut QueryBuilder<Sqlite>),
) -> bool {
    let mut any = false;
    for (grain, first, end) in parts.slots() {
        query.push(if any { " union all " } else { "" });
        any = true;
        query.push(
            "select s.manager, s.calls, s.missed, s.call_back, s.scored, s.points, s.weak, s.fair, s.good, \
             s.talks, s.talk_points from ",
        );
        whose(query);
        query
            .push(" and s.rubric = ")
            .push_bind(rubric)
            .push(format!(" and s.grain = {grain} and s.slot >= "));
        query.push_bind(first).push(" and s.slot < ").push_bind(end);
    }
    any
}

/// All of a window.
pub(super) async fn total(
    tx: &mut SqliteConnection,
    scope: &Scope<'_>,
    window: TimeWindow,
) -> Result<Sums, StoreError> {
    let mut sums = Sums::default();
    let parts = Parts::of(window);
    for rubric in rubrics(scope) {
        let mut query = QueryBuilder::<Sqlite>::new(format!("select {KEPT} from ("));
        let of_all = |query: &mut QueryBuilder<Sqlite>| {
            query.push("sums s where s.manager = ").push_bind(scope.manager.unwrap_or_default().to_owned());
        };
        if push_slots(&mut query, &parts, rubric, of_all) {
            query.push(")");
            sums.add(&part(scope, rubric, &query.build().fetch_one(&mut *tx).await?)?);
        }
        for edge in &parts.edges {
            let mut query = match rubric {
                0 => raw_query(RAW, scope.manager, *edge),
                _ => raw_scores(RAW_SCORES, scope, *edge),
            };
            sums.add(&part(scope, rubric, &query.build().fetch_one(&mut *tx).await?)?);
        }
    }
    Ok(sums)
}

/// Everybody who ever had a call: hops from one to the next along the key, for there are few of them and
/// many rows.
pub(super) const MANAGERS: &str = "with recursive managers (id) as (select min(manager) from sums \
     where rubric = 0 and manager > '' union all select (select min(manager) from sums where rubric = 0 \
     and manager > managers.id) from managers where id is not null)";

/// By employee.
pub(super) async fn by_manager(
    tx: &mut SqliteConnection,
    scope: &Scope<'_>,
    window: TimeWindow,
) -> Result<HashMap<String, Sums>, StoreError> {
    let mut found: HashMap<String, Sums> = HashMap::new();
    let parts = Parts::of(window);
    for rubric in rubrics(scope) {
        let mut rows = Vec::new();
        let everybody = if scope.manager.is_none() { MANAGERS } else { "" };
        let mut query =
            QueryBuilder::<Sqlite>::new(format!("{everybody} select manager as manager, {KEPT} from ("));
        let each = |query: &mut QueryBuilder<Sqlite>| match scope.manager {
            Some(manager) => {
                query.push("sums s where s.manager = ").push_bind(manager.to_owned());
            }
            None => {
                query.push("managers w cross join sums s on s.manager = w.id where w.id is not null");
            }
        };
        if push_slots(&mut query, &parts, rubric, each) {
            query.push(") group by 1");
            rows.extend(query.build().fetch_all(&mut *tx).await?);
        }
        for edge in &parts.edges {
            let mut query = match rubric {
                0 => raw_query(&format!("c.manager_id as manager, {RAW}"), scope.manager, *edge),
                _ => raw_scores(&format!("w.manager_id as manager, {RAW_SCORES}"), scope, *edge),
            };
            query.push(" group by 1 having manager is not null");
            rows.extend(query.build().fetch_all(&mut *tx).await?);
        }
        for row in &rows {
            found.entry(row.try_get("manager")?).or_default().add(&part(scope, rubric, row)?);
        }
    }
    Ok(found)
}

/// By day or by hour of the week, calls without a time left out.
pub(super) async fn bucketed(
    tx: &mut SqliteConnection,
    scope: &Scope<'_>,
    window: TimeWindow,
    bucket: Bucket,
) -> Result<BTreeMap<i64, Sums>, StoreError> {
    let mut found: BTreeMap<i64, Sums> = BTreeMap::new();
    for (window, offset) in segments(scope.zone, window) {
        let split = match offset % HOUR_MS {
            0 => Split::of(window, HOUR_MS),
            // an hour there is parts of two hours of UTC
            _ => Split { days: None, edges: vec![window] },
        };
        for rubric in rubrics(scope) {
            let mut rows = Vec::new();
            if let Some((first, end)) = split.days {
                let key = bucket.expression(&format!("slot * {HOUR_MS} + {offset}"));
                let sql = format!(
                    "select {key} as bucket, {KEPT} from sums where rubric = ? and manager = ? \
                     and grain = 0 and slot >= ? and slot < ? group by 1"
                );
                let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(rubric);
                let query = query.bind(scope.manager.unwrap_or_default()).bind(first.max(0)).bind(end);
                rows.extend(query.fetch_all(&mut *tx).await?);
            }
            for edge in &split.edges {
                let key = |at: &str| bucket.expression(&format!("{at} + {offset}"));
                let mut query = if rubric == 0 {
                    let what = format!("{} as bucket, {RAW}", key("c.started_at"));
                    let mut query = raw_query(&what, scope.manager, *edge);
                    query.push(" and c.started_at is not null");
                    query
                } else {
                    let what = format!("{} as bucket, {RAW_SCORES}", key("w.at"));
                    let mut query = raw_scores(&what, scope, *edge);
                    query.push(" and w.at >= 0");
                    query
                };
                query.push(" group by 1");
                rows.extend(query.build().fetch_all(&mut *tx).await?);
            }
            for row in &rows {
                found.entry(row.try_get("bucket")?).or_default().add(&part(scope, rubric, row)?);
            }
        }
    }
    Ok(found)
}
