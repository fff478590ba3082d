//! `/managers`: whom to help, and with what. A manager sees the own page and nobody else's.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::{CallId, PhoneNumber, RubricId};
use store::{Dispute, DisputeFilter, PageRequest};

use super::dashboard::{
    CriterionRow, End, Figures, Heard, ManagerRow, PromiseRow, by_score, criterion_rows, hear_extremes,
    in_turn_from_first, manager_rows, most_judged, promise_rows, segment,
};
use super::layout::{Frame, Place, page};
use super::reports::{Figure, PeriodBar, ReportQuery, Scene, Trend, WEAK, call_at};
use crate::Web;
use crate::access::{Scope, Viewer};
use crate::api::{CallQuery, minute};
use crate::kept::Weighed;
use crate::known::Known;
use crate::problem::Problem;

/// Open disputes shown at once; the rest waits for its turn.
const DISPUTES: u32 = 50;
/// Calls at either end of the scores.
const ENDS: usize = 5;

/// A dispute that waits for a supervisor.
#[derive(Debug, Clone)]
struct DisputeRow {
    href: String,
    call: String,
    manager: String,
    what: String,
    why: String,
    since: String,
    since_instant: String,
}

#[derive(Template)]
#[template(path = "pages/managers.html")]
struct Managers<'a> {
    f: Frame,
    bar: &'a PeriodBar,
    rows: &'a [ManagerRow],
    disputes: &'a [DisputeRow],
}

/// The page without its reader.
struct Everybody {
    bar: PeriodBar,
    rows: Vec<ManagerRow>,
    disputes: Vec<DisputeRow>,
}

impl Weighed for Everybody {
    fn weight(&self) -> usize {
        (8 << 10) + self.rows.len() * (2 << 10) + self.disputes.len() * (1 << 10)
    }
}

/// `GET /managers`.
///
/// # Errors
/// When the store fails.
pub(crate) async fn managers(
    State(web): State<Web>,
    viewer: Viewer,
    frame: Frame,
    Query(query): Query<ReportQuery>,
) -> Result<Response, Problem> {
    if let Scope::Manager(own) = &viewer.scope {
        return Ok(Redirect::to(&query.at(&format!("/managers/{}", segment(own)))).into_response());
    }
    let f = frame.at(Place::Managers);
    let scene = Scene::new(web, viewer, f.t, ReportQuery { manager: None, heat: None, ..query });
    let key = format!("{:?} {} {:?}", scene.viewer.scope, f.t.minute(), scene.query);
    let shown = scene.web.kept(key, scene.web.turns().in_order(Box::pin(everybody(&scene)))).await?;
    page(&Managers { bar: &shown.bar, rows: &shown.rows, disputes: &shown.disputes, f })
}

async fn everybody(scene: &Scene) -> Result<Everybody, Problem> {
    let figures = scene.web.store().by_manager(&scene.period()).await?;
    let names = scene.web.known().await?.names();
    Ok(Everybody {
        bar: PeriodBar::of(scene, "/managers", false).await?,
        rows: manager_rows(scene, &figures),
        disputes: disputes(scene, &names, None).await?,
    })
}

/// A criterion of a seller beside everybody's.
#[derive(Debug, Clone)]
struct Beside {
    own: CriterionRow,
    /// «58 %».
    all: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/manager.html")]
struct OneManager<'a> {
    f: Frame,
    bar: &'a PeriodBar,
    name: String,
    /// The page is the reader's own.
    own: bool,
    figures: &'a Figures,
    all_mean: Option<&'a str>,
    talk: Option<&'a str>,
    talk_tone: &'static str,
    trend: &'a Trend,
    criteria: &'a [Beside],
    worst: &'a [Heard],
    weak: &'a Figure,
    best: &'a [Heard],
    promises: &'a [PromiseRow],
    disputes: &'a [DisputeRow],
}

/// The page of a seller without its reader.
struct Seller {
    bar: PeriodBar,
    figures: Figures,
    /// The mean of everybody.
    all_mean: Option<String>,
    talk: Option<String>,
    talk_tone: &'static str,
    trend: Trend,
    criteria: Vec<Beside>,
    worst: Vec<Heard>,
    weak: Figure,
    best: Vec<Heard>,
    promises: Vec<PromiseRow>,
    disputes: Vec<DisputeRow>,
}

impl Weighed for Seller {
    fn weight(&self) -> usize {
        (32 << 10) + self.trend.days.len() * (1 << 10) + self.criteria.len() * (2 << 10)
    }
}

/// `GET /managers/{id}`.
///
/// # Errors
/// 404 for somebody whom no call names, and for anybody else of a manager; when the store fails.
pub(crate) async fn manager(
    State(web): State<Web>,
    viewer: Viewer,
    frame: Frame,
    Path(id): Path<String>,
    Query(query): Query<ReportQuery>,
) -> Result<Response, Problem> {
    let own = matches!(&viewer.scope, Scope::Manager(own) if *own == id);
    if !own && viewer.scope != Scope::All {
        return Err(Problem::not_found());
    }
    let f = frame.at(Place::Managers);
    let known = web.known().await?;
    // whoever looks at the own page may have no calls yet
    let name = match known.managers.iter().find(|(each, _)| *each == id) {
        Some((_, name)) => name.clone().unwrap_or_else(|| id.clone()),
        None if own => viewer.name.clone(),
        None => return Err(Problem::not_found()),
    };
    let query = ReportQuery { manager: Some(id.clone()), heat: None, ..query };
    let scene = Scene::new(web, viewer, f.t, query);
    let key = format!("{:?} {} {:?}", scene.viewer.scope, f.t.minute(), scene.query);
    let shown =
        scene.web.kept(key, scene.web.turns().in_order(Box::pin(seller(&scene, &id, &known)))).await?;
    page(&OneManager {
        f,
        bar: &shown.bar,
        name,
        own,
        figures: &shown.figures,
        all_mean: shown.all_mean.as_deref(),
        talk: shown.talk.as_deref(),
        talk_tone: shown.talk_tone,
        trend: &shown.trend,
        criteria: &shown.criteria,
        worst: &shown.worst,
        weak: &shown.weak,
        best: &shown.best,
        promises: &shown.promises,
        disputes: &shown.disputes,
    })
}

async fn seller(scene: &Scene, id: &str, known: &Known) -> Result<Seller, Problem> {
    let store = scene.web.store();
    let period = scene.period();
    let everybody = store::Period { manager_id: None, ..period.clone() };
    let (overview, whole, days, criteria, all_criteria, (promises, promised)) = tokio::try_join!(
        store.overview(&period),
        store.overview(&everybody),
        store.trend(&period),
        store.by_criterion(&period),
        store.by_criterion(&everybody),
        store.promises(&period, minute(scene.web.clock().now()), 6),
    )?;
    let names = known.names();
    let rubric = most_judged(scene, &criteria);
    let own_rows = criterion_rows(scene, &criteria, rubric.as_ref(), usize::MAX);
    let beside = own_rows
        .into_iter()
        .map(|own| {
            let all = all_criteria
                .iter()
                .find(|each| Some(&each.rubric) == rubric.as_ref() && each.key == own.key)
                .and_then(|each| each.earned);
            Beside { all: all.map(|share| scene.t.percent(share)), own }
        })
        .collect();
    let scored = CallQuery { scored: Some(true), ..scene.calls() };
    let worst = hear_extremes(scene, &scored, End::Lowest(100.1), ENDS).await?;
    // with few calls the same ones would stand at both ends
    let best = if overview.scores.scored >= 2 * ENDS as u64 {
        hear_extremes(scene, &scored, End::Highest, ENDS).await?
    } else {
        Vec::new()
    };
    let path = format!("/managers/{}", segment(id));
    let bar_scene = Scene { query: ReportQuery { manager: None, ..scene.query.clone() }, ..scene.clone() };
    let rows =
        |calls: &[_], end| calls.iter().map(|call| by_score(scene, call, &scored, end, &names)).collect();
    Ok(Seller {
        bar: PeriodBar::of(&bar_scene, &path, false).await?,
        figures: Figures::of(scene, &overview, promised),
        all_mean: whole.scores.mean.map(|mean| scene.t.average(mean)),
        talk: overview.talk_share.map(|share| scene.t.percent(share)),
        talk_tone: if overview.talk_share.is_some_and(|share| share > 0.6) { "warn" } else { "" },
        trend: Trend::of(scene, &days),
        criteria: beside,
        worst: rows(&worst, End::Lowest(WEAK)),
        weak: in_turn_from_first(
            scene,
            overview.scores.weak,
            &CallQuery { below_score: Some(WEAK), ..scene.calls() },
        )
        .await?,
        best: rows(&best, End::Highest),
        promises: promise_rows(scene, &promises, &names),
        disputes: disputes(scene, &names, Some(id.to_owned())).await?,
    })
}

/// Open disputes about calls that the viewer may see.
async fn disputes(
    scene: &Scene,
    names: &HashMap<String, String>,
    manager_id: Option<String>,
) -> Result<Vec<DisputeRow>, Problem> {
    let t = &scene.t;
    let filter = DisputeFilter { manager_id, open: Some(true), ..DisputeFilter::default() };
    let page = PageRequest { after: None, limit: DISPUTES };
    let open = scene.web.store().disputes(&filter, page).await?;
    let calls: Vec<CallId> = open.items.iter().map(|dispute| dispute.matter.call).collect();
    let records = scene.web.visible(&scene.viewer).known(&calls).await?;
    let known = scene.web.known().await?;
    let mut rows = Vec::new();
    for dispute in open.items {
        let Some(record) = records.get(&dispute.matter.call) else { continue };
        let call = &record.call;
        let manager = call
            .manager
            .as_ref()
            .map(|manager| names.get(&manager.id).or(manager.name.as_ref()).unwrap_or(&manager.id).clone());
        rows.push(DisputeRow {
            href: dispute_href(call.id, &dispute),
            call: call.client_phone().map_or_else(|| t.say("dash-no-phone"), PhoneNumber::pretty),
            manager: manager.unwrap_or_else(|| dispute.matter.author.clone()),
            what: criterion_title(scene, &known.criteria, &dispute),
            why: dispute.matter.reason.clone(),
            since: t.moment(&dispute.opened_at),
            since_instant: t.instant(&dispute.opened_at),
        });
    }
    Ok(rows)
}

/// The place of the call's page where the dispute is settled.
fn dispute_href(call: CallId, dispute: &Dispute) -> String {
    let anchor = dispute.matter.key.as_ref().map(|key| format!("#c-{key}")).unwrap_or_default();
    format!("{}{anchor}", call_at(&call.to_string()))
}

fn criterion_title(scene: &Scene, criteria: &[(RubricId, String, String)], dispute: &Dispute) -> String {
    let Some(key) = &dispute.matter.key else { return scene.t.say("manager-dispute-whole") };
    let named = criteria.iter().find(|(rubric, each, _)| each == key && *rubric == dispute.matter.rubric);
    named.map_or_else(|| key.clone(), |(_, _, title)| title.clone())
}
