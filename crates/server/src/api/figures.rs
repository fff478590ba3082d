//! `GET /api/v1/stats`, `GET /api/v1/managers`: figures over a period.
//!
//! Each figure equals the number of calls that the list gives for the filter named in its description.

use axum::Json;
use axum::extract::State;
use chrono::TimeDelta;
use domain::{RubricId, TimeWindow};
use serde::{Deserialize, Serialize};
use store::Period;
use utoipa::{IntoParams, ToSchema};

use super::extract::Asked;
use super::shapes::figures::{
    CriterionStats, DayStats, HourStats, ManagerStats, OverviewStats, PromiseStats, SpendStats, ValueStats,
    WaitingStats,
};
use super::{tags, when};
use crate::Web;
use crate::access::{Scope, Viewer};
use crate::problem::Problem;

/// Without bounds the last month is meant: figures over all time are rarely a question.
const USUAL_DAYS: i64 = 30;
/// Clients and promises that are named one by one.
const NAMED: u32 = 50;

/// Which period.
#[derive(Debug, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PeriodQuery {
    /// From: RFC 3339, or a date of the installation's zone. Without `from` and `to`: the last 30 days.
    #[param(example = "2026-11-01")]
    from: Option<String>,
    /// Until; a bare date includes its day.
    #[param(example = "2026-11-30")]
    to: Option<String>,
    /// Of the employee with this id.
    #[param(example = "m-42")]
    manager: Option<String>,
    /// Scores and verdicts under this rubric; unless said, each call's newest.
    #[param(example = "sales-full")]
    rubric: Option<String>,
}

impl PeriodQuery {
    fn period(self, web: &Web, viewer: &Viewer) -> Result<Period, Problem> {
        let zone = web.config().timezone;
        let window = when::window(self.from.as_deref(), self.to.as_deref(), zone)?;
        let window = if window == TimeWindow::ALL {
            let now = web.clock().now();
            TimeWindow { from: Some(now - TimeDelta::days(USUAL_DAYS)), to: Some(now) }
        } else {
            window
        };
        let period =
            Period { window, zone, manager_id: self.manager, rubric: self.rubric.map(RubricId::new) };
        web.visible(viewer).narrowed_period(period)
    }
}

/// Figures of a period.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Statistics)]
pub(crate) struct StatsShape {
    /// The period that is meant, RFC 3339.
    #[schema(required, format = DateTime)]
    from: Option<String>,
    #[schema(required, format = DateTime)]
    to: Option<String>,
    overview: OverviewStats,
    /// Day by day.
    days: Vec<DayStats>,
    managers: Vec<ManagerStats>,
    criteria: Vec<CriterionStats>,
    /// Hours of the week that have calls.
    hours: Vec<HourStats>,
    /// Answers to choices and lists, and raised flags.
    values: Vec<ValueStats>,
    spend: Vec<SpendStats>,
    waiting: WaitingStats,
    promises: PromiseStats,
}

/// Figures of a period
#[utoipa::path(
    get, path = "/api/v1/stats", tag = tags::FIGURES, operation_id = "stats", params(PeriodQuery),
    responses((status = 200, description = "The figures", body = StatsShape)),
)]
pub(crate) async fn stats(
    State(web): State<Web>,
    viewer: Viewer,
    Asked(query, _): Asked<PeriodQuery>,
) -> Result<Json<StatsShape>, Problem> {
    let (period, store) = (query.period(&web, &viewer)?, web.store());
    let (waiting, in_vain) = store.waiting_clients(&period, NAMED).await?;
    let (promises, counts) = store.promises(&period, when::minute(web.clock().now()), NAMED).await?;
    Ok(Json(StatsShape {
        from: period.window.from.map(|at| at.to_rfc3339()),
        to: period.window.to.map(|at| at.to_rfc3339()),
        overview: store.overview(&period).await?.into(),
        days: store.trend(&period).await?.into_iter().map(Into::into).collect(),
        managers: store.by_manager(&period).await?.into_iter().map(Into::into).collect(),
        criteria: store.by_criterion(&period).await?.into_iter().map(Into::into).collect(),
        hours: store.by_hour(&period).await?.into_iter().map(Into::into).collect(),
        values: store.values(&period, None, None).await?.into_iter().map(Into::into).collect(),
        spend: store.spend_by_day(&period).await?.into_iter().map(Into::into).collect(),
        waiting: WaitingStats::new(waiting, in_vain),
        promises: PromiseStats::new(promises, counts),
    }))
}

/// Employees with their figures.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ManagerList {
    managers: Vec<ManagerStats>,
    /// Always null: a company's employees fit one page.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// Employees and their figures
///
/// Everybody whom any call names; figures of the period. A manager sees the own line alone.
#[utoipa::path(
    get, path = "/api/v1/managers", tag = tags::FIGURES, operation_id = "list_managers", params(PeriodQuery),
    responses((status = 200, description = "The employees", body = ManagerList)),
)]
pub(crate) async fn managers(
    State(web): State<Web>,
    viewer: Viewer,
    Asked(query, _): Asked<PeriodQuery>,
) -> Result<Json<ManagerList>, Problem> {
    let period = query.period(&web, &viewer)?;
    let mut managers: Vec<ManagerStats> =
        web.store().by_manager(&period).await?.into_iter().map(Into::into).collect();
    for (id, name) in web.store().managers().await? {
        let asked = period.manager_id.as_ref().is_none_or(|asked| *asked == id);
        let visible = match &viewer.scope {
            Scope::All => true,
            Scope::Manager(own) => *own == id,
        };
        if asked && visible && !managers.iter().any(|known| known.id == id) {
            managers.push(ManagerStats::idle(id, name));
        }
    }
    Ok(Json(ManagerList { managers, next_cursor: None }))
}
