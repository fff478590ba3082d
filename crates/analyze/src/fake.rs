//! An analyzer for other crates' tests: does what it is told, judges by the rules otherwise.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use domain::{Analysis, Call, CallId, Rubric, Transcript};

use crate::{AnalyzeError, Analyzer, RulesAnalyzer};

/// Makes the error of a scripted fault.
type Fault = Box<dyn FnOnce() -> AnalyzeError + Send>;

/// A stateful double: scripted faults come first, in order; then calls are judged by the rules.
#[derive(Clone, Default)]
pub struct FakeAnalyzer {
    state: Arc<Mutex<State>>,
    rules: Arc<RulesAnalyzer>,
    engine: Option<String>,
}

#[derive(Default)]
struct State {
    faults: VecDeque<Fault>,
    judged: Vec<CallId>,
    asked: usize,
}

impl std::fmt::Debug for FakeAnalyzer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FakeAnalyzer").field("engine", &self.engine).finish_non_exhaustive()
    }
}

impl FakeAnalyzer {
    /// A double that answers as the rules do.
    pub fn new() -> Self {
        Self::default()
    }

    /// A double under another engine's name.
    pub fn named(engine: impl Into<String>) -> Self {
        Self { engine: Some(engine.into()), ..Self::default() }
    }

    /// The next request fails so; several faults stand in line.
    pub fn fail_next(&self, fault: impl FnOnce() -> AnalyzeError + Send + 'static) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).faults.push_back(Box::new(fault));
    }

    /// The calls that were judged, in order.
    pub fn judged(&self) -> Vec<CallId> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).judged.clone()
    }

    /// How many requests came, failed ones too.
    pub fn requests(&self) -> usize {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).asked
    }
}

#[async_trait]
impl Analyzer for FakeAnalyzer {
    fn engine(&self) -> &str {
        self.engine.as_deref().unwrap_or("fake")
    }

    async fn analyze(
        &self,
        call: &Call,
        transcript: &Transcript,
        rubric: &Rubric,
    ) -> Result<Analysis, AnalyzeError> {
        let fault = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.asked += 1;
            state.faults.pop_front()
        };
        if let Some(fault) = fault {
            return Err(fault());
        }
        let analysis = self.rules.judge(call, transcript, rubric);
        self.state.lock().unwrap_or_else(PoisonError::into_inner).judged.push(call.id);
        Ok(Analysis { engine: self.engine().to_owned(), ..analysis })
    }
}
