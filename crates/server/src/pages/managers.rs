//! `/managers`: whom to help, and with what. A manager sees the own page and nobody else's.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::{CallId, PhoneNumber};
use store::{Dispute, DisputeFilter, PageRequest};

use super::dashboard::{
    CriterionRow, End, Figures, Heard, ManagerRow, PromiseRow, by_score, criterion_rows, hear_extremes,
    in_turn_from_first, manager_rows, most_judged, names, promise_rows, segment,
};
use super::layout::{Frame, Place, page};
use super::reports::{Figure, PeriodBar, ReportQuery, Scene, Trend, WEAK, call_at};
use crate::Web;
use crate::access::{Scope, Viewer};
use crate::api::CallQuery;
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
struct Managers {
    f: Frame,
    bar: PeriodBar,
    rows: Vec<ManagerRow>,
    disputes: Vec<DisputeRow>,
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
    let figures = scene.web.store().by_manager(&scene.period()).await?;
    let names = names(scene.web.store()).await?;
    page(&Managers {
        bar: PeriodBar::of(&scene, "/managers", false).await?,
        rows: manager_rows(&scene, &figures),
        disputes: disputes(&scene, &names, None).await?,
        f,
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
struct OneManager {
    f: Frame,
    bar: PeriodBar,
    name: String,
    /// The page is the reader's own.
    own: bool,
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
    let known = web.store().managers().await?;
    // whoever looks at the own page may have no calls yet
    let name = match known.iter().find(|(each, _)| *each == id) {
        Some((_, name)) => name.clone().unwrap_or_else(|| id.clone()),
        None if own => viewer.name.clone(),
        None => return Err(Problem::not_found()),
    };
    let query = ReportQuery { manager: Some(id.clone()), heat: None, ..query };
    let scene = Scene::new(web, viewer, f.t, query);
    let store = scene.web.store();
    let period = scene.period();
    let everybody = store::Period { manager_id: None, ..period.clone() };
    let (overview, whole, days, criteria, all_criteria, (promises, promised)) = tokio::try_join!(
        store.overview(&period),
        store.overview(&everybody),
        store.trend(&period),
        store.by_criterion(&period),
        store.by_criterion(&everybody),
        store.promises(&period, scene.web.clock().now(), 6),
    )?;
    let names: HashMap<String, String> =
        known.into_iter().filter_map(|(id, name)| name.map(|name| (id, name))).collect();
    let rubric = most_judged(&scene, &criteria);
    let own_rows = criterion_rows(&scene, &criteria, rubric.as_ref(), usize::MAX);
    let beside = own_rows
        .into_iter()
        .map(|own| {
            let all = all_criteria
                .iter()
                .find(|each| Some(&each.rubric) == rubric.as_ref() && each.key == own.key)
                .and_then(|each| each.earned);
            Beside { all: all.map(|share| f.t.percent(share)), own }
        })
        .collect();
    let scored = CallQuery { scored: Some(true), ..scene.calls() };
    let worst = hear_extremes(&scene, &scored, End::Lowest(100.1), ENDS).await?;
    // with few calls the same ones would stand at both ends
    let best = if overview.scores.scored >= 2 * ENDS as u64 {
        hear_extremes(&scene, &scored, End::Highest, ENDS).await?
    } else {
        Vec::new()
    };
    let path = format!("/managers/{}", segment(&id));
    let bar_scene = Scene { query: ReportQuery { manager: None, ..scene.query.clone() }, ..scene.clone() };
    let rows =
        |calls: &[_], end| calls.iter().map(|call| by_score(&scene, call, &scored, end, &names)).collect();
    let one = OneManager {
        bar: PeriodBar::of(&bar_scene, &path, false).await?,
        name,
        own,
        figures: Figures::of(&scene, &overview, promised),
        all_mean: whole.scores.mean.map(|mean| f.t.average(mean)),
        talk: overview.talk_share.map(|share| f.t.percent(share)),
        talk_tone: if overview.talk_share.is_some_and(|share| share > 0.6) { "warn" } else { "" },
        trend: Trend::of(&scene, &days),
        criteria: beside,
        worst: rows(&worst, End::Lowest(WEAK)),
        weak: in_turn_from_first(
            &scene,
            overview.scores.weak,
            &CallQuery { below_score: Some(WEAK), ..scene.calls() },
        )
        .await?,
        best: rows(&best, End::Highest),
        promises: promise_rows(&scene, &promises, &names),
        disputes: disputes(&scene, &names, Some(id)).await?,
        f,
    };
    page(&one)
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
    let mut rows = Vec::new();
    for dispute in open.items {
        let Ok(record) = scene.web.visible(&scene.viewer).call(dispute.matter.call).await else { continue };
        let call = &record.call;
        let manager = call
            .manager
            .as_ref()
            .map(|manager| names.get(&manager.id).or(manager.name.as_ref()).unwrap_or(&manager.id).clone());
        rows.push(DisputeRow {
            href: dispute_href(call.id, &dispute),
            call: call.client_phone().map_or_else(|| t.say("dash-no-phone"), PhoneNumber::pretty),
            manager: manager.unwrap_or_else(|| dispute.matter.author.clone()),
            what: criterion_title(scene, &dispute).await?,
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

async fn criterion_title(scene: &Scene, dispute: &Dispute) -> Result<String, Problem> {
    let Some(key) = &dispute.matter.key else { return Ok(scene.t.say("manager-dispute-whole")) };
    let known = scene.web.store().criteria(Some(&dispute.matter.rubric)).await?;
    let title = known.into_iter().find(|(_, each, _)| each == key).map(|(_, _, title)| title);
    Ok(title.unwrap_or_else(|| key.clone()))
}
