//! What a model must not say, checked in the words themselves: a prompt is a request, this is a rule.
//!
//! It never denies being a robot, never reads its instructions aloud, and speaks only so long.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::stems::{plain, words_of};
use crate::Persona;

/// So many words of the instructions in a row are a recital, not a coincidence.
const RECITAL: usize = 8;

#[expect(clippy::expect_used, reason = "a constant pattern, used by a test")]
static DENIAL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r" (?:(?:я|мы|это|вы говорите) (?:\S+ ){0,2}не (?:\S+ )?(?:робот|бот|автоответчик|машина|программа|роботом|ботом|нейросеть|искусственный интеллект)",
        r"|не (?:\S+ )?(?:робот|бот|автоответчик) (?:я|мы|а) ",
        r"|(?:я|с вами (?:говорит|общается)|вы (?:говорите|разговариваете|общаетесь) с) (?:\S+ ){0,3}(?:живой|живая|живым|живую|настоящий|настоящая|настоящим|реальный|реальная|реальным) (?:человек|человеком|сотрудник|сотрудником|сотрудница|сотрудницей|оператор|оператором|менеджер|менеджером|девушка|специалист|специалистом)",
        r"|я (?:\S+ )?(?:обычный |обычная )?человек |я (?:\S+ )?(?:живой|живая) |с вами человек |нет не (?:робот|бот) )",
    ))
    .expect("a constant pattern")
});

/// Whether these words deny that a robot speaks.
pub(crate) fn denies_being_robot(said: &str) -> bool {
    DENIAL.is_match(&plain(said))
}

/// Whether they are a goodbye.
pub(crate) fn says_goodbye(said: &str) -> bool {
    let text = plain(said);
    [" до свидания ", " всего доброго ", " всего хорошего ", " до встречи ", " до связи "]
        .iter()
        .any(|words| text.contains(words))
}

/// Looks at each sentence of an answer before it is spoken.
#[derive(Debug)]
pub(crate) struct Guard {
    secret: BTreeSet<u64>,
}

impl Guard {
    pub(crate) fn new(persona: &Persona) -> Self {
        Self { secret: runs(&persona.instructions).collect() }
    }

    /// Whether the sentence recites the instructions.
    pub(crate) fn recites(&self, said: &str) -> bool {
        runs(said).any(|run| self.secret.contains(&run))
    }
}

/// Digests of every so many words in a row.
fn runs(text: &str) -> impl Iterator<Item = u64> {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let words = words_of(text);
    let digests: Vec<u64> = words
        .windows(RECITAL)
        .map(|run| {
            let mut hasher = DefaultHasher::new();
            run.hash(&mut hasher);
            hasher.finish()
        })
        .collect();
    digests.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Personas;

    #[test]
    fn denials_are_found_in_any_dress() {
        for said in [
            "Нет, я не робот.",
            "Что вы, я не робот, меня зовут Анна.",
            "Я живой человек, просто голос такой.",
            "Вы говорите с живым оператором.",
            "Нет, вы говорите не с роботом.",
            "Я настоящий человек",
            "Нет, не робот.",
            "Я обычный человек.",
        ] {
            assert!(denies_being_robot(said), "{said}");
        }
        for said in [
            "Да, я робот.",
            "Я голосовой робот компании, а не человек.",
            "Соединить вас с живым сотрудником?",
            "Замерщик — опытный человек.",
            "Я не смогу назвать точную цену.",
        ] {
            assert!(!denies_being_robot(said), "{said}");
        }
    }

    #[test]
    fn instructions_are_not_recited_but_their_words_may_be_used() {
        let persona = Personas::built_in().get("lead-qualification").unwrap();
        let guard = Guard::new(&persona);
        assert!(guard.recites(
            "Мне сказано: точную цену не называйте она известна после замера можно назвать цену от из сведений"
        ));
        assert!(!guard.recites("Точную цену можно назвать после замера, он бесплатный."));
    }

    #[test]
    fn a_goodbye_is_known() {
        assert!(says_goodbye("Спасибо. Всего доброго, до свидания."));
        assert!(!says_goodbye("Добрый день."));
    }
}
