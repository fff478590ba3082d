//! What went wrong, by what the caller can do about it.
//!
//! `what` is an address without its query, user and password: those hold secrets.

use std::{path::PathBuf, time::Duration};

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
    /// Whether the same request may succeed later, unchanged.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::RateLimited { .. } | Self::Unavailable { .. } | Self::Busy { .. })
    }

    /// How long the server asks to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after, .. } | Self::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}
