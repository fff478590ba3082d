//! `GET /voximplant/media/{call_id}`: the telephone's sound both ways, as the platform frames it.

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::response::Response;
use bytes::Bytes;
use domain::CallId;
use http::StatusCode;
use voice_agent::media_socket;

use crate::Web;
use crate::api::tags;
use crate::problem::Problem;

/// A frame of the platform is 300 bytes; nothing of it is longer than this.
const LONGEST_FRAME: usize = 64 << 10;

/// Carry a call in real time (WebSocket)
///
/// Text frames in the shape of VoxEngine: `start`, `media` with base64 of G.711 µ-law, `stop`; our own messages
/// carry `customEvent`.
#[utoipa::path(
    get, path = "/voximplant/media/{call_id}", tag = tags::VOICE, operation_id = "media",
    params(("call_id" = String, Path, format = Uuid, description = "The call")),
    responses((status = 101, description = "The socket stands")),
)]
pub(crate) async fn media(
    State(web): State<Web>,
    Path(call_id): Path<String>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let upgrade = upgrade.map_err(|_| {
        Problem::new(
            StatusCode::UPGRADE_REQUIRED,
            "websocket",
            "этот адрес — для WebSocket",
            "this address is for a WebSocket",
        )
    })?;
    let call = CallId::parse(&call_id).map_err(|_| Problem::not_found())?;
    let room = web.app().voice().await?;
    let known = room.dialogue(&call_id).await.map_err(|error| super::refused::memory(&error))?;
    if known.is_none_or(|dialogue| dialogue.is_ended()) || !room.holds_realtime() {
        return Err(Problem::not_found());
    }
    let stopping = web.stopping().child_token();
    let upgrade = upgrade.protocols(["chat"]).max_message_size(LONGEST_FRAME).max_frame_size(LONGEST_FRAME);
    Ok(upgrade.on_upgrade(move |socket: WebSocket| async move {
        let read = |message: Message| match message {
            Message::Text(text) => Some(Bytes::from(text)),
            _ => None,
        };
        let media = media_socket(socket, read, |text| Message::Text(text.into()));
        room.hold(call, media, stopping).await;
    }))
}
