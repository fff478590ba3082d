//! Calls with everything that a test does not care about filled in.

use domain::{Call, CallId, Direction, SourceName};

/// An inbound call of `source` with nothing but its name.
pub fn call(source: &str, external_id: &str) -> Call {
    Call {
        id: CallId::derive(source, external_id),
        source: SourceName::from(source),
        external_id: external_id.to_owned(),
        started_at: None,
        caller: None,
        callee: None,
        direction: Direction::In,
        duration_ms: None,
        talk_ms: None,
        manager: None,
        missed: false,
        tags: Vec::new(),
        recording_name: Some(format!("{external_id}.wav")),
        recording_url: None,
        revision: "1".to_owned(),
    }
}
