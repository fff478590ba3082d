//! What works, what does not, what to do: `zvonar doctor` as a page. Asked for by a button: the walk
//! takes up to a minute and asks every provider.

use app::{Finding, FindingState};
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::{Tab, TabLink, tabs};
use crate::Web;
use crate::pages::layout::{Frame, Place, page};
use crate::problem::Problem;

#[derive(Debug, Clone)]
struct Row {
    icon: &'static str,
    tone: &'static str,
    /// The state in words.
    state: &'static str,
    part: String,
    said: String,
    todo: String,
}

#[derive(Debug, Clone, Copy, Default)]
struct Totals {
    good: usize,
    warnings: usize,
    errors: usize,
    absent: usize,
}

#[derive(Template)]
#[template(path = "pages/settings/health.html")]
struct Health {
    f: Frame,
    tabs: Vec<TabLink>,
    rows: Vec<Row>,
    totals: String,
    at: Option<String>,
}

/// `GET /settings/health`.
///
/// # Errors
/// When the page is not rendered.
pub(super) async fn show(State(_): State<Web>, frame: Frame) -> Result<Response, Problem> {
    let f = frame.at(Place::Settings);
    page(&Health { tabs: tabs(&f, Tab::Health), f, rows: Vec::new(), totals: String::new(), at: None })
}

/// `POST /settings/health`: walks through all parts.
///
/// # Errors
/// When the page is not rendered.
pub(super) async fn examine(State(web): State<Web>, frame: Frame) -> Result<Response, Problem> {
    let f = frame.at(Place::Settings);
    let found = web.app().examine_parts().await;
    let mut totals = Totals::default();
    for finding in &found {
        *match finding.state {
            FindingState::Good => &mut totals.good,
            FindingState::Warning => &mut totals.warnings,
            FindingState::Error => &mut totals.errors,
            FindingState::NotConfigured => &mut totals.absent,
        } += 1;
    }
    let totals = f.t.with(
        "settings-doctor-totals",
        &[
            ("good", totals.good.into()),
            ("warnings", totals.warnings.into()),
            ("errors", totals.errors.into()),
            ("absent", totals.absent.into()),
        ],
    );
    let at = Some(f.t.moment(&f.t.now));
    let rows = found.into_iter().map(row).collect();
    page(&Health { tabs: tabs(&f, Tab::Health), f, rows, totals, at })
}

fn row(finding: Finding) -> Row {
    let (icon, tone, state) = match finding.state {
        FindingState::Good => ("met", "muted", "settings-doctor-good"),
        FindingState::Warning => ("warning", "warn", "settings-doctor-warning"),
        FindingState::Error => ("close", "bad", "settings-doctor-error"),
        FindingState::NotConfigured => ("not_applicable", "dim", "settings-doctor-absent"),
    };
    Row {
        icon,
        tone,
        state,
        part: finding.part,
        said: finding.said,
        todo: finding.remedy.unwrap_or_default(),
    }
}
