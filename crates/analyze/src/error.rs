//! Why a call could not be judged, by what the caller can do about it.

use std::time::Duration;

use domain::{Cause, Cost};

use crate::RubricError;

/// An analysis that did not come about.
///
/// What was paid before it failed is in [`AnalyzeError::cost`]: money spent on an answer that is of
/// no use is still on the receipt.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnalyzeError {
    /// The provider refuses the key, the model or the address: a person must mend the configuration.
    #[error("{engine} refuses access: {reason}; then run again")]
    Unauthorized {
        /// Who refuses.
        engine: String,
        /// Its words, without secrets.
        reason: Cause,
        /// What was paid before.
        cost: Option<Cost>,
    },
    /// The money or the quota is gone: waiting does not help.
    #[error("the quota of {engine} is spent: {reason}; top it up, then run again")]
    QuotaSpent {
        /// Who refuses.
        engine: String,
        /// Its words.
        reason: Cause,
        /// What was paid before.
        cost: Option<Cost>,
    },
    /// Too many requests for the moment.
    #[error("{engine} asks to slow down; it is tried again later")]
    RateLimited {
        /// Who asks.
        engine: String,
        /// How long it wants us to wait.
        retry_after: Option<Duration>,
        /// What was paid before.
        cost: Option<Cost>,
    },
    /// The engine cannot be reached or answers with a fault of its own.
    #[error("{engine} is unavailable; it is tried again later")]
    Unavailable {
        /// Who is silent.
        engine: String,
        /// What happened underneath.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
        /// How long it wants us to wait.
        retry_after: Option<Duration>,
        /// What was paid before.
        cost: Option<Cost>,
    },
    /// The answer does not fit the rubric's schema, not even after a repair turn.
    #[error("the answer of {engine} does not fit the rubric: {reason}; the raw answer is kept")]
    BrokenAnswer {
        /// Who answered.
        engine: String,
        /// What does not fit.
        reason: String,
        /// The answer, word for word, with its masks: `[ТЕЛЕФОН_1]` stands where a number stood.
        raw: String,
        /// What the answers cost.
        cost: Option<Cost>,
    },
    /// The model would not judge, or the provider's filter cut it off: asking again changes nothing.
    #[error("{engine} would not judge the call: {reason}; judge it by rules or by another model")]
    Refused {
        /// Who refuses.
        engine: String,
        /// Its words.
        reason: String,
        /// What the answer cost.
        cost: Option<Cost>,
    },
    /// The provider does not take the request: the same one never succeeds.
    #[error("{engine} does not take the request: {reason}; check the model's settings")]
    InvalidRequest {
        /// Who refuses.
        engine: String,
        /// Its words.
        reason: Cause,
        /// What was paid before.
        cost: Option<Cost>,
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
            Self::Refused { .. } => "llm_refused",
            Self::InvalidRequest { .. } => "llm_invalid_request",
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
            Self::RateLimited { retry_after, .. } | Self::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// The provider's own error, where there is one: whoever knows its type has better words.
    pub fn provider(&self) -> Option<&(dyn std::error::Error + Send + Sync + 'static)> {
        match self {
            Self::Unauthorized { reason, .. }
            | Self::QuotaSpent { reason, .. }
            | Self::InvalidRequest { reason, .. } => reason.error(),
            Self::Unavailable { source, .. } => source.as_deref(),
            _ => None,
        }
    }

    /// What was paid before it failed; item `analysis`.
    pub const fn cost(&self) -> Option<&Cost> {
        match self {
            Self::Unauthorized { cost, .. }
            | Self::QuotaSpent { cost, .. }
            | Self::RateLimited { cost, .. }
            | Self::Unavailable { cost, .. }
            | Self::BrokenAnswer { cost, .. }
            | Self::Refused { cost, .. }
            | Self::InvalidRequest { cost, .. } => cost.as_ref(),
            Self::Rubric(_) => None,
        }
    }

    /// Adds what was paid.
    #[must_use]
    pub(crate) fn paid(mut self, paid: Option<Cost>) -> Self {
        match &mut self {
            Self::Unauthorized { cost, .. }
            | Self::QuotaSpent { cost, .. }
            | Self::RateLimited { cost, .. }
            | Self::Unavailable { cost, .. }
            | Self::BrokenAnswer { cost, .. }
            | Self::Refused { cost, .. }
            | Self::InvalidRequest { cost, .. } => *cost = paid,
            Self::Rubric(_) => {}
        }
        self
    }
}
