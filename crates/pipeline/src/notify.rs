//! What people are told about, and the port that tells them.

use async_trait::async_trait;
use domain::{CallError, CallId};
use store::Stage;

/// Something worth a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A stage stopped; one message until it resumes.
    StagePaused {
        /// The stage.
        stage: Stage,
        /// Why.
        reason: CallError,
    },
    /// It goes on.
    StageResumed {
        /// The stage.
        stage: Stage,
    },
    /// A call failed for good.
    CallFailed {
        /// The call.
        call: CallId,
        /// Why.
        error: CallError,
    },
    /// A critical criterion failed.
    CriticalVerdict {
        /// The call.
        call: CallId,
        /// The criterion's title.
        criterion: String,
    },
}

/// Tells people. Failing to tell never fails the work.
#[async_trait]
pub trait Notifier: Send + Sync {
    /// Hands the event over; must not block for long.
    async fn notify(&self, event: &Event);
}

/// Tells nobody: the default where no messenger is configured.
#[derive(Debug, Clone, Copy, Default)]
pub struct SilentNotifier;

#[async_trait]
impl Notifier for SilentNotifier {
    async fn notify(&self, event: &Event) {
        tracing::info!(?event, "event");
    }
}
