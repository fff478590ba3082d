//! `GET /voximplant/media/{call_id}`: the telephone's sound both ways, as the platform frames it.

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use domain::CallId;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_client::{SocketEnd, TextSocket, socket_accept};
use hyper_util::rt::TokioIo;

use crate::Web;
use crate::api::tags;
use crate::problem::Problem;

/// A frame of the platform is 300 bytes; nothing of it is longer than this.
const LONGEST_FRAME: usize = 64 << 10;
/// What the platform does not take: some seconds of sound.
const MOST_UNSENT: usize = 128 << 10;

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
    mut request: Request,
) -> Result<Response, Problem> {
    let accepted = accepted(request.headers()).ok_or_else(|| {
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
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        // whoever asked may be gone before he is let in
        let Ok(stream) = upgrade.await else { return };
        let media = TextSocket::new(TokioIo::new(stream), SocketEnd::Server, LONGEST_FRAME, MOST_UNSENT);
        room.hold(call, media, stopping).await;
    });
    Ok(accepted)
}

/// The answer that lets a socket in; `None` where none is asked for (RFC 6455, 4.2).
fn accepted(headers: &HeaderMap) -> Option<Response> {
    let has = |name: header::HeaderName, word: &str| {
        let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|part| part.trim().eq_ignore_ascii_case(word))
    };
    let asks = has(header::CONNECTION, "upgrade")
        && has(header::UPGRADE, "websocket")
        && has(header::SEC_WEBSOCKET_VERSION, "13");
    let key = headers.get(header::SEC_WEBSOCKET_KEY).filter(|_| asks)?;
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let told = answer.headers_mut();
    told.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    told.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    told.insert(header::SEC_WEBSOCKET_ACCEPT, socket_accept(key.as_bytes()).parse().ok()?);
    // VoxEngine offers it by default and may want it back
    if has(header::SEC_WEBSOCKET_PROTOCOL, "chat") {
        told.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static("chat"));
    }
    Some(answer)
}
