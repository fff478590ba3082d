//! `/dashboard`: which calls must be heard, who and what slips, whom nobody rang back.

mod hear;
mod heat;
mod money;
mod people;
mod slips;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use domain::CallStatus;
use store::{Overview, PromiseCounts};

use super::layout::{Frame, Place, page};
use super::reports::{Change, Figure, PeriodBar, ReportQuery, Scene, Trend, WEAK, enough};
use crate::Web;
use crate::access::Viewer;
use crate::api::{CallQuery, minute};
use crate::kept::Weighed;
use crate::problem::Problem;

pub(crate) use hear::{End, Heard, by_score, hear_extremes, in_turn_from_first};
pub(crate) use people::{ManagerRow, PromiseRow, manager_rows, promise_rows, segment};
pub(crate) use slips::{CriterionRow, criterion_rows, most_judged};

/// Rows of a list on this page; the rest is a click away.
const LISTED: usize = 8;

/// The line of figures.
#[derive(Debug, Clone)]
pub(crate) struct Figures {
    pub(crate) calls: Figure,
    pub(crate) scored: Figure,
    pub(crate) average: Option<Figure>,
    pub(crate) change: Option<Change>,
    /// «6–12 ноя».
    pub(crate) before: String,
    pub(crate) weak: Figure,
    pub(crate) weak_share: Option<String>,
    pub(crate) missed: Figure,
    pub(crate) not_rung: Figure,
    pub(crate) overdue: Figure,
    pub(crate) promised: Figure,
    pub(crate) in_work: Figure,
}

impl Figures {
    /// Of what the statistics say.
    pub(crate) fn of(scene: &Scene, overview: &Overview, promises: PromiseCounts) -> Self {
        let (t, calls) = (&scene.t, scene.calls());
        let scores = &overview.scores;
        let scored = CallQuery { scored: Some(true), ..calls.clone() };
        let in_status = |wanted: &dyn Fn(CallStatus) -> bool| -> u64 {
            overview.by_status.iter().filter(|(status, _)| wanted(*status)).map(|(_, count)| count).sum()
        };
        let missed = CallQuery { status: Some("missed".to_owned()), ..calls.clone() };
        let open: Vec<&str> =
            CallStatus::ALL.into_iter().filter(|status| status.is_open()).map(CallStatus::as_str).collect();
        let promise = |which: &str| CallQuery { promise: Some(which.to_owned()), ..calls.clone() };
        let average = scores.mean.map(|mean| Figure::value(t.average(mean), scores.scored, &scored));
        let share =
            (scores.scored > 0 && scores.weak > 0).then(|| t.percent(ratio(scores.weak, scores.scored)));
        Self {
            calls: scene.count(overview.calls, &calls),
            scored: scene.count(scores.scored, &scored),
            change: Change::of(t, scores.mean.filter(|_| enough(scores)), overview.previous_mean, 1.0),
            average,
            before: scene.chosen.days_before(t),
            weak: scene.count(scores.weak, &CallQuery { below_score: Some(WEAK), ..calls.clone() }),
            weak_share: share,
            missed: scene.count(in_status(&|status| status == CallStatus::Missed), &missed),
            not_rung: scene
                .count(overview.not_rung_back, &CallQuery { call_back: Some(true), ..calls.clone() }),
            overdue: scene.count(promises.overdue, &promise("overdue")),
            promised: scene.count(promises.given, &promise("given")),
            in_work: scene.count(
                in_status(&CallStatus::is_open),
                &CallQuery { status: Some(open.join(",")), ..calls.clone() },
            ),
        }
    }
}

/// A share of counts.
#[expect(clippy::cast_precision_loss, reason = "counts of calls; two digits are shown")]
pub(crate) fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[derive(Template)]
#[template(path = "pages/dashboard.html")]
struct Dashboard<'a> {
    f: Frame,
    bar: &'a PeriodBar,
    figures: &'a Figures,
    trend: &'a Trend,
    hear: &'a hear::Hear,
    managers: &'a people::Managers,
    criteria: &'a [CriterionRow],
    rubric_title: &'a str,
    objections: Option<&'a slips::Objections>,
    heat: &'a heat::Heat,
    back: &'a people::Waiting,
    promises: &'a [PromiseRow],
    money: Option<&'a money::Money>,
    /// Nothing in the period.
    nothing: bool,
    /// Then: where the newest calls are, if there are any at all.
    newest: Option<&'a str>,
}

/// The page without its reader.
struct Shown {
    bar: PeriodBar,
    figures: Figures,
    trend: Trend,
    hear: hear::Hear,
    managers: people::Managers,
    criteria: Vec<CriterionRow>,
    rubric_title: String,
    objections: Option<slips::Objections>,
    heat: heat::Heat,
    back: people::Waiting,
    promises: Vec<PromiseRow>,
    money: Option<money::Money>,
    nothing: bool,
    newest: Option<String>,
}

impl Weighed for Shown {
    fn weight(&self) -> usize {
        // a line of links for each day, seller, criterion and hour
        (64 << 10) + (self.trend.days.len() + self.bar.managers.len()) * (1 << 10)
    }
}

/// `GET /dashboard`.
///
/// # Errors
/// When the store fails.
pub(crate) async fn dashboard(
    State(web): State<Web>,
    viewer: Viewer,
    frame: Frame,
    Query(query): Query<ReportQuery>,
) -> Result<Response, Problem> {
    let f = frame.at(Place::Dashboard);
    let scene = Scene::new(web, viewer, f.t, query);
    let key = format!("{:?} {} {} {:?}", scene.viewer.scope, f.leads(), f.t.minute(), scene.query);
    let shown = scene.web.kept(key, scene.web.turns().in_order(Box::pin(shown(&scene, f.leads())))).await?;
    page(&Dashboard {
        f,
        bar: &shown.bar,
        figures: &shown.figures,
        trend: &shown.trend,
        hear: &shown.hear,
        managers: &shown.managers,
        criteria: &shown.criteria,
        rubric_title: &shown.rubric_title,
        objections: shown.objections.as_ref(),
        heat: &shown.heat,
        back: &shown.back,
        promises: &shown.promises,
        money: shown.money.as_ref(),
        nothing: shown.nothing,
        newest: shown.newest.as_deref(),
    })
}

async fn shown(scene: &Scene, leads: bool) -> Result<Shown, Problem> {
    let store = scene.web.store();
    let period = scene.period();
    let now = minute(scene.web.clock().now());
    let (overview, days, by_manager, by_criterion, hours, (waiting, clients), (promises, promised)) = tokio::try_join!(
        store.overview(&period),
        store.trend(&period),
        store.by_manager(&period),
        store.by_criterion(&period),
        store.by_hour(&period),
        store.waiting_clients(&period, 6),
        store.promises(&period, now, 6),
    )?;
    let nothing = overview.calls == 0;
    let newest = if nothing { newest_week(scene).await? } else { None };
    let rubric = slips::most_judged(scene, &by_criterion);
    let names = scene.web.known().await?.names();
    let hear = hear::hear(scene, &overview, &promises, &names).await?;
    Ok(Shown {
        bar: PeriodBar::of(scene, "/dashboard", true).await?,
        figures: Figures::of(scene, &overview, promised),
        trend: Trend::of(scene, &days),
        hear,
        managers: people::Managers::of(scene, &by_manager, &overview),
        criteria: criterion_rows(scene, &by_criterion, rubric.as_ref(), LISTED),
        rubric_title: slips::title_of(scene, rubric.as_ref()).await?,
        objections: slips::objections(scene, &by_criterion, rubric.as_ref()).await?,
        heat: heat::Heat::of(scene, &hours),
        back: people::Waiting::of(scene, &waiting, clients),
        promises: promise_rows(scene, &promises, &names),
        money: money::money(scene, &overview, leads).await?,
        nothing,
        newest,
    })
}

/// The address of the week that ends with the newest call.
async fn newest_week(scene: &Scene) -> Result<Option<String>, Problem> {
    let newest = scene
        .web
        .visible(&scene.viewer)
        .calls(&store::CallFilter::default(), store::PageRequest { after: None, limit: 1 })
        .await?;
    let at = newest.items.first().and_then(|record| record.call.started_at);
    Ok(at.map(|at| {
        let last = at.with_timezone(&scene.t.now.timezone()).date_naive();
        let first = last.checked_sub_days(chrono::Days::new(6)).unwrap_or(last);
        ReportQuery {
            period: Some("own".to_owned()),
            from: Some(first.to_string()),
            to: Some(last.to_string()),
            ..scene.query.clone()
        }
        .at("/dashboard")
    }))
}
