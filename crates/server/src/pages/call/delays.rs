//! How long the client waited for the robot, turn by turn: of AI calls whose dialogue is still kept.

use std::collections::{HashMap, VecDeque};

use domain::Call;
use voice_agent::{CallMemory as _, StoredMemory, Turn};

use super::facts::Fact;
use crate::Web;
use crate::pages::words::Words;
use crate::voice::seconds;

/// Longer than this a client wonders whether anybody is there, ms.
const SLOW_MS: u64 = 3_000;

/// Delays of a call's answers.
#[derive(Debug, Default)]
pub(crate) struct Delays {
    /// By the words that were said, in the order of talk.
    by_words: HashMap<String, VecDeque<u64>>,
    all: Vec<u64>,
}

/// One of them, as shown.
pub(crate) struct Delay {
    pub(crate) time: String,
    pub(crate) slow: bool,
}

impl Delays {
    /// Of a call; none of a call between people.
    pub(super) async fn of(web: &Web, call: &Call) -> Self {
        if !call.tags.iter().any(|tag| tag == "robot") {
            return Self::default();
        }
        let memory = StoredMemory::new(web.app().store());
        match memory.dialogue(call.id).await {
            Ok(dialogue) => Self::among(&dialogue.map(|dialogue| dialogue.turns).unwrap_or_default()),
            Err(error) => {
                tracing::warn!(%error, call = %call.id, "a call is shown without the delays of its answers");
                Self::default()
            }
        }
    }

    fn among(turns: &[Turn]) -> Self {
        let mut delays = Self::default();
        for turn in turns {
            if let Some(delay) = turn.delay_ms() {
                delays.by_words.entry(turn.words()).or_default().push_back(delay);
                delays.all.push(delay);
            }
        }
        delays.all.sort_unstable();
        delays
    }

    /// Before these words of the robot; the next time that they are said, before those.
    pub(super) fn next(&mut self, t: &Words, said: &str) -> Option<Delay> {
        let delay = self.by_words.get_mut(said)?.pop_front()?;
        Some(Delay { time: seconds(t.lang, delay), slow: delay > SLOW_MS })
    }

    /// The middle one and the worst.
    pub(super) fn fact(&self, t: &Words) -> Option<Fact> {
        let (middle, worst) = (self.all.get(self.all.len() / 2)?, self.all.last()?);
        let mut fact = Fact::new(t.say("fact-delay"), seconds(t.lang, *middle)).note(t.put(
            "fact-delay-worst",
            "time",
            seconds(t.lang, *worst),
        ));
        fact.warn = *worst > SLOW_MS;
        Some(fact)
    }
}
