//! A client with a script: says his turns when the robot has finished, or into the middle of its words.

use std::collections::BTreeSet;

use crate::world::{Bank, SpokenPhrase};

/// A client with a script.
#[derive(Debug, Clone, Default)]
pub struct ScriptedCaller {
    /// What he says, turn by turn.
    pub turns: Vec<SpokenPhrase>,
    /// Turns (from 0) that he says into the robot's words.
    pub interrupts: BTreeSet<usize>,
    /// Into the robot's words so late, ms.
    pub interrupts_after_ms: u64,
    /// The robot is done after so much silence, ms.
    pub patience_ms: u64,
    /// He hangs up so long after his last turn was answered, ms; `None`: he waits for the robot to.
    pub hangs_up_after_ms: Option<u64>,
    /// He hangs up at this moment, whatever happens, ms.
    pub hangs_up_at_ms: Option<u64>,
}

impl ScriptedCaller {
    /// The client of one of the bank's dialogues; `None` for an unknown one.
    pub fn from_dialogue(bank: &Bank, dialogue: &str) -> Option<Self> {
        Some(Self {
            turns: bank.client_turns(dialogue)?,
            interrupts: BTreeSet::new(),
            interrupts_after_ms: 1200,
            patience_ms: 600,
            hangs_up_after_ms: Some(3000),
            hangs_up_at_ms: None,
        })
    }

    /// A talkative client: so many turns of dialogue after dialogue, with one goodbye at the end, as far as
    /// the bank has them.
    pub fn of_turns(bank: &Bank, count: usize) -> Self {
        let dialogues = bank.dialogue_names().into_iter().filter_map(|name| bank.client_turns(&name));
        let (mut goodbyes, mut turns): (Vec<_>, Vec<_>) =
            dialogues.flatten().partition(|turn| turn.text.to_lowercase().contains("свидания"));
        turns.truncate(count.saturating_sub(1));
        turns.extend(goodbyes.drain(..).next());
        Self {
            turns,
            interrupts_after_ms: 1200,
            patience_ms: 600,
            hangs_up_after_ms: Some(8000),
            ..Self::default()
        }
    }

    /// Says these turns into the robot's words.
    #[must_use]
    pub fn interrupting(mut self, turns: impl IntoIterator<Item = usize>) -> Self {
        self.interrupts = turns.into_iter().collect();
        self
    }
}
