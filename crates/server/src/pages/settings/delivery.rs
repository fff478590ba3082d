//! Where results go row by row, and how that stands.

use app::SheetLook;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use store::{JobState, Stage};

use super::{Tab, TabLink, tabs};
use crate::Web;
use crate::pages::layout::{Frame, Place, page};
use crate::problem::Problem;

/// The name of the Google sheet among sinks.
const SHEET: &str = "sheet";

#[derive(Debug, Clone)]
struct Sink {
    name: String,
    /// Why it waits; empty = it works.
    paused: String,
    remedy: String,
    waiting: u64,
    done: u64,
    dead: u64,
}

/// What a look at the sheet has found.
#[derive(Debug, Clone)]
struct Sheet {
    title: String,
    url: String,
    tab: String,
    zone: String,
    rows: u64,
    warnings: Vec<String>,
}

#[derive(Template)]
#[template(path = "pages/settings/delivery.html")]
struct Delivery {
    f: Frame,
    tabs: Vec<TabLink>,
    has_sheet: bool,
    sinks: Vec<Sink>,
    sheet: Option<Sheet>,
    /// What was refused, and what to do.
    refused: Option<(String, String)>,
}

async fn sinks(web: &Web, f: &Frame) -> Result<Vec<Sink>, Problem> {
    let counts = web.store().queue_counts(None).await?;
    let paused = web.store().paused().await?;
    let pause = paused.iter().find(|pause| pause.stage == Stage::Deliver);
    let count = |state| {
        let of = counts.iter().filter(|each| each.stage == Stage::Deliver && each.state == state);
        of.map(|each| each.count).sum::<u64>()
    };
    let any = [JobState::Ready, JobState::Leased, JobState::Done, JobState::Dead]
        .into_iter()
        .any(|state| count(state) > 0);
    if !any && !web.app().has_sheet() {
        return Ok(Vec::new());
    }
    Ok(vec![Sink {
        name: pause
            .and_then(|pause| pause.target.clone())
            .filter(|target| target != SHEET)
            .unwrap_or_else(|| f.t.say("settings-sheet")),
        paused: pause.map(|pause| pause.reason.message.clone()).unwrap_or_default(),
        remedy: pause.map(|pause| pause.reason.hint.clone()).unwrap_or_default(),
        waiting: count(JobState::Ready) + count(JobState::Leased),
        done: count(JobState::Done),
        dead: count(JobState::Dead),
    }])
}

/// `GET /settings/delivery`.
///
/// # Errors
/// When the store fails.
pub(super) async fn show(State(web): State<Web>, frame: Frame) -> Result<Response, Problem> {
    let f = frame.at(Place::Settings);
    let sinks = sinks(&web, &f).await?;
    let has_sheet = web.app().has_sheet();
    page(&Delivery { tabs: tabs(&f, Tab::Delivery), f, has_sheet, sinks, sheet: None, refused: None })
}

/// `POST /settings/delivery`: looks at everything that a delivery to the sheet needs.
///
/// # Errors
/// When the store fails.
pub(super) async fn check_sheet(State(web): State<Web>, frame: Frame) -> Result<Response, Problem> {
    let f = frame.at(Place::Settings);
    let rubric = web.app().rubric(&web.config().rubric)?;
    let (sheet, refused) = match web.app().sheet_check(&rubric).await {
        Ok(SheetLook { report, warnings, .. }) => {
            let sheet = Sheet {
                title: report.title,
                // an address from outside: only a web address becomes a link
                url: Some(report.url).filter(|url| url.starts_with("https://")).unwrap_or_default(),
                tab: report.tab.unwrap_or_else(|| "—".to_owned()),
                zone: report.time_zone,
                rows: report.rows,
                warnings,
            };
            (Some(sheet), None)
        }
        Err(error) => (None, Some((error.message, error.hint))),
    };
    let sinks = sinks(&web, &f).await?;
    let has_sheet = web.app().has_sheet();
    page(&Delivery { tabs: tabs(&f, Tab::Delivery), f, has_sheet, sinks, sheet, refused })
}
