//! `POST /calls`: an AI call, placed once for its key.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use chrono_tz::Tz;
use domain::CallId;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use voice_agent::{DialogMode, PlaceCall};

use super::refused::{self, HungUp, refused};
use crate::Web;
use crate::access::{Deed, Viewer};
use crate::api::{ProblemShape, tags};
use crate::problem::Problem;
use crate::seed::Told;

/// A call to be placed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct NewAiCall {
    /// Whom: E.164, or as it is written in Russia.
    #[schema(example = "+79161234567")]
    phone: String,
    /// Who speaks; unless said, `ZVONAR_PERSONA`.
    #[serde(default)]
    #[schema(example = "lead-qualification")]
    persona: Option<String>,
    /// The same key again is the same call, and nobody is rung twice.
    #[serde(default)]
    #[schema(max_length = 200, example = "lead-1024")]
    idempotency_key: Option<String>,
    /// Unless said, `VOXIMPLANT_DIALOG_MODE`.
    #[serde(default)]
    dialog: Option<Dialog>,
    /// The client's zone, where the lead tells it: `Asia/Yekaterinburg`. A landline's code goes before it.
    #[serde(default)]
    #[schema(example = "Asia/Yekaterinburg")]
    timezone: Option<String>,
}

impl NewAiCall {
    /// As the page's form asks for it.
    pub(super) fn of_form(phone: &str, persona: &str, dialog: Option<Dialog>) -> Self {
        Self {
            phone: phone.to_owned(),
            persona: Some(persona.to_owned()),
            idempotency_key: None,
            dialog,
            timezone: None,
        }
    }
}

/// How the two halves meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Dialog {
    /// Record, answer, speak.
    Turns,
    /// Sound flows both ways.
    Realtime,
}

impl From<Dialog> for DialogMode {
    fn from(dialog: Dialog) -> Self {
        match dialog {
            Dialog::Turns => Self::Turns,
            Dialog::Realtime => Self::Realtime,
        }
    }
}

/// A call that was placed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PlacedAiCall {
    /// Its id, the same in `/api/v1/calls`.
    #[schema(format = Uuid)]
    call_id: String,
    /// `placed`; `placed_before` for a repeat under its key.
    #[schema(example = "placed")]
    status: String,
    /// On the telephone, or with an invented client.
    #[schema(example = "simulated")]
    mode: String,
}

impl PlacedAiCall {
    /// Its id.
    pub(super) fn call_id(&self) -> &str {
        &self.call_id
    }
}

/// Place an AI call
///
/// `409` has the codes `stop_list`, `outside_hours` (with `retry_at`), `spend_cap` and `key_reused`. `503` with
/// the code `unknown` means that nobody knows whether it rings: it is looked up, and never dialled again.
#[utoipa::path(
    post, path = "/calls", tag = tags::VOICE, operation_id = "place_call",
    request_body(content = NewAiCall, example = json!({ "phone": "+79161234567" })),
    responses(
        (status = 201, description = "It rings", body = PlacedAiCall),
        (status = 409, description = "Not this number, not now, or not under this key", body = ProblemShape,
         content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn place(
    State(web): State<Web>,
    viewer: Viewer,
    headers: HeaderMap,
    Told(asked): Told<NewAiCall>,
) -> Result<Response, Problem> {
    let shown = headers.get("idempotency-key").and_then(|key| key.to_str().ok()).map(str::to_owned);
    let asked = NewAiCall { idempotency_key: asked.idempotency_key.or(shown), ..asked };
    let placed = placed(&web, &viewer, asked).await?;
    let location = format!("/api/v1/calls/{}", placed.call_id);
    Ok((StatusCode::CREATED, [(http::header::LOCATION, location)], Json(placed)).into_response())
}

/// Places it, for the API and the page alike.
pub(super) async fn placed(web: &Web, viewer: &Viewer, asked: NewAiCall) -> Result<PlacedAiCall, Problem> {
    let room = web.app().voice().await?;
    let zone = asked.timezone.as_deref().filter(|zone| !zone.trim().is_empty()).map(zone).transpose()?;
    let persona = asked.persona.filter(|name| !name.trim().is_empty());
    let request = PlaceCall {
        phone: asked.phone,
        persona: persona.unwrap_or_else(|| room.default_persona().to_owned()),
        mode: asked.dialog.map_or(room.default_mode(), DialogMode::from),
        zone,
        idempotency_key: asked.idempotency_key,
    };
    let placed = room.place(request).await.map_err(|error| refused(&error))?;
    if !placed.again {
        web.audit(&viewer.name, Deed::Call, &placed.call.to_string()).await;
    }
    Ok(PlacedAiCall {
        call_id: placed.call.to_string(),
        status: if placed.again { "placed_before" } else { "placed" }.to_owned(),
        mode: room.place_of_calls().as_str().to_owned(),
    })
}

fn zone(name: &str) -> Result<Tz, Problem> {
    name.trim().parse().map_err(|_| {
        Problem::invalid("timezone", "такого часового пояса нет", "there is no such time zone")
            .hint("например: Asia/Yekaterinburg", "for example: Asia/Yekaterinburg")
            .with("field", "timezone")
    })
}

/// Hang up
///
/// Harmless for a call that is over.
#[utoipa::path(
    post, path = "/calls/{call_id}/hangup", tag = tags::VOICE, operation_id = "hang_up",
    params(("call_id" = String, Path, format = Uuid, description = "The call")),
    responses(
        (status = 204, description = "The line is told"),
        (status = 202, description = "The line does not answer; the call ends with its next turn"),
    ),
)]
pub(crate) async fn hang_up(
    State(web): State<Web>,
    viewer: Viewer,
    Path(call_id): Path<String>,
) -> Result<StatusCode, Problem> {
    Ok(match hung_up(&web, &viewer, &call_id).await? {
        HungUp::Now => StatusCode::NO_CONTENT,
        HungUp::WithItsNextTurn => StatusCode::ACCEPTED,
    })
}

/// Hangs up, for the API and the page alike.
///
/// # Errors
/// There is no such call; the memory does not answer.
pub(super) async fn hung_up(web: &Web, viewer: &Viewer, call_id: &str) -> Result<HungUp, Problem> {
    let call = CallId::parse(call_id).map_err(|_| Problem::not_found())?;
    let room = web.app().voice().await?;
    let came = refused::hung_up(room.hang_up(call).await)?;
    web.audit(&viewer.name, Deed::HangUp, call_id).await;
    Ok(came)
}

/// Who can speak.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PersonaList {
    personas: Vec<PersonaLine>,
}

/// A persona.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
struct PersonaLine {
    #[schema(example = "lead-qualification")]
    id: String,
    #[schema(example = "Первичный звонок по заявке")]
    title: String,
    #[schema(example = "Тёплые окна")]
    company: String,
    /// Speaks where nobody is named.
    default: bool,
}

/// Who can speak in AI calls
#[utoipa::path(
    get, path = "/api/v1/personas", tag = tags::VOICE, operation_id = "personas",
    responses((status = 200, description = "By id", body = PersonaList)),
)]
pub(crate) async fn personas(State(web): State<Web>) -> Result<Json<serde_json::Value>, Problem> {
    let room = web.app().voice().await?;
    let personas: Vec<_> = room
        .personas()
        .all()
        .map(|persona| {
            json!({
                "id": persona.id, "title": persona.title, "company": persona.company,
                "default": persona.id == room.default_persona(),
            })
        })
        .collect();
    Ok(Json(json!({ "personas": personas })))
}
