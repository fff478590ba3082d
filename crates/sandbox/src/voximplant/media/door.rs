//! The backend dials a session's address: `allowWebSocketConnections`, then `AppEvents.WebSocket`.
//! Before a scenario allows it the address takes no socket; of the headers only `X-*` are shown.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use tokio::sync::mpsc;

use super::{CallerNote, MediaReport, ScriptedCaller, dial::carry};

/// Sockets that wait for their scenario: calls and three more.
const MOST_WAITING: usize = 4;

/// Addresses of sessions that take sockets.
#[derive(Clone, Default)]
pub struct MediaDoors(Arc<Mutex<HashMap<String, mpsc::Sender<MediaSocketIn>>>>);

impl std::fmt::Debug for MediaDoors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MediaDoors").finish_non_exhaustive()
    }
}

/// A socket that came to a session's address.
pub struct MediaSocketIn {
    socket: WebSocket,
    /// `X-*` headers, names in lower case.
    pub headers: Vec<(String, String)>,
}

impl std::fmt::Debug for MediaSocketIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MediaSocketIn").finish_non_exhaustive()
    }
}

impl MediaSocketIn {
    /// The token that the backend showed.
    pub fn token(&self) -> Option<&str> {
        let token = self.headers.iter().find(|(name, _)| name == "x-zvonar-token");
        token.map(|(_, value)| value.as_str())
    }

    /// Holds the scripted client on it to the end.
    pub async fn hold(
        self,
        call_id: &str,
        caller: ScriptedCaller,
        notes: Option<mpsc::UnboundedSender<CallerNote>>,
    ) -> MediaReport {
        let text = |message: Message| match message {
            Message::Text(text) => Some(text.as_str().to_owned()),
            _ => None,
        };
        carry(self.socket, text, |text| Message::Text(text.into()), call_id, caller, notes).await
    }
}

impl MediaDoors {
    /// Lets sockets in at the address `SESSION/TOKEN` from now on, as long as the receiver lives.
    pub fn allow(&self, path: &str) -> mpsc::Receiver<MediaSocketIn> {
        let (sender, receiver) = mpsc::channel(MOST_WAITING);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), sender);
        receiver
    }

    /// A socket comes.
    pub(in crate::voximplant) fn enter(
        &self,
        path: &str,
        headers: &HeaderMap,
        upgrade: WebSocketUpgrade,
    ) -> Response {
        let mut doors = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        doors.retain(|_, door| !door.is_closed());
        let Some(door) = doors.get(path).cloned() else { return StatusCode::NOT_FOUND.into_response() };
        drop(doors);
        let headers: Vec<(String, String)> = headers
            .iter()
            .filter(|(name, _)| name.as_str().starts_with("x-"))
            .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
            .collect();
        upgrade.protocols(["chat"]).on_upgrade(move |socket| async move {
            // a scenario that has gone takes no socket: it is closed
            let _ = door.send(MediaSocketIn { socket, headers }).await;
        })
    }
}
