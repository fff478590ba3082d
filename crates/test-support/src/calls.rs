//! Calls with everything that a test does not care about filled in.

use domain::{Call, Direction};

/// An inbound call of `source` with a recording.
pub fn call(source: &str, external_id: &str) -> Call {
    Call {
        direction: Direction::In,
        recording_name: Some(format!("{external_id}.wav")),
        revision: "1".to_owned(),
        ..Call::new(source, external_id)
    }
}
