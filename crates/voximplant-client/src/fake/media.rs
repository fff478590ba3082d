//! Recordings of the fake, as the storage hands them out.

use bytes::Bytes;

use super::{FakeVoximplant, MediaFault};

/// What the storage answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FakeMedia {
    /// The HTTP status.
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

    fn page(status: u16) -> Self {
        Self::of(status, "text/html", format!("<html><body>{status}</body></html>"))
    }
}

impl FakeVoximplant {
    /// Answers a `GET` of a recording by the last part of its address; in secure storage it opens to
    /// a token alone.
    pub fn media(&self, name: &str, authorization: Option<&str>) -> FakeMedia {
        let token = authorization.and_then(|header| header.strip_prefix("Bearer "));
        let known = token.is_some_and(|token| self.check_token(token, self.now()).is_ok());
        self.storage(name, known)
    }

    /// The same for a caller in memory, whose key is not looked at.
    pub(super) fn media_trusted(&self, url: &str) -> FakeMedia {
        self.storage(url.rsplit('/').next().unwrap_or_default(), true)
    }

    fn storage(&self, name: &str, known: bool) -> FakeMedia {
        let now = self.now();
        let (fault, found) = {
            let mut state = self.lock();
            *state.requests.entry("media".into()).or_default() += 1;
            let fault = state.take_media_fault();
            let record = state.records.get(name).filter(|record| !record.deleted && record.appears_at <= now);
            (fault, record.map(|record| (record.sound.clone(), record.secure)))
        };
        match fault {
            Some(MediaFault::Missing) => return FakeMedia::page(404),
            Some(MediaFault::Gone) => return FakeMedia::page(410),
            Some(MediaFault::Forbidden) => return FakeMedia::page(403),
            Some(MediaFault::Busy) => return FakeMedia::page(503),
            Some(MediaFault::Html) => return FakeMedia::page(200),
            Some(MediaFault::Empty) => return FakeMedia::of(200, "audio/mpeg", Bytes::new()),
            Some(MediaFault::Truncated) | None => {}
        }
        let Some((sound, secure)) = found else { return FakeMedia::page(404) };
        if secure && !known {
            return FakeMedia::page(403);
        }
        // outside the lock: making sound takes its time
        let whole = FakeMedia::of(200, "audio/mpeg", sound.bytes());
        if fault == Some(MediaFault::Truncated) {
            return FakeMedia { body: whole.body.slice(..whole.body.len() / 2), ..whole };
        }
        whole
    }
}
