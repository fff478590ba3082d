//! Stages that stand still: why, what waits for them, what a person should do.

use store::{JobState, PausedStage, QueueCount};

use super::super::words::Words;
use super::{BY_HAND, in_state, stage_name};

/// A pause, and what to do.
#[derive(Debug, Clone)]
pub(super) struct PauseRow {
    pub(super) title: String,
    pub(super) text: String,
    pub(super) remedy: String,
    pub(super) stage: &'static str,
    pub(super) target: String,
    /// A person did it.
    pub(super) by_hand: bool,
}

pub(super) fn row(t: &Words, pause: &PausedStage, counts: &[QueueCount]) -> PauseRow {
    let by_hand = pause.reason.code == BY_HAND;
    let mut name = stage_name(t, pause.stage);
    if let Some(target) = &pause.target {
        name = format!("{name} ({target})");
    }
    let waiting = in_state(counts, Some(pause.stage), JobState::Ready);
    let waits =
        if waiting == 0 { t.say("queue-paused-none") } else { t.count("queue-paused-waiting", waiting) };
    let next = t.say(if by_hand { "queue-paused-person" } else { "queue-paused-self" });
    let since = t.put("queue-paused-since", "time", t.moment(&pause.since));
    let reason = if by_hand { t.say("queue-by-hand") } else { lower_first(&pause.reason.message) };
    PauseRow {
        title: t.put2("queue-paused-title", ("stage", name), ("reason", reason)),
        text: format!("{waits} {next} {since}"),
        remedy: if by_hand { String::new() } else { pause.reason.hint.clone() },
        stage: pause.stage.as_str(),
        target: pause.target.clone().unwrap_or_default(),
        by_hand,
    }
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    let Some(first) = letters.next() else { return String::new() };
    // names and abbreviations keep their capitals: «UIS», «OpenAI»
    let next = letters.clone().next();
    if next.is_some_and(char::is_uppercase) || first.is_ascii() {
        return text.to_owned();
    }
    first.to_lowercase().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_capitals_in_the_middle_of_a_sentence() {
        assert_eq!(lower_first("Ключ отозван"), "ключ отозван");
        assert_eq!(lower_first("UIS не отвечает"), "UIS не отвечает");
        assert_eq!(lower_first("ИП не в списке"), "ИП не в списке");
    }
}
