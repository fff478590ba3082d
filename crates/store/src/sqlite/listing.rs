//! Lists of calls: a filter becomes one walk along one index, cut at the page.
//!
//! The index is named (`indexed by`): without statistics SQLite would now and then sort a million
//! rows for one page. Several states or the two ends of a number are several walks, each cut at
//! the page, then merged.

use domain::{CallStatus, TimeWindow};
use sqlx::{QueryBuilder, Sqlite};

use super::SqliteStore;
use super::codec::ms;
use super::demands::{Clients, Narrowed};
use super::judged::UNTIMED_AT;
use super::paging::{MAX_PAGE, Place};
use super::row::{CALL_COLUMNS, CallRow};
use crate::{CallFilter, CallRecord, CallSort, Page, PageRequest, PromiseDemand, StoreError};

/// Scores below it stand in an index of their own: few calls, and those that are looked for.
const WEAK: f64 = 40.0;

/// One walk: where it begins, and by which columns it is ordered. Its tables name calls `c`.
pub(crate) struct Walk {
    from: String,
    lead: Lead,
    at: &'static str,
    id: &'static str,
}

/// The equality that leads into the index of a walk.
enum Lead {
    None,
    Text(&'static str, String),
    Among(&'static str, Vec<String>),
    Number(&'static str, i64),
    Verdict(i64, i64, i64),
    Answer(i64, i64, String),
}

impl Walk {
    fn index(index: &str, lead: Lead) -> Self {
        Self { from: format!("calls c indexed by {index} where true"), lead, at: "c.started_at", id: "c.id" }
    }

    /// Along a table beside `calls` whose rows carry the time.
    fn beside(table: &str, lead: Lead) -> Self {
        let from = format!("{table} w cross join calls c on c.id = w.call_id where true");
        Self { from, lead, at: "w.at", id: "w.call_id" }
    }

    /// Whether the time stands in a table beside `calls`, where it is never null.
    fn is_beside(&self) -> bool {
        self.at.starts_with("w.")
    }

    pub(crate) fn push(&self, query: &mut QueryBuilder<Sqlite>) {
        query.push(&self.from);
        match &self.lead {
            Lead::None => {}
            Lead::Text(column, text) => {
                query.push(format!(" and {column} = ")).push_bind(text.clone());
            }
            Lead::Among(column, texts) => {
                query.push(format!(" and {column} in (select value from json_each("));
                query.push_bind(serde_json::json!(texts).to_string()).push("))");
            }
            Lead::Number(column, number) => {
                query.push(format!(" and {column} = ")).push_bind(*number);
            }
            Lead::Verdict(rubric, place, verdict) => {
                query.push(" and w.rubric = ").push_bind(*rubric).push(" and w.place = ").push_bind(*place);
                query.push(" and w.verdict = ").push_bind(*verdict);
            }
            Lead::Answer(rubric, place, answer) => {
                query.push(" and w.rubric = ").push_bind(*rubric).push(" and w.place = ").push_bind(*place);
                query.push(" and w.answer = ").push_bind(answer.clone());
            }
        }
    }

    /// The window again where the index carries the time under another name.
    pub(crate) fn push_window(&self, query: &mut QueryBuilder<Sqlite>, filter: &CallFilter) {
        if self.is_beside() && filter.window != TimeWindow::ALL {
            // what is bounded holds no call without a time
            let from = filter.window.from.map_or(UNTIMED_AT + 1, ms);
            query.push(format!(" and {} >= ", self.at)).push_bind(from);
            if let Some(to) = filter.window.to {
                query.push(format!(" and {} < ", self.at)).push_bind(ms(to));
            }
        }
    }
}

/// Along the promises, each call met at the first of those that are asked for.
fn of_promises(demand: PromiseDemand) -> Walk {
    let mut walk = Walk::beside("promises", Lead::None);
    walk.at = "w.made_at";
    walk.from = walk.from.replace("promises w", "promises w indexed by promises_made");
    let asked = match demand {
        PromiseDemand::Given => " and w.n = 0".to_owned(),
        PromiseDemand::Overdue(now) => {
            let overdue = |p: &str| format!("{p}.kept_at is null and {p}.due_at <= {}", ms(now));
            format!(
                " and {} and not exists (select 1 from promises e where e.call_id = w.call_id \
                 and e.n < w.n and {})",
                overdue("w"),
                overdue("e")
            )
        }
    };
    walk.from = format!("{}{asked}", walk.from);
    walk
}

/// What was paid for, where it does not matter when: the item as `paid_calls` keeps it.
fn paid_item(filter: &CallFilter) -> Option<String> {
    let paid = filter.paid.as_ref().filter(|paid| paid.window == TimeWindow::ALL)?;
    Some(paid.item.clone().unwrap_or_default())
}

/// The walks that meet the filter's calls soonest.
pub(crate) fn walks(narrowed: &Narrowed<'_>) -> Vec<Walk> {
    let filter = narrowed.filter;
    if let Some(phone) = &filter.phone {
        let lead = |column| Lead::Text(column, phone.as_str().to_owned());
        return vec![
            Walk::index("calls_caller", lead("c.caller")),
            Walk::index("calls_callee", lead("c.callee")),
        ];
    }
    if let Some(run) = filter.run {
        let from = "run_calls m cross join calls c on c.id = m.call_id where true".to_owned();
        return vec![Walk { from, lead: Lead::Number("m.run_id", run.0), at: "c.started_at", id: "c.id" }];
    }
    if let Some(Clients::Few(phones)) = &narrowed.clients {
        let lead = |phone: &String| Lead::Text("c.client_phone", phone.clone());
        return match phones.as_slice() {
            // nobody has such a number: the demand itself says so after one step
            [one] => vec![Walk::index("calls_client", lead(one))],
            // of nobody: no step at all
            phones => vec![Walk::index("calls_client", Lead::Among("c.client_phone", phones.to_vec()))],
        };
    }
    if let Some((spots, answer)) = &narrowed.answer {
        let lead = |(rubric, place): &(i64, i64)| Lead::Answer(*rubric, *place, answer.clone());
        return spots.iter().map(|spot| Walk::beside("answer_calls", lead(spot))).collect();
    }
    if let Some((spots, verdict)) = &narrowed.verdict {
        let lead = |(rubric, place): &(i64, i64)| Lead::Verdict(*rubric, *place, *verdict);
        return spots.iter().map(|spot| Walk::beside("verdict_calls", lead(spot))).collect();
    }
    if let Some(promise) = filter.promise {
        return vec![of_promises(promise)];
    }
    if let Some(item) = paid_item(filter) {
        return vec![Walk::beside("paid_calls", Lead::Text("w.item", item))];
    }
    if let Some(tag) = &filter.tag {
        return vec![Walk::beside("call_tags", Lead::Text("w.tag", tag.clone()))];
    }
    for (wanted, column) in
        [(filter.call_back, "call_back"), (filter.needs_review, "review"), (filter.incomplete, "incomplete")]
    {
        if wanted == Some(true) {
            let mut walk = Walk::index(&format!("calls_{column}"), Lead::None);
            walk.from = format!("{} and c.{column} = 1", walk.from);
            return vec![walk];
        }
    }
    if let Some(manager) = &filter.manager_id {
        return vec![Walk::index("calls_manager", Lead::Text("c.manager_id", manager.clone()))];
    }
    if narrowed.asks_scores()
        && filter.scored != Some(false)
        && let Some(rubric) = narrowed.rubric
    {
        let mut walk = Walk::beside("judged", Lead::Number("w.rubric", rubric));
        walk.from = walk.from.replace("judged w", "judged w indexed by judged_at");
        return vec![walk];
    }
    if !filter.statuses.is_empty() {
        let mut statuses = filter.statuses.clone();
        statuses.sort_unstable();
        statuses.dedup();
        let lead = |status: CallStatus| Lead::Text("c.status", status.as_str().to_owned());
        return statuses.into_iter().map(|status| Walk::index("calls_status", lead(status))).collect();
    }
    let weak = filter.below_score.is_some_and(|bound| bound <= WEAK);
    match &filter.source {
        None if weak && narrowed.rubric.is_none() => {
            let mut walk = Walk::index("calls_weak", Lead::None);
            walk.from = format!("{} and c.score < {WEAK}", walk.from);
            vec![walk]
        }
        Some(source) => vec![Walk::index("calls_source", Lead::Text("c.source", source.as_str().to_owned()))],
        None => vec![Walk::index("calls_started", Lead::None)],
    }
}

pub(crate) fn list_query(narrowed: &Narrowed<'_>, place: Place, limit: u32) -> QueryBuilder<Sqlite> {
    let (sign, order) = match narrowed.filter.sort {
        CallSort::StartedDesc => ("<", "desc"),
        CallSort::StartedAsc => (">", "asc"),
    };
    let mut query = QueryBuilder::new("with page (id) as (");
    for (n, walk) in walks(narrowed).into_iter().enumerate() {
        let (beside, Walk { at, id, .. }) = (walk.is_beside(), &walk);
        query.push(if n == 0 { "select id from (" } else { " union select id from (" });
        query.push(format!("select {id} as id from "));
        walk.push(&mut query);
        walk.push_window(&mut query, narrowed.filter);
        narrowed.push(&mut query);
        let timed = if beside { format!("{at} > {UNTIMED_AT}") } else { format!("{at} is not null") };
        match place {
            Place::Start => {
                query.push(format!(" and {timed}"));
            }
            Place::Timed { at: time, id: last } => {
                query.push(format!(" and {timed} and ({at}, {id}) {sign} ("));
                query.push_bind(time).push(", ").push_bind(last).push(")");
            }
            Place::Untimed { after } => {
                let untimed =
                    if beside { format!(" and {at} = {UNTIMED_AT}") } else { format!(" and {at} is null") };
                query.push(untimed);
                if let Some(after) = after {
                    query.push(format!(" and {id} {sign} ")).push_bind(after);
                }
            }
        }
        query.push(format!(" order by {at} {order}, {id} {order} limit ")).push_bind(limit).push(")");
    }
    query.push(format!(
        ") select {CALL_COLUMNS} from page cross join calls c on c.id = page.id \
         left join recordings r on r.call_id = c.id order by c.started_at {order}, c.id {order} limit "
    ));
    query.push_bind(limit);
    query
}

/// Walks for counting: here no order leads, but the number of steps.
fn fewest(narrowed: &Narrowed<'_>) -> Vec<Walk> {
    let filter = narrowed.filter;
    let crowded = filter.tag.is_some() && filter.phone.is_none() && filter.run.is_none();
    if let (true, Some(manager)) = (crowded, &filter.manager_id) {
        return vec![Walk::index("calls_manager", Lead::Text("c.manager_id", manager.clone()))];
    }
    walks(narrowed)
}

/// Counts along one index without a look at the calls, where the index holds all that is asked.
fn count_of_index(narrowed: &Narrowed<'_>) -> Option<QueryBuilder<Sqlite>> {
    let filter = narrowed.filter;
    let mut rest = CallFilter { window: TimeWindow::ALL, ..filter.clone() };
    let (mut verdict, mut answer) = (narrowed.verdict.clone(), narrowed.answer.clone());
    let by_answer = answer.take().is_some();
    let by_money = !by_answer && verdict.is_none() && filter.promise.is_none() && paid_item(filter).is_some();
    let names_the_employee = by_answer || by_money;
    if names_the_employee {
        rest.manager_id = None;
    }
    if by_money {
        rest.paid = None;
    } else if by_answer {
        // its table is the walk
    } else if verdict.take().is_none() && rest.tag.take().is_none() {
        return count_of_scores(narrowed);
    }
    let others = Narrowed { filter: &rest, verdict, answer, ..narrowed.clone() };
    if others.demands_anything() {
        return None;
    }
    let mut query = QueryBuilder::new("select count(*) from (");
    for (n, mut walk) in walks(narrowed).into_iter().enumerate() {
        walk.from = walk.from.replace(" cross join calls c on c.id = w.call_id", "");
        query.push(if n == 0 { "select " } else { " union select " }).push("w.call_id from ");
        walk.push(&mut query);
        walk.push_window(&mut query, filter);
        if let (Some(manager), true) = (&filter.manager_id, names_the_employee) {
            query.push(" and w.manager_id = ").push_bind(manager.clone());
        }
    }
    query.push(")");
    Some(query)
}

/// By scores of the newest analyses alone, of all time.
fn count_of_scores(narrowed: &Narrowed<'_>) -> Option<QueryBuilder<Sqlite>> {
    let filter = narrowed.filter;
    let bounds = [(">=", filter.min_score), ("<=", filter.max_score), ("<", filter.below_score)];
    let rest = CallFilter { min_score: None, max_score: None, below_score: None, ..filter.clone() };
    let others = Narrowed { filter: &rest, ..narrowed.clone() };
    let asked = bounds.iter().any(|(_, bound)| bound.is_some());
    if !asked || narrowed.rubric.is_some() || others.demands_anything() {
        return None;
    }
    let mut query =
        QueryBuilder::new("select count(*) from calls c indexed by calls_score where c.score is not null");
    for (sign, bound) in bounds {
        if let Some(bound) = bound {
            query.push(format!(" and c.score {sign} ")).push_bind(bound);
        }
    }
    Some(query)
}

/// How many rows a walk meets.
pub(crate) fn count_query(narrowed: &Narrowed<'_>) -> QueryBuilder<Sqlite> {
    if let Some(query) = count_of_index(narrowed) {
        return query;
    }
    let mut query = QueryBuilder::new("select count(*) from (");
    for (n, walk) in fewest(narrowed).into_iter().enumerate() {
        query.push(if n == 0 { "select " } else { " union select " }).push(walk.id).push(" from ");
        walk.push(&mut query);
        walk.push_window(&mut query, narrowed.filter);
        narrowed.push(&mut query);
    }
    query.push(")");
    query
}

impl SqliteStore {
    pub(crate) async fn list_calls(
        &self,
        filter: &CallFilter,
        page: &PageRequest,
    ) -> Result<Page<CallRecord>, StoreError> {
        let narrowed = Narrowed::of(filter, &self.readers).await?;
        let wanted = page.limit.clamp(1, MAX_PAGE);
        let mut rows: Vec<CallRow> = Vec::new();
        let mut place = Place::parse(page.after.as_ref())?;
        if narrowed.is_vain() {
            return Ok(Page { items: Vec::new(), next: None });
        }
        let bounded = filter.window.from.is_some() || filter.window.to.is_some();
        // one row more than wanted tells whether there is a next page
        let most = usize::try_from(wanted).unwrap_or(usize::MAX).saturating_add(1);
        loop {
            let left = u32::try_from(most - rows.len()).unwrap_or(1);
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
}
