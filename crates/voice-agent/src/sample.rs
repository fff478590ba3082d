//! Small talks for the tests of this crate.

use chrono::DateTime;

use crate::{Action, AnswerSource, DialogMode, Dialogue, Timings, Turn};

/// An exchange; nothing heard is `""`.
pub(crate) fn turn(number: u32, heard: &str, said: &str) -> Turn {
    Turn {
        number,
        heard: (!heard.is_empty()).then(|| heard.to_owned()),
        said: vec![said.to_owned()],
        action: Action::Say,
        unfinished: false,
        source: AnswerSource::Model,
        offers_person: false,
        heard_span: None,
        said_span: None,
        timings: Timings::default(),
        at: DateTime::from_timestamp(1_795_176_000, 0).unwrap(),
    }
}

/// A talk of `(heard, said)`, numbered from 0.
pub(crate) fn talk(persona: &str, turns: &[(&str, &str)]) -> Dialogue {
    let now = DateTime::from_timestamp(1_795_176_000, 0).unwrap();
    let mut dialogue = Dialogue::new("simulated", "1", persona, DialogMode::Turns, now);
    dialogue.turns = (0..).zip(turns).map(|(number, (heard, said))| turn(number, heard, said)).collect();
    dialogue
}
