//! Behind NAT nobody can dial us: when a call in real time is answered, we open its media socket at the
//! session's own address. The scenario waits for it for five seconds and goes on by turns without it.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::CallId;
use http_client::reqwest::Upgraded;
use http_client::{SocketEnd, TextSocket};
use secrecy::SecretString;
use voice_agent::{DialogMode, LineHandle};
use voximplant_client::{MediaDialler, SessionUrl, VoximplantError};

use super::VoiceRoom;
use super::realtime::{LONGEST_FRAME, MOST_UNSENT};

/// The scenario may not let anybody in yet; in all it is asked five times over three seconds.
const AGAIN: [Duration; 5] = [
    Duration::ZERO,
    Duration::from_millis(300),
    Duration::from_millis(600),
    Duration::from_millis(900),
    Duration::from_millis(1200),
];

/// Dials sessions.
pub(super) struct Dials {
    dialler: MediaDialler,
    secret: SecretString,
    /// Calls that have their socket, or are about to.
    under_way: Mutex<HashSet<CallId>>,
}

impl Dials {
    pub(super) fn new(dialler: MediaDialler, secret: SecretString) -> Self {
        Self { dialler, secret, under_way: Mutex::default() }
    }

    fn under_way(&self) -> MutexGuard<'_, HashSet<CallId>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn open(&self, line: &LineHandle, call: CallId) -> Result<TextSocket<Upgraded>, VoximplantError> {
        let (session, call) = (SessionUrl::new(line.expose()), call.to_string());
        let mut last = VoximplantError::SessionOver;
        for wait in AGAIN {
            tokio::time::sleep(wait).await;
            match self.dialler.open(&session, &self.secret, &call).await {
                Ok(stream) => {
                    return Ok(TextSocket::new(stream, SocketEnd::Client, LONGEST_FRAME, MOST_UNSENT));
                }
                Err(error @ VoximplantError::ForeignHost { .. }) => return Err(error),
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

impl VoiceRoom {
    /// Opens the socket of a call that was answered, if that is ours to do, and holds the call on it.
    pub(super) fn dial(self: &Arc<Self>, call_id: &str) {
        if self.dials.is_none() || !self.holds_realtime() {
            return;
        }
        let (room, call_id) = (Arc::clone(self), call_id.to_owned());
        tokio::spawn(async move { room.dialled(&call_id).await });
    }

    async fn dialled(&self, call_id: &str) {
        let Some(dials) = &self.dials else { return };
        let Ok(Some(dialogue)) = self.dialogue(call_id).await else { return };
        let call = dialogue.call;
        // an event that comes twice opens one socket
        if dialogue.mode != DialogMode::Realtime || dialogue.is_ended() || !dials.under_way().insert(call) {
            return;
        }
        let opened = match &dialogue.line {
            Some(line) => dials.open(line, call).await,
            None => Err(VoximplantError::SessionOver),
        };
        match opened {
            Ok(media) => {
                self.hold(call, media, self.closing.child_token()).await;
            }
            Err(error) => tracing::warn!(%error, %call, "the media socket does not stand: by turns"),
        }
        dials.under_way().remove(&call);
    }
}
