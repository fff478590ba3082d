//! Answers that are no success: what they say, whether to ask again, which error they make.
//!
//! Decided by `code`, then `type`, then status. Money that is gone is final wherever it stands.
//! The rows are those of <https://developers.openai.com/api/docs/guides/error-codes> and what
//! compatible servers were seen to send.

use http_client::{Classify, HttpError, Refusal, Verdict};
use serde_json::Value;

use crate::OpenAiError;

/// A provider's words are kept up to this many letters: some repeat what was sent.
const MOST_WORDS: usize = 300;

/// Codes and types that say the money is gone.
const NO_MONEY: [&str; 7] = [
    "insufficient_quota",
    "billing_hard_limit_reached",
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
    "billing_not_active",
];
const NO_ACCESS: [&str; 4] =
    ["invalid_api_key", "unsupported_country_region_territory", "model_not_found", "account_deactivated"];
const PACE: [&str; 5] = ["rate_limit_exceeded", "slow_down", "rate_limit_error", "requests", "tokens"];
const OVERLOAD: [&str; 2] = ["server_is_overloaded", "service_unavailable_error"];

/// What the body of a refusal says; empty where it does not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Said {
    pub(crate) code: String,
    pub(crate) kind: String,
    pub(crate) param: String,
    pub(crate) message: String,
}

impl Said {
    /// Reads a body: an object under `error`, a string there, the members bare, or no JSON at all.
    pub(crate) fn read(body: &[u8]) -> Self {
        serde_json::from_slice::<Value>(body).map(|body| Self::of(&body)).unwrap_or_default()
    }

    pub(crate) fn of(body: &Value) -> Self {
        // some wrap the whole in a list
        let body = body.get(0).unwrap_or(body);
        let error = match &body["error"] {
            Value::String(message) => return Self { message: short(message), ..Self::default() },
            Value::Null => body,
            error => error,
        };
        let text = |name: &str| match &error[name] {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => String::new(),
        };
        let message = match text("message") {
            message if message.is_empty() => detail(&error["detail"]),
            message => message,
        };
        Self {
            code: short(&text("code")),
            kind: short(&text("type")),
            param: short(&text("param")),
            message: short(&message),
        }
    }

    fn is_one_of(&self, names: &[&str]) -> bool {
        names.contains(&self.code.as_str()) || names.contains(&self.kind.as_str())
    }

    pub(crate) fn no_money(&self) -> bool {
        self.is_one_of(&NO_MONEY)
    }

    /// A code that is a word; numbers say no more than the status.
    fn word(&self) -> Option<&str> {
        (!self.code.is_empty() && self.code.parse::<f64>().is_err()).then_some(self.code.as_str())
    }
}

/// `FastAPI`: a string, or a list whose items repeat the input beside `msg`.
fn detail(detail: &Value) -> String {
    match detail {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let words = items.iter().take(3).filter_map(|item| item["msg"].as_str());
            words.collect::<Vec<_>>().join("; ")
        }
        _ => String::new(),
    }
}

fn short(text: &str) -> String {
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    one_line.chars().take(MOST_WORDS).collect()
}

/// Reads refusals of this protocol.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OpenAiRefusals;

impl Classify for OpenAiRefusals {
    fn verdict(&self, answer: &Refusal) -> Verdict {
        let said = Said::read(&answer.body);
        let after = answer.retry_after();
        if said.no_money() || said.is_one_of(&NO_ACCESS) || answer.should_retry() == Some(false) {
            return Verdict::Final;
        }
        if said.is_one_of(&PACE) || said.is_one_of(&OVERLOAD) || answer.status == 429 {
            return Verdict::Again { after, slow_down: true };
        }
        match answer.status {
            408 | 409 | 425 => Verdict::Again { after, slow_down: false },
            500..=599 => Verdict::Unsure { after },
            _ if answer.should_retry() == Some(true) => Verdict::Unsure { after },
            _ => Verdict::Final,
        }
    }
}

/// The error that a refusal with this status and these words makes.
pub(crate) fn refused(
    provider: &str,
    status: u16,
    said: &Said,
    retry_after: Option<std::time::Duration>,
) -> OpenAiError {
    let provider = provider.to_owned();
    let told = |fallback: &str| match said.message.as_str() {
        "" if said.code.is_empty() => format!("HTTP {status}: {fallback}"),
        "" => format!("HTTP {status}, {}: {fallback}", said.code),
        message => message.to_owned(),
    };
    let coded = |fallback: &str| said.word().unwrap_or(fallback).to_owned();
    if said.no_money() || status == 402 {
        let message = told("top up the account or raise its limit");
        return OpenAiError::QuotaSpent { provider, message };
    }
    if said.is_one_of(&NO_ACCESS) || matches!(status, 401 | 403 | 404 | 405 | 407) {
        let (code, advice) = match status {
            401 => ("invalid_api_key", "check the key"),
            404 | 405 => ("not_found", "check the base address and the model's name"),
            407 => ("proxy_refused", "check the proxy's user and password"),
            _ => ("forbidden", "check the key's rights and the country of the address"),
        };
        return OpenAiError::Unauthorized { message: told(advice), code: coded(code), provider };
    }
    if said.is_one_of(&OVERLOAD) {
        return OpenAiError::Unavailable { message: told("overloaded"), provider, retry_after };
    }
    if said.is_one_of(&PACE) || status == 429 {
        return OpenAiError::RateLimited { provider, retry_after };
    }
    if matches!(status, 408 | 409 | 425) || status >= 500 {
        return OpenAiError::Unavailable { message: told("try again later"), provider, retry_after };
    }
    let code =
        sound_trouble(status, &said.message).map_or_else(|| coded("invalid_request"), ToOwned::to_owned);
    OpenAiError::Invalid { message: told("the request is refused"), code, provider }
}

/// Providers tell troubles with sound in words alone; these are steady.
fn sound_trouble(status: u16, message: &str) -> Option<&'static str> {
    let message = message.to_lowercase();
    let says = |words: &str| message.contains(words);
    if status == 413 || says("maximum content size") {
        Some("audio_too_large")
    } else if says("audio") && says("too short") {
        Some("audio_too_short")
    } else if says("audio duration") && says("longer than") {
        Some("audio_too_long")
    } else if says("invalid file format") || (says("audio") && (says("decod") || says("corrupt"))) {
        Some("invalid_audio")
    } else {
        None
    }
}

/// The error for a failure below the protocol, and for a refusal that was given up on.
pub(crate) fn failed(provider: &str, error: HttpError) -> OpenAiError {
    let retry_after = error.retry_after();
    let owned = provider.to_owned();
    match error {
        HttpError::Refused(refusal) => {
            refused(provider, refusal.status, &Said::read(&refusal.body), retry_after)
        }
        HttpError::RateLimited { .. } => OpenAiError::RateLimited { provider: owned, retry_after },
        HttpError::Unauthorized { status, .. } => refused(provider, status, &Said::default(), None),
        HttpError::NotFound { .. } => refused(provider, 404, &Said::default(), None),
        HttpError::Untrusted { reason, .. } => OpenAiError::Unauthorized {
            provider: owned,
            message: format!(
                "its certificate is not trusted ({reason}); check the clock, the proxy and the extra roots"
            ),
            code: "untrusted_certificate".to_owned(),
        },
        HttpError::InvalidRequest { reason } => OpenAiError::Config(reason),
        HttpError::TooLarge { .. } | HttpError::UnexpectedResponse { .. } | HttpError::Mismatch { .. } => {
            OpenAiError::BadAnswer { message: error.to_string(), provider: owned }
        }
        HttpError::Unavailable { reason, .. } => {
            OpenAiError::Unavailable { message: reason, provider: owned, retry_after }
        }
        other => OpenAiError::Unavailable { message: other.to_string(), provider: owned, retry_after },
    }
}

#[cfg(test)]
mod tests {
    use http_client::http::{HeaderMap, HeaderName, HeaderValue};

    use super::*;

    fn verdict(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Verdict {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        OpenAiRefusals.verdict(&Refusal::new(status, headers, body.to_owned()))
    }

    #[test]
    fn money_is_final_whichever_field_says_so_and_whatever_the_header_wants() {
        for body in [
            r#"{"error":{"message":"m","type":"insufficient_quota","code":null}}"#,
            r#"{"error":{"message":"m","type":"requests","code":"insufficient_quota"}}"#,
            r#"{"error":{"message":"m","type":"x","code":"project_spend_limit_exceeded"}}"#,
        ] {
            assert_eq!(verdict(429, &[("x-should-retry", "true")], body), Verdict::Final);
            let error = refused("p", 429, &Said::read(body.as_bytes()), None);
            assert!(matches!(error, OpenAiError::QuotaSpent { .. }), "{error:?}");
        }
    }

    #[test]
    fn the_servers_own_word_beats_the_status() {
        assert_eq!(verdict(500, &[("x-should-retry", "false")], ""), Verdict::Final);
        assert_eq!(verdict(400, &[("x-should-retry", "true")], ""), Verdict::Unsure { after: None });
        assert_eq!(verdict(500, &[], "<html>"), Verdict::Unsure { after: None });
    }

    #[test]
    fn odd_bodies_are_read_as_far_as_they_go() {
        let message = |body: &str| Said::read(body.as_bytes()).message;
        assert_eq!(message(r#"{"error":"no such model"}"#), "no such model");
        assert_eq!(message(r#"{"status":402,"message":"Payment Required"}"#), "Payment Required");
        assert_eq!(message(r#"[{"error":{"message":"m","code":400}}]"#), "m");
        assert_eq!(message(r#"{"detail":[{"msg":"extra field","input":"слова клиента"}]}"#), "extra field");
        assert_eq!(Said::read(b"<html>502</html>"), Said::default());
        assert_eq!(Said::read(b""), Said::default());
        let numeric = Said::read(br#"{"error":{"message":"m","code":400}}"#);
        assert_eq!((numeric.code.as_str(), numeric.word()), ("400", None));
    }

    #[test]
    fn a_very_long_message_is_cut_between_letters() {
        let body = serde_json::json!({"error": {"message": "ы".repeat(5000)}}).to_string();
        assert_eq!(Said::read(body.as_bytes()).message.chars().count(), MOST_WORDS);
    }
}
