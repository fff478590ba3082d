//! The JSON-RPC envelope: a result or an error, both under status 200.

use std::{net::IpAddr, time::Duration};

use serde::Deserialize;
use serde_json::Value;

use super::lenient;
use crate::{Budget, LimitKind, Points, UisError};

/// Longest text of UIS that is repeated in ours.
const MOST_WORDS: usize = 300;
/// Waits this long when a limit is spent and the answer does not say for how long.
const UNKNOWN_RESET: Duration = Duration::from_mins(1);

#[derive(Debug, Deserialize)]
struct Envelope {
    #[serde(default)]
    result: Option<Value>,
    #[serde(default)]
    error: Option<WireError>,
}

#[derive(Debug, Default, Deserialize)]
struct WireError {
    #[serde(default, deserialize_with = "lenient::number")]
    code: Option<i64>,
    #[serde(default, deserialize_with = "lenient::text")]
    message: Option<String>,
    #[serde(default, deserialize_with = "lenient::object")]
    data: ErrorData,
}

#[derive(Debug, Default, Deserialize)]
struct ErrorData {
    #[serde(default, deserialize_with = "lenient::text")]
    mnemonic: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    field: Option<String>,
    #[serde(default)]
    params: Value,
    #[serde(default, deserialize_with = "lenient::object")]
    metadata: Metadata,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Metadata {
    #[serde(default, deserialize_with = "lenient::number")]
    pub(super) total_items: Option<i64>,
    #[serde(default, deserialize_with = "lenient::object")]
    limits: Limits,
}

/// `limits`: what is left, resets in seconds from now. Any member may be missing.
#[derive(Debug, Default, Clone, Copy, Deserialize)]
pub(crate) struct Limits {
    #[serde(default, deserialize_with = "lenient::number")]
    day_limit: Option<i64>,
    #[serde(default, deserialize_with = "lenient::number")]
    day_remaining: Option<i64>,
    #[serde(default, deserialize_with = "lenient::number")]
    day_reset: Option<i64>,
    #[serde(default, deserialize_with = "lenient::number")]
    minute_limit: Option<i64>,
    #[serde(default, deserialize_with = "lenient::number")]
    minute_remaining: Option<i64>,
    #[serde(default, deserialize_with = "lenient::number")]
    minute_reset: Option<i64>,
}

impl Limits {
    /// `None` when the answer holds no figures.
    pub(crate) fn points(self) -> Option<Points> {
        let count = |value: Option<i64>| value.and_then(|value| u64::try_from(value).ok());
        let budget = |limit, remaining, reset| Budget {
            limit: count(limit),
            remaining: count(remaining),
            reset: count(reset).map(Duration::from_secs),
        };
        let points = Points {
            day: budget(self.day_limit, self.day_remaining, self.day_reset),
            minute: budget(self.minute_limit, self.minute_remaining, self.minute_reset),
        };
        (points != Points::default()).then_some(points)
    }
}

/// `limits` on their own.
#[cfg(feature = "testing")]
pub(crate) fn limits(value: &Value) -> Option<Points> {
    Limits::deserialize(value).ok()?.points()
}

/// An answer taken apart.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The result, or what the refusal means.
    pub(crate) outcome: Result<Value, UisError>,
    /// The limits it told.
    pub(crate) points: Option<Points>,
}

/// Reads an answer to `method`. An `id` that is not ours is no mismatch: errors carry `null`.
pub(crate) fn decode(method: &str, body: &[u8]) -> Result<Answer, UisError> {
    let bad = |reason: String| UisError::BadAnswer { method: method.to_owned(), reason };
    let envelope: Envelope = serde_json::from_slice(body).map_err(|error| {
        let page = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<');
        bad(if page { "a page instead of JSON".into() } else { format!("broken JSON: {error}") })
    })?;
    match envelope {
        Envelope { error: Some(error), .. } => {
            let points = error.data.metadata.limits.points();
            Ok(Answer { outcome: Err(refusal(method, error)), points })
        }
        Envelope { result: Some(result), .. } => {
            let metadata = result.get("metadata").or_else(|| result.get("meta_data"));
            let metadata: Metadata =
                metadata.and_then(|value| Metadata::deserialize(value).ok()).unwrap_or_default();
            Ok(Answer { outcome: Ok(result), points: metadata.limits.points() })
        }
        Envelope { .. } => Err(bad("neither a result nor an error".into())),
    }
}

/// What a refusal means. The mnemonic decides; codes are groups of them.
fn refusal(method: &str, error: WireError) -> UisError {
    let WireError { code, message, data } = error;
    let method = method.to_owned();
    let words = message.unwrap_or_else(|| "no explanation".to_owned());
    let message = masked(&words);
    let mnemonic = data.mnemonic.unwrap_or_else(|| format!("code {}", code.unwrap_or_default()));
    match (mnemonic.as_str(), code) {
        ("access_token_invalid" | "access_token_expired" | "access_token_blocked" | "auth_error", _)
        | (_, Some(-32001)) => UisError::Unauthorized { mnemonic, message },
        ("ip_not_whitelisted", _) => UisError::ForbiddenIp { ip: address(&words, &data.params) },
        // a right to delete one thing is a matter of that thing (group -32602), not of the key
        ("forbidden", Some(-32602)) => UisError::Invalid { method, mnemonic, field: data.field, message },
        ("forbidden", _) | (_, Some(-32003)) => UisError::Forbidden { message },
        (
            "method_component_disabled"
            | "parameter_component_disabled"
            | "component_disabled"
            | "tariff_restrictions",
            _,
        )
        | (_, Some(-32008)) => UisError::ComponentDisabled { message },
        ("account_inactive", _) | (_, Some(-32009)) => UisError::AccountInactive { message },
        ("limit_exceeded", _) | (_, Some(-32029)) => {
            let points = data.metadata.limits.points().unwrap_or_default();
            let kind = limit_kind(&words, &data.params, &points);
            let reset = match kind {
                LimitKind::Day => points.day.reset,
                LimitKind::Minute | LimitKind::Unknown => points.minute.reset,
            };
            UisError::LimitExceeded { kind, reset: reset.or(Some(UNKNOWN_RESET)) }
        }
        ("entity_not_found", _) => UisError::NotFound { method, message },
        ("internal_error", _) | (_, Some(-32603)) => UisError::Unavailable {
            what: "UIS".into(),
            reason: format!("{method}: internal error: {message}"),
            retry_after: None,
            unsure: true,
        },
        _ => UisError::Invalid { method, mnemonic, field: data.field, message },
    }
}

/// Which budget is empty: said, or told by the figures.
fn limit_kind(words: &str, params: &Value, points: &Points) -> LimitKind {
    let said = params.get("limit_type").and_then(Value::as_str).unwrap_or_default();
    let spent = |budget: Budget| budget.remaining == Some(0);
    if said == "day" || words.contains("per day") || (said.is_empty() && spent(points.day)) {
        LimitKind::Day
    } else if said == "minute" || words.contains("per minute") || spent(points.minute) {
        LimitKind::Minute
    } else {
        LimitKind::Unknown
    }
}

/// Our address as UIS sees it: «Your IP 203.0.113.7 is not whitelisted».
fn address(words: &str, params: &Value) -> Option<String> {
    let said = params.get("ip").and_then(Value::as_str).unwrap_or_default();
    std::iter::once(said)
        .chain(words.split_whitespace())
        .map(|word| word.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != ':'))
        .find(|word| word.parse::<IpAddr>().is_ok())
        .map(str::to_owned)
}

/// The words without what could be a telephone number, a key or a recording's id, and not too long.
pub(crate) fn masked(words: &str) -> String {
    let mut shown = String::new();
    for word in words.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let digits = word.chars().filter(char::is_ascii_digit).count();
        let length = word.chars().filter(char::is_ascii_alphanumeric).count();
        if digits >= 6 || length >= 32 {
            shown.push('…');
            shown.extend(word.chars().last().filter(|c| !c.is_ascii_alphanumeric()));
        } else {
            shown.push_str(word);
        }
    }
    shown.chars().take(MOST_WORDS).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(code: i64, mnemonic: &str, message: &str) -> UisError {
        let body = json!({"jsonrpc": "2.0", "id": null, "error": {
            "code": code, "message": message, "data": {"mnemonic": mnemonic, "field": "limit", "params": {}}}});
        decode("get.x", body.to_string().as_bytes()).unwrap().outcome.unwrap_err()
    }

    #[test]
    fn every_mnemonic_tells_what_to_do() {
        use UisError as E;
        for (code, mnemonic, is) in [
            (-32700, "parse_error", (|e| matches!(e, E::Invalid { .. })) as fn(&E) -> bool),
            (-32600, "invalid_request", |e| matches!(e, E::Invalid { .. })),
            (-32601, "method_not_found", |e| matches!(e, E::Invalid { .. })),
            (-32099, "notifications_not_supported", |e| matches!(e, E::Invalid { .. })),
            (-32099, "batch_opreations_not_supported", |e| matches!(e, E::Invalid { .. })),
            (-32602, "data_type_error", |e| matches!(e, E::Invalid { .. })),
            (-32602, "filter_prohibited", |e| matches!(e, E::Invalid { .. })),
            (-32602, "date_interval_limit_reached", |e| matches!(e, E::Invalid { .. })),
            (-32602, "entity_not_found", |e| matches!(e, E::NotFound { .. })),
            (-32602, "forbidden", |e| matches!(e, E::Invalid { .. })),
            (-32602, "tariff_restrictions", |e| matches!(e, E::ComponentDisabled { .. })),
            (-32001, "access_token_invalid", |e| matches!(e, E::Unauthorized { .. })),
            (-32001, "access_token_expired", |e| matches!(e, E::Unauthorized { .. })),
            (-32001, "access_token_blocked", |e| matches!(e, E::Unauthorized { .. })),
            (-32001, "auth_error", |e| matches!(e, E::Unauthorized { .. })),
            (-32003, "ip_not_whitelisted", |e| matches!(e, E::ForbiddenIp { .. })),
            (-32003, "forbidden", |e| matches!(e, E::Forbidden { .. })),
            (-32008, "method_component_disabled", |e| matches!(e, E::ComponentDisabled { .. })),
            (-32008, "parameter_component_disabled", |e| matches!(e, E::ComponentDisabled { .. })),
            (-32009, "account_inactive", |e| matches!(e, E::AccountInactive { .. })),
            (-32029, "limit_exceeded", |e| matches!(e, E::LimitExceeded { .. })),
            (-32603, "internal_error", |e| matches!(e, E::Unavailable { .. })),
            (-32602, "a_word_of_tomorrow", |e| matches!(e, E::Invalid { .. })),
        ] {
            let error = refused(code, mnemonic, "why");
            assert!(is(&error), "{mnemonic}: {error:?}");
        }
    }

    #[test]
    fn the_address_to_whitelist_is_shown() {
        let error = refused(-32003, "ip_not_whitelisted", "Your IP 203.0.113.7 is not whitelisted");
        assert!(error.to_string().contains("(203.0.113.7)"), "{error}");
    }

    #[test]
    fn a_spent_limit_says_when_it_is_full_again() {
        let limits = |minute: i64, day: i64| {
            json!({"error": {"code": -32029, "message": "Limit exceeded", "data": {
                "mnemonic": "limit_exceeded", "params": {}, "metadata": {"limits": {
                    "minute_limit": 100, "minute_remaining": minute, "minute_reset": 23,
                    "day_limit": 5000, "day_remaining": day, "day_reset": 40000}}}}})
            .to_string()
        };
        let asked = |body: String| decode("get.x", body.as_bytes()).unwrap().outcome.unwrap_err();
        let secs = |error: &UisError| error.retry_after().unwrap().as_secs();
        assert_eq!(secs(&asked(limits(0, 3120))), 23);
        assert_eq!(secs(&asked(limits(77, 0))), 40000);
        assert_eq!(secs(&refused(-32029, "limit_exceeded", "Limit per minute has been exceeded")), 60);
    }

    #[test]
    fn numbers_and_keys_in_the_words_of_uis_are_masked() {
        let shown = masked("Value +79161234567 (2e675888ded89ed517d5c60e63a2d8c3) of 100 is wrong");
        assert_eq!(shown, "Value +… (…) of 100 is wrong");
    }

    #[test]
    fn pages_and_cut_json_are_bad_answers() {
        for body in ["<html>502</html>", "{\"result\":{\"da", "", "[]", "{}", "7"] {
            let error = decode("get.x", body.as_bytes()).unwrap_err();
            assert!(matches!(error, UisError::BadAnswer { .. }), "{body}: {error:?}");
        }
    }
}
