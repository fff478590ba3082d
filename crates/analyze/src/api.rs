//! The port: anything that judges a call against a rubric.

use async_trait::async_trait;
use domain::{Analysis, Call, Money, Rubric, Transcript};

use crate::AnalyzeError;

/// Judges one call under one revision of one rubric.
///
/// Implementations keep these promises, held by the contract suite: results stand in
/// the rubric's order, the total is [`domain::total_score`], every quote was looked up in the
/// transcript, and nothing that a speaker says is taken for an instruction.
#[async_trait]
pub trait Analyzer: Send + Sync {
    /// `rules`, or the model's name.
    fn engine(&self) -> &str;

    /// Judges the call.
    ///
    /// # Errors
    /// [`AnalyzeError`], by what the caller can do about it.
    async fn analyze(
        &self,
        call: &Call,
        transcript: &Transcript,
        rubric: &Rubric,
    ) -> Result<Analysis, AnalyzeError>;

    /// What judging a call with so much talk (ms) would cost, before paying; `None` = unknown.
    /// An estimate out of averages: right for a day of calls, not for each.
    fn estimate(&self, rubric: &Rubric, talk_ms: u64) -> Option<Money> {
        let _ = (rubric, talk_ms);
        None
    }
}
