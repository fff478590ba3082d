//! What a run tells while it goes on: progress bars, log lines, the server's event stream.

use domain::{CallId, Money};
use store::Stage;

/// Something happened in a run.
#[derive(Debug, Clone, PartialEq)]
pub enum RunEvent {
    /// Something that a person should know, in the language of the run.
    Warning(String),
    /// Calls found so far.
    Discovered {
        /// Calls of the window.
        calls: usize,
        /// Of them, never seen before.
        new: usize,
    },
    /// Calls that have passed a stage (or need it no more), of all.
    Stage {
        /// The stage.
        stage: Stage,
        /// Passed.
        done: usize,
        /// Of.
        total: usize,
    },
    /// Speech decoded of a call, ms.
    Speech {
        /// The call.
        call: CallId,
        /// Decoded.
        done_ms: u64,
        /// Of.
        of_ms: u64,
    },
    /// Money spent in this run so far.
    Spent(Money),
    /// The run waits for a backoff.
    Waiting {
        /// Seconds.
        seconds: u64,
    },
}

/// Listens to a run; called from many tasks, must return at once.
pub trait RunObserver: Send + Sync {
    /// Something happened.
    fn event(&self, event: RunEvent);
}

/// Listens to nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unobserved;

impl RunObserver for Unobserved {
    fn event(&self, _event: RunEvent) {}
}
