//! What failures mean: for the policy (may a repeat help?) and for the caller.

use http_client::{ByStatus, Classify, HttpError, Refusal, Verdict};

use crate::{
    VoximplantError,
    dialogue::{Delicacy, Method},
    wire,
};

/// Names of exchanges in spans and errors.
pub(super) fn span(method: Method) -> &'static str {
    match (method.name, method.delicacy) {
        ("GetAccountInfo", _) => "voximplant.account",
        ("GetCallHistory", _) => "voximplant.history",
        ("StartScenarios", _) => "voximplant.start",
        (_, Delicacy::Read) => "voximplant.read",
        _ => "voximplant.write",
    }
}

/// As a failure of transport, where a repeat may help; `None` = final.
pub(super) fn passing(method: Method, error: &VoximplantError) -> Option<HttpError> {
    if method.delicacy == Delicacy::Start {
        return None;
    }
    let what = format!("Voximplant {}", method.name);
    match error {
        VoximplantError::RateLimited { retry_after, .. } => {
            Some(HttpError::RateLimited { what, retry_after: *retry_after })
        }
        VoximplantError::Unavailable { reason, retry_after, unsure, .. } => Some(HttpError::Unavailable {
            what,
            reason: reason.clone(),
            retry_after: *retry_after,
            unsure: *unsure,
        }),
        VoximplantError::BadAnswer { reason, .. } => {
            Some(HttpError::Unavailable { what, reason: reason.clone(), retry_after: None, unsure: true })
        }
        _ => None,
    }
}

/// Reads refusals with a status: the error inside, if there is one, says more than the status.
pub(super) struct InsideOut;

impl Classify for InsideOut {
    fn verdict(&self, refusal: &Refusal) -> Verdict {
        match said_inside("", refusal) {
            Some(error @ VoximplantError::RateLimited { .. }) => {
                Verdict::Again { after: error.retry_after(), slow_down: true }
            }
            Some(VoximplantError::Unavailable { retry_after, .. }) => Verdict::Unsure { after: retry_after },
            Some(_) => Verdict::Final,
            None => ByStatus.verdict(refusal),
        }
    }
}

/// For a start: an answer, whatever it is, ends the matter.
pub(super) struct NeverAgain;

impl Classify for NeverAgain {
    fn verdict(&self, _: &Refusal) -> Verdict {
        Verdict::Final
    }
}

fn said_inside(method: &str, refusal: &Refusal) -> Option<VoximplantError> {
    // only an error of the API: a gateway's page is none
    match wire::decode(method, &refusal.body) {
        Err(VoximplantError::BadAnswer { .. }) | Ok(_) => None,
        Err(error) => Some(error),
    }
}

/// What a failure without an answer of the API means.
pub(super) fn failed(method: &str, error: HttpError) -> VoximplantError {
    let unsure = error.may_have_applied();
    let retry_after = error.retry_after();
    let reason = error.to_string();
    let unavailable = |reason, unsure| VoximplantError::Unavailable {
        what: "Voximplant".into(),
        reason,
        retry_after,
        unsure,
    };
    match error {
        HttpError::Refused(refusal) => {
            said_inside(method, &refusal).unwrap_or_else(|| refused(method, &refusal, unsure))
        }
        HttpError::RateLimited { .. } => {
            VoximplantError::RateLimited { message: "HTTP 429".into(), retry_after }
        }
        HttpError::TooLarge { .. } | HttpError::UnexpectedResponse { .. } => {
            VoximplantError::BadAnswer { method: method.into(), reason }
        }
        HttpError::Unauthorized { .. } => {
            VoximplantError::Config("the proxy refuses us; check VOXIMPLANT_PROXY".into())
        }
        HttpError::Untrusted { reason, .. } => VoximplantError::Untrusted { reason },
        HttpError::InvalidRequest { .. } => VoximplantError::Config(reason),
        _ => unavailable(reason, unsure),
    }
}

/// A status without words of the API.
fn refused(method: &str, refusal: &Refusal, unsure: bool) -> VoximplantError {
    let status = refusal.status;
    let unavailable = |unsure| VoximplantError::Unavailable {
        what: "Voximplant".into(),
        reason: format!("HTTP {status}"),
        retry_after: refusal.retry_after(),
        unsure,
    };
    match status {
        401 => VoximplantError::Unauthorized { code: 100, message: "HTTP 401".into() },
        403 => VoximplantError::Forbidden {
            method: method.into(),
            message: "HTTP 403, by Voximplant or something on the way".into(),
        },
        404 | 405 => VoximplantError::Config(format!(
            "there is no Management API at that address (HTTP {status}); check VOXIMPLANT_API_URL"
        )),
        429 if !unsure => {
            VoximplantError::RateLimited { message: "HTTP 429".into(), retry_after: refusal.retry_after() }
        }
        // nobody knows how far it went
        500..=599 => unavailable(true),
        408 | 425 | 429 => unavailable(unsure),
        status => VoximplantError::BadAnswer { method: method.into(), reason: format!("HTTP {status}") },
    }
}
