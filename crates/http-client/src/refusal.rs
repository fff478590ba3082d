//! An answer that is no success, and what it means: each provider brings its own reading.
//!
//! Nothing of the body or the headers gets into `Debug` or an error's text: they are the
//! provider's to read, and may repeat what was sent.

use std::{fmt, time::Duration};

use bytes::Bytes;
use domain::Clock;
use http::HeaderMap;
use uuid::Uuid;

use crate::{HttpError, wait_wish::wait_wish};

/// Longest id of a server that is repeated in logs.
const LONGEST_ID: usize = 128;

/// What an answer that is no success means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The other side did nothing: the same request may be sent again, however delicate it is.
    Again {
        /// How long it asks to wait; `None` = as the answer's headers say, else as the policy does.
        after: Option<Duration>,
        /// It asks for a slower pace: the whole client slows down and waits, not this request alone.
        slow_down: bool,
    },
    /// It failed, perhaps after doing what was asked: repeated as [`Repeat`](crate::Repeat) allows.
    Unsure {
        /// As in [`Self::Again`].
        after: Option<Duration>,
    },
    /// Asking again would bring the same.
    Final,
}

/// Reads refusals. Given by each provider for its own errors.
pub trait Classify: Send + Sync {
    /// What `answer` means.
    fn verdict(&self, answer: &Refusal) -> Verdict;
}

/// By the status alone: 408, 425, 429 did nothing; nor did a 503 that says when to come
/// back; any other 5xx may have; all the rest is final.
#[derive(Debug, Clone, Copy, Default)]
pub struct ByStatus;

impl Classify for ByStatus {
    fn verdict(&self, answer: &Refusal) -> Verdict {
        let after = answer.retry_after();
        match answer.status {
            429 => Verdict::Again { after, slow_down: true },
            503 if after.is_some() => Verdict::Again { after, slow_down: true },
            408 | 425 => Verdict::Again { after, slow_down: false },
            500..=599 => Verdict::Unsure { after },
            _ => Verdict::Final,
        }
    }
}

/// An answer that is no success, with as much of its body as the policy keeps.
#[derive(Clone)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The beginning of the body: at most `max_error_body` bytes, less when it broke off.
    pub body: Bytes,
    what: String,
    sent_id: Option<Uuid>,
    wish: Option<Duration>,
    retryable: bool,
    unsure: bool,
}

impl Refusal {
    /// A refusal as a server would send it: for tests of a [`Classify`].
    pub fn new(status: u16, headers: HeaderMap, body: impl Into<Bytes>) -> Self {
        let wish = wait_wish(&headers, None);
        let what = String::from("request");
        let body = body.into();
        Self { status, headers, body, what, sent_id: None, wish, retryable: false, unsure: false }
    }

    pub(crate) fn of(mut self, what: &str, sent_id: Uuid, clock: Option<&dyn Clock>) -> Self {
        what.clone_into(&mut self.what);
        self.sent_id = Some(sent_id);
        self.wish = wait_wish(&self.headers, clock.map(|clock| clock.now().into()));
        self
    }

    /// Notes what the provider says of it.
    pub(crate) fn judge(&mut self, verdict: Verdict) {
        let (Verdict::Again { after, .. } | Verdict::Unsure { after }) = verdict else { return };
        self.retryable = true;
        self.unsure = matches!(verdict, Verdict::Unsure { .. });
        self.wish = after.or(self.wish);
    }

    pub(crate) fn mark_unsure(&mut self) {
        self.unsure = true;
    }

    pub(crate) fn wait_at_least(&mut self, wait: Duration) {
        self.wish = Some(self.wish.map_or(wait, |wish| wish.max(wait)));
    }

    /// How long the server asks to wait: by the provider's reading, else by `retry-after-ms`
    /// or `Retry-After`.
    pub fn retry_after(&self) -> Option<Duration> {
        self.wish
    }

    /// `x-should-retry: true|false`, the server's own word on repeating.
    pub fn should_retry(&self) -> Option<bool> {
        match self.headers.get("x-should-retry")?.to_str().ok()?.trim() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// The server's id of this exchange (`x-request-id`), for its support.
    pub fn request_id(&self) -> Option<&str> {
        printable_id(&self.headers)
    }

    /// The id we sent as `X-Client-Request-Id`; `None` for one made by [`Self::new`].
    pub fn client_request_id(&self) -> Option<Uuid> {
        self.sent_id
    }

    /// What was asked of whom: the exchange's name and the host.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Whether the same request may succeed later.
    pub fn is_retryable(&self) -> bool {
        self.retryable
    }

    /// Whether this or an earlier attempt of the exchange may have taken effect.
    pub fn may_have_applied(&self) -> bool {
        self.unsure
    }

    /// The error by the status alone, for who has no reading of its own.
    pub(crate) fn plain(self) -> HttpError {
        let (what, status, retry_after) = (self.what, self.status, self.wish);
        let reason =
            || http::StatusCode::from_u16(status).map_or_else(|_| status.to_string(), |s| s.to_string());
        match status {
            404 | 410 => HttpError::NotFound { what },
            401 | 403 | 407 => HttpError::Unauthorized { what, status },
            429 => HttpError::RateLimited { what, retry_after },
            408 | 500..=599 => {
                HttpError::Unavailable { what, reason: reason(), retry_after, unsure: self.unsure }
            }
            _ => HttpError::UnexpectedResponse { what, reason: reason() },
        }
    }
}

/// `x-request-id` when it is short and printable.
pub(crate) fn printable_id(headers: &HeaderMap) -> Option<&str> {
    let id = headers.get("x-request-id")?.to_str().ok()?;
    (!id.is_empty() && id.len() <= LONGEST_ID).then_some(id)
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: refused with HTTP {}", self.what, self.status)?;
        match (self.request_id(), self.sent_id) {
            (Some(id), _) => write!(f, " (request {id})"),
            (None, Some(id)) => write!(f, " (our request {id})"),
            (None, None) => Ok(()),
        }
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refusal")
            .field("what", &self.what)
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .field("request_id", &self.request_id())
            .field("client_request_id", &self.sent_id)
            .field("retry_after", &self.wish)
            .field("retryable", &self.retryable)
            .field("unsure", &self.unsure)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, headers: &[(&'static str, &'static str)]) -> Refusal {
        let pairs = headers.iter().map(|(name, value)| {
            (http::HeaderName::from_static(name), http::HeaderValue::from_static(value))
        });
        Refusal::new(status, pairs.collect(), "key sk-secret is wrong")
    }

    #[test]
    fn statuses_are_read_by_what_they_say_of_the_effect() {
        let after = Some(Duration::from_secs(2));
        for (status, headers, verdict) in [
            (429, &[][..], Verdict::Again { after: None, slow_down: true }),
            (429, &[("retry-after", "2")][..], Verdict::Again { after, slow_down: true }),
            (503, &[("retry-after", "2")][..], Verdict::Again { after, slow_down: true }),
            (503, &[][..], Verdict::Unsure { after: None }),
            (408, &[][..], Verdict::Again { after: None, slow_down: false }),
            (500, &[][..], Verdict::Unsure { after: None }),
            (502, &[("retry-after", "2")][..], Verdict::Unsure { after }),
            (400, &[][..], Verdict::Final),
            (403, &[][..], Verdict::Final),
            (409, &[][..], Verdict::Final),
        ] {
            assert_eq!(ByStatus.verdict(&refusal(status, headers)), verdict, "{status} {headers:?}");
        }
    }

    #[test]
    fn words_about_a_refusal_hold_neither_body_nor_headers() {
        let refusal = refusal(401, &[("x-request-id", "req_1"), ("set-cookie", "session=abc")]);
        let words = format!("{refusal} {refusal:?} {}", HttpError::Refused(Box::new(refusal.clone())));
        assert!(words.contains("401") && words.contains("req_1"), "{words}");
        assert!(!words.contains("sk-secret") && !words.contains("session"), "{words}");
    }

    #[test]
    fn the_servers_own_word_on_repeating_is_read() {
        assert_eq!(refusal(500, &[("x-should-retry", "false")]).should_retry(), Some(false));
        assert_eq!(refusal(400, &[("x-should-retry", "true")]).should_retry(), Some(true));
        assert_eq!(refusal(400, &[("x-should-retry", "maybe")]).should_retry(), None);
    }

    #[test]
    fn odd_ids_of_a_server_are_not_repeated() {
        let mut refusal = refusal(500, &[]);
        refusal.headers.insert("x-request-id", http::HeaderValue::from_bytes(b"a\xff").unwrap());
        assert_eq!(refusal.request_id(), None);
        let long = "x".repeat(LONGEST_ID + 1);
        refusal.headers.insert("x-request-id", http::HeaderValue::from_str(&long).unwrap());
        assert_eq!(refusal.request_id(), None);
    }
}
