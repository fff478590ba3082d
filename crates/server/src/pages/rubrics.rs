//! `/rubrics`: what calls are judged by; edit with check, preview and a trial on stored calls.

mod findings;
mod keep;
mod preview;
mod trial;

use analyze::{FindingSeverity, RubricFinding};
use askama::Template;
use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse as _, Response};
use domain::{Rubric, RubricId};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::done::said;
use super::layout::{Frame, Place, page};
use super::words::Words;
use crate::Web;
use crate::access::{Deed, Viewer};
use crate::problem::Problem;
use findings::Remark;
use preview::Line;
use trial::Trial;

/// A new rubric begins with this.
const BLANK_RU: &str = include_str!("rubrics/blank.ru.toml");
const BLANK_EN: &str = include_str!("rubrics/blank.en.toml");

/// A rubric in the list.
#[derive(Debug, Clone)]
struct RubricRow {
    id: String,
    title: String,
    description: String,
    criteria: u64,
    /// «ред. 7», where it was used.
    number: Option<u32>,
    usual: bool,
    own: bool,
    critical: u64,
}

#[derive(Template)]
#[template(path = "pages/rubrics.html")]
struct Rubrics {
    f: Frame,
    rows: Vec<RubricRow>,
    /// A customer's file that cannot be read, and what to do.
    broken: Option<(String, String)>,
    edits: bool,
}

/// `GET /rubrics`.
///
/// # Errors
/// When the store fails.
pub(crate) async fn rubrics(State(web): State<Web>, frame: Frame) -> Result<Response, Problem> {
    let f = frame.at(Place::Rubrics);
    let (known, broken) = match web.app().rubrics() {
        Ok(known) => (known, None),
        // one broken file hides no other: the built-in ones are there
        Err(error) => {
            let builtin = analyze::RubricLibrary::builtin().all().to_vec();
            (builtin, Some((error.message.clone(), error.hint.clone())))
        }
    };
    let mut rows = Vec::with_capacity(known.len());
    for rubric in &known {
        rows.push(RubricRow {
            id: rubric.id.to_string(),
            title: rubric.title.clone(),
            description: rubric.description.clone(),
            criteria: rubric.criteria.len() as u64,
            number: web.store().rubric_number(&rubric.id, &rubric.revision).await?,
            usual: rubric.id.as_str() == web.config().rubric,
            own: is_own(rubric),
            critical: rubric.criteria.iter().filter(|each| each.critical).count() as u64,
        });
    }
    rows.sort_by_key(|row| !row.usual);
    page(&Rubrics { edits: f.leads(), f, rows, broken })
}

/// Whether the customer wrote it.
fn is_own(rubric: &Rubric) -> bool {
    let library = analyze::RubricLibrary::builtin();
    library.find(rubric.id.as_str()).is_none_or(|builtin| builtin.revision != rubric.revision)
}

/// What the editor says of a text.
#[derive(Debug, Clone)]
struct Checked {
    remarks: Vec<Remark>,
    errors: usize,
    warnings: usize,
    lines: Vec<Line>,
    title: String,
    /// The id differs from the one that was opened.
    other_id: Option<String>,
}

impl Checked {
    fn of(t: &Words, text: &str, opened: Option<&str>) -> (Self, Option<Rubric>) {
        let found: Vec<RubricFinding> = analyze::check(text);
        let errors = found.iter().filter(|each| each.severity == FindingSeverity::Error).count();
        let rubric = if errors == 0 { analyze::parse(text).ok() } else { None };
        let other_id = rubric
            .as_ref()
            .map(|rubric| rubric.id.to_string())
            .filter(|id| opened.is_some_and(|opened| opened != id));
        let checked = Self {
            warnings: found.len() - errors,
            errors,
            remarks: findings::remarks(t.lang, &found),
            lines: rubric.as_ref().map(|rubric| preview::lines(t, rubric)).unwrap_or_default(),
            title: rubric.as_ref().map(|rubric| rubric.title.clone()).unwrap_or_default(),
            other_id,
        };
        (checked, rubric)
    }
}

#[derive(Template)]
#[template(path = "pages/rubric.html")]
struct Editor {
    f: Frame,
    /// The id that was opened; empty for a new one.
    opened: String,
    heading: String,
    builtin: bool,
    text: String,
    checked: Checked,
    not_saved: bool,
    trial: Option<Trial>,
    /// The model that judges for money.
    paid_engine: Option<String>,
    limit: u32,
}

#[derive(Template)]
#[template(path = "pages/rubric_check.html")]
struct CheckPart {
    f: Frame,
    checked: Checked,
    not_saved: bool,
}

#[derive(Template)]
#[template(path = "pages/rubric_trial.html")]
struct TrialPart {
    f: Frame,
    trial: Option<Trial>,
}

impl Editor {
    fn new(web: &Web, f: Frame, opened: &str, text: String) -> Self {
        let (checked, _) = Checked::of(&f.t, &text, Some(opened).filter(|id| !id.is_empty()));
        let library = analyze::RubricLibrary::builtin();
        let heading = if checked.title.is_empty() && opened.is_empty() {
            f.t.say("rubric-new-title")
        } else if checked.title.is_empty() {
            opened.to_owned()
        } else {
            checked.title.clone()
        };
        let builtin = library.find(opened).is_some_and(|builtin| builtin.source == text);
        Self {
            opened: opened.to_owned(),
            heading,
            builtin,
            checked,
            not_saved: false,
            trial: None,
            paid_engine: trial::paid_engine(web),
            limit: trial::USUAL,
            text,
            f,
        }
    }
}

/// `GET /rubrics/new`.
///
/// # Errors
/// When the page is not rendered.
pub(crate) async fn new(State(web): State<Web>, frame: Frame) -> Result<Response, Problem> {
    let f = frame.at(Place::Rubrics);
    let blank = f.t.lang.pick(BLANK_RU, BLANK_EN).to_owned();
    page(&Editor::new(&web, f, "", blank))
}

/// `GET /rubrics/{id}`.
///
/// # Errors
/// 404 for an unknown id.
pub(crate) async fn edit(
    State(web): State<Web>,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let f = frame.at(Place::Rubrics);
    // a file with a mistake is opened all the same: here it is mended
    let text = match web.app().rubrics() {
        Ok(known) => known.into_iter().find(|rubric| rubric.id.as_str() == id).map(|rubric| rubric.source),
        Err(_) => keep::own_text(&web.config().data_dir, &id).await,
    };
    let text = match text {
        Some(text) => text,
        None => analyze::RubricLibrary::builtin()
            .find(&id)
            .map(|rubric| rubric.source.clone())
            .ok_or_else(Problem::not_found)?,
    };
    page(&Editor::new(&web, f, &id, text))
}

/// The form of the editor.
#[derive(Debug, Deserialize)]
pub(crate) struct EditForm {
    #[serde(default)]
    text: String,
    /// The id that was opened.
    #[serde(default)]
    opened: String,
    #[serde(default)]
    limit: String,
}

impl EditForm {
    /// Browsers send line ends of their own.
    fn text(&self) -> String {
        self.text.replace("\r\n", "\n")
    }
}

fn wants_part(headers: &HeaderMap) -> bool {
    headers.contains_key("hx-request")
}

/// `POST /rubrics/check`: the findings alone to a script, the whole page else.
///
/// # Errors
/// When the page is not rendered.
pub(crate) async fn check(
    State(web): State<Web>,
    frame: Frame,
    headers: HeaderMap,
    Form(form): Form<EditForm>,
) -> Result<Response, Problem> {
    let f = frame.at(Place::Rubrics);
    if !wants_part(&headers) {
        return page(&Editor::new(&web, f, &form.opened, form.text()));
    }
    let (checked, _) =
        Checked::of(&f.t, &form.text(), Some(form.opened.as_str()).filter(|id| !id.is_empty()));
    page(&CheckPart { f, checked, not_saved: false })
}

/// `POST /rubrics/save`: keeps a revision, where there is no error.
///
/// # Errors
/// When the file is not written or the store fails.
pub(crate) async fn save(
    State(web): State<Web>,
    viewer: Viewer,
    frame: Frame,
    Form(form): Form<EditForm>,
) -> Result<Response, Problem> {
    let f = frame.at(Place::Rubrics);
    let text = form.text();
    let Ok(rubric) = analyze::parse(&text) else {
        let mut editor = Editor::new(&web, f, &form.opened, text);
        editor.not_saved = true;
        let answer = page(&editor)?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, answer).into_response());
    };
    let path = format!("/rubrics/{}", rubric.id);
    let known = web.app().rubrics().ok();
    let before = known.iter().flatten().find(|known| known.id == rubric.id);
    if before.is_some_and(|before| before.revision == rubric.revision && before.source == text) {
        return Ok(said(&path, "done-rubric-same"));
    }
    // what stood before stays in the history of revisions, used or not
    if let Some(before) = before {
        web.store().save_rubric(before, web.clock().now()).await?;
    }
    keep::write(&web.config().data_dir, &rubric.id, &text).await.map_err(|error| not_written(&error))?;
    web.store().save_rubric(&rubric, web.clock().now()).await?;
    web.audit(&viewer.name, Deed::Rubric, &format!("{} {}", rubric.id, rubric.revision)).await;
    Ok(said(&path, "done-rubric-saved"))
}

fn not_written(error: &std::io::Error) -> Problem {
    tracing::error!(%error, "a rubric was not written");
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "rubric_not_written",
        "файл критериев не записан: проверьте место на диске и права на папку данных",
        "the rubric's file was not written: check the disk and the rights on the data folder",
    )
    .hint("прежняя редакция действует; zvonar doctor", "the former revision stays in force; zvonar doctor")
}

/// `POST /rubrics/trial`: judges the newest calls by the text and compares; keeps nothing.
///
/// # Errors
/// When the store fails.
pub(crate) async fn trial(
    State(web): State<Web>,
    viewer: Viewer,
    frame: Frame,
    headers: HeaderMap,
    Form(form): Form<EditForm>,
) -> Result<Response, Problem> {
    let f = frame.at(Place::Rubrics);
    let text = form.text();
    let limit = form.limit.parse().unwrap_or(trial::USUAL).clamp(1, trial::MOST);
    let opened = Some(form.opened.as_str()).filter(|id| !id.is_empty());
    let (_, rubric) = Checked::of(&f.t, &text, opened);
    let compared_to = opened.map(RubricId::new);
    let trial = match rubric {
        Some(rubric) => {
            let before = compared_to.as_ref().unwrap_or(&rubric.id);
            Some(trial::trial(&web, &viewer, &f.t, &rubric, before, limit).await?)
        }
        None => None,
    };
    if wants_part(&headers) {
        return page(&TrialPart { f, trial });
    }
    let mut editor = Editor::new(&web, f, &form.opened, text);
    (editor.trial, editor.limit) = (trial, limit);
    page(&editor)
}
