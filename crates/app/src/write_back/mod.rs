//! Results go back into telephony: a tag by the score, the score and the summary as a comment.
//!
//! What is to be written is found among finished jobs, as notices are, and leaves by the same outbox. A tag
//! may be set any number of times. UIS keeps every comment and can take none back: one of which nobody knows
//! whether it was taken is not written twice.

mod queue;
mod uis;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use store::{Delivery, StoreError};

pub(crate) use queue::WriteBackQueue;
pub(crate) use uis::UisWriteBack;

use crate::telling::Undelivered;

/// What is written, as it lies in the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Written {
    /// The band of the score.
    Tag(Band),
    /// Words.
    Comment(String),
}

/// A score as a tag: three, so that a list can be narrowed by them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Band {
    High,
    Middle,
    Low,
}

impl Band {
    pub(crate) const ALL: [Self; 3] = [Self::High, Self::Middle, Self::Low];

    /// The bands of the pages: from 60 on good, under 40 weak.
    pub(crate) fn of(score: f64) -> Self {
        match score {
            score if score >= 60.0 => Self::High,
            score if score >= 40.0 => Self::Middle,
            _ => Self::Low,
        }
    }

    /// The tag's name in the account's dictionary.
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::High => "Оценка 60–100",
            Self::Middle => "Оценка 40–59",
            Self::Low => "Оценка 0–39",
        }
    }
}

/// Writes into telephony.
#[async_trait]
pub(crate) trait WritesBack: Send + Sync {
    /// Makes one delivery.
    async fn write(&self, delivery: &Delivery) -> Result<(), Undelivered>;
}

/// The database's trouble is none of the other side's.
pub(crate) fn later(error: &StoreError) -> Undelivered {
    Undelivered::again(error.to_string(), None)
}
