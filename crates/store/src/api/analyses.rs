//! Analyses, the rubric revisions that they are pinned to, and what people say of them.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{Analysis, CallId, Rubric, RubricId, RubricRevision, Value, Verdict};

use crate::StoreError;

/// An analysis and when it was made.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredAnalysis {
    /// What was found.
    pub analysis: Analysis,
    /// When.
    pub analyzed_at: DateTime<Utc>,
}

/// A person's verdict in place of the machine's. It belongs to (call, rubric, criterion) and
/// survives every new analysis.
#[derive(Debug, Clone, PartialEq)]
pub struct OverrideVerdict {
    /// The call.
    pub call: CallId,
    /// The rubric.
    pub rubric: RubricId,
    /// The criterion.
    pub key: String,
    /// The person's verdict.
    pub verdict: Verdict,
    /// The person's points, where the criterion is scored.
    pub score: Option<f64>,
    /// The person's value, where the kind has one.
    pub value: Option<Value>,
    /// Why; never empty.
    pub reason: String,
    /// Who.
    pub author: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// What a model said that could not be read as an analysis.
#[derive(Debug, Clone, PartialEq)]
pub struct FailedAnalysis {
    /// Its answers, as [`Analysis::raw_model_output`] holds them: an object where it was one, else
    /// the text.
    pub raw: Vec<serde_json::Value>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Analyses.
#[async_trait]
pub trait Analyses: Send + Sync {
    /// The newest analysis of a call under a rubric; with no rubric, the newest of all.
    async fn analysis(
        &self,
        call: CallId,
        rubric: Option<&RubricId>,
    ) -> Result<Option<StoredAnalysis>, StoreError>;

    /// All kept analyses of a call, newest first.
    async fn analyses(&self, call: CallId) -> Result<Vec<StoredAnalysis>, StoreError>;

    /// Keeps what a model said that could not be read as an analysis, in place of what it said before;
    /// a later analysis under the rubric removes it.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for an unknown call.
    async fn keep_failed_analysis(
        &self,
        call: CallId,
        rubric: &RubricId,
        raw: &[serde_json::Value],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// What a model last said in vain of a call under a rubric.
    async fn failed_analysis(
        &self,
        call: CallId,
        rubric: &RubricId,
    ) -> Result<Option<FailedAnalysis>, StoreError>;

    /// Keeps a revision of a rubric; the same revision again changes nothing.
    async fn save_rubric(&self, rubric: &Rubric, now: DateTime<Utc>) -> Result<(), StoreError>;

    /// A kept revision.
    async fn rubric(&self, id: &RubricId, revision: &RubricRevision) -> Result<Option<Rubric>, StoreError>;

    /// The place of a revision among those of its rubric, from 1 in order of first use.
    async fn rubric_number(
        &self,
        id: &RubricId,
        revision: &RubricRevision,
    ) -> Result<Option<u32>, StoreError>;

    /// Sets a person's verdict; the newest wins, older ones stay in the history.
    async fn override_verdict(&self, verdict: &OverrideVerdict) -> Result<(), StoreError>;

    /// Takes people's verdicts on a criterion back, so that the machine's stands again; says whether
    /// there were any. They leave the history too: the audit log tells who took them back.
    async fn withdraw_override(&self, call: CallId, rubric: &RubricId, key: &str)
    -> Result<bool, StoreError>;

    /// The standing overrides of a call under a rubric, one per criterion at most.
    async fn overrides(&self, call: CallId, rubric: &RubricId) -> Result<Vec<OverrideVerdict>, StoreError>;

    /// Every verdict that people gave on a call under a rubric, newest first.
    async fn override_history(
        &self,
        call: CallId,
        rubric: &RubricId,
    ) -> Result<Vec<OverrideVerdict>, StoreError>;
}
