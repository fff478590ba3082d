//! A filter of calls as SQL: what it names is looked up once, then every demand is a condition on a
//! row of `calls c`.

use sqlx::{QueryBuilder, Sqlite, SqlitePool};

use super::asked::{self, Spot, rubric_number, spots};
use super::codec::{length, ms};
use super::judged::{UNTIMED_AT, verdict_number};
use crate::week::{HOUR_MS, MONDAY_HOURS, Span, hour_index, offset_of, spans};
use crate::{CallFilter, StoreError};

/// Up to so many clients a part of a number leads to their calls; with more of them the walk along
/// the time meets one soon.
const FEW_CLIENTS: usize = 200;

/// Which clients a part of a number means.
#[derive(Debug, Clone)]
pub(crate) enum Clients {
    /// These.
    Few(Vec<String>),
    /// Many: those whose number is like this.
    Like(String),
}

/// A filter with its names looked up.
#[derive(Debug, Clone)]
pub(crate) struct Narrowed<'a> {
    pub(crate) filter: &'a CallFilter,
    /// The rubric's number; -1 for one that no analysis ever used.
    pub(crate) rubric: Option<i64>,
    /// Where the criterion asked for stands, and the verdict's number.
    pub(crate) verdict: Option<(Vec<Spot>, i64)>,
    /// Where the criterion stands whose answer is asked for.
    pub(crate) answer: Option<(Vec<Spot>, String)>,
    pub(crate) clients: Option<Clients>,
    pub(crate) hours: Option<(Vec<Span>, i64)>,
}

impl<'a> Narrowed<'a> {
    /// Looks up what the filter names.
    pub(crate) async fn of(filter: &'a CallFilter, pool: &SqlitePool) -> Result<Self, StoreError> {
        let rubric = rubric_number(filter, pool).await?;
        let mut verdict = None;
        if let Some((key, wanted)) = &filter.criterion {
            verdict = Some((spots(pool, rubric, key).await?, verdict_number(*wanted)));
        }
        let mut answer = None;
        if let Some((key, wanted)) = &filter.value {
            answer = Some((spots(pool, rubric, key).await?, wanted.clone()));
        }
        let clients = match &filter.client {
            Some(text) => clients(pool, text).await?,
            None => None,
        };
        let hours = filter.hour_of_week.map(|hour| (spans(hour.zone, filter.window), hour_index(hour)));
        Ok(Self { filter, rubric, verdict, answer, clients, hours })
    }

    /// A filter that names nothing to be looked up.
    #[cfg(test)]
    pub(crate) fn plain(filter: &'a CallFilter) -> Self {
        let rubric = filter.rubric.as_ref().map(|_| 1);
        let verdict = filter.criterion.as_ref().map(|(_, verdict)| (vec![(1, 1)], verdict_number(*verdict)));
        let answer = filter.value.as_ref().map(|(_, value)| (vec![(1, 1)], value.clone()));
        let clients = filter.client.as_ref().map(|_| Clients::Few(vec!["+79161234567".to_owned()]));
        Self { filter, rubric, verdict, answer, clients, hours: None }
    }

    /// The rubric that figures of scores are kept under.
    pub(crate) fn scores_of(&self) -> i64 {
        self.rubric.unwrap_or(0)
    }

    /// Whether it names a criterion that no analysis ever used: nothing can hold it.
    pub(crate) fn is_vain(&self) -> bool {
        self.verdict.as_ref().is_some_and(|(spots, _)| spots.is_empty())
            || self.answer.as_ref().is_some_and(|(spots, _)| spots.is_empty())
    }

    /// Whether a row of `calls` has to be looked at.
    pub(crate) fn demands_anything(&self) -> bool {
        let mut query = QueryBuilder::<Sqlite>::new("");
        self.push(&mut query);
        !query.sql().as_str().is_empty()
    }

    /// Whether the filter asks for scores.
    pub(crate) fn asks_scores(&self) -> bool {
        let filter = self.filter;
        filter.scored.is_some()
            || filter.min_score.is_some()
            || filter.max_score.is_some()
            || filter.below_score.is_some()
    }

    /// Every demand of the filter on a row of `calls c`, the time included.
    pub(crate) fn push(&self, query: &mut QueryBuilder<Sqlite>) {
        self.push_window(query);
        self.push_columns(query);
        asked::push_scores(query, self.filter, self.rubric);
        self.push_hours(query);
        let found_by = format!(" and v.at = coalesce(c.started_at, {UNTIMED_AT})");
        asked::push_results(query, self.verdict.as_ref(), self.answer.as_ref(), &found_by);
        self.push_tag(query);
        asked::push_others(query, self.filter);
    }

    fn push_window(&self, query: &mut QueryBuilder<Sqlite>) {
        if let Some(from) = self.filter.window.from {
            query.push(" and c.started_at >= ").push_bind(ms(from));
        }
        if let Some(to) = self.filter.window.to {
            query.push(" and c.started_at < ").push_bind(ms(to));
        }
    }

    fn push_columns(&self, query: &mut QueryBuilder<Sqlite>) {
        let filter = self.filter;
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
        match &self.clients {
            None => {}
            Some(Clients::Like(pattern)) => {
                query.push(" and c.client_phone like ").push_bind(pattern.clone());
            }
            Some(Clients::Few(phones)) => {
                query.push(" and c.client_phone in (select value from json_each(");
                query.push_bind(serde_json::json!(phones).to_string()).push("))");
            }
        }
        if let Some(direction) = filter.direction {
            query.push(" and c.direction = ").push_bind(direction.as_str());
        }
        match filter.needs_review {
            Some(true) => query.push(" and c.review = 1 and c.status = 'done'"),
            Some(false) => query.push(" and not (c.review = 1 and c.status = 'done')"),
            None => query,
        };
        for (column, wanted) in [("call_back", filter.call_back), ("incomplete", filter.incomplete)] {
            if let Some(wanted) = wanted {
                query.push(format!(" and c.{column} = {}", i64::from(wanted)));
            }
        }
        for (sign, bound) in [(">=", filter.min_duration_ms), ("<=", filter.max_duration_ms)] {
            if let Some(bound) = bound {
                query.push(format!(" and coalesce(c.talk_ms, c.duration_ms) {sign} "));
                query.push_bind(length(bound));
            }
        }
    }

    /// The score that the filter means.
    pub(crate) fn push_score(&self, query: &mut QueryBuilder<Sqlite>) {
        asked::push_score(query, self.rubric);
    }

    fn push_hours(&self, query: &mut QueryBuilder<Sqlite>) {
        if self.hours.is_some() {
            query.push(" and c.started_at is not null");
            self.push_hour_of(query, "c.started_at");
        }
    }

    /// That an instant (ms) lies in the hour of the week that is asked for.
    pub(crate) fn push_hour_of(&self, query: &mut QueryBuilder<Sqlite>, at: &str) {
        let Some((spans, index)) = &self.hours else { return };
        query.push(format!(" and (({at} + "));
        query.push(offset_of(spans, at));
        query.push(format!(") / {HOUR_MS} + {MONDAY_HOURS}) % 168 = ")).push_bind(*index);
    }

    fn push_tag(&self, query: &mut QueryBuilder<Sqlite>) {
        if let Some(tag) = &self.filter.tag {
            query.push(" and exists (select 1 from call_tags g where g.tag = ").push_bind(tag.clone());
            query.push(format!(" and g.at = coalesce(c.started_at, {UNTIMED_AT}) and g.call_id = c.id)"));
        }
    }
}

async fn clients(pool: &SqlitePool, text: &str) -> Result<Option<Clients>, StoreError> {
    let digits: String = text.chars().filter(char::is_ascii_digit).take(15).collect();
    if digits.is_empty() {
        return Ok(None);
    }
    let pattern = format!("%{digits}%");
    let found: Vec<String> = sqlx::query_scalar("select phone from clients where phone like ? limit ?")
        .bind(&pattern)
        .bind(i64::try_from(FEW_CLIENTS + 1).unwrap_or(i64::MAX))
        .fetch_all(pool)
        .await?;
    Ok(Some(if found.len() > FEW_CLIENTS { Clients::Like(pattern) } else { Clients::Few(found) }))
}
