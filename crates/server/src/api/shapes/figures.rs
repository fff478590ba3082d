//! Figures over a period, as they travel.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::call::Money;
use super::words::{CallStatus, CriterionKind, Verdict};

impl From<domain::Money> for Money {
    fn from(money: domain::Money) -> Self {
        Self { currency: format!("{:?}", money.currency), amount: money.amount() }
    }
}

impl From<domain::CallStatus> for CallStatus {
    fn from(status: domain::CallStatus) -> Self {
        match status {
            domain::CallStatus::Done => Self::Done,
            domain::CallStatus::Missed => Self::Missed,
            domain::CallStatus::TooShort => Self::TooShort,
            domain::CallStatus::NoSpeech => Self::NoSpeech,
            domain::CallStatus::AnsweringMachine => Self::AnsweringMachine,
            domain::CallStatus::WaitingRecording => Self::WaitingRecording,
            domain::CallStatus::RecordingUnavailable => Self::RecordingUnavailable,
            domain::CallStatus::AnalysisFailed => Self::AnalysisFailed,
            domain::CallStatus::Failed => Self::Failed,
            domain::CallStatus::Paused => Self::Paused,
            domain::CallStatus::Queued => Self::Queued,
        }
    }
}

/// Scores of some calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ScoreStats {
    /// Calls with a score (`scored=true`).
    pub scored: u64,
    /// Their mean.
    #[schema(required)]
    pub mean: Option<f64>,
    /// Below 40 (`below_score=40`).
    pub weak: u64,
    /// 40 to below 60.
    pub fair: u64,
    /// 60 and more (`min_score=60`).
    pub good: u64,
}

impl From<store::ScoreFigures> for ScoreStats {
    fn from(scores: store::ScoreFigures) -> Self {
        Self {
            scored: scores.scored,
            mean: scores.mean.map(tenth),
            weak: scores.weak,
            fair: scores.fair,
            good: scores.good,
        }
    }
}

/// How many calls are in a state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct StatusCount {
    pub status: CallStatus,
    pub calls: u64,
}

/// The period at a glance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct OverviewStats {
    pub calls: u64,
    /// By `status`, those that occur.
    pub by_status: Vec<StatusCount>,
    pub scores: ScoreStats,
    /// Mean score of the period of the same length before.
    #[schema(required)]
    pub previous_mean: Option<f64>,
    /// With a verdict to check (`needs_review=true`).
    pub needs_review: u64,
    /// Missed, and nobody rang back (`call_back=true`).
    pub not_rung_back: u64,
    /// The transcript leaves out much of the speech (`incomplete=true`).
    pub incomplete: u64,
    /// Mean share of the operator's speech, 0–1.
    #[schema(required)]
    pub talk_share: Option<f64>,
    pub spent: Vec<Money>,
}

impl From<store::Overview> for OverviewStats {
    fn from(overview: store::Overview) -> Self {
        Self {
            calls: overview.calls,
            by_status: overview
                .by_status
                .into_iter()
                .map(|(status, calls)| StatusCount { status: status.into(), calls })
                .collect(),
            scores: overview.scores.into(),
            previous_mean: overview.previous_mean.map(tenth),
            needs_review: overview.needs_review,
            not_rung_back: overview.not_rung_back,
            incomplete: overview.incomplete,
            talk_share: overview.talk_share,
            spent: overview.spent.into_iter().map(Into::into).collect(),
        }
    }
}

/// A day of the installation's zone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct DayStats {
    #[schema(format = Date, example = "2026-11-20")]
    pub day: String,
    /// It belongs to the three weeks before the period.
    pub before: bool,
    pub calls: u64,
    pub scores: ScoreStats,
}

impl From<store::DayFigures> for DayStats {
    fn from(day: store::DayFigures) -> Self {
        Self { day: day.day.to_string(), before: day.before, calls: day.calls, scores: day.scores.into() }
    }
}

/// An employee.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ManagerStats {
    #[schema(example = "m-42")]
    pub id: String,
    #[schema(required)]
    pub name: Option<String>,
    pub calls: u64,
    pub scores: ScoreStats,
    #[schema(required)]
    pub previous_mean: Option<f64>,
    pub missed: u64,
    pub not_rung_back: u64,
    #[schema(required)]
    pub talk_share: Option<f64>,
}

impl ManagerStats {
    /// Without a call in the period.
    pub(crate) fn idle(id: String, name: Option<String>) -> Self {
        Self {
            id,
            name,
            calls: 0,
            scores: store::ScoreFigures::default().into(),
            previous_mean: None,
            missed: 0,
            not_rung_back: 0,
            talk_share: None,
        }
    }
}

impl From<store::ManagerFigures> for ManagerStats {
    fn from(manager: store::ManagerFigures) -> Self {
        Self {
            id: manager.id,
            name: manager.name,
            calls: manager.calls,
            scores: manager.scores.into(),
            previous_mean: manager.previous_mean.map(tenth),
            missed: manager.missed,
            not_rung_back: manager.not_rung_back,
            talk_share: manager.talk_share,
        }
    }
}

/// How many calls got a verdict (`criterion=key:verdict` with this `rubric`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct VerdictCount {
    pub verdict: Verdict,
    pub calls: u64,
}

fn verdicts(counts: Vec<(domain::Verdict, u64)>) -> Vec<VerdictCount> {
    counts.into_iter().map(|(verdict, calls)| VerdictCount { verdict: verdict.into(), calls }).collect()
}

/// A criterion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CriterionStats {
    pub rubric: String,
    pub key: String,
    pub title: String,
    pub kind: CriterionKind,
    /// Share of the possible points that were earned, 0–1.
    #[schema(required)]
    pub earned: Option<f64>,
    pub verdicts: Vec<VerdictCount>,
}

impl From<store::CriterionFigures> for CriterionStats {
    fn from(criterion: store::CriterionFigures) -> Self {
        Self {
            rubric: criterion.rubric.to_string(),
            key: criterion.key,
            title: criterion.title,
            kind: criterion.kind.into(),
            earned: criterion.earned,
            verdicts: verdicts(criterion.verdicts),
        }
    }
}

/// An hour of the week (`hour=weekday-hour`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct HourStats {
    /// 1 = Monday.
    #[schema(minimum = 1, maximum = 7)]
    pub weekday: u8,
    #[schema(minimum = 0, maximum = 23)]
    pub hour: u8,
    pub calls: u64,
    pub missed: u64,
    pub scores: ScoreStats,
}

impl From<store::HourFigures> for HourStats {
    fn from(hour: store::HourFigures) -> Self {
        Self {
            weekday: hour.weekday,
            hour: hour.hour,
            calls: hour.calls,
            missed: hour.missed,
            scores: hour.scores.into(),
        }
    }
}

/// An answer (`value=key:value`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ValueStats {
    pub rubric: String,
    pub key: String,
    pub value: String,
    pub title: String,
    pub calls: u64,
}

impl From<store::ValueFigures> for ValueStats {
    fn from(value: store::ValueFigures) -> Self {
        Self {
            rubric: value.rubric.to_string(),
            key: value.key,
            value: value.value,
            title: value.title,
            calls: value.calls,
        }
    }
}

/// Money of a day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct SpendStats {
    #[schema(format = Date, example = "2026-11-20")]
    pub day: String,
    #[schema(example = "speech")]
    pub item: String,
    pub amount: Money,
}

impl From<store::SpendFigures> for SpendStats {
    fn from(spend: store::SpendFigures) -> Self {
        Self { day: spend.day.to_string(), item: spend.item, amount: spend.amount.into() }
    }
}

/// Clients who rang in vain, the last 50 by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct WaitingStats {
    /// All of them.
    pub total: u64,
    pub clients: Vec<WaitingClient>,
}

/// A client who rang in vain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct WaitingClient {
    #[schema(example = "+79161234567")]
    pub phone: String,
    /// How often.
    pub rang: u64,
    #[schema(format = Uuid)]
    pub last_call: String,
    #[schema(format = DateTime)]
    pub last_at: String,
    #[schema(required)]
    pub manager_id: Option<String>,
    /// Calls before: 0 = new.
    pub known_calls: u64,
}

impl WaitingStats {
    pub(crate) fn new(clients: Vec<store::WaitingClient>, total: u64) -> Self {
        let clients = clients
            .into_iter()
            .map(|client| WaitingClient {
                phone: client.phone.as_str().to_owned(),
                rang: client.rang,
                last_call: client.last_call.to_string(),
                last_at: client.last_at.to_rfc3339(),
                manager_id: client.manager_id,
                known_calls: client.known_calls,
            })
            .collect();
        Self { total, clients }
    }
}

/// What was promised by a time, the first 50 by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct PromiseStats {
    /// Calls with a promise that has a time (`promise=given`).
    pub given: u64,
    /// Calls with one that is overdue (`promise=overdue`).
    pub overdue: u64,
    pub promises: Vec<PromisedThing>,
}

/// A promise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct PromisedThing {
    #[schema(format = Uuid)]
    pub call: String,
    #[schema(format = DateTime)]
    pub made_at: String,
    #[schema(required)]
    pub manager_id: Option<String>,
    #[schema(required)]
    pub client: Option<String>,
    pub what: String,
    #[schema(format = DateTime)]
    pub due: String,
    pub state: PromiseState,
}

/// What came of a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PromiseState {
    Kept,
    Late,
    Overdue,
    Open,
}

impl PromiseStats {
    pub(crate) fn new(promises: Vec<store::PromiseFigures>, counts: store::PromiseCounts) -> Self {
        let promises = promises
            .into_iter()
            .map(|promise| PromisedThing {
                call: promise.call.to_string(),
                made_at: promise.made_at.to_rfc3339(),
                manager_id: promise.manager_id,
                client: promise.client.map(|phone| phone.as_str().to_owned()),
                what: promise.what,
                due: promise.due.to_rfc3339(),
                state: match promise.state {
                    store::PromiseState::Kept => PromiseState::Kept,
                    store::PromiseState::Late => PromiseState::Late,
                    store::PromiseState::Overdue => PromiseState::Overdue,
                    store::PromiseState::Open => PromiseState::Open,
                },
            })
            .collect();
        Self { given: counts.given, overdue: counts.overdue, promises }
    }
}

fn tenth(score: f64) -> f64 {
    (score * 10.0).round() / 10.0
}
