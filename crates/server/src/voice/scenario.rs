//! `POST /voximplant/process_audio` and the rest of an answer: what the turn scenario asks.
//!
//! Always 200 within eight seconds: a provider that fails is an apology, spoken to the client.

use std::sync::Arc;

use app::VoiceRoom;
use axum::Json;
use axum::extract::{Path, State};
use http::{HeaderMap, header};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Deserializer, Serialize};
use subtle::ConstantTimeEq as _;
use utoipa::ToSchema;
use voice_agent::{Action, NextId, TurnAnswer, TurnInput, TurnRequest};

use super::refused::memory;
use crate::Web;
use crate::api::tags;
use crate::problem::Problem;
use crate::seed::Told;

/// Whether the request shows the backend's secret. An installation whose secret cannot be read has none.
pub(crate) fn is_scenario(web: &Web, headers: &HeaderMap) -> bool {
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some(shown) = shown.and_then(|value| value.split_once(' ')) else { return false };
    match web.app().backend_secret() {
        Ok(secret) => {
            let equal = shown.1.trim().as_bytes().ct_eq(secret.expose_secret().as_bytes());
            shown.0.eq_ignore_ascii_case("bearer") && equal.into()
        }
        Err(error) => {
            tracing::error!(%error, "the secret of scenarios cannot be read");
            false
        }
    }
}

/// Something that the client said.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ProcessAudio {
    /// The call as the scenario knows it; an unknown one opens a talk.
    #[schema(example = "6f1a1d0e-5a2b-8c3d-9e4f-0a1b2c3d4e5f")]
    #[serde(deserialize_with = "word")]
    call_id: String,
    /// Where its recording lies: a host of `VOXIMPLANT_MEDIA_HOSTS`.
    #[schema(format = Uri, example = "https://storage-gw-us-01.voximplant.com/voximplant-records/2026/11/20/turn-1.mp3")]
    audio_url: String,
    /// Its length with the pause at its end, s.
    #[serde(default)]
    #[schema(minimum = 0, example = 3.2)]
    duration: Option<f64>,
    /// From 1; the same turn again has the same answer. Unless said, the next one.
    #[serde(default)]
    #[schema(minimum = 1, example = 1)]
    turn: Option<u32>,
}

/// What to say and do.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SayAndDo {
    /// May be empty: nothing to say.
    #[schema(example = "Здравствуйте. С удовольствием расскажу.")]
    text: String,
    /// After the text: `say` goes on, `hangup`, `transfer`.
    #[schema(example = "say")]
    action: String,
    /// Whom to connect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    transfer_to: Option<String>,
    /// Where the rest of the answer is: `GET` with the same secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_url: Option<String>,
}

/// Answer what the client said
///
/// The recording is fetched, recognised and answered; the first sentence comes at once, the rest by `next_url`.
#[utoipa::path(
    post, path = "/voximplant/process_audio", tag = tags::VOICE, operation_id = "process_audio",
    request_body(content = ProcessAudio, example = json!({
        "call_id": "6f1a1d0e-5a2b-8c3d-9e4f-0a1b2c3d4e5f", "turn": 1, "duration": 3.2,
        "audio_url": "https://storage-gw-us-01.voximplant.com/voximplant-records/2026/11/20/turn-1.mp3" })),
    responses((status = 200, description = "What to say and do", body = SayAndDo)),
)]
pub(crate) async fn process_audio(
    State(web): State<Web>,
    headers: HeaderMap,
    Told(asked): Told<ProcessAudio>,
) -> Result<Json<SayAndDo>, Problem> {
    let room = web.app().voice().await?;
    let turn = match asked.turn {
        Some(turn) => turn.max(1),
        None => next_turn(&room, &asked.call_id).await?,
    };
    let request = TurnRequest {
        call_id: asked.call_id.clone(),
        turn,
        input: TurnInput::Recording(asked.audio_url),
        duration_ms: asked.duration.and_then(millis),
    };
    let answer = room.turn(request).await;
    Ok(Json(said(&web, &headers, &asked.call_id, answer)))
}

/// A scenario that does not count.
async fn next_turn(room: &Arc<VoiceRoom>, call_id: &str) -> Result<u32, Problem> {
    let known = room.dialogue(call_id).await.map_err(|error| memory(&error))?;
    Ok(known.and_then(|dialogue| dialogue.turns.last().map(|turn| turn.number + 1)).unwrap_or(1).max(1))
}

/// The rest of an answer
#[utoipa::path(
    get, path = "/voximplant/next/{call_id}/{part}", tag = tags::VOICE, operation_id = "next_part",
    params(
        ("call_id" = String, Path, description = "The call as the scenario knows it"),
        ("part" = String, Path, description = "Turn and part", example = "3-1"),
    ),
    responses((status = 200, description = "What to say and do", body = SayAndDo)),
)]
pub(crate) async fn next(
    State(web): State<Web>,
    headers: HeaderMap,
    Path((call_id, part)): Path<(String, String)>,
) -> Result<Json<SayAndDo>, Problem> {
    let part: NextId = part.parse().map_err(|_| Problem::not_found())?;
    let room = web.app().voice().await?;
    let answer = room.next(&call_id, part).await;
    Ok(Json(said(&web, &headers, &call_id, answer)))
}

fn said(web: &Web, headers: &HeaderMap, call_id: &str, answer: TurnAnswer) -> SayAndDo {
    let transfer_to = match &answer.action {
        Action::Transfer { to } => Some(to.as_str().to_owned()),
        _ => None,
    };
    SayAndDo {
        text: answer.text,
        action: answer.action.as_str().to_owned(),
        transfer_to,
        next_url: answer.next.map(|next| {
            let call: String = url::form_urlencoded::byte_serialize(call_id.as_bytes()).collect();
            format!("{}/voximplant/next/{}/{next}", own_address(web, headers), call.replace('+', "%20"))
        }),
    }
}

/// Our address as the scenario knows it: `BACKEND_URL`, else the one that was asked.
pub(super) fn own_address(web: &Web, headers: &HeaderMap) -> String {
    if let Some(url) = &web.config().backend_url {
        return url.trim_end_matches('/').to_owned();
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let scheme =
        text("x-forwarded-proto").filter(|scheme| scheme == "https").unwrap_or_else(|| "http".to_owned());
    let host = text("x-forwarded-host").or_else(|| text("host")).unwrap_or_else(|| "localhost".to_owned());
    format!("{scheme}://{host}")
}

/// Seconds as ms; what is no length is none.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to an hour")]
pub(super) fn millis(seconds: f64) -> Option<u64> {
    (0.0..=3600.0).contains(&seconds).then(|| (seconds * 1000.0).round() as u64)
}

/// A name that comes as a text or as a number.
fn word<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Word {
        Text(String),
        Number(i64),
    }
    let word = match Word::deserialize(from)? {
        Word::Text(text) => text.trim().to_owned(),
        Word::Number(number) => number.to_string(),
    };
    if word.is_empty() { Err(serde::de::Error::custom("call_id is empty")) } else { Ok(word) }
}
