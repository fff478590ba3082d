//! How long the client waited for the robot, turn by turn: of AI calls whose dialogue is still kept.

use std::collections::VecDeque;

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
    /// Whole answers in the order of talk, with the wait before each that was waited for.
    answers: VecDeque<(String, Option<u64>)>,
    /// What is still to come of the answer that was met last.
    rest: String,
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
            delays.answers.push_back((turn.words(), turn.delay_ms()));
            delays.all.extend(turn.delay_ms());
        }
        delays.all.sort_unstable();
        delays
    }

    /// Before these words of the robot, if an answer begins with them. Asked for each of his lines in turn: an
    /// answer is one line or several.
    pub(super) fn next(&mut self, t: &Words, said: &str) -> Option<Delay> {
        let delay = self.before(said.trim())?;
        Some(Delay { time: seconds(t.lang, delay), slow: delay > SLOW_MS })
    }

    fn before(&mut self, said: &str) -> Option<u64> {
        if said.is_empty() {
            return None;
        }
        if let Some(rest) = self.rest.strip_prefix(said) {
            self.rest = rest.trim_start().to_owned();
            return None;
        }
        let met = self.answers.iter().position(|(words, _)| words.starts_with(said))?;
        let (words, delay) = self.answers.drain(..=met).next_back()?;
        words.strip_prefix(said).unwrap_or_default().trim_start().clone_into(&mut self.rest);
        delay
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

#[cfg(test)]
mod tests {
    use super::*;

    fn delays(answers: &[(&str, Option<u64>)]) -> Delays {
        let answers = answers.iter().map(|(words, delay)| ((*words).to_owned(), *delay)).collect();
        Delays { answers, ..Delays::default() }
    }

    #[test]
    fn an_answer_of_several_lines_was_waited_for_once() {
        let mut delays =
            delays(&[("Здравствуйте!", None), ("Понятно. Сколько окон?", Some(700)), ("Ясно.", Some(900))]);
        let before = ["Здравствуйте!", "Понятно.", "Сколько окон?", "Ясно."].map(|said| delays.before(said));
        assert_eq!(before, [None, Some(700), None, Some(900)]);
    }

    #[test]
    fn the_same_words_are_waited_for_each_time_anew() {
        let mut delays = delays(&[("Повторите?", Some(1)), ("Повторите?", Some(2)), ("Спасибо.", Some(3))]);
        let before = ["Повторите?", "", "Повторите?", "Этого не было.", "Спасибо.", "Спасибо."]
            .map(|said| delays.before(said));
        assert_eq!(before, [Some(1), None, Some(2), None, Some(3), None]);
    }

    #[test]
    fn an_answer_that_was_cut_short_or_never_heard_leaves_the_others_in_place() {
        let mut delays =
            delays(&[("Замер бесплатный. Когда?", Some(1)), ("Хорошо.", Some(2)), ("Ясно.", Some(3))]);
        assert_eq!(delays.before("Замер"), Some(1));
        assert_eq!(delays.before("Ясно."), Some(3));
    }
}
