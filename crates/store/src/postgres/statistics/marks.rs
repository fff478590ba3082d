//! Verdicts and answers, counted from their rows.

use std::collections::HashMap;

use sqlx::{QueryBuilder, Row as _};

use super::push_scope;
use crate::codec::unsigned;
use crate::figures::{MAX_VALUES, Mark, Marks};
use crate::postgres::judged::UNTIMED_AT;
use crate::postgres::{Db, DbConnection};
use crate::{Period, StoreError};

/// The rows `w` of a rubric that the period holds: what is bounded holds no call without a time.
fn push_period(query: &mut QueryBuilder<Db>, rubric: i64, period: &Period) {
    query.push(" where w.rubric = ").push_bind(rubric);
    if period.window.to.is_some() && period.window.from.is_none() {
        query.push(format!(" and w.at > {UNTIMED_AT}"));
    }
    push_scope(query, "w", "at", period.manager_id.as_deref(), period.window);
}

pub(super) async fn marks(tx: &mut DbConnection, rubric: i64, period: &Period) -> Result<Marks, StoreError> {
    let mut query = QueryBuilder::<Db>::new(
        "select w.place, w.verdict, count(*) as calls, cast(coalesce(sum(w.share), 0) as bigint) as earned, \
         count(w.share) as possible from verdict_calls w",
    );
    push_period(&mut query, rubric, period);
    query.push(" group by 1, 2");
    let mut marks = Marks::new();
    for row in &query.build().fetch_all(tx).await? {
        let mark = Mark {
            calls: row.try_get("calls")?,
            earned: row.try_get("earned")?,
            possible: row.try_get("possible")?,
        };
        marks.insert((row.try_get("place")?, row.try_get("verdict")?), mark);
    }
    Ok(marks)
}

/// The most frequent answers to a criterion.
pub(super) async fn answers(
    tx: &mut DbConnection,
    rubric: i64,
    place: i64,
    period: &Period,
) -> Result<Vec<(String, u64)>, StoreError> {
    let mut query = QueryBuilder::<Db>::new("select w.answer, count(*) as calls from answer_calls w");
    push_period(&mut query, rubric, period);
    query.push(" and w.place = ").push_bind(place);
    query.push(" group by 1 order by count(*) desc, w.answer limit ").push_bind(MAX_VALUES);
    let rows = query.build().fetch_all(tx).await?;
    rows.iter().map(|row| Ok((row.try_get("answer")?, unsigned("count", row.try_get("calls")?)?))).collect()
}

/// Verdicts of another criterion among the calls with each of the answers.
pub(super) async fn verdicts_beside(
    tx: &mut DbConnection,
    (rubric, place, beside): (i64, i64, i64),
    answers: &[(String, u64)],
    period: &Period,
) -> Result<HashMap<(String, i64), u64>, StoreError> {
    let wanted: Vec<String> = answers.iter().map(|(answer, _)| answer.clone()).collect();
    let mut query = QueryBuilder::<Db>::new("select w.answer, substr(w.verdicts, ");
    query.push_bind(beside).push("::int, 1) as verdict, count(*) as calls from answer_calls w");
    push_period(&mut query, rubric, period);
    query.push(" and w.place = ").push_bind(place);
    query.push(" and w.answer = any(").push_bind(wanted).push(") group by 1, 2");
    let mut found = HashMap::new();
    for row in &query.build().fetch_all(tx).await? {
        if let Ok(verdict) = row.try_get::<&str, _>("verdict")?.parse() {
            found.insert((row.try_get("answer")?, verdict), unsigned("count", row.try_get("calls")?)?);
        }
    }
    Ok(found)
}
