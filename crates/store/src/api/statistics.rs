//! Figures over a period, each equal to what [`super::calls::Calls::count_calls`] says of the
//! filter that is given beside it: a page shows the figure and links to its calls.
//!
//! Scores and verdicts are those shown to people: with their overrides.

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use domain::{CallId, CallStatus, CriterionKind, Money, PhoneNumber, RubricId, TimeWindow, Verdict};

use super::calls::CallFilter;
use crate::StoreError;

/// What is looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Period {
    /// Calls that began inside.
    pub window: TimeWindow,
    /// Whose days and hours.
    pub zone: Tz,
    /// Of this employee alone.
    pub manager_id: Option<String>,
    /// Scores and verdicts under this rubric; `None` = the newest analysis of each call for scores,
    /// and every rubric on its own for criteria.
    pub rubric: Option<RubricId>,
}

impl Period {
    /// The filter that holds the period's calls.
    pub fn filter(&self) -> CallFilter {
        CallFilter {
            window: self.window,
            manager_id: self.manager_id.clone(),
            rubric: self.rubric.clone(),
            ..CallFilter::default()
        }
    }

    /// The window of the same length just before; `None` where the period has no bounds.
    pub fn previous(&self) -> Option<TimeWindow> {
        let (from, to) = (self.window.from?, self.window.to?);
        Some(TimeWindow { from: Some(from - (to - from)), to: Some(from) })
    }
}

/// Scores of some calls.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ScoreFigures {
    /// Calls with a score (`scored: Some(true)`).
    pub scored: u64,
    /// Their mean, 0–100; `None` without any.
    pub mean: Option<f64>,
    /// Below 40 (`below_score: Some(40.0)`).
    pub weak: u64,
    /// From 40 to below 60 (`min_score: Some(40.0), below_score: Some(60.0)`).
    pub fair: u64,
    /// 60 and more (`min_score: Some(60.0)`).
    pub good: u64,
}

/// The period at a glance.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Overview {
    /// All calls.
    pub calls: u64,
    /// How many in each state (`statuses`), in the order of the states, without zeros.
    pub by_status: Vec<(CallStatus, u64)>,
    /// Scores.
    pub scores: ScoreFigures,
    /// Mean score of [`Period::previous`].
    pub previous_mean: Option<f64>,
    /// Finished calls with a verdict to check (`needs_review: Some(true)`).
    pub needs_review: u64,
    /// Missed calls that nobody rang back (`call_back: Some(true)`).
    pub not_rung_back: u64,
    /// Calls whose transcript leaves out much of the speech (`incomplete: Some(true)`).
    pub incomplete: u64,
    /// Mean share of the operator's speech, 0–1, over the calls where it was measured.
    pub talk_share: Option<f64>,
    /// Money spent within the window, by currency.
    pub spent: Vec<Money>,
}

/// A day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DayFigures {
    /// Of the period's zone.
    pub day: NaiveDate,
    /// Whether it belongs to the three weeks before the period.
    pub before: bool,
    /// The part of the day that is meant: a period may begin at noon.
    pub window: TimeWindow,
    /// All calls.
    pub calls: u64,
    /// Scores.
    pub scores: ScoreFigures,
}

/// An employee.
#[derive(Debug, Clone, PartialEq)]
pub struct ManagerFigures {
    /// Whom the source names.
    pub id: String,
    /// Their newest name.
    pub name: Option<String>,
    /// All calls.
    pub calls: u64,
    /// Scores.
    pub scores: ScoreFigures,
    /// Mean score of [`Period::previous`].
    pub previous_mean: Option<f64>,
    /// Missed calls.
    pub missed: u64,
    /// Of them, those that nobody rang back.
    pub not_rung_back: u64,
    /// Mean share of the operator's speech, 0–1.
    pub talk_share: Option<f64>,
}

/// A criterion.
#[derive(Debug, Clone, PartialEq)]
pub struct CriterionFigures {
    /// Of which rubric.
    pub rubric: RubricId,
    /// Its key (`criterion: Some((key, verdict))` with this `rubric` counts the verdicts).
    pub key: String,
    /// Its title in the newest revision that was used.
    pub title: String,
    /// How it is answered.
    pub kind: CriterionKind,
    /// Share of the points that were earned among those that were possible, 0–1; `None` where
    /// nothing was scored.
    pub earned: Option<f64>,
    /// How many calls got each verdict, in the order of the verdicts, zeros too.
    pub verdicts: Vec<(Verdict, u64)>,
}

impl CriterionFigures {
    /// Calls with this verdict.
    pub fn count(&self, verdict: Verdict) -> u64 {
        self.verdicts.iter().find(|(known, _)| *known == verdict).map_or(0, |(_, count)| *count)
    }

    /// Calls that were judged at all: met, partly or not met.
    pub fn judged(&self) -> u64 {
        self.count(Verdict::Met) + self.count(Verdict::Partly) + self.count(Verdict::NotMet)
    }
}

/// An hour of the week.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HourFigures {
    /// 1 = Monday … 7 = Sunday (`hour_of_week` of the filter holds both and the zone).
    pub weekday: u8,
    /// 0–23, of the period's zone.
    pub hour: u8,
    /// All calls.
    pub calls: u64,
    /// Missed calls.
    pub missed: u64,
    /// Scores.
    pub scores: ScoreFigures,
}

/// An answer to a criterion of choices, of a list, or a raised flag.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueFigures {
    /// Of which rubric.
    pub rubric: RubricId,
    /// The criterion's key (`value: Some((key, value))` counts it).
    pub key: String,
    /// The answer as stored: an option's key, an entry of a list, `true` for a flag.
    pub value: String,
    /// The option's title where there is one, else the answer.
    pub title: String,
    /// Calls with this answer.
    pub calls: u64,
    /// Of them, how many got each verdict of the criterion that was asked for beside it, zeros too.
    pub beside: Vec<(Verdict, u64)>,
}

/// A client who rang in vain and with whom nobody has spoken since.
#[derive(Debug, Clone, PartialEq)]
pub struct WaitingClient {
    /// Who.
    pub phone: PhoneNumber,
    /// Missed calls of theirs within the period (`call_back: Some(true), phone`).
    pub rang: u64,
    /// The last of them.
    pub last_call: CallId,
    /// When it was.
    pub last_at: DateTime<Utc>,
    /// Whom the last call was for.
    pub manager_id: Option<String>,
    /// Calls of this client before the period's first missed one: 0 = new.
    pub known_calls: u64,
}

/// Money of a day for an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpendFigures {
    /// When it was paid, in the period's zone.
    pub day: NaiveDate,
    /// `speech`, `analysis`, `telephony`.
    pub item: String,
    /// How much.
    pub amount: Money,
}

/// Whether a promise was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PromiseState {
    /// Somebody spoke with the client in time.
    Kept,
    /// Somebody spoke with the client, but later.
    Late,
    /// Nobody did, and the time is over.
    Overdue,
    /// There is time left.
    Open,
}

/// What was promised to a client, with a time.
#[derive(Debug, Clone, PartialEq)]
pub struct PromiseFigures {
    /// In which call.
    pub call: CallId,
    /// When that call began.
    pub made_at: DateTime<Utc>,
    /// Who promised.
    pub manager_id: Option<String>,
    /// To whom.
    pub client: Option<PhoneNumber>,
    /// What, as the analysis words it.
    pub what: String,
    /// Until when.
    pub due: DateTime<Utc>,
    /// What came of it.
    pub state: PromiseState,
}

/// Promises of the period, counted by calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PromiseCounts {
    /// Calls with a promise that has a time (`promise: Some(PromiseDemand::Given)`).
    pub given: u64,
    /// Calls with one that is overdue (`promise: Some(PromiseDemand::Overdue(now))`).
    pub overdue: u64,
}

/// How far people agree with the machine on a criterion.
#[derive(Debug, Clone, PartialEq)]
pub struct CriterionAgreement {
    /// Of which rubric.
    pub rubric: RubricId,
    /// Its key (`overridden: Some(key)` with this `rubric` counts the calls).
    pub key: String,
    /// Its title in the newest revision that was used.
    pub title: String,
    /// Calls on which people gave a verdict of their own.
    pub people: u64,
    /// Of them, those where it is the machine's.
    pub agreed: u64,
}

/// A moment of the database, as far as one open store can tell them apart: while two are equal, nothing
/// that is kept has changed between them but lines of the access log. Later ones are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChangeMark(pub u64);

/// Figures.
///
/// Weeks cost milliseconds and a quarter of a year some tens of them, at any size of the history.
#[async_trait]
pub trait Statistics: Send + Sync {
    /// The moment as of now, changes by other programs included; `None` where nobody knows, and whatever
    /// was read must be read again.
    async fn change_mark(&self) -> Result<Option<ChangeMark>, StoreError> {
        Ok(None)
    }

    /// The period at a glance.
    async fn overview(&self, period: &Period) -> Result<Overview, StoreError>;

    /// Day by day, oldest first, days without calls too, with the three weeks before the period. A
    /// period without bounds begins with its first call and ends with its last.
    async fn trend(&self, period: &Period) -> Result<Vec<DayFigures>, StoreError>;

    /// By employee, lowest mean first, those without scores last. Calls of nobody are left out.
    async fn by_manager(&self, period: &Period) -> Result<Vec<ManagerFigures>, StoreError>;

    /// By criterion, in the order of the newest revision that was used.
    async fn by_criterion(&self, period: &Period) -> Result<Vec<CriterionFigures>, StoreError>;

    /// The hours of the week that have calls.
    async fn by_hour(&self, period: &Period) -> Result<Vec<HourFigures>, StoreError>;

    /// Answers to criteria of choices and of lists, and raised flags, the most frequent first within each
    /// criterion, at most a hundred of each. `beside` names a criterion whose verdicts are counted
    /// among the calls with each answer (objections beside how they were handled).
    async fn values(
        &self,
        period: &Period,
        key: Option<&str>,
        beside: Option<&str>,
    ) -> Result<Vec<ValueFigures>, StoreError>;

    /// Clients who were missed and not rung back, the last first; the number is of all of them.
    async fn waiting_clients(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<(Vec<WaitingClient>, u64), StoreError>;

    /// Money by the day when it was paid, by item and currency.
    async fn spend_by_day(&self, period: &Period) -> Result<Vec<SpendFigures>, StoreError>;

    /// Promises with a time, overdue ones first, the longest overdue first.
    async fn promises(
        &self,
        period: &Period,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<(Vec<PromiseFigures>, PromiseCounts), StoreError>;

    /// Agreement by criterion, the lowest first.
    async fn agreement_by_criterion(&self, period: &Period) -> Result<Vec<CriterionAgreement>, StoreError>;

    /// Employees that any call names, by name: what a filter may offer.
    async fn managers(&self) -> Result<Vec<(String, Option<String>)>, StoreError>;

    /// Criteria that any analysis under the rubric (or any rubric) used, in the order of the newest
    /// revision: rubric, key, title.
    async fn criteria(
        &self,
        rubric: Option<&RubricId>,
    ) -> Result<Vec<(RubricId, String, String)>, StoreError>;

    /// Rubrics that any analysis used, with the title and the newest revision's number.
    async fn rubrics(&self) -> Result<Vec<(RubricId, String, u32)>, StoreError>;
}
