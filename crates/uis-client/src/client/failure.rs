//! What failures mean: for the policy (may a repeat help?) and for the caller.

use http_client::{ByStatus, Classify, HttpError, Refusal, Verdict};

use crate::{LimitKind, UisError, wire};

/// Names of exchanges in spans and errors.
pub(super) fn span(method: &str) -> &'static str {
    match method {
        "get.account" => "uis.account",
        "get.calls_report" => "uis.calls_report",
        "get.call_legs_report" => "uis.call_legs_report",
        "get.employees" => "uis.employees",
        "get.tags" => "uis.tags",
        "login.user" => "uis.login",
        "getobj.call_session_recognition_info" => "uis.recognition",
        _ => "uis.write",
    }
}

/// As a failure of transport, where a repeat may help; `None` = final.
pub(super) fn passing(method: &str, error: &UisError) -> Option<HttpError> {
    let what = format!("UIS {method}");
    match error {
        // a day is no short trouble; the error itself tells when to come back
        UisError::LimitExceeded { kind: LimitKind::Day, .. } => None,
        UisError::LimitExceeded { reset, .. } => Some(HttpError::RateLimited { what, retry_after: *reset }),
        UisError::Unavailable { reason, retry_after, unsure, .. } => Some(HttpError::Unavailable {
            what,
            reason: reason.clone(),
            retry_after: *retry_after,
            unsure: *unsure,
        }),
        UisError::BadAnswer { reason, .. } => {
            Some(HttpError::Unavailable { what, reason: reason.clone(), retry_after: None, unsure: true })
        }
        _ => None,
    }
}

/// Reads refusals with a status: the error of UIS inside, if there is one, says more than the status.
pub(super) struct InsideOut;

impl Classify for InsideOut {
    fn verdict(&self, refusal: &Refusal) -> Verdict {
        match said_inside("", refusal) {
            Some(UisError::LimitExceeded { kind: LimitKind::Day, .. }) => Verdict::Final,
            Some(error @ UisError::LimitExceeded { .. }) => {
                Verdict::Again { after: error.retry_after(), slow_down: true }
            }
            Some(UisError::Unavailable { retry_after, .. }) => Verdict::Unsure { after: retry_after },
            Some(_) => Verdict::Final,
            None => ByStatus.verdict(refusal),
        }
    }
}

fn said_inside(method: &str, refusal: &Refusal) -> Option<UisError> {
    wire::decode(method, &refusal.body).ok()?.outcome.err()
}

/// What a failure without an answer of UIS means.
pub(super) fn failed(method: &str, error: HttpError) -> UisError {
    let unsure = error.may_have_applied();
    let retry_after = error.retry_after();
    let reason = error.to_string();
    let unavailable = |reason| UisError::Unavailable { what: "UIS".into(), reason, retry_after, unsure };
    match error {
        HttpError::Refused(refusal) => {
            said_inside(method, &refusal).unwrap_or_else(|| match refusal.status {
                401 | 403 => UisError::Forbidden {
                    message: format!("{method}: HTTP {}, by UIS or something on the way", refusal.status),
                },
                404 | 405 => UisError::Config(format!(
                    "there is no Data API at that address (HTTP {}); check UIS_DATA_API_URL",
                    refusal.status
                )),
                status if refusal.is_retryable() => unavailable(format!("HTTP {status}")),
                status => UisError::BadAnswer { method: method.into(), reason: format!("HTTP {status}") },
            })
        }
        HttpError::RateLimited { .. } => {
            UisError::LimitExceeded { kind: LimitKind::Minute, reset: retry_after }
        }
        HttpError::TooLarge { .. } | HttpError::UnexpectedResponse { .. } => {
            UisError::BadAnswer { method: method.into(), reason }
        }
        HttpError::Unauthorized { .. } => UisError::Config("the proxy refuses us; check UIS_PROXY".into()),
        HttpError::Untrusted { reason, .. } => UisError::Untrusted { reason },
        HttpError::InvalidRequest { .. } => UisError::Config(reason),
        _ => unavailable(reason),
    }
}
