//! Answers that were made before: the same question of another client is answered in microseconds.
//!
//! Only what holds for everybody is kept: a question of some substance, without words that point back
//! into the talk, whose answer repeats nothing that this client said before.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::words::{is_question, stems, words_of};
use crate::{Dialogue, Persona};

const MOST: usize = 512;
/// Facts of a persona change; answers made from them are not kept long.
const KEPT: Duration = Duration::from_hours(1);
/// Fewer stems say too little to stand alone.
const LEAST_STEMS: usize = 3;
const MOST_STEMS: usize = 12;
const MOST_SENTENCES: usize = 3;
/// They point back into the talk: the question means something else elsewhere.
const POINTING: &[&str] = &[
    "это",
    "этот",
    "эта",
    "эти",
    "этого",
    "этой",
    "он",
    "она",
    "они",
    "его",
    "ее",
    "их",
    "ему",
    "ней",
    "нем",
    "такой",
    "такая",
    "такие",
    "там",
    "туда",
    "тогда",
    "тот",
    "та",
    "те",
    "еще",
    "другой",
    "другая",
    "другие",
    "мой",
    "моя",
    "мое",
    "мои",
    "моей",
    "моего",
    "меня",
    "у",
    "тоже",
    "опять",
    "снова",
];

#[derive(Default)]
pub(super) struct Answers(Mutex<HashMap<String, (Instant, String)>>);

impl Answers {
    /// An answer to the same question.
    pub(super) fn known(&self, persona: &Persona, heard: &str) -> Option<String> {
        let key = key(persona, heard)?;
        let answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        answers.get(&key).filter(|(since, _)| since.elapsed() < KEPT).map(|(_, answer)| answer.clone())
    }

    /// Keeps an answer if it holds for everybody.
    pub(super) fn learn(&self, persona: &Persona, dialogue: &Dialogue, heard: &str, sentences: &[String]) {
        let Some(key) = key(persona, heard) else { return };
        let answer = sentences.join(" ");
        if sentences.is_empty()
            || sentences.len() > MOST_SENTENCES
            || is_personal(persona, dialogue, heard, &answer)
        {
            return;
        }
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() >= MOST {
            answers.retain(|_, (since, _)| since.elapsed() < KEPT);
        }
        if answers.len() >= MOST {
            answers.clear();
        }
        answers.insert(key, (Instant::now(), answer));
    }
}

/// The question without its form; `None` where the same words may mean something else.
fn key(persona: &Persona, heard: &str) -> Option<String> {
    let words = words_of(heard);
    let points = words.iter().any(|word| POINTING.contains(&word.as_str()));
    let counts = heard.chars().any(|letter| letter.is_ascii_digit());
    let mut stems = stems(heard);
    if points || counts || !is_question(heard) || !(LEAST_STEMS..=MOST_STEMS).contains(&stems.len()) {
        return None;
    }
    stems.sort_unstable();
    Some(format!("{}\n{}", persona.id, stems.join(" ")))
}

/// Whether the answer repeats words that the client said earlier and that are not the persona's own.
fn is_personal(persona: &Persona, dialogue: &Dialogue, heard: &str, answer: &str) -> bool {
    let own: HashSet<String> = [&persona.instructions, &persona.company, &persona.greeting]
        .into_iter()
        .chain(&persona.facts)
        .chain(persona.faq.iter().map(|faq| &faq.answer))
        .map(String::as_str)
        .chain([heard])
        .flat_map(stems)
        .collect();
    let earlier: HashSet<String> =
        dialogue.turns.iter().filter_map(|turn| turn.heard.as_deref()).flat_map(stems).collect();
    stems(answer).iter().any(|stem| earlier.contains(stem) && !own.contains(stem))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Personas;
    use crate::sample::talk;

    fn dialogue(heard: &[&str]) -> Dialogue {
        let turns: Vec<(&str, &str)> = heard.iter().map(|heard| (*heard, "Хорошо.")).collect();
        talk("lead-qualification", &turns)
    }

    #[tokio::test(start_paused = true)]
    async fn the_same_question_of_another_client_is_answered_from_before() {
        let persona = Personas::built_in().get("lead-qualification").unwrap();
        let answers = Answers::default();
        let said = ["Да, москитные сетки ставим.".to_owned()];
        answers.learn(&persona, &dialogue(&["Да"]), "Вы ставите москитные сетки на окна?", &said);
        let again = answers.known(&persona, "Скажите, москитную сетку на окно ставите?");
        assert_eq!(again.as_deref(), Some("Да, москитные сетки ставим."));
        assert_eq!(answers.known(&persona, "Вы снимаете москитные сетки?"), None);
        tokio::time::advance(KEPT).await;
        assert_eq!(answers.known(&persona, "Вы ставите москитные сетки на окна?"), None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_holds_for_one_client_is_not_told_another() {
        let persona = Personas::built_in().get("lead-qualification").unwrap();
        let answers = Answers::default();
        let question = "Когда приедет замерщик по адресу?";
        let said = ["Ирина, замерщик приедет завтра.".to_owned()];
        answers.learn(&persona, &dialogue(&["Меня зовут Ирина"]), question, &said);
        assert_eq!(answers.known(&persona, question), None, "a name");
        for pointing in
            ["А сколько стоит это остекление балкона?", "Сколько стоит?", "Балкон на Садовой улице"]
        {
            answers.learn(&persona, &dialogue(&[]), pointing, &said);
            assert_eq!(answers.known(&persona, pointing), None, "{pointing}");
        }
    }
}
