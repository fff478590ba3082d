//! How many calls a filter holds: sums of whole days where they know it, and a walk for the parts of
//! days at both ends of the window, or for all of it.

use chrono::{DateTime, Utc};
use domain::{CallStatus, TimeWindow};
use sqlx::{QueryBuilder, Sqlite};

use super::SqliteStore;
use super::codec::{ms, unsigned};
use super::demands::Narrowed;
use super::listing::count_query;
use crate::week::{DAY_MS, HOUR_MS};
use crate::{CallFilter, StoreError};

/// A window as whole days of UTC with what sticks out at both ends.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Split {
    /// From the first (with it) to the last (without); -1 stands for calls without a time.
    pub(crate) days: Option<(i64, i64)>,
    /// The ends.
    pub(crate) edges: Vec<TimeWindow>,
}

impl Split {
    /// By slots of `size` ms.
    pub(crate) fn of(window: TimeWindow, size: i64) -> Self {
        let (from, to) = (window.from.map(ms), window.to.map(ms));
        // what is bounded holds no call without a time
        let lowest = if window == TimeWindow::ALL { -1 } else { 0 };
        let first = from.map_or(lowest, |from| from.div_euclid(size) + i64::from(from.rem_euclid(size) > 0));
        let end = to.map_or(i64::MAX, |to| to.div_euclid(size));
        let first = first.max(lowest);
        if first >= end {
            return Self { days: None, edges: vec![window] };
        }
        let mut edges = Vec::new();
        if from.is_some_and(|from| from < first * size) {
            edges.push(TimeWindow { from: window.from, to: instant(first * size) });
        }
        if to.is_some_and(|to| end * size < to) {
            edges.push(TimeWindow { from: instant(end * size), to: window.to });
        }
        Self { days: Some((first, end)), edges }
    }
}

/// A window as whole days, the whole hours beside them, and what sticks out of those.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Parts {
    /// As in [`Split`].
    pub(crate) days: Option<(i64, i64)>,
    /// Likewise, in hours since 1970.
    pub(crate) hours: Vec<(i64, i64)>,
    /// The rest.
    pub(crate) edges: Vec<TimeWindow>,
}

impl Parts {
    pub(crate) fn of(window: TimeWindow) -> Self {
        let Split { days, edges: around } = Split::of(window, DAY_MS);
        let (mut hours, mut edges) = (Vec::new(), Vec::new());
        for edge in around {
            let fine = Split::of(edge, HOUR_MS);
            hours.extend(fine.days);
            edges.extend(fine.edges);
        }
        Self { days, hours, edges }
    }

    /// Grain (1 = days, 0 = hours), first slot and the slot after the last.
    pub(crate) fn slots(&self) -> impl Iterator<Item = (i64, i64, i64)> {
        let days = self.days.iter().map(|(first, end)| (1, *first, *end));
        days.chain(self.hours.iter().map(|(first, end)| (0, *first, *end)))
    }
}

fn instant(ms: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(ms)
}

/// Bands of scores as `call_days` keeps them: none, below 40, below 60, above.
fn bands(filter: &CallFilter) -> Option<Vec<i64>> {
    let asks = filter.min_score.is_some() || filter.max_score.is_some() || filter.below_score.is_some();
    let at_least = match filter.min_score {
        None => 1,
        Some(bound) if bound <= 0.0 => 1,
        Some(40.0) => 2,
        Some(60.0) => 3,
        Some(_) => return None,
    };
    let mut at_most = match filter.below_score {
        None => 3,
        Some(bound) if bound > 100.0 => 3,
        Some(60.0) => 2,
        Some(40.0) => 1,
        Some(_) => return None,
    };
    match filter.max_score {
        None => {}
        Some(bound) if bound >= 100.0 => {}
        Some(_) => return None,
    }
    if filter.scored == Some(false) {
        at_most = if asks { -1 } else { 0 };
        return Some((0..=at_most).collect());
    }
    let lowest = if asks || filter.scored == Some(true) { at_least } else { 0 };
    Some((lowest..=at_most).collect())
}

/// What no sum knows.
fn is_particular(filter: &CallFilter) -> bool {
    filter.phone.is_some()
        || filter.client.is_some()
        || filter.tag.is_some()
        || filter.value.is_some()
        || filter.overridden.is_some()
        || filter.min_duration_ms.is_some()
        || filter.max_duration_ms.is_some()
        || filter.hour_of_week.is_some()
        || filter.promise.is_some()
        || filter.paid.is_some()
        || filter.run.is_some()
}

/// What `call_days` is narrowed by beside the score.
fn asks_of_days(filter: &CallFilter) -> bool {
    filter.source.is_some()
        || !filter.statuses.is_empty()
        || filter.direction.is_some()
        || filter.needs_review.is_some()
        || filter.call_back.is_some()
        || filter.incomplete.is_some()
}

/// Which sums know the count of whole days.
enum Sums {
    Days(Vec<i64>),
    Scores(Vec<i64>),
    Verdicts { rubric: i64, place: i64, verdict: i64 },
    Hours(Vec<&'static str>),
}

impl Sums {
    fn slot_ms(&self) -> i64 {
        if matches!(self, Self::Hours(_)) { HOUR_MS } else { DAY_MS }
    }
}

/// Columns of `sums` that hold the bands.
fn band_columns(bands: &[i64]) -> Vec<&'static str> {
    let name = |band: &i64| match band {
        1 => Some("weak"),
        2 => Some("fair"),
        3 => Some("good"),
        _ => None,
    };
    bands.iter().filter_map(name).collect()
}

/// Hours of the week are sums of hours, where these are hours there too.
fn hours(narrowed: &Narrowed<'_>) -> Option<Sums> {
    let filter = narrowed.filter;
    let (spans, _) = narrowed.hours.as_ref()?;
    let rest = CallFilter { hour_of_week: None, statuses: Vec::new(), ..filter.clone() };
    let missed = match filter.statuses.as_slice() {
        [] => false,
        [CallStatus::Missed] => true,
        _ => return None,
    };
    if spans.iter().any(|span| span.offset % HOUR_MS != 0)
        || is_particular(&rest)
        || asks_of_days(&rest)
        || narrowed.verdict.is_some()
        || filter.scored == Some(false)
    {
        return None;
    }
    match (missed, narrowed.asks_scores()) {
        (true, true) => None,
        (true, false) => Some(Sums::Hours(vec!["missed"])),
        (false, false) => Some(Sums::Hours(vec!["calls"])),
        (false, true) => Some(Sums::Hours(band_columns(&bands(filter)?))),
    }
}

fn sums(narrowed: &Narrowed<'_>) -> Option<Sums> {
    let filter = narrowed.filter;
    if filter.hour_of_week.is_some() {
        return hours(narrowed);
    }
    if is_particular(filter) {
        return None;
    }
    if let Some((spots, verdict)) = &narrowed.verdict {
        // one call may be judged by the same key under two rubrics: sums would count it twice
        return match spots.as_slice() {
            [(rubric, place)] if !narrowed.asks_scores() && !asks_of_days(filter) => {
                Some(Sums::Verdicts { rubric: *rubric, place: *place, verdict: *verdict })
            }
            _ => None,
        };
    }
    let bands = bands(filter)?;
    if narrowed.asks_scores() && filter.scored != Some(false) && !asks_of_days(filter) {
        return Some(Sums::Scores(bands));
    }
    let by_rubric = narrowed.asks_scores() && filter.rubric.is_some();
    (filter.manager_id.is_none() && !by_rubric).then_some(Sums::Days(bands))
}

fn whole_days(narrowed: &Narrowed<'_>, sums: &Sums, (first, end): (i64, i64)) -> QueryBuilder<Sqlite> {
    let filter = narrowed.filter;
    let manager = filter.manager_id.clone().unwrap_or_default();
    match sums {
        Sums::Scores(bands) => {
            let mut query = of_sums(&band_columns(bands), narrowed.scores_of(), manager);
            query.push(" and grain = 1 and slot >= ").push_bind(first).push(" and slot < ").push_bind(end);
            query
        }
        Sums::Hours(columns) => {
            let rubric = if narrowed.asks_scores() { narrowed.scores_of() } else { 0 };
            let mut query = of_sums(columns, rubric, manager);
            query.push(" and grain = 0 and slot >= ").push_bind(first.max(0));
            query.push(" and slot < ").push_bind(end);
            narrowed.push_hour_of(&mut query, &format!("slot * {HOUR_MS}"));
            query
        }
        Sums::Verdicts { rubric, place, verdict } => {
            let mut query =
                QueryBuilder::new("select coalesce(sum(calls), 0) from verdict_days where rubric = ");
            query.push_bind(*rubric).push(" and manager = ").push_bind(manager);
            query.push(" and day >= ").push_bind(first).push(" and day < ").push_bind(end);
            query.push(" and place = ").push_bind(*place).push(" and verdict = ").push_bind(*verdict);
            query
        }
        Sums::Days(bands) => {
            let mut query =
                QueryBuilder::new("select coalesce(sum(calls), 0) from call_days c where day >= ");
            query.push_bind(first).push(" and day < ").push_bind(end);
            if bands.len() < 4 {
                let list: Vec<String> = bands.iter().map(ToString::to_string).collect();
                query.push(format!(" and band in ({})", list.join(", ")));
            }
            let columns = CallFilter {
                source: filter.source.clone(),
                statuses: filter.statuses.clone(),
                direction: filter.direction,
                needs_review: filter.needs_review,
                call_back: filter.call_back,
                incomplete: filter.incomplete,
                ..CallFilter::default()
            };
            Narrowed { filter: &columns, rubric: None, verdict: None, answer: None, ..narrowed.clone() }
                .push(&mut query);
            query
        }
    }
}

fn of_sums(columns: &[&str], rubric: i64, manager: String) -> QueryBuilder<Sqlite> {
    let sum = if columns.is_empty() { "0".to_owned() } else { columns.join(" + ") };
    let mut query = QueryBuilder::new(format!("select coalesce(sum({sum}), 0) from sums where rubric = "));
    query.push_bind(rubric).push(" and manager = ").push_bind(manager);
    query
}

impl SqliteStore {
    pub(crate) async fn count_listed(&self, filter: &CallFilter) -> Result<u64, StoreError> {
        if let Some(mut query) = all_time(filter) {
            let count: i64 = query.build_query_scalar().fetch_one(&self.readers).await?;
            return unsigned("count", count);
        }
        let narrowed = Narrowed::of(filter, &self.readers).await?;
        if narrowed.is_vain() {
            return Ok(0);
        }
        let split = match sums(&narrowed) {
            Some(sums) => {
                let split = Split::of(filter.window, sums.slot_ms());
                Some((sums, split))
            }
            None => None,
        };
        let Some((sums, Split { days: Some(days), edges })) = split else {
            return self.count_walked(&narrowed).await;
        };
        // one reader, one moment: a change between two looks would be counted by none or by both
        let mut tx = self.readers.begin().await?;
        let whole: i64 = whole_days(&narrowed, &sums, days).build_query_scalar().fetch_one(&mut *tx).await?;
        let mut count = unsigned("count", whole)?;
        for window in edges {
            let filter = CallFilter { window, ..filter.clone() };
            let edge = Narrowed { filter: &filter, ..narrowed.clone() };
            let met: i64 = count_query(&edge).build_query_scalar().fetch_one(&mut *tx).await?;
            count += unsigned("count", met)?;
        }
        Ok(count)
    }

    async fn count_walked(&self, narrowed: &Narrowed<'_>) -> Result<u64, StoreError> {
        let count: i64 = count_query(narrowed).build_query_scalar().fetch_one(&self.readers).await?;
        unsigned("count", count)
    }
}

/// By source and status alone, of all time.
fn all_time(filter: &CallFilter) -> Option<QueryBuilder<Sqlite>> {
    let plain = filter.window == TimeWindow::ALL
        && !is_particular(filter)
        && filter.manager_id.is_none()
        && filter.criterion.is_none()
        && filter.direction.is_none()
        && filter.scored.is_none()
        && filter.min_score.is_none()
        && filter.max_score.is_none()
        && filter.below_score.is_none()
        && filter.needs_review.is_none()
        && filter.call_back.is_none()
        && filter.incomplete.is_none();
    if !plain {
        return None;
    }
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
    Some(query)
}
