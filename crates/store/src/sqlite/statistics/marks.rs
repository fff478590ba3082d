//! Verdicts and answers, counted: whole days from their sums, the ends of a period from the rows.

use std::collections::HashMap;

use domain::TimeWindow;
use sqlx::{QueryBuilder, Row as _, Sqlite, SqliteConnection};

use crate::codec::{from_json, ms, unsigned};
use crate::figures::{MAX_VALUES, Mark, Marks};
use crate::sqlite::counting::{Parts, Split};
use crate::sqlite::judged::UNTIMED_AT;
use crate::week::DAY_MS;
use crate::{Period, StoreError};

/// Marks of the calls at the ends of a window.
async fn edge_marks(
    tx: &mut SqliteConnection,
    rubric: i64,
    manager: Option<&str>,
    edge: TimeWindow,
) -> Result<Vec<String>, StoreError> {
    let mut query =
        QueryBuilder::<Sqlite>::new("select w.marks from judged w indexed by judged_at where w.rubric = ");
    query.push_bind(rubric);
    push_scope(&mut query, manager, edge);
    Ok(query.build_query_scalar().fetch_all(tx).await?)
}

/// An employee and a window, of rows of `judged w` and of those that are kept like it.
pub(crate) fn push_scope(query: &mut QueryBuilder<Sqlite>, manager: Option<&str>, window: TimeWindow) {
    if let Some(manager) = manager {
        query.push(" and w.manager_id = ").push_bind(manager.to_owned());
    }
    let from = window.from.map(ms).or(window.to.map(|_| UNTIMED_AT + 1));
    for (sign, bound) in [(">=", from), ("<", window.to.map(ms))] {
        if let Some(bound) = bound {
            query.push(format!(" and w.at {sign} ")).push_bind(bound);
        }
    }
}

/// Sums of whole days and hours; `None` where the window holds none.
fn kept(
    rubric: i64,
    manager: Option<&str>,
    days: Option<(i64, i64)>,
    hours: &[(i64, i64)],
) -> Option<QueryBuilder<Sqlite>> {
    let mut query = QueryBuilder::new(
        "select place, verdict, sum(calls) as calls, sum(earned) as earned, sum(possible) as possible from (",
    );
    let mut first = true;
    let mut piece = |query: &mut QueryBuilder<Sqlite>, table: &str| {
        query.push(if first { "" } else { " union all " });
        first = false;
        query.push(format!("select place, verdict, calls, earned, possible from {table} where rubric = "));
        query.push_bind(rubric);
    };
    if let Some((first, end)) = days {
        piece(&mut query, "verdict_days");
        query.push(" and manager = ").push_bind(manager.unwrap_or_default().to_owned());
        query.push(" and day >= ").push_bind(first).push(" and day < ").push_bind(end);
    }
    for (first, end) in hours {
        piece(&mut query, "verdict_hours");
        query.push(" and hour >= ").push_bind(*first).push(" and hour < ").push_bind(*end);
    }
    query.push(") group by 1, 2");
    (!first).then_some(query)
}

pub(super) async fn marks(
    tx: &mut SqliteConnection,
    rubric: i64,
    period: &Period,
) -> Result<Marks, StoreError> {
    let mut marks = Marks::new();
    let Parts { days, hours, edges } = if period.manager_id.is_none() {
        Parts::of(period.window)
    } else {
        // of an employee there are sums of days alone, and few calls at the ends
        let Split { days, edges } = Split::of(period.window, DAY_MS);
        Parts { days, hours: Vec::new(), edges }
    };
    if let Some(mut query) = kept(rubric, period.manager_id.as_deref(), days, &hours) {
        for row in &query.build().fetch_all(&mut *tx).await? {
            let mark = Mark {
                calls: row.try_get("calls")?,
                earned: row.try_get("earned")?,
                possible: row.try_get("possible")?,
            };
            marks.insert((row.try_get("place")?, row.try_get("verdict")?), mark);
        }
    }
    for edge in edges {
        for text in edge_marks(tx, rubric, period.manager_id.as_deref(), edge).await? {
            for (place, verdict, share) in from_json::<Vec<(i64, i64, Option<i64>)>>("analysis", &text)? {
                let mark = marks.entry((place, verdict)).or_default();
                mark.calls += 1;
                mark.earned += share.unwrap_or(0);
                mark.possible += i64::from(share.is_some());
            }
        }
    }
    Ok(marks)
}

/// The most frequent answers to a criterion.
pub(super) async fn answers(
    tx: &mut SqliteConnection,
    rubric: i64,
    place: i64,
    period: &Period,
) -> Result<Vec<(String, u64)>, StoreError> {
    let Split { days, edges } = Split::of(period.window, DAY_MS);
    let (first, end) = days.unwrap_or((0, 0));
    let mut query = QueryBuilder::<Sqlite>::new(
        "select answer, sum(calls) as calls from (select answer, calls from answer_days where rubric = ",
    );
    query.push_bind(rubric).push(" and manager = ");
    query.push_bind(period.manager_id.clone().unwrap_or_default()).push(" and place = ").push_bind(place);
    query.push(" and day >= ").push_bind(first).push(" and day < ").push_bind(end);
    for edge in edges {
        query.push(
            " union all select w.answer, 1 from answer_calls w indexed by answer_calls_at where w.rubric = ",
        );
        query.push_bind(rubric).push(" and w.place = ").push_bind(place);
        push_scope(&mut query, period.manager_id.as_deref(), edge);
    }
    query.push(") group by answer having sum(calls) > 0 order by sum(calls) desc, answer limit ");
    query.push_bind(MAX_VALUES);
    let rows = query.build().fetch_all(tx).await?;
    rows.iter().map(|row| Ok((row.try_get("answer")?, unsigned("count", row.try_get("calls")?)?))).collect()
}

/// Verdicts of another criterion among the calls with each of the answers.
pub(super) async fn verdicts_beside(
    tx: &mut SqliteConnection,
    (rubric, place, beside): (i64, i64, i64),
    answers: &[(String, u64)],
    period: &Period,
) -> Result<HashMap<(String, i64), u64>, StoreError> {
    let wanted: Vec<&str> = answers.iter().map(|(answer, _)| answer.as_str()).collect();
    let mut query = QueryBuilder::<Sqlite>::new("select w.answer as answer, substr(w.verdicts, ");
    query.push_bind(beside).push(", 1) as verdict, count(*) as calls from json_each(");
    query.push_bind(serde_json::json!(wanted).to_string());
    query.push(") j cross join answer_calls w on w.answer = j.value and w.rubric = ").push_bind(rubric);
    query.push(" and w.place = ").push_bind(place).push(" where true");
    push_scope(&mut query, period.manager_id.as_deref(), period.window);
    query.push(" group by 1, 2");
    let mut found = HashMap::new();
    for row in &query.build().fetch_all(tx).await? {
        if let Ok(verdict) = row.try_get::<&str, _>("verdict")?.parse() {
            found.insert((row.try_get("answer")?, verdict), unsigned("count", row.try_get("calls")?)?);
        }
    }
    Ok(found)
}
