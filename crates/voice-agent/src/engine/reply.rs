//! What is answered without thinking: silence, wishes that bind, ready answers, limits.

use chrono::{DateTime, Utc};
use domain::Money;

use super::answers::Answers;
use crate::words::{Learned, Wish, consent, wish};
use crate::{Action, AnswerSource, Dialogue, Ending, Occasion, Persona};

/// An answer that stands at once.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reply {
    pub(super) text: String,
    pub(super) action: Action,
    pub(super) source: AnswerSource,
    /// A «yes» to it asks for a person.
    pub(super) offers_person: bool,
    /// Nothing was heard.
    pub(super) silence: bool,
}

impl Reply {
    fn fixed(text: String, action: Action) -> Self {
        Self { text, action, source: AnswerSource::Fixed, offers_person: false, silence: false }
    }

    fn goodbye(persona: &Persona, words: Occasion, why: Ending) -> Self {
        Self::fixed(persona.phrase(words), Action::HangUp { why })
    }
}

/// Asked for the answer's sake: what the moment is like.
pub(super) struct Moment<'a> {
    pub(super) persona: &'a Persona,
    pub(super) learned: &'a Learned,
    pub(super) dialogue: &'a Dialogue,
    pub(super) now: DateTime<Utc>,
    pub(super) rub_micros_per_usd: i64,
}

impl Moment<'_> {
    /// The answer, if none has to be thought of.
    pub(super) fn reply(&self, heard: &str, answers: &Answers) -> Option<Reply> {
        let Self { persona, dialogue, .. } = *self;
        if heard.is_empty() {
            return Some(self.to_silence());
        }
        match wish(heard, persona) {
            Some(Wish::NeverAgain) => {
                return Some(Reply::goodbye(persona, Occasion::Stop, Ending::NeverAgain));
            }
            Some(Wish::Person) => return Some(to_person(persona)),
            Some(Wish::Farewell) => return Some(Reply::goodbye(persona, Occasion::Goodbye, Ending::Goodbye)),
            Some(Wish::Rude) => return Some(Reply::goodbye(persona, Occasion::Rude, Ending::Goodbye)),
            Some(Wish::IsRobot) => {
                let text = persona.robot_words();
                let offers_person = persona.person().is_some() && text.contains('?');
                return Some(Reply { offers_person, ..Reply::fixed(text, Action::Say) });
            }
            Some(Wish::Hello) => {
                let text = with_question(persona.phrase(Occasion::Hear), dialogue);
                return Some(Reply::fixed(text, Action::Say));
            }
            None => {}
        }
        let offered = dialogue.turns.last().is_some_and(|turn| turn.offers_person);
        if offered && consent(heard) == Some(true) {
            return Some(to_person(persona));
        }
        if self.is_at_limit() {
            return Some(Reply::goodbye(persona, Occasion::Limit, Ending::Limit));
        }
        let faq = self.learned.ready_answer(heard).and_then(|at| persona.faq.get(at));
        let ready = faq.map(|faq| (persona.fill(&faq.answer), AnswerSource::Faq));
        let known = || answers.known(persona, heard).map(|answer| (answer, AnswerSource::Cache));
        let (text, source) = ready.or_else(known)?;
        Some(Reply { source, ..Reply::fixed(with_question(text, dialogue), Action::Say) })
    }

    /// Twice a gentle word, then goodbye.
    fn to_silence(&self) -> Reply {
        let reply = match self.dialogue.silences {
            before @ 0..=1 if !self.is_at_limit() => {
                Reply::fixed(self.persona.phrase(Occasion::Reask(before)), Action::Say)
            }
            _ => Reply::goodbye(self.persona, Occasion::Silence, Ending::Silence),
        };
        Reply { silence: true, ..reply }
    }

    /// Turns, minutes or money have run out.
    fn is_at_limit(&self) -> bool {
        let limits = &self.persona.limits;
        let turns = self.dialogue.turns.iter().filter(|turn| turn.number > 0).count();
        let began = self.dialogue.answered_at.unwrap_or(self.dialogue.started_at);
        let spent = |limit: Money| {
            let sums = self
                .dialogue
                .cost
                .iter()
                .map(|paid| paid.amount.convert(limit.currency, self.rub_micros_per_usd));
            sums.map(|sum| sum.micros).fold(0, i64::saturating_add)
        };
        u32::try_from(turns).unwrap_or(u32::MAX) >= limits.turns
            || (self.now - began).num_minutes() >= i64::from(limits.minutes)
            || limits.money.is_some_and(|limit| spent(limit) >= limit.micros)
    }
}

/// «Позовите человека».
pub(super) fn to_person(persona: &Persona) -> Reply {
    match persona.person() {
        Some(to) => Reply::fixed(persona.phrase(Occasion::Transfer), Action::Transfer { to: to.clone() }),
        None => Reply::fixed(persona.phrase(Occasion::CallBack), Action::Say),
    }
}

/// Something of ours failed: once an apology, twice in a row a person or goodbye.
pub(super) fn apology(persona: &Persona, before: u32) -> Reply {
    let words = persona.phrase(Occasion::Apology);
    let reply = match (before, persona.person()) {
        (0, _) => Reply::fixed(words, Action::Say),
        (_, Some(_)) => to_person(persona),
        (_, None) => Reply::goodbye(persona, Occasion::Silence, Ending::Failed),
    };
    Reply { source: AnswerSource::Apology, ..reply }
}

/// The question that still waits for its answer is asked again after ours.
fn with_question(answer: String, dialogue: &Dialogue) -> String {
    if answer.trim_end().ends_with('?') {
        return answer;
    }
    let last = dialogue.turns.last().map(crate::Turn::words).unwrap_or_default();
    match last_question(&last) {
        Some(question) if !answer.contains(question) => format!("{answer} {question}"),
        _ => answer,
    }
}

/// The last sentence, if it asks.
fn last_question(said: &str) -> Option<&str> {
    let said = said.trim_end();
    let before = said.strip_suffix('?')?;
    let from = before
        .rfind(['.', '?', '!', '…'])
        .map_or(0, |at| at + before.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8));
    said.get(from..).map(str::trim).filter(|question| !question.is_empty())
}

#[cfg(test)]
mod tests {
    use super::last_question;

    #[test]
    fn the_open_question_is_the_last_sentence() {
        assert_eq!(last_question("Хорошо. Сколько окон?"), Some("Сколько окон?"));
        assert_eq!(last_question("Удобно говорить?"), Some("Удобно говорить?"));
        assert_eq!(last_question("Так… Когда удобно?"), Some("Когда удобно?"));
        assert_eq!(last_question("Сколько окон? Хорошо."), None);
        assert_eq!(last_question(""), None);
    }
}
