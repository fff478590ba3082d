//! What a call came to, as a campaign sees it, and whether the number is rung again.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::CampaignSettings;
use crate::{Dialogue, DialogueState, Ending};

/// What became of a person of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeadOutcome {
    /// They talked.
    Talked,
    /// The client asked never to be called.
    NeverAgain,
    /// The client answered and hung up without a word.
    HungUp,
    /// The line was busy.
    Busy,
    /// Nobody answered, or nobody spoke.
    NoAnswer,
    /// A machine answered.
    Machine,
    /// There is no such number.
    NoSuchNumber,
    /// Something of ours or of the telephone company broke.
    Failed,
    /// A person of ours hung up.
    Stopped,
    /// The number is on the stop list.
    StopList,
    /// A robot of ours spoke with this person a short while ago.
    SpokenBefore,
}

impl LeadOutcome {
    /// The name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Talked => "talked",
            Self::NeverAgain => "never_again",
            Self::HungUp => "hung_up",
            Self::Busy => "busy",
            Self::NoAnswer => "no_answer",
            Self::Machine => "machine",
            Self::NoSuchNumber => "no_such_number",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
            Self::StopList => "stop_list",
            Self::SpokenBefore => "spoken_before",
        }
    }

    /// What a call came to; `None` while it goes on.
    pub fn of(dialogue: &Dialogue) -> Option<Self> {
        let DialogueState::Ended { why } = dialogue.state else { return None };
        let spoke = client_spoke(dialogue);
        Some(match why {
            Ending::NeverAgain => Self::NeverAgain,
            Ending::Machine => Self::Machine,
            Ending::Stopped => Self::Stopped,
            // whatever broke afterwards: to ring once more would be to begin the same talk again
            _ if spoke => Self::Talked,
            Ending::Failed => Self::Failed,
            _ if dialogue.answered_at.is_some() && why == Ending::ClientHungUp => Self::HungUp,
            _ => match dialogue.line_end.as_ref().and_then(|end| end.code) {
                Some(486 | 600) => Self::Busy,
                Some(404 | 484 | 604) => Self::NoSuchNumber,
                _ => Self::NoAnswer,
            },
        })
    }

    /// How long after such an end the number is rung again; `None` = never.
    pub const fn again_after(self, settings: &CampaignSettings) -> Option<Duration> {
        match self {
            Self::Busy => Some(settings.after_busy),
            Self::NoAnswer => Some(settings.after_no_answer),
            Self::Machine => Some(settings.after_machine),
            Self::Failed => Some(settings.after_failure),
            _ => None,
        }
    }
}

/// Whether the client said anything that was heard.
pub(super) fn client_spoke(dialogue: &Dialogue) -> bool {
    dialogue.turns.iter().filter_map(|turn| turn.heard.as_deref()).any(|words| !words.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::sample::turn;
    use crate::{DialogMode, LineEnd};

    fn ended(why: Ending, code: Option<i64>, answered: bool, words: Option<&str>) -> Option<LeadOutcome> {
        let now = DateTime::from_timestamp(1_795_176_000, 0).unwrap();
        let mut dialogue = Dialogue::new("voximplant", "1", "lead-qualification", DialogMode::Turns, now);
        dialogue.answered_at = answered.then_some(now);
        dialogue.line_end = Some(LineEnd { code, ..LineEnd::default() });
        dialogue.turns.extend(words.map(|words| turn(1, words, "Хорошо")));
        dialogue.end(why, now);
        LeadOutcome::of(&dialogue)
    }

    #[test]
    fn only_who_was_not_reached_is_rung_again() {
        use LeadOutcome::{
            Busy, Failed, HungUp, Machine, NeverAgain, NoAnswer, NoSuchNumber, Stopped, Talked,
        };
        let settings = CampaignSettings::default();
        for (why, code, answered, words, came, again) in [
            (Ending::Goodbye, Some(200), true, Some("Да"), Talked, false),
            (Ending::Transferred, None, true, Some("Да"), Talked, false),
            (Ending::ClientHungUp, Some(200), true, Some("Нет"), Talked, false),
            (Ending::ClientHungUp, Some(200), true, None, HungUp, false),
            (Ending::NeverAgain, None, true, Some("Не звоните"), NeverAgain, false),
            (Ending::Machine, None, true, None, Machine, true),
            (Ending::Silence, None, true, None, NoAnswer, true),
            (Ending::NotAnswered, Some(486), false, None, Busy, true),
            (Ending::NotAnswered, Some(408), false, None, NoAnswer, true),
            (Ending::NotAnswered, Some(404), false, None, NoSuchNumber, false),
            (Ending::Failed, None, false, None, Failed, true),
            (Ending::Failed, None, true, Some("Да"), Talked, false),
            (Ending::Stopped, None, true, Some("Да"), Stopped, false),
        ] {
            let told = ended(why, code, answered, words).unwrap();
            assert_eq!((told, told.again_after(&settings).is_some()), (came, again), "{why:?} {code:?}");
        }
    }

    #[test]
    fn a_call_that_goes_on_has_come_to_nothing_yet() {
        let now = DateTime::from_timestamp(1_795_176_000, 0).unwrap();
        assert_eq!(LeadOutcome::of(&Dialogue::new("voximplant", "1", "p", DialogMode::Turns, now)), None);
    }
}
