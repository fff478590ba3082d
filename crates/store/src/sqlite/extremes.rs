//! The lowest and the highest scores of a filter: one walk that looks at scores alone, and the rows of
//! the few that are left.

use domain::TimeWindow;
use sqlx::{QueryBuilder, Sqlite};

use super::SqliteStore;
use super::demands::Narrowed;
use super::listing::{Walk, walks};
use super::row::{CALL_COLUMNS, CallRow};
use super::statistics::push_judged_scope;
use crate::{CallFilter, CallRecord, ScoreEnd, StoreError};

const MAX_LIMIT: u32 = 1000;

/// Whether the table of judgements holds all that is asked: a period, an employee, a score.
fn is_of_judgements(narrowed: &Narrowed<'_>) -> bool {
    let rest = CallFilter {
        window: TimeWindow::ALL,
        manager_id: None,
        scored: None,
        min_score: None,
        max_score: None,
        below_score: None,
        ..narrowed.filter.clone()
    };
    !(Narrowed { filter: &rest, ..narrowed.clone() }).demands_anything()
}

fn push_judgements(query: &mut QueryBuilder<Sqlite>, filter: &CallFilter, rubric: i64) {
    query.push("select w.call_id as id, w.score as score, w.at as at from judged w indexed by judged_at");
    query.push(" where w.score is not null and w.rubric = ").push_bind(rubric);
    push_judged_scope(query, filter.manager_id.as_deref(), filter.window);
    for (sign, bound) in [(">=", filter.min_score), ("<=", filter.max_score), ("<", filter.below_score)] {
        if let Some(bound) = bound {
            query.push(format!(" and w.score {sign} ")).push_bind(bound);
        }
    }
}

fn push_walk(query: &mut QueryBuilder<Sqlite>, narrowed: &Narrowed<'_>, walk: &Walk) {
    query.push("select c.id as id, ");
    narrowed.push_score(query);
    query.push(" as score, c.started_at as at from ");
    walk.push(query);
    walk.push_window(query, narrowed.filter);
    narrowed.push(query);
    query.push(" and ");
    narrowed.push_score(query);
    query.push(" is not null");
}

pub(crate) fn extremes_query(narrowed: &Narrowed<'_>, end: ScoreEnd, limit: u32) -> QueryBuilder<Sqlite> {
    let way = match end {
        ScoreEnd::Lowest => "asc",
        ScoreEnd::Highest => "desc",
    };
    let order = format!(" order by score {way}, at desc, id desc limit {limit}");
    let mut query = QueryBuilder::new("with page (id, score, at) as (");
    match narrowed.rubric {
        Some(rubric) if is_of_judgements(narrowed) => push_judgements(&mut query, narrowed.filter, rubric),
        _ => {
            for (n, walk) in walks(narrowed).into_iter().enumerate() {
                query.push(if n == 0 { "select * from (" } else { " union select * from (" });
                push_walk(&mut query, narrowed, &walk);
                query.push(&order).push(")");
            }
        }
    }
    query.push(&order).push(format!(
        ") select {CALL_COLUMNS} from page cross join calls c on c.id = page.id left join recordings r \
         on r.call_id = c.id order by page.score {way}, page.at desc, page.id desc"
    ));
    query
}

impl SqliteStore {
    pub(crate) async fn at_the_end(
        &self,
        filter: &CallFilter,
        end: ScoreEnd,
        limit: u32,
    ) -> Result<Vec<CallRecord>, StoreError> {
        let narrowed = Narrowed::of(filter, &self.readers).await?;
        if narrowed.is_vain() {
            return Ok(Vec::new());
        }
        let rows: Vec<CallRow> = extremes_query(&narrowed, end, limit.clamp(1, MAX_LIMIT))
            .build_query_as()
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter().map(CallRow::record).collect()
    }
}
