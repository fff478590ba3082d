//! Why there are no words, by what the caller can do about it.

use std::time::Duration;

use audio::AudioError;
use domain::Cause;

use crate::CacheError;

/// A recording could not be transcribed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TranscribeError {
    /// No such model on this machine: a person must bring it.
    #[error("speech model {name:?} is not installed; {hint}")]
    ModelMissing {
        /// The model.
        name: String,
        /// The command that brings it.
        hint: String,
    },
    /// The model's file is damaged or of another kind: a person must bring it anew.
    #[error("speech model {name:?} cannot be used: {reason}; bring it anew with `zvonar model pull {name}`")]
    ModelBroken {
        /// The model.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The recording cannot be read.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// The work was stopped from outside.
    #[error("transcription was cancelled")]
    Cancelled,
    /// The provider refuses the key, the address or the model: the stage must pause.
    #[error("{engine}: access is refused ({reason}); see zvonar doctor")]
    Unauthorized {
        /// The engine.
        engine: String,
        /// What the provider said.
        reason: Cause,
    },
    /// The account has no such engine: another one may take the call, and without one the stage must pause.
    #[error("{engine}: it is not switched on ({reason}); see zvonar doctor")]
    SwitchedOff {
        /// The engine.
        engine: String,
        /// What the provider said.
        reason: Cause,
    },
    /// The money or the quota is spent: the stage must pause.
    #[error("{engine}: the quota is spent ({reason}); top up the account")]
    QuotaSpent {
        /// The engine.
        engine: String,
        /// What the provider said.
        reason: Cause,
    },
    /// Too many requests: wait.
    #[error("{engine}: too many requests; try again later")]
    RateLimited {
        /// The engine.
        engine: String,
        /// How long the provider asks to wait.
        retry_after: Option<Duration>,
    },
    /// The provider is down or unreachable: may pass by itself.
    #[error("{engine}: unavailable ({reason}); try again later")]
    Unavailable {
        /// The engine.
        engine: String,
        /// What was seen.
        reason: Cause,
        /// How long the provider asks to wait.
        retry_after: Option<Duration>,
    },
    /// This engine has no words for this call and will have none by itself: another engine may.
    #[error("{engine}: no words for this call ({reason}); take another engine")]
    NotAvailable {
        /// The engine.
        engine: String,
        /// Why.
        reason: Cause,
    },
    /// The engine itself failed on this recording.
    #[error("{engine}: {reason}")]
    Engine {
        /// The engine.
        engine: String,
        /// What was seen.
        reason: Cause,
    },
    /// The cache could not be asked; asking the engine instead might cost twice.
    #[error(transparent)]
    Cache(#[from] CacheError),
}

impl TranscribeError {
    /// Whether the same call may succeed later, unchanged.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::RateLimited { .. } | Self::Unavailable { .. } | Self::Cancelled | Self::Cache(_) => true,
            Self::Audio(error) => error.is_retryable(),
            _ => false,
        }
    }

    /// How long the provider asks to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after, .. } | Self::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// What the provider said, where one did.
    pub fn cause(&self) -> Option<&Cause> {
        match self {
            Self::Unauthorized { reason, .. }
            | Self::SwitchedOff { reason, .. }
            | Self::QuotaSpent { reason, .. }
            | Self::Unavailable { reason, .. }
            | Self::NotAvailable { reason, .. }
            | Self::Engine { reason, .. } => Some(reason),
            _ => None,
        }
    }

    /// A stable word for logs, JSON and the user interface.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ModelMissing { .. } => "model_missing",
            Self::ModelBroken { .. } => "model_broken",
            Self::Audio(error) => error.code(),
            Self::Cancelled => "cancelled",
            Self::Unauthorized { .. } => "stt_unauthorized",
            Self::SwitchedOff { .. } => "stt_switched_off",
            Self::QuotaSpent { .. } => "stt_quota_spent",
            Self::RateLimited { .. } => "stt_rate_limited",
            Self::Unavailable { .. } => "stt_unavailable",
            Self::NotAvailable { .. } => "stt_not_available",
            Self::Engine { .. } => "stt_failed",
            Self::Cache(_) => "transcript_cache",
        }
    }
}
