//! A filter of calls as SQL: what it names is looked up once, then every demand is a condition on a
//! row of `calls c`.

use sqlx::{PgPool, QueryBuilder};

use super::Db;
use super::asked::{self, Spot, rubric_number, spots};
use super::codec::{length, ms};
use super::judged::verdict_number;
use crate::week::{HOUR_MS, MONDAY_HOURS, Span, hour_index, offset_of, spans};
use crate::{CallFilter, StoreError};

/// A filter with its names looked up.
#[derive(Debug, Clone)]
pub(crate) struct Narrowed<'a> {
    pub(crate) filter: &'a CallFilter,
    /// The rubric's number; -1 for one that no analysis ever used.
    rubric: Option<i64>,
    /// Where the criterion asked for stands, and the verdict's number.
    verdict: Option<(Vec<Spot>, i64)>,
    /// Where the criterion stands whose answer is asked for.
    answer: Option<(Vec<Spot>, String)>,
    /// Clients whose number holds the digits that are asked for.
    clients: Option<String>,
    hours: Option<(Vec<Span>, i64)>,
}

impl<'a> Narrowed<'a> {
    /// Looks up what the filter names.
    pub(crate) async fn of(filter: &'a CallFilter, pool: &PgPool) -> Result<Self, StoreError> {
        let rubric = rubric_number(filter, pool).await?;
        let mut verdict = None;
        if let Some((key, wanted)) = &filter.criterion {
            verdict = Some((spots(pool, rubric, key).await?, verdict_number(*wanted)));
        }
        let mut answer = None;
        if let Some((key, wanted)) = &filter.value {
            answer = Some((spots(pool, rubric, key).await?, wanted.clone()));
        }
        let clients = filter.client.as_deref().and_then(digits_pattern);
        let hours = filter.hour_of_week.map(|hour| (spans(hour.zone, filter.window), hour_index(hour)));
        Ok(Self { filter, rubric, verdict, answer, clients, hours })
    }

    /// Whether it names a criterion that no analysis ever used: nothing can hold it.
    pub(crate) fn is_vain(&self) -> bool {
        self.verdict.as_ref().is_some_and(|(spots, _)| spots.is_empty())
            || self.answer.as_ref().is_some_and(|(spots, _)| spots.is_empty())
    }

    /// Every demand of the filter on a row of `calls c`, the time included.
    pub(crate) fn push(&self, query: &mut QueryBuilder<Db>) {
        self.push_columns(query);
        self.push_flags(query);
        asked::push_scores(query, self.filter, self.rubric);
        self.push_hours(query);
        asked::push_results(query, self.verdict.as_ref(), self.answer.as_ref(), "");
        self.push_tag(query);
        asked::push_others(query, self.filter);
    }

    fn push_columns(&self, query: &mut QueryBuilder<Db>) {
        let filter = self.filter;
        for (sign, bound) in [(">=", filter.window.from), ("<", filter.window.to)] {
            if let Some(bound) = bound {
                query.push(format!(" and c.started_at {sign} ")).push_bind(ms(bound));
            }
        }
        if let Some(source) = &filter.source {
            query.push(" and c.source = ").push_bind(source.as_str().to_owned());
        }
        if !filter.statuses.is_empty() {
            let statuses: Vec<String> =
                filter.statuses.iter().map(|status| status.as_str().to_owned()).collect();
            query.push(" and c.status = any(").push_bind(statuses).push(")");
        }
        if let Some(manager) = &filter.manager_id {
            query.push(" and c.manager_id = ").push_bind(manager.clone());
        }
        if let Some(phone) = &filter.phone {
            let phone = phone.as_str().to_owned();
            query.push(" and (c.caller = ").push_bind(phone.clone()).push(" or c.callee = ").push_bind(phone);
            query.push(")");
        }
        if let Some(pattern) = &self.clients {
            query.push(" and c.client_phone in (select phone from clients where phone like ");
            query.push_bind(pattern.clone()).push(")");
        }
        if let Some(direction) = filter.direction {
            query.push(" and c.direction = ").push_bind(direction.as_str());
        }
    }

    fn push_flags(&self, query: &mut QueryBuilder<Db>) {
        let filter = self.filter;
        match filter.needs_review {
            Some(true) => query.push(" and c.review and c.status = 'done'"),
            Some(false) => query.push(" and not (c.review and c.status = 'done')"),
            None => query,
        };
        for (column, wanted) in [("call_back", filter.call_back), ("incomplete", filter.incomplete)] {
            match wanted {
                Some(true) => query.push(format!(" and c.{column}")),
                Some(false) => query.push(format!(" and not c.{column}")),
                None => query,
            };
        }
        for (sign, bound) in [(">=", filter.min_duration_ms), ("<=", filter.max_duration_ms)] {
            if let Some(bound) = bound {
                query.push(format!(" and coalesce(c.talk_ms, c.duration_ms) {sign} "));
                query.push_bind(length(bound));
            }
        }
    }

    /// The score that the filter means.
    pub(crate) fn push_score(&self, query: &mut QueryBuilder<Db>) {
        asked::push_score(query, self.rubric);
    }

    fn push_hours(&self, query: &mut QueryBuilder<Db>) {
        let Some((spans, index)) = &self.hours else { return };
        let offset = offset_of(spans, "c.started_at");
        query.push(format!(
            " and c.started_at is not null and ((c.started_at + {offset}) / {HOUR_MS} + {MONDAY_HOURS}) % 168 = "
        ));
        query.push_bind(*index);
    }

    fn push_tag(&self, query: &mut QueryBuilder<Db>) {
        if let Some(tag) = &self.filter.tag {
            query.push(" and c.tags::jsonb @> jsonb_build_array(").push_bind(tag.clone()).push("::text)");
        }
    }
}

/// A pattern of numbers that hold the digits of a text; `None` without any.
fn digits_pattern(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).take(15).collect();
    (!digits.is_empty()).then(|| format!("%{digits}%"))
}
