//! Lists of calls, cut at the page, and how many there are; the server chooses its way by its statistics.

use sqlx::QueryBuilder;

use super::demands::Narrowed;
use super::row::{CALL_COLUMNS, CallRow};
use super::{Db, PostgresStore};
use crate::codec::unsigned;
use crate::paging::{MAX_PAGE, Place};
use crate::{CallFilter, CallRecord, CallSort, Page, PageRequest, ScoreEnd, StoreError};

fn list_query(narrowed: &Narrowed<'_>, place: Place, limit: usize) -> QueryBuilder<Db> {
    let (sign, order) = match narrowed.filter.sort {
        CallSort::StartedDesc => ("<", "desc"),
        CallSort::StartedAsc => (">", "asc"),
    };
    let mut query = QueryBuilder::new("with page as (select c.id from calls c where true");
    narrowed.push(&mut query);
    match place {
        Place::Start => {
            query.push(" and c.started_at is not null");
        }
        Place::Timed { at, id } => {
            query.push(format!(" and c.started_at is not null and (c.started_at, c.id) {sign} ("));
            query.push_bind(at).push(", ").push_bind(id).push(")");
        }
        Place::Untimed { after } => {
            query.push(" and c.started_at is null");
            if let Some(after) = after {
                query.push(format!(" and c.id {sign} ")).push_bind(after);
            }
        }
    }
    query.push(format!(" order by c.started_at {order}, c.id {order} limit {limit}"));
    query.push(format!(
        ") select {CALL_COLUMNS} from page join calls c on c.id = page.id \
         left join recordings r on r.call_id = c.id order by c.started_at {order}, c.id {order}"
    ));
    query
}

/// By source and status alone, of all time: two sums that are kept.
fn kept_count(filter: &CallFilter) -> Option<QueryBuilder<Db>> {
    let rest = CallFilter { source: None, statuses: Vec::new(), sort: CallSort::default(), ..filter.clone() };
    if rest != CallFilter::default() {
        return None;
    }
    let mut query =
        QueryBuilder::new("select cast(coalesce(sum(count), 0) as bigint) from call_counts where true");
    if let Some(source) = &filter.source {
        query.push(" and source = ").push_bind(source.as_str().to_owned());
    }
    if !filter.statuses.is_empty() {
        let statuses: Vec<String> = filter.statuses.iter().map(|status| status.as_str().to_owned()).collect();
        query.push(" and status = any(").push_bind(statuses).push(")");
    }
    Some(query)
}

impl PostgresStore {
    pub(crate) async fn list_calls(
        &self,
        filter: &CallFilter,
        page: &PageRequest,
    ) -> Result<Page<CallRecord>, StoreError> {
        let mut place = Place::parse(page.after.as_ref())?;
        let narrowed = Narrowed::of(filter, &self.readers).await?;
        if narrowed.is_vain() {
            return Ok(Page { items: Vec::new(), next: None });
        }
        let bounded = filter.window.from.is_some() || filter.window.to.is_some();
        // one row more than wanted tells whether there is a next page
        let most = usize::try_from(page.limit.clamp(1, MAX_PAGE)).unwrap_or(usize::MAX).saturating_add(1);
        let mut rows: Vec<CallRow> = Vec::new();
        loop {
            let left = most - rows.len();
            rows.extend(list_query(&narrowed, place, left).build_query_as().fetch_all(&self.readers).await?);
            let timed = !matches!(place, Place::Untimed { .. });
            if rows.len() >= most || !timed || bounded {
                break;
            }
            place = Place::Untimed { after: None };
        }
        let more = rows.len() >= most;
        rows.truncate(most - 1);
        let next = rows.last().filter(|_| more).map(|row| Place::cursor(row.started_at, row.id));
        let items = rows.into_iter().map(CallRow::record).collect::<Result<_, _>>()?;
        Ok(Page { items, next })
    }

    pub(crate) async fn count_listed(&self, filter: &CallFilter) -> Result<u64, StoreError> {
        if let Some(mut query) = kept_count(filter) {
            return unsigned("count", query.build_query_scalar().fetch_one(&self.readers).await?);
        }
        let narrowed = Narrowed::of(filter, &self.readers).await?;
        if narrowed.is_vain() {
            return Ok(0);
        }
        let mut query = QueryBuilder::new("select count(*) from calls c where true");
        narrowed.push(&mut query);
        unsigned("count", query.build_query_scalar().fetch_one(&self.readers).await?)
    }

    /// The lowest or highest scores of a filter.
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
        let way = match end {
            ScoreEnd::Lowest => "asc",
            ScoreEnd::Highest => "desc",
        };
        let mut query = QueryBuilder::new("with page as (select c.id, ");
        narrowed.push_score(&mut query);
        query.push(" as score, c.started_at as at from calls c where ");
        narrowed.push_score(&mut query);
        query.push(" is not null");
        narrowed.push(&mut query);
        let order = format!(" order by score {way}, at desc nulls last, id desc");
        query.push(&order).push(format!(" limit {}", limit.clamp(1, MAX_PAGE)));
        query.push(format!(
            ") select {CALL_COLUMNS} from page join calls c on c.id = page.id left join recordings r \
             on r.call_id = c.id order by page.score {way}, page.at desc nulls last, page.id desc"
        ));
        let rows: Vec<CallRow> = query.build_query_as().fetch_all(&self.readers).await?;
        rows.into_iter().map(CallRow::record).collect()
    }
}
