//! The seam between the policy and the wire: tests of the policy script it and need no
//! sockets, so time in them is virtual.
//!
//! What matters of a failure is how far the request got: a connection that never stood
//! carried nothing; anything later may have reached the other side.

use std::{fmt::Debug, io};

use async_trait::async_trait;
use reqwest::{Request, Response};

use crate::{AddressRefused, AddressRule, HttpError};

/// Sends one request, once.
#[async_trait]
pub trait Transport: Send + Sync + Debug {
    /// Sends it and waits for the head of the answer.
    async fn send(&self, request: Request) -> Result<Response, TransportError>;
}

/// Why no answer came. The text is the system's, without any address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No connection: the request certainly did not leave.
    #[error("{0}")]
    Unsent(String),
    /// It broke after that: the request may have arrived.
    #[error("{0}")]
    Unsure(String),
    /// The certificate of the other side does not hold; nothing was sent.
    #[error("{0}")]
    Untrusted(String),
    /// The proxy wants another password; nothing was sent.
    #[error("the proxy refuses our user or password")]
    ProxyRefused,
    /// The request itself is wrong; nothing was sent.
    #[error("{0}")]
    Invalid(String),
    /// A redirect that leads nowhere.
    #[error("{0}")]
    BadRedirect(String),
    /// The address, or a redirect's, is not asked.
    #[error(transparent)]
    Refused(#[from] AddressRefused),
}

impl TransportError {
    /// The error for the caller.
    pub(crate) fn of(self, what: &str) -> HttpError {
        let what = what.to_owned();
        match self {
            Self::Unsent(reason) => HttpError::Unavailable { what, reason, retry_after: None, unsure: false },
            Self::Unsure(reason) => HttpError::Unavailable { what, reason, retry_after: None, unsure: true },
            Self::Untrusted(reason) => HttpError::Untrusted { what, reason },
            Self::ProxyRefused => HttpError::Unauthorized { what, status: 407 },
            Self::Invalid(reason) => HttpError::InvalidRequest { reason },
            Self::BadRedirect(reason) => HttpError::UnexpectedResponse { what, reason },
            Self::Refused(refused) => HttpError::AddressRefused { what, refused },
        }
    }
}

/// `reqwest` fails by many roads; they lead to these.
impl From<reqwest::Error> for TransportError {
    fn from(error: reqwest::Error) -> Self {
        let error = error.without_url();
        let reason = root_cause(&error);
        if error.is_builder() {
            return Self::Invalid(reason);
        }
        if let Some(refused) = causes(&error).find_map(|cause| cause.downcast_ref::<AddressRefused>()) {
            return match refused.rule {
                // the server is at fault, not the address
                AddressRule::TooManyRedirects | AddressRule::Downgrade => {
                    Self::BadRedirect(refused.rule.to_string())
                }
                _ => Self::Refused(refused.clone()),
            };
        }
        if error.is_redirect() {
            return Self::BadRedirect(reason);
        }
        if !error.is_connect() {
            return Self::Unsure(if error.is_timeout() { "no answer in time".to_owned() } else { reason });
        }
        if is_untrusted(&error) {
            return Self::Untrusted(reason);
        }
        // hyper-util's TunnelError is private: its words are all there is
        if reason.contains("proxy authorization required") {
            return Self::ProxyRefused;
        }
        Self::Unsent(if error.is_timeout() { "no connection in time".to_owned() } else { reason })
    }
}

/// The live transport.
#[derive(Debug, Clone)]
pub(crate) struct Wire(pub(crate) reqwest::Client);

#[async_trait]
impl Transport for Wire {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.0.execute(request).await.map_err(TransportError::from)
    }
}

/// The innermost words: "connection refused" says more than "error sending request".
pub(crate) fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

fn causes<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |cause| cause.source())
}

/// Whether TLS refused the certificate: it hides in an `io::Error`, perhaps within another
/// one, and their `source` skips it.
fn is_untrusted(error: &(dyn std::error::Error + 'static)) -> bool {
    causes(error).any(|cause| {
        let mut cause = cause;
        while let Some(inner) = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            cause = inner;
        }
        matches!(cause.downcast_ref(), Some(rustls::Error::InvalidCertificate(_)))
    })
}
