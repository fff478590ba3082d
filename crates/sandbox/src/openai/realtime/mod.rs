//! `GET /openai/v1/realtime`: a conversation over a real WebSocket, held by the realtime fake of
//! `openai-client`. It hears what the world's people say and answers as its employees did.

mod mind;

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use openai_client::testing::{FakeRealtime, FakeRealtimeSession};
use serde::Deserialize;
use tokio::time::{Instant, sleep_until};

pub(super) use mind::EmployeesMind;

use super::{Served, reply, reply::refused};

/// A client's event: 15 MiB of sound as base64 at most.
const MOST_EVENT: usize = 24 << 20;
/// Nothing is to be sent: look again when something comes, or then.
const NEVER: Duration = Duration::from_hours(2);

#[derive(Deserialize)]
pub(super) struct Asked {
    model: Option<String>,
}

/// What the real one checks before it opens a session.
pub(super) async fn open(
    State(served): State<Served>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if headers.contains_key("openai-beta") {
        let told = "The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA API.";
        return reply::failure(&refused(Some("beta_api_shape_disabled"), None, told));
    }
    if asked.model.is_none_or(|model| model.trim().is_empty()) {
        let told = "You must provide a model parameter.";
        return reply::failure(&refused(Some("missing_model"), Some("model"), told));
    }
    match served.realtime.open() {
        Ok(session) => upgrade
            .max_message_size(MOST_EVENT)
            .max_frame_size(MOST_EVENT)
            .write_buffer_size(0)
            .on_upgrade(move |socket| hold(socket, session)),
        Err(failure) => reply::failure(&failure),
    }
}

/// Carries a session's JSON until one side leaves.
async fn hold(mut socket: WebSocket, mut session: FakeRealtimeSession) {
    let began = Instant::now();
    let ms = || u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    loop {
        for text in session.events(ms()) {
            if socket.send(Message::Text(text.into())).await.is_err() {
                return;
            }
        }
        if let Some((code, reason)) = session.closed() {
            if code != 0 {
                let frame = CloseFrame { code, reason: reason.into() };
                // it may have gone before us
                let _ = socket.send(Message::Close(Some(frame))).await;
            }
            return;
        }
        let due = session.due().map_or(began + NEVER, |due| began + Duration::from_millis(due));
        tokio::select! {
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => session.take(&text, ms()),
                Some(Ok(Message::Binary(_))) => session.take("", ms()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
            },
            () = sleep_until(due) => {}
        }
    }
}

/// A provider that hears and answers as the world's people do.
pub(super) fn provider(state: &crate::state::SandboxState) -> FakeRealtime {
    let fake = FakeRealtime::new();
    fake.set_ear(std::sync::Arc::clone(&state.ear) as std::sync::Arc<dyn openai_client::testing::Ear>);
    fake.set_mind(std::sync::Arc::new(EmployeesMind::new(state.world.bank())));
    fake
}
