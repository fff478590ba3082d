//! The platform dials the backend, as `VoxEngine.createWebSocket` does, and carries the scripted client.

use std::time::Duration;

use futures::{Sink, SinkExt as _, Stream, StreamExt as _};
use openai_client::G711;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_tungstenite::connect_async_with_config;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::{AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL};
use tokio_tungstenite::tungstenite::{self, Message};

use super::leg::Leg;
use super::{CallerNote, MediaReport, ScriptedCaller};
use crate::SandboxError;

/// A scenario waits no longer for its socket.
const OPENS_WITHIN: Duration = Duration::from_secs(5);

/// Holds a scripted client on the backend's media socket (`ws://…/voximplant/media/CALL_ID`) to the end:
/// he or the backend hangs up, or the socket is lost. `secret` goes as a bearer; subprotocol `chat`.
///
/// # Errors
/// [`SandboxError::Option`] when the socket does not stand, in the backend's words.
pub async fn dial_media(
    url: &str,
    secret: &str,
    call_id: &str,
    caller: ScriptedCaller,
    notes: Option<mpsc::UnboundedSender<CallerNote>>,
) -> Result<MediaReport, SandboxError> {
    let wrong = |error: tungstenite::Error| SandboxError::Option(format!("the media socket: {error}"));
    let mut request = url.into_client_request().map_err(wrong)?;
    let bearer = HeaderValue::from_str(&format!("Bearer {secret}"))
        .map_err(|_| SandboxError::Option("the secret cannot stand in a header".to_owned()))?;
    request.headers_mut().insert(AUTHORIZATION, bearer);
    request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static("chat"));
    let opening = connect_async_with_config(request, None, true);
    let (socket, _) = timeout(OPENS_WITHIN, opening)
        .await
        .map_err(|_| SandboxError::Option("the media socket does not stand in five seconds".to_owned()))?
        .map_err(wrong)?;
    let text = |message: Message| match message {
        Message::Text(text) => Some(text.as_str().to_owned()),
        _ => None,
    };
    Ok(carry(socket, text, |text| Message::Text(text.into()), call_id, caller, notes).await)
}

/// Carries the client over any WebSocket.
pub(super) async fn carry<S, M, E>(
    mut socket: S,
    read: impl Fn(M) -> Option<String>,
    write: impl Fn(String) -> M,
    call_id: &str,
    caller: ScriptedCaller,
    notes: Option<mpsc::UnboundedSender<CallerNote>>,
) -> MediaReport
where
    S: Stream<Item = Result<M, E>> + Sink<M> + Unpin,
{
    let mut leg = Leg::new(G711::Mulaw, caller);
    let mut clock = interval(Duration::from_millis(20));
    clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut is_open = socket.send(write(leg.start(call_id))).await.is_ok();
    while is_open && !leg.is_over {
        tokio::select! {
            message = socket.next() => match message {
                Some(Ok(message)) => {
                    if let Some(text) = read(message) {
                        leg.take(&text);
                    }
                }
                Some(Err(_)) | None => is_open = false,
            },
            _ = clock.tick() => {
                let frame = leg.tick();
                is_open = socket.send(write(frame)).await.is_ok();
            }
        }
        for note in leg.notes.drain(..) {
            if let Some(notes) = &notes {
                // nobody may be looking on any more
                let _ = notes.send(note);
            }
        }
    }
    leg.report.is_lost = !is_open;
    if is_open {
        // the other side may be gone already
        let _ = socket.send(write(Leg::ended())).await;
        let _ = timeout(Duration::from_secs(1), socket.close()).await;
    }
    leg.report
}
