//! Words with a fixed set of values.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How far a call has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CallStatus {
    Done,
    Missed,
    TooShort,
    NoSpeech,
    AnsweringMachine,
    WaitingRecording,
    RecordingUnavailable,
    AnalysisFailed,
    Failed,
    Paused,
    Queued,
}

/// Who rang whom, from the company's side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Direction {
    In,
    Out,
    Internal,
    Unknown,
}

impl From<Direction> for domain::Direction {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::In => Self::In,
            Direction::Out => Self::Out,
            Direction::Internal => Self::Internal,
            Direction::Unknown => Self::Unknown,
        }
    }
}

/// What was found about a criterion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// Yes.
    Met,
    /// In part.
    Partly,
    /// No; of a flag: not raised.
    NotMet,
    /// The criterion has no place in this call.
    NotApplicable,
    /// Not assessed: never heard is not never said.
    CannotTell,
}

impl From<Verdict> for domain::Verdict {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Met => Self::Met,
            Verdict::Partly => Self::Partly,
            Verdict::NotMet => Self::NotMet,
            Verdict::NotApplicable => Self::NotApplicable,
            Verdict::CannotTell => Self::CannotTell,
        }
    }
}

impl From<domain::Verdict> for Verdict {
    fn from(verdict: domain::Verdict) -> Self {
        match verdict {
            domain::Verdict::Met => Self::Met,
            domain::Verdict::Partly => Self::Partly,
            domain::Verdict::NotMet => Self::NotMet,
            domain::Verdict::NotApplicable => Self::NotApplicable,
            domain::Verdict::CannotTell => Self::CannotTell,
        }
    }
}

/// What a criterion asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CriterionKind {
    Score,
    Flag,
    Choice,
    Text,
    List,
    Number,
}

impl From<domain::CriterionKind> for CriterionKind {
    fn from(kind: domain::CriterionKind) -> Self {
        match kind {
            domain::CriterionKind::Score => Self::Score,
            domain::CriterionKind::Flag => Self::Flag,
            domain::CriterionKind::Choice => Self::Choice,
            domain::CriterionKind::Text => Self::Text,
            domain::CriterionKind::List => Self::List,
            domain::CriterionKind::Number => Self::Number,
        }
    }
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Speaker {
    Operator,
    Client,
    Unknown,
}

/// A step of a call's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    Fetch,
    Transcribe,
    Analyze,
    Deliver,
}

impl From<Stage> for store::Stage {
    fn from(stage: Stage) -> Self {
        match stage {
            Stage::Fetch => Self::Fetch,
            Stage::Transcribe => Self::Transcribe,
            Stage::Analyze => Self::Analyze,
            Stage::Deliver => Self::Deliver,
        }
    }
}

impl From<store::Stage> for Stage {
    fn from(stage: store::Stage) -> Self {
        match stage {
            store::Stage::Fetch => Self::Fetch,
            store::Stage::Transcribe => Self::Transcribe,
            store::Stage::Analyze => Self::Analyze,
            store::Stage::Deliver => Self::Deliver,
        }
    }
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum JobState {
    /// May begin from `run_at` on.
    Ready,
    /// A worker holds it.
    Leased,
    /// Finished.
    Done,
    /// A dead letter: only a person brings it back.
    Dead,
}

impl From<JobState> for store::JobState {
    fn from(state: JobState) -> Self {
        match state {
            JobState::Ready => Self::Ready,
            JobState::Leased => Self::Leased,
            JobState::Done => Self::Done,
            JobState::Dead => Self::Dead,
        }
    }
}

impl From<store::JobState> for JobState {
    fn from(state: store::JobState) -> Self {
        match state {
            store::JobState::Ready => Self::Ready,
            store::JobState::Leased => Self::Leased,
            store::JobState::Done => Self::Done,
            store::JobState::Dead => Self::Dead,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_those_of_the_house() {
        for status in domain::CallStatus::ALL {
            let word = serde_json::to_value(status).unwrap();
            assert_eq!(
                serde_json::to_value(serde_json::from_value::<CallStatus>(word.clone()).unwrap()).unwrap(),
                word
            );
        }
        for stage in store::Stage::ALL {
            assert_eq!(serde_json::to_value(Stage::from(stage)).unwrap(), stage.as_str());
        }
        for verdict in
            [Verdict::Met, Verdict::Partly, Verdict::NotMet, Verdict::NotApplicable, Verdict::CannotTell]
        {
            assert_eq!(serde_json::to_value(verdict).unwrap(), domain::Verdict::from(verdict).as_str());
        }
    }
}
