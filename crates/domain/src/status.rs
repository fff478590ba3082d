//! How far a call has come, in the words of the sheet.

use serde::{Deserialize, Serialize};

use crate::Lang;

/// The state of a call as people and scripts see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallStatus {
    /// Scored.
    Done,
    /// Nobody answered: said by the source, never by sound.
    Missed,
    /// Talk time under `min_talk`.
    TooShort,
    /// Silence, ringing or music only.
    NoSpeech,
    /// An answering machine or a voice menu only.
    AnsweringMachine,
    /// The source has no recording yet; tried again later.
    WaitingRecording,
    /// The recording is gone or cannot be read.
    RecordingUnavailable,
    /// The model's answer broke the schema twice; the raw answer is kept.
    AnalysisFailed,
    /// Another stage failed for good.
    Failed,
    /// The provider refuses us; the stage waits for a probe to pass.
    Paused,
    /// Work is waiting.
    Queued,
}

impl CallStatus {
    /// Every status, in the order of this page.
    pub const ALL: [Self; 11] = [
        Self::Done,
        Self::Missed,
        Self::TooShort,
        Self::NoSpeech,
        Self::AnsweringMachine,
        Self::WaitingRecording,
        Self::RecordingUnavailable,
        Self::AnalysisFailed,
        Self::Failed,
        Self::Paused,
        Self::Queued,
    ];

    /// The name in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Missed => "missed",
            Self::TooShort => "too_short",
            Self::NoSpeech => "no_speech",
            Self::AnsweringMachine => "answering_machine",
            Self::WaitingRecording => "waiting_recording",
            Self::RecordingUnavailable => "recording_unavailable",
            Self::AnalysisFailed => "analysis_failed",
            Self::Failed => "failed",
            Self::Paused => "paused",
            Self::Queued => "queued",
        }
    }

    /// Reads [`Self::as_str`] back.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// «Статус обработки» of the sheet.
    pub const fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Done => lang.pick("Готово", "Done"),
            Self::Missed => lang.pick("Пропущенный звонок", "Missed call"),
            Self::TooShort => lang.pick("Слишком короткий", "Too short"),
            Self::NoSpeech => lang.pick("Нет речи", "No speech"),
            Self::AnsweringMachine => lang.pick("Автоответчик", "Answering machine"),
            Self::WaitingRecording => lang.pick("Ожидает запись", "Waiting for recording"),
            Self::RecordingUnavailable => lang.pick("Запись недоступна", "Recording unavailable"),
            Self::AnalysisFailed => lang.pick("Ошибка анализа", "Analysis failed"),
            Self::Failed => lang.pick("Ошибка", "Failed"),
            Self::Paused => lang.pick("Приостановлено", "Paused"),
            Self::Queued => lang.pick("В очереди", "Queued"),
        }
    }

    /// The label of [`Self::Done`] with a verdict that a person must check.
    pub const fn needs_review_label(lang: Lang) -> &'static str {
        lang.pick("Требует проверки", "Needs review")
    }

    /// Whether something went wrong that a person may want to mend: exit code 1.
    pub const fn is_trouble(self) -> bool {
        matches!(self, Self::RecordingUnavailable | Self::AnalysisFailed | Self::Failed)
    }

    /// Whether a next run takes the call up again by itself.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::WaitingRecording | Self::Paused | Self::Queued)
    }
}

/// What went wrong with a call, for a person: never holds a secret or a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallError {
    /// Stable, for scripts: `recording_truncated`, `model_missing`, …
    pub code: String,
    /// What happened and why.
    pub message: String,
    /// What to do next.
    pub hint: String,
}
