//! `/live`: AI calls as they go: who is on the line, what is said now, how fast, how dear; start, hang up.

use std::sync::Arc;

use app::{VoiceRoom, WhereSpoken};
use askama::Template;
use axum::extract::{RawForm, RawQuery, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::{CallId, CallStatus, Lang, SourceName};
use http::StatusCode;
use pipeline::IntakeSource;
use store::{CallFilter, CallRecord, PageRequest};
use voice_agent::{Dialogue, DialogueState};

use super::calls::{Dialog, NewAiCall, hung_up, placed};
use super::refused::{HungUp, memory};
use super::talk::{Talk, ending, phone};
use crate::Web;
use crate::access::Viewer;
use crate::pages::{Frame, Place, StatusMark, page, said};
use crate::problem::Problem;

/// Open calls that are read.
const OPEN: u32 = 100;
/// Calls that are over, of each source.
const OVER: u32 = 12;

/// A call in the list.
struct Row {
    id: String,
    phone: String,
    /// Persona and state, or when and how it ended.
    about: String,
    /// «0:44».
    clock: String,
    state: String,
    current: bool,
}

/// A call that is over.
struct Over {
    id: String,
    phone: String,
    about: String,
    score: Option<f64>,
    status: StatusMark,
}

/// Somebody who can be chosen for the next call.
struct Choice {
    id: String,
    title: String,
    chosen: bool,
}

/// What stands in the form.
#[derive(Default)]
struct Asked {
    phone: String,
    persona: String,
    dialog: String,
}

#[derive(Template)]
#[template(path = "pages/live.html")]
struct Live {
    f: Frame,
    /// «2 из 10 линий».
    lines: String,
    rows: Vec<Row>,
    over: Vec<Over>,
    talk: Option<Talk>,
    personas: Vec<Choice>,
    asked: Asked,
    realtime: bool,
    simulated: bool,
    trouble: Option<(String, String)>,
    calling: bool,
}

/// `GET /live`.
///
/// # Errors
/// When calls cannot be held here, or the database does not answer.
pub(crate) async fn live(
    State(web): State<Web>,
    viewer: Viewer,
    frame: Frame,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = query.unwrap_or_default();
    let mut fields = url::form_urlencoded::parse(query.as_bytes());
    let chosen = fields.find(|(name, _)| name == "call").map(|(_, value)| value.into_owned());
    shown(&web, &viewer, frame, chosen, Asked::default(), None).await
}

async fn shown(
    web: &Web,
    viewer: &Viewer,
    frame: Frame,
    chosen: Option<String>,
    asked: Asked,
    trouble: Option<(String, String)>,
) -> Result<Response, Problem> {
    let f = frame.at(Place::Live);
    let room = web.app().voice().await?;
    let open = room.open_calls(OPEN).await.map_err(|error| memory(&error))?;
    let going: Vec<&Dialogue> = open.iter().filter(|dialogue| !dialogue.is_ended()).collect();
    let (busy, most) = room.load().await.map_err(|error| memory(&error))?;
    let wanted = chosen.or_else(|| going.last().map(|dialogue| dialogue.call.to_string()));
    let talk = match &wanted {
        Some(id) => talk(web, &f, &room, id).await?,
        None => None,
    };
    let current = talk.as_ref().map(|talk| talk.id.clone()).unwrap_or_default();
    let persona =
        if asked.persona.is_empty() { room.default_persona().to_owned() } else { asked.persona.clone() };
    page(&Live {
        lines: f.t.put2("live-lines", ("busy", busy), ("most", most)),
        rows: going.iter().rev().map(|dialogue| row(&f, &room, dialogue, &current)).collect(),
        over: over(web, viewer, &f).await?,
        personas: room
            .personas()
            .all()
            .map(|one| Choice { id: one.id.clone(), title: one.title.clone(), chosen: one.id == persona })
            .collect(),
        realtime: room.holds_realtime(),
        simulated: room.place_of_calls() == WhereSpoken::Simulated,
        calling: trouble.is_some() || (talk.is_none() && going.is_empty()),
        talk,
        asked,
        trouble,
        f,
    })
}

async fn talk(web: &Web, f: &Frame, room: &Arc<VoiceRoom>, id: &str) -> Result<Option<Talk>, Problem> {
    let Ok(call) = CallId::parse(id) else { return Ok(None) };
    let known = room.dialogue(&call.to_string()).await.map_err(|error| memory(&error))?;
    let Some(dialogue) = known else { return Ok(None) };
    let persona = room.personas().get(&dialogue.persona);
    Ok(Some(Talk::of(
        &f.t,
        &dialogue,
        persona.as_deref(),
        web.clock().now(),
        web.config().rub_micros_per_usd,
    )))
}

fn row(f: &Frame, room: &VoiceRoom, dialogue: &Dialogue, current: &str) -> Row {
    let persona = room.personas().get(&dialogue.persona);
    let id = dialogue.call.to_string();
    let since = dialogue.answered_at.unwrap_or(dialogue.started_at);
    let length = (f.t.now.to_utc() - since).num_milliseconds().max(0);
    Row {
        current: id == current,
        phone: phone(&f.t, dialogue),
        about: persona.map_or_else(|| dialogue.persona.clone(), |persona| persona.title.clone()),
        clock: f.t.clock(length),
        state: f.t.say(match (dialogue.state, dialogue.answered_at) {
            (DialogueState::Unknown, _) => "live-state-unknown",
            (_, Some(_)) => "live-state-talking",
            _ => "live-state-ringing",
        }),
        id,
    }
}

/// Calls that are over, newest first.
async fn over(web: &Web, viewer: &Viewer, f: &Frame) -> Result<Vec<Over>, Problem> {
    let visible = web.visible(viewer);
    let mut records: Vec<CallRecord> = Vec::new();
    for source in [IntakeSource::Voximplant, IntakeSource::Simulated] {
        let source = Some(SourceName::from(source.as_str()));
        let filter = CallFilter { source, tag: Some("robot".to_owned()), ..CallFilter::default() };
        let page = visible.calls(&filter, PageRequest { after: None, limit: OVER }).await?;
        records.extend(page.items.into_iter().filter(|record| record.call.revision != "begun"));
    }
    records.sort_by_key(|record| std::cmp::Reverse(record.call.started_at));
    records.truncate(OVER as usize);
    let outlines = visible.outlines_of(&records, None).await?;
    Ok(records
        .iter()
        .zip(outlines)
        .map(|(record, outline)| {
            let started = record.call.started_at.map(|at| f.t.moment(&at)).unwrap_or_default();
            let mark = StatusMark::of(f.t.lang, record.status, false);
            Over {
                id: record.call.id.to_string(),
                phone: record
                    .call
                    .client_phone()
                    .map_or_else(|| f.t.say("live-no-number"), domain::PhoneNumber::pretty),
                about: format!("{started} · {}", mark.words),
                score: outline
                    .analysis
                    .filter(|_| record.status == CallStatus::Done)
                    .and_then(|stored| stored.analysis.total_score),
                status: mark,
            }
        })
        .collect())
}

/// `POST /live/call`.
///
/// # Errors
/// As [`live`]; a refusal is shown beside the form.
pub(crate) async fn call(
    State(web): State<Web>,
    viewer: Viewer,
    frame: Frame,
    RawForm(form): RawForm,
) -> Result<Response, Problem> {
    let field = |name: &str| {
        let mut fields = url::form_urlencoded::parse(&form);
        fields.find(|(known, _)| known == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
    };
    let asked = Asked { phone: field("phone"), persona: field("persona"), dialog: field("dialog") };
    let wanted = NewAiCall::of_form(
        &asked.phone,
        &asked.persona,
        match asked.dialog.as_str() {
            "realtime" => Some(Dialog::Realtime),
            "turns" => Some(Dialog::Turns),
            _ => None,
        },
    );
    match placed(&web, &viewer, wanted).await {
        Ok(placed) => Ok(Redirect::to(&format!("/live?call={}", placed.call_id())).into_response()),
        Err(problem) => {
            let lang: Lang = frame.t.lang;
            let told = (problem.detail.pick(lang).to_owned(), problem.hint.pick(lang).to_owned());
            let mut response = shown(&web, &viewer, frame, None, asked, Some(told)).await?;
            *response.status_mut() = if problem.status.is_client_error() {
                problem.status
            } else {
                StatusCode::SERVICE_UNAVAILABLE
            };
            Ok(response)
        }
    }
}

/// `POST /live/hangup`.
///
/// # Errors
/// There is no such call; the database does not answer.
pub(crate) async fn hang_up(
    State(web): State<Web>,
    viewer: Viewer,
    RawForm(form): RawForm,
) -> Result<Response, Problem> {
    let mut fields = url::form_urlencoded::parse(&form);
    let call =
        fields.find(|(name, _)| name == "call").map(|(_, value)| value.into_owned()).unwrap_or_default();
    let told = match hung_up(&web, &viewer, &call).await? {
        HungUp::Now => "done-hung-up",
        HungUp::WithItsNextTurn => "done-will-hang-up",
    };
    Ok(said(&format!("/live?call={call}"), told))
}

/// The words of an ending, for rows and heads.
pub(super) fn ended(f: &crate::pages::Words, dialogue: &Dialogue) -> Option<String> {
    match dialogue.state {
        DialogueState::Ended { why } => Some(f.say(ending(why))),
        _ => None,
    }
}
