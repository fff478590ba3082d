//! `/`: judge a text, a recording or an address now, the result on the same page.
//!
//! Without scripts the page looks again by itself until the call is settled; with them it follows the
//! server's events.

mod outcome;

use app::CallFacts;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::{CallId, Manager, Mode, Rubric};
use http::StatusCode;
use pipeline::Submitted;
use serde::Deserialize;

use self::outcome::Outcome;
use super::layout::{Frame, Place, page};
use crate::Web;
use crate::access::{Scope, Viewer};
use crate::problem::Problem;
use crate::seed::UploadForm;

/// What the address says.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Ask {
    kind: Option<String>,
    call: Option<String>,
}

/// What is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Kind {
    Text,
    #[default]
    Audio,
    Url,
}

impl Kind {
    fn parse(text: &str) -> Self {
        match text {
            "text" => Self::Text,
            "url" => Self::Url,
            _ => Self::Audio,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Audio => "audio",
            Self::Url => "url",
        }
    }
}

/// A rubric to judge by.
struct Pick {
    id: String,
    title: String,
    about: String,
    chosen: bool,
}

/// A tab.
struct Tab {
    kind: &'static str,
    icon: &'static str,
    key: &'static str,
    current: bool,
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    f: Frame,
    kind: &'static str,
    tabs: Vec<Tab>,
    picks: Vec<Pick>,
    text: String,
    url: String,
    trouble: Option<(String, String)>,
    outcome: Option<Outcome>,
    speech: String,
    inexact: String,
    /// The most that a recording may hold, megabytes.
    most: u64,
    /// Whoever sees own calls only brings in own calls.
    own: bool,
}

/// `GET /`.
pub(crate) async fn home(
    State(web): State<Web>,
    viewer: Viewer,
    frame: Frame,
    Query(ask): Query<Ask>,
) -> Result<Response, Problem> {
    let f = frame.at(Place::Analyze);
    let outcome = match ask.call.as_deref() {
        Some(id) => {
            let id = CallId::parse(id).map_err(|_| Problem::not_found())?;
            Some(outcome::of(&web, &f.t, &viewer, id).await?)
        }
        None => None,
    };
    let kind = match (&ask.kind, &outcome) {
        (None, Some(outcome)) => outcome.kind,
        (kind, _) => Kind::parse(kind.as_deref().unwrap_or_default()).as_str(),
    };
    let chosen = outcome.as_ref().map(|outcome| outcome.rubric.clone());
    draw(&web, &viewer, f, Given { kind, chosen, ..Given::default() }, outcome)
}

/// What stands in the form.
#[derive(Default)]
struct Given {
    kind: &'static str,
    chosen: Option<String>,
    text: String,
    url: String,
    trouble: Option<(String, String)>,
}

fn draw(
    web: &Web,
    viewer: &Viewer,
    f: Frame,
    given: Given,
    outcome: Option<Outcome>,
) -> Result<Response, Problem> {
    let engines = web.app().engines();
    let tab =
        |kind: Kind, icon, key| Tab { kind: kind.as_str(), icon, key, current: kind.as_str() == given.kind };
    page(&Home {
        kind: given.kind,
        tabs: vec![
            tab(Kind::Text, "file", "home-text"),
            tab(Kind::Audio, "analyze", "home-audio"),
            tab(Kind::Url, "link", "home-url"),
        ],
        picks: picks(web, given.chosen.as_deref())?,
        text: given.text,
        url: given.url,
        trouble: given.trouble,
        outcome,
        speech: engines.speech,
        inexact: engines.inexact.unwrap_or_default(),
        most: web.config().server.max_upload_bytes / 1_000_000,
        own: matches!(viewer.scope, Scope::Manager(_)),
        f,
    })
}

/// The three ways of looking first, then the rest.
fn picks(web: &Web, chosen: Option<&str>) -> Result<Vec<Pick>, Problem> {
    let mut rubrics = web.app().rubrics()?;
    let rank = |rubric: &Rubric| {
        Mode::ALL.into_iter().position(|mode| mode.rubric_id() == rubric.id.as_str()).unwrap_or(usize::MAX)
    };
    rubrics.sort_by_key(rank);
    let chosen = chosen.filter(|id| rubrics.iter().any(|rubric| rubric.id.as_str() == *id));
    let chosen = chosen.unwrap_or(Mode::ManagerPlus.rubric_id()).to_owned();
    Ok(rubrics
        .into_iter()
        .map(|rubric| Pick {
            chosen: rubric.id.as_str() == chosen,
            id: rubric.id.to_string(),
            title: rubric.title,
            about: rubric.description,
        })
        .collect())
}

/// `POST /analyze`: a form with a text, a file or an address.
pub(crate) async fn analyze(
    State(web): State<Web>,
    viewer: Viewer,
    frame: Frame,
    mut form: UploadForm,
) -> Result<Response, Problem> {
    let kind = Kind::parse(form.field("kind").unwrap_or_default());
    match submit(&web, &viewer, kind, &mut form).await {
        Ok(submitted) => Ok(Redirect::to(&format!("/?call={}#result", submitted.call)).into_response()),
        Err(problem) if problem.status.is_client_error() => {
            let lang = frame.t.lang;
            let field = |name: &str| form.field(name).unwrap_or_default().to_owned();
            let given = Given {
                kind: kind.as_str(),
                chosen: form.field("rubric").map(str::to_owned),
                text: field("dialog"),
                url: field("url"),
                trouble: Some((problem.detail.pick(lang).to_owned(), problem.hint.pick(lang).to_owned())),
            };
            let mut response = draw(&web, &viewer, frame.at(Place::Analyze), given, None)?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        Err(problem) => Err(problem),
    }
}

async fn submit(web: &Web, viewer: &Viewer, kind: Kind, form: &mut UploadForm) -> Result<Submitted, Problem> {
    let rubrics = web.app().rubrics()?;
    let wanted = form.field("rubric").unwrap_or(Mode::ManagerPlus.rubric_id());
    let rubric = rubrics
        .into_iter()
        .find(|rubric| rubric.id.as_str() == wanted)
        .ok_or_else(|| Problem::invalid("rubric", "таких критериев нет", "there is no such rubric"))?;
    let mut facts = CallFacts::default();
    if let Scope::Manager(own) = &viewer.scope {
        facts.manager = Some(Manager { id: own.clone(), name: None });
    }
    let app = web.app();
    let submitted = match kind {
        Kind::Text => app.submit_dialogue(facts, form.field("dialog").unwrap_or_default(), &rubric).await,
        Kind::Url => app.submit_url(facts, form.field("url").unwrap_or_default().trim(), &rubric).await,
        Kind::Audio => {
            let audio = form.take_audio().ok_or_else(|| {
                Problem::invalid("audio", "файл не выбран", "no file was chosen")
                    .hint("выберите запись разговора", "choose a recording")
            })?;
            facts.recording_name.clone_from(&audio.name);
            let stream = audio.stream().await.map_err(|error| {
                tracing::error!(%error, "an upload could not be read back");
                Problem::internal()
            })?;
            app.submit_recording(facts, stream, &rubric).await
        }
    };
    Ok(submitted?)
}
