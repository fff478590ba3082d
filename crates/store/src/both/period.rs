//! [`Statistics`]: the figures of a period, put together alike whatever database they were read from. Each
//! answer is read at one moment. Where rows are counted and where kept sums are read is the room's own.

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use chrono::{DateTime, Days, Duration, NaiveDate, Utc};
use chrono_tz::Tz;
use domain::{CallStatus, RubricId, TimeWindow};
use sqlx::{AssertSqlSafe, QueryBuilder, Row as _};

use super::super::codec::{corrupt, instant, ms, small, status, unsigned};
use super::super::dialect::along;
use super::super::runs::money;
use super::super::{Db, DbConnection, DbRow, DbStore};
use super::{criteria, others, states, sums, waiting};
use crate::figures::{Bucket, Sums};
use crate::week::{days_of, midnight};
use crate::{
    ChangeMark, CriterionAgreement, CriterionFigures, DayFigures, HourFigures, ManagerFigures, Overview,
    Period, PromiseCounts, PromiseFigures, SpendFigures, Statistics, StoreError, ValueFigures, WaitingClient,
};

/// Days before a period that a trend begins with.
const BEFORE: u64 = 21;

/// Whose sums are asked for.
pub(super) struct Scope<'a> {
    /// Scores under this rubric; 0 = of the newest analysis.
    pub(super) rubric: i64,
    pub(super) manager: Option<&'a str>,
    pub(super) zone: Tz,
}

/// The number of the rubric whose scores are meant; -1 for one that no analysis ever used.
pub(super) async fn rubric_number(
    tx: &mut DbConnection,
    rubric: Option<&RubricId>,
) -> Result<i64, StoreError> {
    let Some(rubric) = rubric else { return Ok(0) };
    let no: Option<i64> = sqlx::query_scalar("select no from rubric_numbers where rubric = $1")
        .bind(rubric.as_str())
        .fetch_optional(tx)
        .await?;
    Ok(no.unwrap_or(-1))
}

async fn scope<'a>(tx: &mut DbConnection, period: &'a Period) -> Result<Scope<'a>, StoreError> {
    let rubric = rubric_number(tx, period.rubric.as_ref()).await?;
    Ok(Scope { rubric, manager: period.manager_id.as_deref(), zone: period.zone })
}

/// An employee and a window, of the columns of one table.
pub(super) fn push_scope(
    query: &mut QueryBuilder<Db>,
    table: &str,
    at: &str,
    manager: Option<&str>,
    window: TimeWindow,
) {
    if let Some(manager) = manager {
        query.push(format!(" and {table}.manager_id = ")).push_bind(manager.to_owned());
    }
    for (sign, bound) in [(">=", window.from), ("<", window.to)] {
        if let Some(bound) = bound {
            query.push(format!(" and {table}.{at} {sign} ")).push_bind(ms(bound));
        }
    }
}

/// How many calls stand where, with a verdict to check, and with words left out.
#[derive(Default)]
pub(super) struct States {
    by_status: HashMap<CallStatus, u64>,
    needs_review: u64,
    incomplete: u64,
}

impl States {
    pub(super) fn add(&mut self, rows: &[DbRow]) -> Result<(), StoreError> {
        for row in rows {
            let count = unsigned("count", row.try_get("calls")?)?;
            let status = status(row.try_get("status")?)?;
            *self.by_status.entry(status).or_default() += count;
            if row.try_get::<bool, _>("review")? && status == CallStatus::Done {
                self.needs_review += count;
            }
            if row.try_get::<bool, _>("incomplete")? {
                self.incomplete += count;
            }
        }
        Ok(())
    }
}

/// The window with bounds: those that it lacks are its first and last call.
async fn bounded(
    tx: &mut DbConnection,
    window: TimeWindow,
) -> Result<Option<(DateTime<Utc>, DateTime<Utc>)>, StoreError> {
    if let (Some(from), Some(to)) = (window.from, window.to) {
        return Ok((from < to).then_some((from, to)));
    }
    let (along, timed) = (along("calls_started"), "where started_at is not null");
    let sql = format!(
        "select (select min(started_at) from calls{along} {timed}) as first, \
         (select max(started_at) from calls{along} {timed}) as last"
    );
    let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(tx).await?;
    let (Some(first), Some(last)) = (row.try_get("first")?, row.try_get::<Option<i64>, _>("last")?) else {
        return Ok(None);
    };
    let from = window.from.map_or_else(|| instant("call", first), Ok)?;
    let to = window.to.map_or_else(|| instant("call", last + 1), Ok)?;
    Ok((from < to).then_some((from, to)))
}

/// Money by day, item and currency, as it is shown.
pub(super) fn spend_figures(
    days: BTreeMap<(i64, String, String), i64>,
) -> Result<Vec<SpendFigures>, StoreError> {
    days.into_iter()
        .map(|((day, item, currency), micros)| {
            let day = NaiveDate::default()
                .checked_add_signed(Duration::days(day))
                .ok_or_else(|| corrupt("sum", format!("{day} is no day")))?;
            Ok(SpendFigures { day, item, amount: money(&currency, micros)? })
        })
        .collect()
}

#[async_trait]
impl Statistics for DbStore {
    async fn change_mark(&self) -> Result<Option<ChangeMark>, StoreError> {
        self.mark().await
    }

    async fn overview(&self, period: &Period) -> Result<Overview, StoreError> {
        let mut tx = self.begin_reading().await?;
        let scope = scope(&mut tx, period).await?;
        let sums = sums::total(&mut tx, &scope, period.window).await?;
        let previous_mean = match period.previous() {
            Some(window) => sums::total(&mut tx, &scope, window).await?.scores()?.mean,
            None => None,
        };
        let states = states::states(&mut tx, period.window, scope.manager).await?;
        let mut by_status: Vec<(CallStatus, u64)> = states.by_status.into_iter().collect();
        by_status.retain(|(_, count)| *count > 0);
        by_status.sort_by_key(|(status, _)| *status);
        Ok(Overview {
            calls: unsigned("count", sums.calls)?,
            by_status,
            scores: sums.scores()?,
            previous_mean,
            needs_review: states.needs_review,
            not_rung_back: unsigned("count", sums.call_back)?,
            incomplete: states.incomplete,
            talk_share: sums.talk_share(),
            spent: others::spent(&mut tx, period.window, scope.manager).await?,
        })
    }

    async fn trend(&self, period: &Period) -> Result<Vec<DayFigures>, StoreError> {
        let mut tx = self.begin_reading().await?;
        let scope = scope(&mut tx, period).await?;
        let Some((from, to)) = bounded(&mut tx, period.window).await? else { return Ok(Vec::new()) };
        let first = from.with_timezone(&period.zone).date_naive();
        let first = first.checked_sub_days(Days::new(BEFORE)).unwrap_or(first);
        let mut trend = Vec::new();
        for (from, to, before) in [(midnight(period.zone, first), from, true), (from, to, false)] {
            let window = TimeWindow { from: Some(from), to: Some(to) };
            let known = sums::bucketed(&mut tx, &scope, window, Bucket::Day).await?;
            for (day, window) in days_of(period.zone, from, to) {
                let number = day.signed_duration_since(NaiveDate::default()).num_days();
                let sums = known.get(&number).copied().unwrap_or_default();
                let (calls, scores) = (unsigned("count", sums.calls)?, sums.scores()?);
                trend.push(DayFigures { day, before, window, calls, scores });
            }
        }
        Ok(trend)
    }

    async fn by_manager(&self, period: &Period) -> Result<Vec<ManagerFigures>, StoreError> {
        let mut tx = self.begin_reading().await?;
        let scope = scope(&mut tx, period).await?;
        let now = sums::by_manager(&mut tx, &scope, period.window).await?;
        let before = match period.previous() {
            Some(window) => sums::by_manager(&mut tx, &scope, window).await?,
            None => HashMap::new(),
        };
        let mut names: HashMap<String, Option<String>> =
            others::manager_names(&mut tx).await?.into_iter().collect();
        let mut managers = Vec::with_capacity(now.len());
        for (id, sums) in now {
            if sums.calls == 0 {
                continue;
            }
            managers.push(ManagerFigures {
                name: names.remove(&id).flatten(),
                calls: unsigned("count", sums.calls)?,
                scores: sums.scores()?,
                previous_mean: before.get(&id).map(Sums::scores).transpose()?.and_then(|scores| scores.mean),
                missed: unsigned("count", sums.missed)?,
                not_rung_back: unsigned("count", sums.call_back)?,
                talk_share: sums.talk_share(),
                id,
            });
        }
        let place = |manager: &ManagerFigures| manager.scores.mean.unwrap_or(f64::INFINITY);
        managers.sort_by(|a, b| place(a).total_cmp(&place(b)).then_with(|| a.id.cmp(&b.id)));
        Ok(managers)
    }

    async fn by_criterion(&self, period: &Period) -> Result<Vec<CriterionFigures>, StoreError> {
        let mut tx = self.begin_reading().await?;
        criteria::by_criterion(&mut tx, period).await
    }

    async fn by_hour(&self, period: &Period) -> Result<Vec<HourFigures>, StoreError> {
        let mut tx = self.begin_reading().await?;
        let scope = scope(&mut tx, period).await?;
        let hours = sums::bucketed(&mut tx, &scope, period.window, Bucket::HourOfWeek).await?;
        hours
            .into_iter()
            .filter(|(_, sums)| sums.calls > 0)
            .map(|(index, sums)| {
                let part = |value: i64| u8::try_from(value).unwrap_or_default();
                Ok(HourFigures {
                    weekday: part(index / 24 + 1),
                    hour: part(index % 24),
                    calls: unsigned("count", sums.calls)?,
                    missed: unsigned("count", sums.missed)?,
                    scores: sums.scores()?,
                })
            })
            .collect()
    }

    async fn values(
        &self,
        period: &Period,
        key: Option<&str>,
        beside: Option<&str>,
    ) -> Result<Vec<ValueFigures>, StoreError> {
        let mut tx = self.begin_reading().await?;
        criteria::values(&mut tx, period, key, beside).await
    }

    async fn waiting_clients(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<(Vec<WaitingClient>, u64), StoreError> {
        let mut tx = self.begin_reading().await?;
        waiting::waiting_clients(&mut tx, period, limit).await
    }

    async fn spend_by_day(&self, period: &Period) -> Result<Vec<SpendFigures>, StoreError> {
        let mut tx = self.begin_reading().await?;
        others::spend_by_day(&mut tx, period).await
    }

    async fn promises(
        &self,
        period: &Period,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<(Vec<PromiseFigures>, PromiseCounts), StoreError> {
        let mut tx = self.begin_reading().await?;
        others::promises(&mut tx, period, ms(now), limit).await
    }

    async fn agreement_by_criterion(&self, period: &Period) -> Result<Vec<CriterionAgreement>, StoreError> {
        let mut tx = self.begin_reading().await?;
        criteria::agreement(&mut tx, period).await
    }

    async fn managers(&self) -> Result<Vec<(String, Option<String>)>, StoreError> {
        let mut tx = self.begin_reading().await?;
        let mut managers = others::manager_names(&mut tx).await?;
        managers.sort_by(|(a, a_name), (b, b_name)| {
            a_name.as_ref().unwrap_or(a).cmp(b_name.as_ref().unwrap_or(b)).then_with(|| a.cmp(b))
        });
        Ok(managers)
    }

    async fn criteria(
        &self,
        rubric: Option<&RubricId>,
    ) -> Result<Vec<(RubricId, String, String)>, StoreError> {
        let rows = sqlx::query(
            "select n.rubric, k.key, k.title from rubric_numbers n join rubric_criteria k on k.rubric = n.no \
             where $1 is null or n.rubric = $1 order by n.rubric, k.rank, k.place",
        )
        .bind(rubric.map(RubricId::as_str))
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| {
                let rubric = RubricId::new(row.try_get::<String, _>("rubric")?);
                Ok((rubric, row.try_get("key")?, row.try_get("title")?))
            })
            .collect()
    }

    async fn rubrics(&self) -> Result<Vec<(RubricId, String, u32)>, StoreError> {
        let rows = sqlx::query(
            "select n.rubric, n.title, coalesce((select max(number) from rubrics r \
             where r.rubric = n.rubric), 0) as number from rubric_numbers n order by n.rubric",
        )
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| {
                let rubric = RubricId::new(row.try_get::<String, _>("rubric")?);
                let number = small("rubric", row.try_get("number")?)?;
                Ok((rubric, row.try_get("title")?, number))
            })
            .collect()
    }
}
