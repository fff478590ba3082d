//! What can go wrong at a provider: each failure as an error of the port and as an answer on the
//! wire, so that tests in memory and over HTTP speak of the same thing.

use std::time::Duration;

use serde_json::{Value, json};

use crate::OpenAiError;

/// The provider's name in the fake's errors.
const PROVIDER: &str = "fake.openai";

/// A request that is refused or fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// 401 `invalid_api_key`.
    KeyRevoked,
    /// 403 `unsupported_country_region_territory`.
    Country,
    /// 404 `model_not_found`, with the model's name.
    ModelNotFound(String),
    /// 429 `insufficient_quota`.
    QuotaSpent,
    /// 429 `project_spend_limit_exceeded`.
    SpendLimit,
    /// 402 in the shape of other providers: no balance.
    NoBalance,
    /// 429 `rate_limit_exceeded`, with the wait it asks for.
    RateLimited(Option<Duration>),
    /// 503 `server_is_overloaded`, with the wait it asks for.
    Overloaded(Option<Duration>),
    /// 500.
    Internal,
    /// 400 with this code, parameter and message.
    Refused {
        /// `unsupported_parameter`, …; `None` on the wire is null.
        code: Option<&'static str>,
        /// Of what.
        param: Option<&'static str>,
        /// In words.
        message: String,
    },
    /// 400 `context_length_exceeded`.
    ContextTooLong,
    /// 400 `audio_too_short`.
    AudioTooShort,
    /// 400 `invalid_value`: longer than the model takes.
    AudioTooLong {
        /// What came, ms.
        duration_ms: u64,
        /// What is taken, s.
        most_s: u32,
    },
    /// 413.
    BodyTooLarge,
    /// A 200 that is a page of HTML.
    HtmlAnswer,
}

/// A failure as it travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureAnswer {
    /// HTTP status.
    pub status: u16,
    /// Headers besides those of every answer.
    pub headers: Vec<(&'static str, String)>,
    /// JSON, or HTML for [`Failure::HtmlAnswer`].
    pub body: String,
}

impl Failure {
    fn facts(&self) -> (u16, &'static str, Option<&'static str>, String) {
        let text = |words: &str| words.to_owned();
        let invalid = "invalid_request_error";
        match self {
            Self::KeyRevoked => {
                (401, invalid, Some("invalid_api_key"), text("Incorrect API key provided: sk-te***9f."))
            }
            Self::Country => (
                403,
                "request_forbidden",
                Some("unsupported_country_region_territory"),
                text("Country, region, or territory not supported"),
            ),
            Self::ModelNotFound(model) => (
                404,
                invalid,
                Some("model_not_found"),
                format!("The model `{model}` does not exist or you do not have access to it."),
            ),
            Self::QuotaSpent => (
                429,
                "insufficient_quota",
                Some("insufficient_quota"),
                text("You exceeded your current quota, please check your plan and billing details."),
            ),
            Self::SpendLimit => (
                429,
                "insufficient_quota",
                Some("project_spend_limit_exceeded"),
                text("The project's spend limit is reached."),
            ),
            Self::NoBalance => (402, "", None, text("Payment Required")),
            Self::RateLimited(_) => {
                (429, "requests", Some("rate_limit_exceeded"), text("Rate limit reached for requests"))
            }
            Self::Overloaded(_) => (
                503,
                "service_unavailable_error",
                Some("server_is_overloaded"),
                text("The server is currently overloaded"),
            ),
            Self::Internal | Self::HtmlAnswer => {
                (500, "server_error", None, text("The server had an error while processing your request."))
            }
            Self::Refused { code, message, .. } => (400, invalid, *code, message.clone()),
            Self::ContextTooLong => (
                400,
                invalid,
                Some("context_length_exceeded"),
                text("Input tokens exceed the configured limit of the model."),
            ),
            Self::AudioTooShort => (
                400,
                invalid,
                Some("audio_too_short"),
                text("Audio file is too short. Minimum audio length is 0.1 seconds."),
            ),
            Self::AudioTooLong { duration_ms, most_s } => (
                400,
                invalid,
                Some("invalid_value"),
                format!(
                    "audio duration {}.{:02} seconds is longer than {most_s} seconds which is the maximum \
                     for this model",
                    duration_ms / 1000,
                    duration_ms % 1000 / 10,
                ),
            ),
            Self::BodyTooLarge => {
                (413, "server_error", None, text("Maximum content size limit (26214400) exceeded"))
            }
        }
    }

    /// How it travels.
    pub fn on_the_wire(&self) -> FailureAnswer {
        let (status, kind, code, message) = self.facts();
        let mut headers = Vec::new();
        if let Self::RateLimited(Some(wait)) | Self::Overloaded(Some(wait)) = self {
            headers.push(("retry-after", wait.as_secs_f64().to_string()));
        }
        let param = match self {
            Self::Refused { param: Some(param), .. } => json!(param),
            _ => Value::Null,
        };
        match self {
            Self::HtmlAnswer => FailureAnswer {
                status: 200,
                headers: vec![("content-type", "text/html".to_owned())],
                body: "<html><body><h1>Welcome to nginx</h1></body></html>".to_owned(),
            },
            Self::NoBalance => FailureAnswer {
                status,
                headers,
                body: json!({"status": 402, "message": message}).to_string(),
            },
            _ => {
                let error = json!({"message": message, "type": kind, "param": param, "code": code});
                FailureAnswer { status, headers, body: json!({ "error": error }).to_string() }
            }
        }
    }

    /// What the port says once the client has given up on it.
    pub fn as_error(&self) -> OpenAiError {
        let provider = PROVIDER.to_owned();
        let (_, _, code, message) = self.facts();
        let code = code.unwrap_or_default().to_owned();
        match self {
            Self::KeyRevoked | Self::Country | Self::ModelNotFound(_) => {
                OpenAiError::Unauthorized { provider, message, code }
            }
            Self::QuotaSpent | Self::SpendLimit | Self::NoBalance => {
                OpenAiError::QuotaSpent { provider, message }
            }
            Self::RateLimited(retry_after) => {
                OpenAiError::RateLimited { provider, retry_after: *retry_after }
            }
            Self::Overloaded(retry_after) => {
                OpenAiError::Unavailable { provider, message, retry_after: *retry_after }
            }
            Self::Internal => OpenAiError::Unavailable { provider, message, retry_after: None },
            Self::HtmlAnswer => OpenAiError::BadAnswer { provider, message: "not JSON".to_owned() },
            Self::BodyTooLarge => {
                OpenAiError::Invalid { provider, message, code: "audio_too_large".to_owned() }
            }
            Self::AudioTooLong { .. } => {
                OpenAiError::Invalid { provider, message, code: "audio_too_long".to_owned() }
            }
            Self::Refused { .. } | Self::ContextTooLong | Self::AudioTooShort => {
                OpenAiError::Invalid { provider, message, code }
            }
        }
    }
}

/// An answer that was paid and is not what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChatFault {
    /// The model refuses, with these words.
    Refusal(String),
    /// Cut by the limit of tokens, in the middle.
    Length,
    /// Thinking ate the limit: nothing was said.
    LengthEmpty,
    /// The provider's filter cut it off.
    ContentFilter,
    /// JSON that does not fit the schema.
    SchemaViolation,
    /// No JSON at all.
    NotJson,
    /// Right, inside a code fence.
    Fenced,
    /// Right, after `<think>…</think>`.
    Thinking,
    /// A stream stops in the middle; asked without one, the answer is lost.
    CutStream,
}

/// Words that nobody said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SpeechFault {
    /// A known invention: a line of credits of subtitles.
    Hallucination,
    /// The prompt or the keywords come back as words.
    PromptEcho,
    /// Nothing is heard.
    Empty,
    /// The same words again and again.
    Loop,
}
