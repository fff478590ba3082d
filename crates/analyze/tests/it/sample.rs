//! Calls and transcripts for tests.

use std::sync::LazyLock;

use analyze::{RubricLibrary, RulesAnalyzer, parse_dialogue};
use domain::{Analysis, Call, CallId, Direction, SourceName, Transcript};

/// A call that says nothing about itself but its direction.
pub(crate) fn call(direction: Direction) -> Call {
    Call {
        id: CallId::derive("test", "1"),
        source: SourceName::new("test"),
        external_id: "1".into(),
        started_at: None,
        caller: None,
        callee: None,
        direction,
        duration_ms: None,
        talk_ms: None,
        manager: None,
        missed: false,
        tags: vec![],
        recording_name: None,
        recording_url: None,
        revision: String::new(),
    }
}

/// A typed dialogue judged by a built-in rubric.
pub(crate) fn judge(text: &str, rubric: &str, direction: Direction) -> Analysis {
    judge_transcript(&parse_dialogue(text).unwrap(), rubric, direction)
}

/// A transcript judged by a built-in rubric.
pub(crate) fn judge_transcript(transcript: &Transcript, rubric: &str, direction: Direction) -> Analysis {
    // compiled once for all tests of this process
    static HOUSE: LazyLock<(RubricLibrary, RulesAnalyzer)> =
        LazyLock::new(|| (RubricLibrary::builtin(), RulesAnalyzer::new()));
    HOUSE.1.judge(&call(direction), transcript, HOUSE.0.find(rubric).unwrap())
}

/// The points of the scored criteria, `-` where they have no place: `2 1 - 0`.
pub(crate) fn points(analysis: &Analysis) -> String {
    let weighed = analysis.criteria.iter().filter(|result| result.weight > 0.0);
    weighed
        .map(|result| result.score.map_or("x".to_owned(), |score| format!("{score}")))
        .collect::<Vec<_>>()
        .join(" ")
}
