//! Sums of calls and scores: of a window, by employee, by day and by hour of the week.

use std::collections::{BTreeMap, HashMap};

use domain::TimeWindow;
use sqlx::{QueryBuilder, Row as _};

use super::{Scope, push_scope};
use crate::StoreError;
use crate::figures::{Bucket, Sums};
use crate::postgres::{Db, DbConnection, DbRow};
use crate::week::segments;

const OF_CALLS: &str = "count(*) as calls, count(*) filter (where c.status = 'missed') as missed, \
     count(*) filter (where c.call_back) as call_back, count(c.score) as scored, \
     cast(sum(round(c.score * 1000000)) as bigint) as points, count(*) filter (where c.score < 40) as weak, \
     count(*) filter (where c.score >= 40 and c.score < 60) as fair, \
     count(*) filter (where c.score >= 60) as good, count(c.talk_share) as talks, \
     cast(sum(c.talk_share) as bigint) as talk_points";
const OF_SCORES: &str = "0::bigint as calls, 0::bigint as missed, 0::bigint as call_back, \
     count(c.score) as scored, cast(sum(round(c.score * 1000000)) as bigint) as points, \
     count(*) filter (where c.score < 40) as weak, \
     count(*) filter (where c.score >= 40 and c.score < 60) as fair, \
     count(*) filter (where c.score >= 60) as good, 0::bigint as talks, 0::bigint as talk_points";

/// What makes the answer: calls, and where a rubric is asked for the scores under it.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Calls,
    Scores,
}

fn parts(scope: &Scope<'_>) -> Vec<Part> {
    if scope.rubric == 0 { vec![Part::Calls] } else { vec![Part::Calls, Part::Scores] }
}

/// Rows of a window; calls without a time are in one without bounds, unless only timed ones are meant.
fn query(
    part: Part,
    bucket: Option<&dyn Fn(&str) -> String>,
    scope: &Scope<'_>,
    window: TimeWindow,
) -> QueryBuilder<Db> {
    let (table, at, what) = match part {
        Part::Calls => ("calls", "started_at", OF_CALLS),
        Part::Scores => ("judged", "at", OF_SCORES),
    };
    let key = bucket.map(|bucket| format!("{} as bucket, ", bucket(&format!("c.{at}")))).unwrap_or_default();
    let mut query = QueryBuilder::new(format!("select {key}{what} from {table} c where true"));
    if part == Part::Scores {
        query.push(" and c.rubric = ").push_bind(scope.rubric);
        if window.to.is_some() && window.from.is_none() {
            // what is bounded holds no call without a time
            query.push(" and c.at > -1125899906842624");
        }
    }
    push_scope(&mut query, "c", at, scope.manager, window);
    query
}

/// Takes of a row what its part is asked for.
fn taken(scope: &Scope<'_>, part: Part, row: &DbRow) -> Result<Sums, StoreError> {
    let sums = Sums::of(row)?;
    Ok(if part == Part::Calls && scope.rubric != 0 { sums.without_scores() } else { sums })
}

/// All of a window.
pub(super) async fn total(
    tx: &mut DbConnection,
    scope: &Scope<'_>,
    window: TimeWindow,
) -> Result<Sums, StoreError> {
    let mut sums = Sums::default();
    for part in parts(scope) {
        let row = query(part, None, scope, window).build().fetch_one(&mut *tx).await?;
        sums.add(&taken(scope, part, &row)?);
    }
    Ok(sums)
}

/// By employee.
pub(super) async fn by_manager(
    tx: &mut DbConnection,
    scope: &Scope<'_>,
    window: TimeWindow,
) -> Result<HashMap<String, Sums>, StoreError> {
    let mut found: HashMap<String, Sums> = HashMap::new();
    for part in parts(scope) {
        let mut query = query(part, Some(&|_| "c.manager_id".to_owned()), scope, window);
        query.push(" and c.manager_id is not null group by 1");
        for row in &query.build().fetch_all(&mut *tx).await? {
            found.entry(row.try_get("bucket")?).or_default().add(&taken(scope, part, row)?);
        }
    }
    Ok(found)
}

/// By day or by hour of the week, calls without a time left out.
pub(super) async fn bucketed(
    tx: &mut DbConnection,
    scope: &Scope<'_>,
    window: TimeWindow,
    bucket: Bucket,
) -> Result<BTreeMap<i64, Sums>, StoreError> {
    let mut found: BTreeMap<i64, Sums> = BTreeMap::new();
    for (window, offset) in segments(scope.zone, window) {
        let key = |at: &str| bucket.expression(&format!("{at} + {offset}"));
        for part in parts(scope) {
            let mut query = query(part, Some(&key), scope, window);
            query.push(match part {
                Part::Calls => " and c.started_at is not null group by 1",
                Part::Scores => " and c.at >= 0 group by 1",
            });
            for row in &query.build().fetch_all(&mut *tx).await? {
                found.entry(row.try_get("bucket")?).or_default().add(&taken(scope, part, row)?);
            }
        }
    }
    Ok(found)
}
