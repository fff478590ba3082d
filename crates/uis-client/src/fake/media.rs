//! Recordings of the fake, as the media hosts hand them out.

use bytes::Bytes;

use super::{FakeUis, MediaFault, Sound, rows::has_appeared};
use crate::{CommunicationId, RecordingKind};

/// What a media host answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FakeMedia {
    /// The HTTP status; a 308 leads to the same address again.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: &'static str,
    /// The bytes that come.
    pub body: Bytes,
    /// `Content-Length`: more than comes when the body breaks off.
    pub promised: usize,
}

impl FakeMedia {
    fn of(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        Self { status, content_type, promised: body.len(), body }
    }
}

impl FakeUis {
    /// Answers a `GET` of a recording; for [`RecordingKind::Joined`] every record of the
    /// communication names the joined file.
    pub fn media(&self, kind: RecordingKind, communication: CommunicationId, record: &str) -> FakeMedia {
        let (fault, sounds) = {
            let now = self.clock.now();
            let mut state = self.lock();
            *state.requests.entry("media".into()).or_default() += 1;
            let fault = state.take_media_fault();
            let call = state.calls.values().find(|call| call.row.communication_id == communication);
            let sounds = call.filter(|call| has_appeared(&state, call, now)).map(|call| {
                let asked = |held: RecordingKind, id: &str| match kind {
                    RecordingKind::Joined => held == RecordingKind::Talk,
                    kind => held == kind && id == record,
                };
                let sounds = call.sounds.iter().filter(|(held, id, _)| asked(*held, id.as_str()));
                sounds.map(|(_, _, sound)| sound.clone()).collect::<Vec<_>>()
            });
            (fault, sounds)
        };
        match fault {
            Some(MediaFault::Gone) => return gone(),
            Some(MediaFault::NoFiles) => return FakeMedia::of(400, "text/plain", "no files to concat"),
            Some(MediaFault::Html) => {
                return FakeMedia::of(200, "text/html", "<!DOCTYPE html><html><body>Вход</body></html>");
            }
            Some(MediaFault::Json) => return FakeMedia::of(200, "application/json", r#"{"error":"busy"}"#),
            Some(MediaFault::Busy) => return FakeMedia::of(503, "text/html", "<html>503</html>"),
            Some(MediaFault::Empty) => return FakeMedia::of(200, "audio/mpeg", Bytes::new()),
            Some(MediaFault::Moved) => return FakeMedia::of(308, "text/html", Bytes::new()),
            Some(MediaFault::Truncated) | None => {}
        }
        let Some(sounds) = sounds else { return gone() };
        if sounds.is_empty() {
            let joined = kind == RecordingKind::Joined;
            return if joined { FakeMedia::of(400, "text/plain", "no files to concat") } else { gone() };
        }
        let mut body = Vec::new();
        for sound in sounds {
            match sound {
                Sound::Gone => return gone(),
                Sound::Bytes(bytes) => body.extend_from_slice(&bytes),
                // outside the lock: making sound takes its time
                Sound::Made(make) => body.extend_from_slice(&make()),
            }
        }
        let content_type = if kind == RecordingKind::Wav { "audio/x-wav" } else { "audio/mpeg" };
        let whole = FakeMedia::of(200, content_type, body);
        if fault == Some(MediaFault::Truncated) {
            return FakeMedia { body: whole.body.slice(..whole.body.len() / 2), ..whole };
        }
        whole
    }
}

fn gone() -> FakeMedia {
    FakeMedia::of(404, "text/html", "<html><body>404 Not Found</body></html>")
}
