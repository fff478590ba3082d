//! What went wrong, by what the caller can do about it.
//!
//! `what` names the exchange and the host, or for a download the address without its query,
//! user and password: those hold secrets.

use std::{path::PathBuf, time::Duration};

use crate::{AddressRefused, Refusal, TransportError};

/// A request or download that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The address or a setting is wrong: a person must mend it.
    #[error("invalid request: {reason}")]
    InvalidRequest {
        /// What is wrong with it.
        reason: String,
    },
    /// The server has no such thing (404, 410).
    #[error("{what}: not found on the server; check the address")]
    NotFound {
        /// The address.
        what: String,
    },
    /// The server refuses us (401, 403, 407): check key, address and proxy.
    #[error("{what}: the server refuses access (HTTP {status}); check the key, the network and the proxy")]
    Unauthorized {
        /// The address.
        what: String,
        /// The HTTP status.
        status: u16,
    },
    /// Too many requests (429): wait.
    #[error("{what}: too many requests; try again later")]
    RateLimited {
        /// The address.
        what: String,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
    },
    /// Server trouble or a broken connection: may pass by itself.
    #[error("{what}: unavailable ({reason}); try again, or check the network and the proxy")]
    Unavailable {
        /// The address.
        what: String,
        /// The status or the transport's words.
        reason: String,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
        /// Nobody knows whether the other side did what was asked: the request was sent
        /// (or may have been), and no whole answer came.
        unsure: bool,
    },
    /// An answer that is no success: final, or still the same after the policy's repeats.
    /// The provider reads it.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// Nothing was sent: the provider failed too often in a row and is left alone for a while.
    #[error("{what}: failed too often in a row, not asked for a while; try again later")]
    CircuitOpen {
        /// Exchange and host.
        what: String,
        /// How long it is left alone yet.
        retry_after: Duration,
    },
    /// The other side's certificate does not hold.
    #[error(
        "{what}: the server's certificate is not trusted ({reason}); check this machine's clock, the proxy and the extra root certificates"
    )]
    Untrusted {
        /// Exchange and host.
        what: String,
        /// What is wrong with the certificate.
        reason: String,
    },
    /// The address, or the one that the server redirects to, is not asked: see [`crate::AddressGuard`] and
    /// [`crate::Redirects`]. Nothing was sent there.
    #[error("{what}: refused address {refused}")]
    AddressRefused {
        /// Exchange and host.
        what: String,
        /// Which host, by which rule.
        refused: AddressRefused,
    },
    /// The body is larger than the caller allows.
    #[error("{what}: larger than the limit of {limit} bytes")]
    TooLarge {
        /// The address.
        what: String,
        /// The limit, bytes.
        limit: u64,
    },
    /// The bytes are not the ones that were asked for. Nothing was kept.
    #[error("{what}: wrong content, expected {expected}, got {actual}; the file was thrown away")]
    Mismatch {
        /// The address.
        what: String,
        /// Size or digest that was asked for.
        expected: String,
        /// Size or digest that came.
        actual: String,
    },
    /// An answer that makes no sense here.
    #[error("{what}: unexpected answer ({reason})")]
    UnexpectedResponse {
        /// The address.
        what: String,
        /// What is odd about it.
        reason: String,
    },
    /// Another process is downloading the same file.
    #[error("{path}: another process is downloading this file; wait until it has finished", path = path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// The disk refuses.
    #[error("{path}: cannot write: {source}", path = path.display())]
    Disk {
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
}

impl HttpError {
    /// Whether the same request may succeed later, unchanged. Whether repeating is *safe*
    /// is told by [`Self::may_have_applied`].
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Refused(refusal) => refusal.is_retryable(),
            Self::RateLimited { .. }
            | Self::Unavailable { .. }
            | Self::CircuitOpen { .. }
            | Self::Busy { .. } => true,
            _ => false,
        }
    }

    /// How long to wait first: the server's wish, or what is left of the circuit's pause.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after, .. } | Self::Unavailable { retry_after, .. } => *retry_after,
            Self::CircuitOpen { retry_after, .. } => Some(*retry_after),
            Self::Refused(refusal) => refusal.retry_after(),
            _ => None,
        }
    }

    /// Whether the other side may have done what was asked, by this or an earlier attempt.
    pub fn may_have_applied(&self) -> bool {
        match self {
            Self::Unavailable { unsure, .. } => *unsure,
            Self::Refused(refusal) => refusal.may_have_applied(),
            // an answer came, and it was not a refusal
            Self::TooLarge { .. } | Self::UnexpectedResponse { .. } | Self::Mismatch { .. } => true,
            _ => false,
        }
    }

    /// Remembers that an earlier attempt may have taken effect; `Err` when this error has
    /// no place for it.
    pub(crate) fn marked_unsure(mut self) -> Result<Self, Self> {
        match &mut self {
            Self::Unavailable { unsure, .. } => *unsure = true,
            Self::Refused(refusal) => refusal.mark_unsure(),
            _ => {}
        }
        if self.may_have_applied() { Ok(self) } else { Err(self) }
    }

    /// Lengthens the wait that is handed to the caller.
    pub(crate) fn wait_at_least(mut self, wait: Duration) -> Self {
        match &mut self {
            Self::RateLimited { retry_after, .. } | Self::Unavailable { retry_after, .. } => {
                *retry_after = Some(retry_after.map_or(wait, |asked| asked.max(wait)));
            }
            Self::Refused(refusal) => refusal.wait_at_least(wait),
            _ => {}
        }
        self
    }
}

/// For `?` while a request is built.
impl From<reqwest::Error> for HttpError {
    fn from(error: reqwest::Error) -> Self {
        TransportError::from(error).of("request")
    }
}
