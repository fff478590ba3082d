//! Why a call could not be judged, by what the caller can do about it.

use std::time::Duration;

use crate::RubricError;

/// An analysis that did not come about.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnalyzeError {
    /// The provider refuses the key: a person must mend the configuration.
    #[error("{engine} refuses the key: {reason}; check the key and its rights, then run again")]
    Unauthorized {
        /// Who refuses.
        engine: String,
        /// Its words, without secrets.
        reason: String,
    },
    /// The money or the quota is gone: waiting does not help.
    #[error("the quota of {engine} is spent: {reason}; top it up, then run again")]
    QuotaSpent {
        /// Who refuses.
        engine: String,
        /// Its words.
        reason: String,
    },
    /// Too many requests for the moment.
    #[error("{engine} asks to slow down; it is tried again later")]
    RateLimited {
        /// Who asks.
        engine: String,
        /// How long it wants us to wait.
        retry_after: Option<Duration>,
    },
    /// The engine cannot be reached or answers with a fault of its own.
    #[error("{engine} is unavailable; it is tried again later")]
    Unavailable {
        /// Who is silent.
        engine: String,
        /// What happened underneath.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// The answer does not fit the rubric's schema, not even after a repair turn.
    #[error("the answer of {engine} does not fit the rubric: {reason}; the raw answer is kept")]
    BrokenAnswer {
        /// Who answered.
        engine: String,
        /// What does not fit.
        reason: String,
        /// The answer, word for word.
        raw: String,
    },
    /// The rubric itself cannot be applied.
    #[error("the rubric cannot be applied")]
    Rubric(#[from] RubricError),
}

impl AnalyzeError {
    /// A stable word for logs, JSON and the user interface.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unauthorized { .. } => "llm_unauthorized",
            Self::QuotaSpent { .. } => "llm_quota_spent",
            Self::RateLimited { .. } => "llm_rate_limited",
            Self::Unavailable { .. } => "llm_unavailable",
            Self::BrokenAnswer { .. } => "llm_broken_answer",
            Self::Rubric(_) => "rubric",
        }
    }

    /// Whether the same request may succeed later without a person's help.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::RateLimited { .. } | Self::Unavailable { .. })
    }

    /// How long the engine wants us to wait, if it says.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}
