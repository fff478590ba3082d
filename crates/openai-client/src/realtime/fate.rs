//! What the end of a socket means.

use http_client::{HttpError, SocketFault, TransportError, http::StatusCode};

use super::RealtimeFault;
use crate::{
    OpenAiError,
    wire::refusal::{self, Said},
};

/// A session that is lost.
pub(super) fn lost(provider: &str, message: impl Into<String>) -> OpenAiError {
    OpenAiError::Unavailable { provider: provider.to_owned(), message: message.into(), retry_after: None }
}

/// A trouble of the socket.
pub(super) fn broken(provider: &str, fault: &SocketFault) -> OpenAiError {
    match fault {
        SocketFault::Closed => lost(provider, "the session is closed"),
        SocketFault::Broken(error) => lost(provider, error.kind().to_string()),
        SocketFault::Full => lost(provider, "it takes no sound any more"),
        SocketFault::TooLong { .. } => OpenAiError::BadAnswer {
            provider: provider.to_owned(),
            message: "an event is larger than any can be".to_owned(),
        },
        SocketFault::NoFrame => lost(provider, "the connection broke off"),
    }
}

/// Its goodbye, as the error that may have been left out.
pub(super) fn goodbye(reason: &str) -> RealtimeFault {
    let reason: String = reason.chars().take(200).collect();
    let lasted = ["maximum duration", "session_expired", "expired"].iter().any(|word| reason.contains(word));
    let code = if lasted { "session_expired" } else { "session_closed" };
    RealtimeFault { code: code.to_owned(), kind: "close".to_owned(), message: reason, event_id: None }
}

/// The request for the socket did not get through. Timeouts, refused proxies, certificates: what the
/// house's client says of them, without an address.
pub(super) fn unsent(provider: &str, error: reqwest::Error) -> OpenAiError {
    let what = match TransportError::from(error) {
        TransportError::Untrusted(reason) => {
            HttpError::Untrusted { what: "openai.realtime".to_owned(), reason }
        }
        TransportError::ProxyRefused => {
            HttpError::Unauthorized { what: "openai.realtime".to_owned(), status: 407 }
        }
        TransportError::Invalid(reason) => HttpError::InvalidRequest { reason },
        other => return lost(provider, other.to_string()),
    };
    refusal::failed(provider, what)
}

/// Our settings, or the session at all, are not taken.
pub(super) fn refused_session(provider: &str, fault: RealtimeFault) -> OpenAiError {
    let said = Said { code: fault.code, kind: fault.kind, message: fault.message, ..Said::default() };
    let status = match said.kind.as_str() {
        "close" | "server_error" => 503,
        _ => 400,
    };
    refusal::refused(provider, status, &said, None)
}

/// The upgrade was refused.
pub(super) fn refused(provider: &str, status: StatusCode, body: &[u8], wait: Option<&str>) -> OpenAiError {
    let wait = wait.and_then(|wait| wait.trim().parse().ok());
    let wait =
        wait.filter(|wait: &f64| (0.0..86_400.0).contains(wait)).map(std::time::Duration::from_secs_f64);
    refusal::refused(provider, status.as_u16(), &Said::read(body), wait)
}
