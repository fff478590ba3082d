//! What people are told about, and the port that tells them.

use async_trait::async_trait;
use domain::{CallError, CallId, Lang};
use store::Stage;

/// Something worth a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A stage stopped; one message until it resumes.
    StagePaused {
        /// The stage.
        stage: Stage,
        /// Of it only this source or sink; `None` = the whole stage.
        target: Option<String>,
        /// Why.
        reason: CallError,
    },
    /// It goes on.
    StageResumed {
        /// The stage.
        stage: Stage,
        /// Of it only this sink; `None` = the whole stage.
        target: Option<String>,
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

/// What is paused, for people: a stage, or alone the source that refuses or the sink that does not take rows.
///
/// ```
/// use domain::Lang;
/// use store::Stage;
///
/// assert_eq!(pipeline::paused_title(Lang::Ru, Stage::Analyze, None), "Разбор");
/// assert_eq!(pipeline::paused_title(Lang::Ru, Stage::Deliver, Some("sheet")), "Доставка: Google Таблица");
/// ```
pub fn paused_title(lang: Lang, stage: Stage, target: Option<&str>) -> String {
    let stage = match stage {
        Stage::Fetch => lang.pick("Запись", "Recording"),
        Stage::Transcribe => lang.pick("Речь в текст", "Speech to text"),
        Stage::Analyze => lang.pick("Разбор", "Analysis"),
        Stage::Deliver => lang.pick("Доставка", "Delivery"),
    };
    match target {
        None => stage.to_owned(),
        Some("uis") => format!("{stage}: UIS"),
        Some("sheet") => format!("{stage}: {}", lang.pick("Google Таблица", "Google Sheet")),
        Some(other) => format!("{stage}: {other}"),
    }
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
