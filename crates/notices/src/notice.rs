//! Facts worth a message, as they are kept until they are told.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{CallId, Money};
use serde::{Deserialize, Serialize};

use crate::Digest;

/// A call whose score asks for an ear.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeardBadly {
    /// The call.
    pub call: CallId,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
    /// 0–100.
    pub score: f64,
    /// The title of the critical criterion that failed, if one did.
    pub critical: Option<String>,
}

/// A fact worth a message. No names, no words of a call, no numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Notice {
    /// A stage stopped.
    StagePaused {
        /// What stands, in words for people.
        stage: String,
        /// Why.
        reason: String,
        /// What to do.
        hint: Option<String>,
        /// Since when.
        at: DateTime<Utc>,
    },
    /// It goes on.
    StageResumed {
        /// What stood, in the words in which it was said to stand.
        stage: String,
        /// Since when.
        at: DateTime<Utc>,
    },
    /// A call failed for good.
    CallFailed {
        /// The call.
        call: CallId,
        /// When it began.
        started_at: Option<DateTime<Utc>>,
        /// Why, in words for people.
        reason: String,
    },
    /// A score below the line, or a critical criterion failed.
    LowScore(HeardBadly),
    /// A client was missed, and nobody has rung back.
    ClientWaits {
        /// The missed call.
        call: CallId,
        /// When it was missed.
        at: DateTime<Utc>,
        /// The last two digits of the number.
        ending: String,
    },
    /// Money runs out, or has.
    Budget {
        /// Spent so far.
        spent: Money,
        /// The limit.
        limit: Money,
        /// Of which day, by the wall clock of the installation.
        day: NaiveDate,
        /// Calls wait already: what is left is less than the next one may cost.
        #[serde(default)]
        stopped: bool,
    },
    /// A day is over.
    DayIsOver(Digest),
}

/// What is told in one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// Stages that stand and go on.
    Stages,
    /// Money.
    Budget,
    /// Calls that failed.
    Failures,
    /// Scores that ask for an ear.
    LowScores,
    /// Clients who wait.
    Waiting,
    /// The day.
    Digest,
}

impl Topic {
    /// All, the most pressing first: letters go out in this order.
    pub const ALL: [Self; 6] =
        [Self::Stages, Self::Budget, Self::Failures, Self::Waiting, Self::LowScores, Self::Digest];
}

impl Topic {
    /// Its name where facts are kept.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stages => "stages",
            Self::Budget => "budget",
            Self::Failures => "failures",
            Self::LowScores => "low_scores",
            Self::Waiting => "waiting",
            Self::Digest => "digest",
        }
    }

    /// Reads [`Self::as_str`] back.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.as_str() == text)
    }
}

impl Notice {
    /// About which call it is, where it is about one.
    pub const fn call(&self) -> Option<CallId> {
        match self {
            Self::CallFailed { call, .. } | Self::ClientWaits { call, .. } => Some(*call),
            Self::LowScore(heard) => Some(heard.call),
            _ => None,
        }
    }

    /// What it is told with.
    pub const fn topic(&self) -> Topic {
        match self {
            Self::StagePaused { .. } | Self::StageResumed { .. } => Topic::Stages,
            Self::CallFailed { .. } => Topic::Failures,
            Self::LowScore(_) => Topic::LowScores,
            Self::ClientWaits { .. } => Topic::Waiting,
            Self::Budget { .. } => Topic::Budget,
            Self::DayIsOver(_) => Topic::Digest,
        }
    }

    /// Names the fact: the same one is told once. A stage that stops twice stops at two moments.
    pub fn key(&self) -> String {
        match self {
            Self::StagePaused { stage, at, .. } => format!("paused/{stage}/{}", at.timestamp_millis()),
            Self::StageResumed { stage, at } => format!("resumed/{stage}/{}", at.timestamp_millis()),
            Self::CallFailed { call, .. } => format!("failed/{call}"),
            Self::LowScore(heard) => format!("low/{}", heard.call),
            Self::ClientWaits { call, .. } => format!("waits/{call}"),
            Self::Budget { spent, limit, day, stopped } => {
                let share = share_told(*spent, *limit, *stopped);
                format!("budget/{day}/{:?}/{}/{share}", limit.currency, limit.micros)
            }
            Self::DayIsOver(digest) => format!("digest/{}", digest.day),
        }
    }

    /// How long it waits for others of its topic before it is told, s: what comes in numbers is told together.
    pub const fn gathers_s(&self) -> u32 {
        match self.topic() {
            Topic::Failures | Topic::LowScores | Topic::Waiting => 300,
            // a probe that passes at once spares a message
            Topic::Stages => 60,
            Topic::Budget | Topic::Digest => 0,
        }
    }
}

/// Money is told at 80 and at 100 percent of a day, and neither again: 80, 100, or 0 for less. Work that has
/// `stopped` for want of money is at 100, whatever small rest is left.
pub fn share_told(spent: Money, limit: Money, stopped: bool) -> u8 {
    match i128::from(spent.micros) * 100 {
        _ if stopped => 100,
        hundredfold if hundredfold >= i128::from(limit.micros) * 100 => 100,
        hundredfold if hundredfold >= i128::from(limit.micros) * 80 => 80,
        _ => 0,
    }
}
