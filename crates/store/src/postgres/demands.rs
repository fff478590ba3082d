//! A filter of calls as SQL: what it names is looked up once, then every demand is a condition on a
//! row of `calls c`.

use sqlx::{PgPool, QueryBuilder, Row as _};

use super::Db;
use super::codec::{length, ms};
use super::judged::verdict_number;
use crate::week::{HOUR_MS, MONDAY_HOURS, Span, hour_index, offset_of, spans};
use crate::{CallFilter, PromiseDemand, StoreError};

/// A criterion under a rubric, by numbers.
type Spot = (i64, i64);

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
        let rubric = match &filter.rubric {
            None => None,
            Some(rubric) => {
                let no: Option<i64> = sqlx::query_scalar("select no from rubric_numbers where rubric = $1")
                    .bind(rubric.as_str())
                    .fetch_optional(pool)
                    .await?;
                Some(no.unwrap_or(-1))
            }
        };
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
        self.push_scores(query);
        self.push_hours(query);
        self.push_results(query);
        self.push_others(query);
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

    fn push_scores(&self, query: &mut QueryBuilder<Db>) {
        let filter = self.filter;
        for (sign, bound) in [(">=", filter.min_score), ("<=", filter.max_score), ("<", filter.below_score)] {
            let Some(bound) = bound else { continue };
            query.push(" and ");
            self.push_score(query);
            query.push(format!(" {sign} ")).push_bind(bound);
        }
        if let Some(scored) = filter.scored {
            query.push(" and ");
            self.push_score(query);
            query.push(if scored { " is not null" } else { " is null" });
        }
    }

    /// The score that the filter means.
    pub(crate) fn push_score(&self, query: &mut QueryBuilder<Db>) {
        match self.rubric {
            None => query.push("c.score"),
            Some(rubric) => query
                .push("(select j.score from judged j where j.call_id = c.id and j.rubric = ")
                .push_bind(rubric)
                .push(")"),
        };
    }

    fn push_hours(&self, query: &mut QueryBuilder<Db>) {
        let Some((spans, index)) = &self.hours else { return };
        let offset = offset_of(spans, "c.started_at");
        query.push(format!(
            " and c.started_at is not null and ((c.started_at + {offset}) / {HOUR_MS} + {MONDAY_HOURS}) % 168 = "
        ));
        query.push_bind(*index);
    }

    fn push_results(&self, query: &mut QueryBuilder<Db>) {
        if let Some((spots, verdict)) = &self.verdict {
            query.push(" and (false");
            for (rubric, place) in spots {
                query.push(" or exists (select 1 from verdict_calls v where v.rubric = ").push_bind(*rubric);
                query.push(" and v.place = ").push_bind(*place).push(" and v.verdict = ").push_bind(*verdict);
                query.push(" and v.call_id = c.id)");
            }
            query.push(")");
        }
        if let Some((spots, answer)) = &self.answer {
            query.push(" and (false");
            for (rubric, place) in spots {
                query.push(" or exists (select 1 from answer_calls v where v.rubric = ").push_bind(*rubric);
                query.push(" and v.place = ").push_bind(*place);
                query.push(" and v.answer = ").push_bind(answer.clone()).push(" and v.call_id = c.id)");
            }
            query.push(")");
        }
    }

    fn push_others(&self, query: &mut QueryBuilder<Db>) {
        let filter = self.filter;
        if let Some(tag) = &filter.tag {
            query.push(" and c.tags::jsonb @> jsonb_build_array(").push_bind(tag.clone()).push("::text)");
        }
        if let Some(key) = &filter.overridden {
            query.push(" and exists (select 1 from overrides o where o.call_id = c.id and o.criterion = ");
            query.push_bind(key.clone());
            if let Some(rubric) = &filter.rubric {
                query.push(" and o.rubric = ").push_bind(rubric.as_str().to_owned());
            }
            query.push(")");
        }
        if let Some(promise) = filter.promise {
            query.push(" and exists (select 1 from promises p where p.call_id = c.id");
            if let PromiseDemand::Overdue(now) = promise {
                query.push(" and p.kept_at is null and p.due_at <= ").push_bind(ms(now));
            }
            query.push(")");
        }
        if let Some(paid) = &filter.paid {
            query.push(" and exists (select 1 from spend s where s.call_id = c.id");
            if let Some(item) = &paid.item {
                query.push(" and s.item = ").push_bind(item.clone());
            }
            for (sign, bound) in [(">=", paid.window.from), ("<", paid.window.to)] {
                if let Some(bound) = bound {
                    query.push(format!(" and s.at {sign} ")).push_bind(ms(bound));
                }
            }
            query.push(")");
        }
        if let Some(run) = filter.run {
            query.push(" and exists (select 1 from run_calls m where m.run_id = ").push_bind(run.0);
            query.push(" and m.call_id = c.id)");
        }
    }
}

/// Where the criteria with this key stand, under one rubric or under any.
async fn spots(pool: &PgPool, rubric: Option<i64>, key: &str) -> Result<Vec<Spot>, StoreError> {
    let rows = sqlx::query(
        "select n.no, k.place from rubric_numbers n join rubric_criteria k on k.rubric = n.no \
         where k.key = $1 and ($2 is null or n.no = $2) order by n.no",
    )
    .bind(key)
    .bind(rubric)
    .fetch_all(pool)
    .await?;
    rows.iter().map(|row| Ok((row.try_get("no")?, row.try_get("place")?))).collect()
}

/// A pattern of numbers that hold the digits of a text; `None` without any.
fn digits_pattern(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).take(15).collect();
    (!digits.is_empty()).then(|| format!("%{digits}%"))
}
