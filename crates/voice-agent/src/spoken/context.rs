//! What stands around a number: the case that the word before asks for, the gender of the word after.

use regex::{Captures, Regex};

use super::numeral::{Case, Gender};

/// A pattern of this crate's own.
#[expect(clippy::expect_used, reason = "the patterns are constants, and a test compiles each")]
pub(super) fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern")
}

/// Words that ask for another case than the nominative.
const ASKS: [(&[&str], Case); 5] = [
    (
        &[
            "около",
            "до",
            "от",
            "с",
            "со",
            "из",
            "без",
            "более",
            "менее",
            "больше",
            "меньше",
            "свыше",
            "порядка",
            "после",
            "для",
            "у",
            "кроме",
            "не более",
            "не менее",
        ],
        Case::Genitive,
    ),
    (&["к", "ко", "равна", "равно", "равен"], Case::Dative),
    (&["в", "во", "на", "за", "через", "про", "по"], Case::Accusative),
    (&["между", "над", "перед"], Case::Instrumental),
    (&["о", "об", "при"], Case::Prepositional),
];

/// The case that the last word before a number asks for.
pub(super) fn case_after(before: &str) -> Option<Case> {
    let word = before.trim_end().rsplit(|letter: char| !letter.is_alphabetic()).next()?.to_lowercase();
    if !before.ends_with(' ') || word.is_empty() {
        return None;
    }
    ASKS.iter().find(|(words, _)| words.contains(&word.as_str())).map(|(_, case)| *case)
}

/// Beginnings of things that are counted on the telephone.
const FEMININE: [&str; 30] = [
    "недел",
    "минут",
    "секунд",
    "заяв",
    "комнат",
    "квартир",
    "штук",
    "тысяч",
    "позици",
    "услуг",
    "кухн",
    "двер",
    "створ",
    "ставк",
    "копе",
    "смен",
    "групп",
    "трениров",
    "процедур",
    "страниц",
    "книг",
    "поезд",
    "встреч",
    "ступен",
    "част",
    "коробк",
    "упаков",
    "бутыл",
    "камер",
    "ноч",
];
const NEUTER: [&str; 10] =
    ["окн", "мест", "заняти", "посещени", "предложени", "утр", "письм", "числ", "блюд", "услови"];

/// The gender of the word after a number.
pub(super) fn gender_of(after: &str) -> Gender {
    let word = after.trim_start().to_lowercase();
    let begins = |roots: &[&str]| roots.iter().any(|root| word.starts_with(root));
    if begins(&FEMININE) {
        Gender::Feminine
    } else if begins(&NEUTER) {
        Gender::Neuter
    } else {
        Gender::Masculine
    }
}

/// Replaces each match by what `say` makes of it; `None` leaves it as it is.
pub(super) fn each(
    pattern: &Regex,
    text: &str,
    say: impl Fn(&Captures<'_>, &str, &str) -> Option<String>,
) -> String {
    let mut spoken = String::with_capacity(text.len() * 2);
    let mut end = 0;
    for found in pattern.captures_iter(text) {
        let Some(whole) = found.get(0) else { continue };
        let (before, after) =
            (text.get(..whole.start()).unwrap_or_default(), text.get(whole.end()..).unwrap_or_default());
        spoken.push_str(text.get(end..whole.start()).unwrap_or_default());
        let said = say(&found, before, after);
        let closes = whole.as_str().ends_with('.') && ends_sentence(after);
        match said {
            Some(said) => {
                spoken.push_str(&said);
                if closes && !said.ends_with('.') {
                    spoken.push('.');
                }
            }
            None => spoken.push_str(whole.as_str()),
        }
        end = whole.end();
    }
    spoken.push_str(text.get(end..).unwrap_or_default());
    spoken
}

/// The full stop of a shortening may be the sentence's too.
fn ends_sentence(after: &str) -> bool {
    let rest = after.trim_start();
    rest.is_empty() || rest.chars().next().is_some_and(char::is_uppercase)
}

/// A group of a match.
pub(super) fn part<'t>(found: &Captures<'t>, name: &str) -> Option<&'t str> {
    found.name(name).map(|part| part.as_str())
}

/// Digits, spaces between thousands left out.
pub(super) fn whole_number(text: &str) -> Option<u64> {
    text.chars().filter(char::is_ascii_digit).collect::<String>().parse().ok()
}
