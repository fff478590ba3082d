//! How many calls have passed which stage: the figures of the progress bars.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};

use domain::{CallId, Sha256};
use store::Stage;

use crate::{RunEvent, RunObserver};

/// Counts calls past each stage; a call that needs a stage no more has passed it.
pub(crate) struct Board {
    observer: Arc<dyn RunObserver>,
    /// Of an endless worker nothing is counted: it would grow with every call.
    counts: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    passed: HashMap<CallId, usize>,
    counts: [usize; 4],
    worked: HashSet<CallId>,
    payers: HashMap<Sha256, CallId>,
    failed: HashSet<CallId>,
}

impl Board {
    pub(crate) fn new(observer: Arc<dyn RunObserver>) -> Self {
        Self { observer, counts: true, state: Mutex::default() }
    }

    /// A board that counts nothing.
    pub(crate) fn endless(observer: Arc<dyn RunObserver>) -> Self {
        Self { counts: false, ..Self::new(observer) }
    }

    fn state(&self) -> Option<MutexGuard<'_, State>> {
        self.state.lock().ok().filter(|_| self.counts)
    }

    /// A call of the window; `open` if there is work to do.
    pub(crate) fn add(&self, call: CallId, open: bool) {
        if let Some(mut state) = self.state() {
            state.passed.entry(call).or_insert(0);
        }
        if !open {
            self.pass(call, None);
        }
    }

    /// Whether the call is of this run.
    pub(crate) fn knows(&self, call: CallId) -> bool {
        self.state.lock().is_ok_and(|state| state.passed.contains_key(&call))
    }

    /// The call has passed a stage, or with `None` all of them.
    pub(crate) fn pass(&self, call: CallId, stage: Option<Stage>) {
        let Some(mut state) = self.state() else { return };
        let reached =
            stage.and_then(|stage| Stage::ALL.iter().position(|s| *s == stage)).map_or(4, |at| at + 1);
        let before = state.passed.insert(call, reached).unwrap_or(0);
        if reached < before {
            state.passed.insert(call, before);
            return;
        }
        for count in state.counts.iter_mut().take(reached).skip(before) {
            *count += 1;
        }
        let (counts, total) = (state.counts, state.passed.len());
        drop(state);
        for (stage, done) in Stage::ALL.into_iter().zip(counts) {
            self.observer.event(RunEvent::Stage { stage, done, total });
        }
    }

    /// This sound was decoded or its recognition paid. Of calls with equal bytes the first to need
    /// it bears the work; the others get it for nothing.
    pub(crate) fn decoded(&self, sha256: &Sha256, call: CallId) {
        if let Some(mut state) = self.state() {
            let payer = *state.payers.entry(sha256.clone()).or_insert(call);
            state.worked.insert(payer);
        }
    }

    /// The call failed for good in this run.
    pub(crate) fn failed(&self, call: CallId) {
        if let Some(mut state) = self.state() {
            state.failed.insert(call);
        }
    }

    /// How many calls [`Self::failed`].
    pub(crate) fn failures(&self) -> usize {
        self.state.lock().map_or(0, |state| state.failed.len())
    }

    /// Something was paid for the call itself.
    pub(crate) fn worked(&self, call: CallId) {
        if let Some(mut state) = self.state() {
            state.worked.insert(call);
        }
    }

    /// Whether anything was decoded or paid for it.
    pub(crate) fn has_worked(&self, call: CallId) -> bool {
        self.state.lock().is_ok_and(|state| state.worked.contains(&call))
    }
}
