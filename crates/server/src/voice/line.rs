//! `POST /voximplant/events`: what the line tells: it stands, it was answered, it is down, it was recorded.

use app::VoiceRoom;
use axum::Json;
use axum::extract::State;
use domain::{OperatorChannel, PhoneNumber};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use voice_agent::{CallEvent, CallRecording, DialogMode, EventAnswer, LineEnd, LineHandle, LineStart};

use super::refused::memory;
use super::scenario::millis;
use crate::Web;
use crate::api::tags;
use crate::problem::Problem;
use crate::seed::Told;

/// Something that happened on the line.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub(crate) struct LineEvent {
    /// `started`, `answered`, `machine`, `failed`, `ended`, `recorded`.
    #[schema(example = "started")]
    event: String,
    /// The call; missing where a call comes in.
    #[schema(example = "6f1a1d0e-5a2b-8c3d-9e4f-0a1b2c3d4e5f")]
    call_id: Option<String>,
    /// `out`, `in`.
    #[schema(example = "out")]
    direction: Option<String>,
    /// The client's number.
    #[schema(example = "+79161234567")]
    phone: Option<String>,
    /// Our number that the client rang.
    to: Option<String>,
    /// Where the session takes commands.
    session_url: Option<String>,
    /// SIP code, or the platform's own.
    #[schema(value_type = Option<i64>, example = 200)]
    code: Option<Value>,
    /// The platform's words.
    reason: Option<String>,
    /// Length of the talk or of the recording, s.
    #[schema(example = 41.5)]
    duration: Option<f64>,
    /// In the currency of the account.
    #[schema(example = 1.35)]
    cost: Option<f64>,
    /// An employee took the call over.
    transferred: bool,
    /// Of the recording.
    url: Option<String>,
    /// Which channel is whose.
    channels: Option<Channels>,
}

/// Which channel is whose.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
struct Channels {
    /// `left`, `right`.
    #[schema(example = "right")]
    client: Option<String>,
    /// `left`, `right`.
    #[schema(example = "left")]
    agent: Option<String>,
}

/// What the scenario is told: for `started` the first words and how to talk, for `machine` what to say.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct LineAnswer {
    #[serde(default)]
    call_id: Option<String>,
    /// Said first.
    #[serde(default)]
    #[schema(example = "Здравствуйте. Я голосовой робот компании «Тёплые окна».")]
    greeting: Option<String>,
    /// A voice of the platform.
    #[serde(default)]
    #[schema(example = "Yandex.Neural.ru_RU_alena")]
    voice: Option<String>,
    /// `turns`, `realtime`.
    #[serde(default)]
    #[schema(example = "turns")]
    dialog: Option<String>,
    /// Who opens the stream of sound: `out` (the scenario), `in` (we).
    #[serde(default)]
    #[schema(example = "out")]
    media: Option<String>,
    /// Said to a machine before hanging up.
    #[serde(default)]
    #[schema(example = "")]
    text: Option<String>,
    #[serde(default)]
    #[schema(example = "say")]
    action: Option<String>,
}

/// Tell what happened on the line
#[utoipa::path(
    post, path = "/voximplant/events", tag = tags::VOICE, operation_id = "line_event",
    request_body(content = LineEvent, example = json!({
        "event": "started", "call_id": "6f1a1d0e-5a2b-8c3d-9e4f-0a1b2c3d4e5f", "direction": "out",
        "phone": "+79161234567" })),
    responses(
        (status = 200, description = "Noted", body = LineAnswer),
        (status = 404, description = "Nothing is known of such a call", body = crate::api::ProblemShape,
         content_type = "application/problem+json"),
        (status = 409, description = "The call must not go on", body = crate::api::ProblemShape,
         content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn event(
    State(web): State<Web>,
    Told(told): Told<LineEvent>,
) -> Result<Json<Value>, Problem> {
    let room = web.app().voice().await?;
    let call_id = told.call_id.clone();
    let event = read(&room, told).await?;
    let answer = room.event(call_id.as_deref(), event).await.map_err(|error| memory(&error))?;
    match answer {
        EventAnswer::Noted => Ok(Json(json!({ "ok": true }))),
        EventAnswer::Welcome { call, greeting, voice, mode } => {
            let in_real_time = mode == DialogMode::Realtime && room.holds_realtime();
            Ok(Json(json!({
                "call_id": call.to_string(),
                "greeting": greeting,
                "voice": voice,
                "dialog": if in_real_time { "realtime" } else { "turns" },
                "media": if web.config().voximplant.we_dial { "in" } else { "out" },
                "encoding": "ULAW",
            })))
        }
        EventAnswer::Message(words) => {
            Ok(Json(json!({ "text": words.unwrap_or_default(), "action": "hangup" })))
        }
        EventAnswer::UnknownCall => Err(Problem::not_found()),
        EventAnswer::Refused => Err(Problem::new(
            http::StatusCode::CONFLICT,
            "call_over",
            "этот звонок продолжать не надо",
            "this call must not go on",
        )),
    }
}

async fn read(room: &VoiceRoom, told: LineEvent) -> Result<CallEvent, Problem> {
    let code =
        told.code.as_ref().and_then(|code| code.as_i64().or_else(|| code.as_str()?.trim().parse().ok()));
    let cost = match told.cost {
        Some(cost) => room.line_money(cost).await,
        None => None,
    };
    let number = |text: Option<String>| text.as_deref().and_then(PhoneNumber::parse);
    Ok(match told.event.as_str() {
        "started" => CallEvent::Started(LineStart {
            incoming: told.direction.as_deref() == Some("in"),
            phone: number(told.phone),
            own_number: number(told.to),
            line: told.session_url.filter(|url| !url.is_empty()).map(LineHandle::new),
            mode: room.default_mode(),
        }),
        "answered" => CallEvent::Answered,
        "machine" => CallEvent::Machine,
        "failed" => CallEvent::Failed { code, reason: told.reason },
        "ended" => CallEvent::Ended(LineEnd {
            code,
            reason: told.reason,
            duration_ms: told.duration.and_then(millis),
            cost,
            transferred: told.transferred,
        }),
        "recorded" => {
            let url = told.url.filter(|url| !url.trim().is_empty()).ok_or_else(|| missing("url"))?;
            let agent = told.channels.and_then(|channels| channels.agent);
            let robot = match agent.as_deref() {
                Some("left") => Some(OperatorChannel::Left),
                Some("right") => Some(OperatorChannel::Right),
                _ => None,
            };
            let recording = CallRecording { url, duration_ms: told.duration.and_then(millis), robot };
            CallEvent::Recorded { recording, cost }
        }
        _ => {
            return Err(Problem::invalid("event", "такого события нет", "there is no such event")
                .hint(
                    "есть: started, answered, machine, failed, ended, recorded",
                    "there are: started, answered, machine, failed, ended, recorded",
                )
                .with("field", "event"));
        }
    })
}

fn missing(name: &str) -> Problem {
    Problem::invalid("field_missing", format!("нет поля {name}"), format!("the field {name} is missing"))
        .with("field", name)
}
