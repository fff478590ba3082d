//! Who judges the calls of the week: the rules, as long as their provider has an account with money.

use std::sync::atomic::{AtomicBool, Ordering};

use analyze::{AnalyzeError, Analyzer, RulesAnalyzer};
use async_trait::async_trait;
use domain::{Analysis, Call, Rubric, Transcript};

/// A judge whose money may run out.
pub(super) struct Judge {
    rules: RulesAnalyzer,
    broke: AtomicBool,
}

impl Judge {
    pub(super) fn new() -> Self {
        Self { rules: RulesAnalyzer::new(), broke: AtomicBool::new(false) }
    }

    /// The money is gone, or somebody has paid.
    pub(super) fn run_out(&self, broke: bool) {
        self.broke.store(broke, Ordering::Relaxed);
    }
}

#[async_trait]
impl Analyzer for Judge {
    fn engine(&self) -> &str {
        self.rules.engine()
    }

    async fn analyze(
        &self,
        call: &Call,
        transcript: &Transcript,
        rubric: &Rubric,
    ) -> Result<Analysis, AnalyzeError> {
        if self.broke.load(Ordering::Relaxed) {
            let reason = "insufficient_quota".to_owned();
            return Err(AnalyzeError::QuotaSpent {
                engine: "OpenAI".to_owned(),
                reason: reason.into(),
                cost: None,
            });
        }
        self.rules.analyze(call, transcript, rubric).await
    }
}
