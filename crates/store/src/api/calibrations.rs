//! Supervisors' own scores: what the machine is measured against.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{CallId, RubricId};

use crate::StoreError;

/// A supervisor's total for a call beside the machine's.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// The call.
    pub call: CallId,
    /// The rubric that both judged by.
    pub rubric: RubricId,
    /// The supervisor's total, 0–100.
    pub score: f64,
    /// The machine's total as the supervisor saw it; `None` where it gave none.
    pub machine_score: Option<f64>,
    /// Where it was read: a sink's name, or a user's.
    pub source: String,
    /// When it was first seen.
    pub at: DateTime<Utc>,
}

/// How far machine and supervisors are apart, over the newest calibration of each call.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Agreement {
    /// Calls with both scores.
    pub calls: u64,
    /// Mean of supervisor − machine, points; positive: the machine is too strict. `None` without calls.
    pub mean_difference: Option<f64>,
    /// Mean of its absolute value, points.
    pub mean_absolute_difference: Option<f64>,
}

/// Calibrations.
#[async_trait]
pub trait Calibrations: Send + Sync {
    /// Keeps a supervisor's score; the score that already stands for (call, rubric) changes nothing.
    /// Returns whether it was new.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for an unknown call and for a score that is not within 0–100.
    async fn save_calibration(&self, calibration: &Calibration) -> Result<bool, StoreError>;

    /// Every calibration of a call, newest first.
    async fn calibrations(&self, call: CallId) -> Result<Vec<Calibration>, StoreError>;

    /// How well machine and supervisors agree under a rubric.
    async fn agreement(&self, rubric: &RubricId) -> Result<Agreement, StoreError>;
}
