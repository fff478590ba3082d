//! A day in figures.

use chrono::NaiveDate;
use domain::Money;
use serde::{Deserialize, Serialize};

use crate::HeardBadly;

/// A day in figures.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Digest {
    /// Which day, by the wall clock of the installation.
    pub day: NaiveDate,
    /// Calls of the day.
    pub calls: u64,
    /// Of these with a score.
    pub scored: u64,
    /// The average score, 0–100.
    pub average: Option<f64>,
    /// The average of the seven days before.
    pub before: Option<f64>,
    /// Calls with a verdict that a person should check.
    pub needs_review: u64,
    /// Missed calls.
    pub missed: u64,
    /// Of these clients whom nobody has rung back.
    pub not_called_back: u64,
    /// Calls that failed.
    pub failed: u64,
    /// What the day cost.
    pub spent: Vec<Money>,
    /// What to listen to first, the worst first.
    pub hear_first: Vec<HeardBadly>,
}
