//! Lists of calls: a filter becomes one walk along one index, cut at the page.
//!
//! The index is named (`indexed by`): without statistics SQLite would now and then sort a million
//! rows for one page. Several states or the two ends of a number are several walks, each cut at
//! the page, then merged.

use domain::CallStatus;
use sqlx::{QueryBuilder, Sqlite};

use super::SqliteStore;
use super::codec::{ms, unsigned};
use super::row::{CALL_COLUMNS, CallRow};
use crate::{CallFilter, CallRecord, CallSort, Cursor, Page, PageRequest, StoreError};

const MAX_PAGE: u32 = 1000;

/// Where the walk stands: calls with a time come first in both orders, those without follow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Place {
    Start,
    Timed { at: i64, id: i64 },
    Untimed { after: Option<i64> },
}

impl Place {
    fn parse(cursor: Option<&Cursor>) -> Result<Self, StoreError> {
        let Some(Cursor(text)) = cursor else { return Ok(Self::Start) };
        let place = text.split_once('.').and_then(|(at, id)| match at {
            "n" => Some(Self::Untimed { after: Some(id.parse().ok()?) }),
            at => Some(Self::Timed { at: at.parse().ok()?, id: id.parse().ok()? }),
        });
        place.ok_or_else(|| StoreError::Invalid(format!("{text:?} is no place in a list of calls")))
    }

    fn cursor(row: &CallRow) -> Cursor {
        Cursor(row.started_at.map_or_else(|| format!("n.{}", row.id), |at| format!("{at}.{}", row.id)))
    }
}

/// One walk: an index and the equality that leads into it.
#[derive(Debug, Clone, Copy)]
enum Walk<'a> {
    Phone { column: &'static str, index: &'static str, phone: &'a str },
    Run(i64),
    Manager(&'a str),
    Status(CallStatus),
    Source(&'a str),
    Started,
}

fn walks(filter: &CallFilter) -> Vec<Walk<'_>> {
    if let Some(phone) = &filter.phone {
        let phone = phone.as_str();
        return vec![
            Walk::Phone { column: "caller", index: "calls_caller", phone },
            Walk::Phone { column: "callee", index: "calls_callee", phone },
        ];
    }
    if let Some(run) = filter.run {
        return vec![Walk::Run(run.0)];
    }
    if let Some(manager) = &filter.manager_id {
        return vec![Walk::Manager(manager)];
    }
    if !filter.statuses.is_empty() {
        let mut statuses = filter.statuses.clone();
        statuses.sort_unstable();
        statuses.dedup();
        return statuses.into_iter().map(Walk::Status).collect();
    }
    match &filter.source {
        Some(source) => vec![Walk::Source(source.as_str())],
        None => vec![Walk::Started],
    }
}

fn push_walk(query: &mut QueryBuilder<Sqlite>, what: &str, walk: Walk<'_>) {
    let from = |index: &str| format!("select {what} from calls c indexed by {index} where ");
    match walk {
        Walk::Phone { column, index, phone } => {
            query.push(from(index)).push(format!("c.{column} = ")).push_bind(phone.to_owned());
        }
        Walk::Run(run) => {
            query
                .push(format!("select {what} from run_calls m cross join calls c on c.id = m.call_id "))
                .push("where m.run_id = ")
                .push_bind(run);
        }
        Walk::Manager(manager) => {
            query.push(from("calls_manager")).push("c.manager_id = ").push_bind(manager.to_owned());
        }
        Walk::Status(status) => {
            query.push(from("calls_status")).push("c.status = ").push_bind(status.as_str());
        }
        Walk::Source(source) => {
            query.push(from("calls_source")).push("c.source = ").push_bind(source.to_owned());
        }
        Walk::Started => {
            query.push(from("calls_started")).push("true");
        }
    }
}

/// Every demand of the filter on a row of `calls c`, the time included.
pub(crate) fn push_demands(query: &mut QueryBuilder<Sqlite>, filter: &CallFilter) {
    if let Some(from) = filter.window.from {
        query.push(" and c.started_at >= ").push_bind(ms(from));
    }
    if let Some(to) = filter.window.to {
        query.push(" and c.started_at < ").push_bind(ms(to));
    }
    if let Some(source) = &filter.source {
        query.push(" and c.source = ").push_bind(source.as_str().to_owned());
    }
    if !filter.statuses.is_empty() {
        let mut list = query.push(" and c.status in (").separated(", ");
        for status in &filter.statuses {
            list.push_bind(status.as_str());
        }
        query.push(")");
    }
    if let Some(manager) = &filter.manager_id {
        query.push(" and c.manager_id = ").push_bind(manager.clone());
    }
    if let Some(phone) = &filter.phone {
        let phone = phone.as_str().to_owned();
        query.push(" and (c.caller = ").push_bind(phone.clone()).push(" or c.callee = ").push_bind(phone);
        query.push(")");
    }
    for (sign, bound) in [(">=", filter.min_score), ("<=", filter.max_score)] {
        let Some(bound) = bound else { continue };
        query.push(" and ");
        push_score(query, filter);
        query.push(format!(" {sign} ")).push_bind(bound);
    }
    if let Some(run) = filter.run {
        query.push(" and exists (select 1 from run_calls m where m.run_id = ").push_bind(run.0);
        query.push(" and m.call_id = c.id)");
    }
}

fn push_score(query: &mut QueryBuilder<Sqlite>, filter: &CallFilter) {
    match &filter.rubric {
        None => query.push("c.score"),
        Some(rubric) => query
            .push("(select a.total_score from analyses a indexed by analyses_newest where a.call_id = c.id and a.rubric = ")
            .push_bind(rubric.as_str().to_owned())
            .push(" order by a.id desc limit 1)"),
    };
}

pub(crate) fn list_query(filter: &CallFilter, place: Place, limit: u32) -> QueryBuilder<Sqlite> {
    let (sign, order) = match filter.sort {
        CallSort::StartedDesc => ("<", "desc"),
        CallSort::StartedAsc => (">", "asc"),
    };
    let mut query = QueryBuilder::new("with page (id) as (");
    for (n, walk) in walks(filter).into_iter().enumerate() {
        query.push(if n == 0 { "select id from (" } else { " union select id from (" });
        push_walk(&mut query, "c.id", walk);
        push_demands(&mut query, filter);
        match place {
            Place::Start => {
                query.push(" and c.started_at is not null");
            }
            Place::Timed { at, id } => {
                query.push(format!(" and (c.started_at, c.id) {sign} ("));
                query.push_bind(at).push(", ").push_bind(id).push(")");
            }
            Place::Untimed { after } => {
                query.push(" and c.started_at is null");
                if let Some(after) = after {
                    query.push(format!(" and c.id {sign} ")).push_bind(after);
                }
            }
        }
        query.push(format!(" order by c.started_at {order}, c.id {order} limit ")).push_bind(limit).push(")");
    }
    query.push(format!(
        ") select {CALL_COLUMNS} from page cross join calls c on c.id = page.id \
         left join recordings r on r.call_id = c.id order by c.started_at {order}, c.id {order} limit "
    ));
    query.push_bind(limit);
    query
}

impl SqliteStore {
    pub(crate) async fn list_calls(
        &self,
        filter: &CallFilter,
        page: &PageRequest,
    ) -> Result<Page<CallRecord>, StoreError> {
        let wanted = page.limit.clamp(1, MAX_PAGE);
        let mut rows: Vec<CallRow> = Vec::new();
        let mut place = Place::parse(page.after.as_ref())?;
        let bounded = filter.window.from.is_some() || filter.window.to.is_some();
        // one row more than wanted tells whether there is a next page
        let most = usize::try_from(wanted).unwrap_or(usize::MAX).saturating_add(1);
        loop {
            let left = u32::try_from(most - rows.len()).unwrap_or(1);
            rows.extend(list_query(filter, place, left).build_query_as().fetch_all(&self.readers).await?);
            let timed = !matches!(place, Place::Untimed { .. });
            if rows.len() >= most || !timed || bounded {
                break;
            }
            place = Place::Untimed { after: None };
        }
        let more = rows.len() >= most;
        rows.truncate(most - 1);
        let next = rows.last().filter(|_| more).map(Place::cursor);
        let items = rows.into_iter().map(CallRow::record).collect::<Result<_, _>>()?;
        Ok(Page { items, next })
    }

    pub(crate) async fn count_listed(&self, filter: &CallFilter) -> Result<u64, StoreError> {
        let mut query = if is_counted(filter) {
            let mut query = QueryBuilder::new("select coalesce(sum(count), 0) from call_counts where true");
            if let Some(source) = &filter.source {
                query.push(" and source = ").push_bind(source.as_str().to_owned());
            }
            if !filter.statuses.is_empty() {
                let mut list = query.push(" and status in (").separated(", ");
                for status in &filter.statuses {
                    list.push_bind(status.as_str());
                }
                query.push(")");
            }
            query
        } else {
            let mut query = QueryBuilder::new("select count(*) from (");
            for (n, walk) in walks(filter).into_iter().enumerate() {
                query.push(if n == 0 { "" } else { " union " });
                push_walk(&mut query, "c.id", walk);
                push_demands(&mut query, filter);
            }
            query.push(")");
            query
        };
        let count: i64 = query.build_query_scalar().fetch_one(&self.readers).await?;
        unsigned("count", count)
    }
}

/// Whether `call_counts` knows the answer.
fn is_counted(filter: &CallFilter) -> bool {
    filter.window == domain::TimeWindow::ALL
        && filter.manager_id.is_none()
        && filter.phone.is_none()
        && filter.min_score.is_none()
        && filter.max_score.is_none()
        && filter.run.is_none()
}
