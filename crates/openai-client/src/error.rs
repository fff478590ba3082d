//! What a failed request means, by what the caller can do about it.

use std::time::Duration;

/// A request that did not succeed. Texts hold no key and no words of the call.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenAiError {
    /// The key is wrong, has no right to the model, or the address is not served from here: pause.
    #[error("{provider} refuses access: {message}")]
    Unauthorized {
        /// Whose words: the host of the base address.
        provider: String,
        /// What it said.
        message: String,
        /// `invalid_api_key`, `unsupported_country_region_territory`, `model_not_found`, …
        code: String,
    },
    /// The money or the quota is gone: pause.
    #[error("{provider}: the money or the quota is spent: {message}")]
    QuotaSpent {
        /// Whose.
        provider: String,
        /// What it said.
        message: String,
    },
    /// Too many requests, and the provider asks for a longer wait than ours.
    #[error("{provider} asks to slow down")]
    RateLimited {
        /// Whose.
        provider: String,
        /// How long it asks to wait.
        retry_after: Option<Duration>,
    },
    /// Transport, overload, a fault of its own: later the same may succeed.
    #[error("{provider} is unavailable: {message}")]
    Unavailable {
        /// Whose.
        provider: String,
        /// What happened.
        message: String,
        /// How long it asks to wait.
        retry_after: Option<Duration>,
    },
    /// The request itself is refused: the same one never succeeds.
    #[error("{provider} does not take the request: {message}")]
    Invalid {
        /// Whose.
        provider: String,
        /// What it said.
        message: String,
        /// Its code, such as `context_length_exceeded`, `audio_too_large`.
        code: String,
    },
    /// The answer cannot be read.
    #[error("{provider} gave an answer that cannot be read: {message}")]
    BadAnswer {
        /// Whose.
        provider: String,
        /// What is wrong with it.
        message: String,
    },
    /// A setting is wrong.
    #[error("wrong setting: {0}")]
    Config(String),
}

impl OpenAiError {
    /// Whether the same request may succeed later without a person's help.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::RateLimited { .. } | Self::Unavailable { .. } | Self::BadAnswer { .. })
    }

    /// How long the provider wants us to wait, if it says.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after, .. } | Self::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}
