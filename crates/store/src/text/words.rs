//! Text into words: lower case, ё as е, stress marks dropped, and the stem beside the form.
//!
//! The stem alone misleads («стоит» and «сто» share one), so the form is always kept with it:
//! searches rank equal forms first. Changing what this file makes of a text means rebuilding the
//! index of every database: deleting an indexed call gives the same words again.

use std::ops::Range;

use rust_stemmers::{Algorithm, Stemmer};

/// Letters of a word beyond this say nothing and only cost: no Russian word is longer.
const MAX_LETTERS: usize = 48;

/// A word and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    /// Bytes of the original text.
    pub(crate) range: Range<usize>,
    /// Folded.
    pub(crate) form: String,
    /// Of the form.
    pub(crate) stem: String,
}

/// The words of a text in order.
pub(crate) fn words(text: &str) -> Vec<Word> {
    words_where(text, |_| true)
}

/// Likewise, with stems of those alone that may share one with `wanted`: no stemmer changes the first letter.
/// The stems of the others are left empty.
pub(crate) fn words_like(text: &str, wanted: &[Word]) -> Vec<Word> {
    let first = |text: &str| text.chars().next();
    words_where(text, |form| wanted.iter().any(|word| first(&word.stem) == first(form)))
}

fn words_where(text: &str, stemmed: impl Fn(&str) -> bool) -> Vec<Word> {
    let russian = Stemmer::create(Algorithm::Russian);
    let english = Stemmer::create(Algorithm::English);
    let mut found = Vec::new();
    let mut start = None;
    let mut form = String::new();
    for (at, letter) in text.char_indices().chain([(text.len(), ' ')]) {
        if letter.is_alphanumeric() || (start.is_some() && is_mark(letter)) {
            start.get_or_insert(at);
            push_folded(&mut form, letter);
        } else if let Some(from) = start.take() {
            let form: String = std::mem::take(&mut form).chars().take(MAX_LETTERS).collect();
            let stem = if stemmed(&form) { stem(&form, &russian, &english) } else { String::new() };
            found.push(Word { range: from..at, form, stem });
        }
    }
    found
}

fn is_mark(letter: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&letter)
}

/// Adds a letter in lower case; a mark joins й from и, and otherwise falls away (ё and stress).
fn push_folded(form: &mut String, letter: char) {
    match letter {
        '\u{306}' if form.ends_with('и') => {
            form.pop();
            form.push('й');
        }
        mark if is_mark(mark) => {}
        letter => {
            for lower in letter.to_lowercase().filter(|lower| !is_mark(*lower)) {
                form.push(if lower == 'ё' { 'е' } else { lower });
            }
        }
    }
}

fn stem(form: &str, russian: &Stemmer, english: &Stemmer) -> String {
    let stemmer = if form.chars().all(|c| ('а'..='я').contains(&c)) {
        russian
    } else if form.chars().all(|c| c.is_ascii_lowercase()) {
        english
    } else {
        return form.to_owned();
    };
    let stem = stemmer.stem(form);
    if stem.is_empty() { form.to_owned() } else { stem.into_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stems(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.stem).collect()
    }

    #[test]
    fn forms_of_a_russian_word_share_a_stem() {
        assert_eq!(stems("окном"), stems("окна"));
        assert_eq!(stems("договор"), stems("Договорами"));
        assert_eq!(stems("всё"), stems("все"));
        assert_eq!(stems("calls"), stems("call"));
    }

    #[test]
    fn composed_letters_and_stress_marks_fold_alike() {
        assert_eq!(words("и\u{306}од е\u{308}лка за\u{301}мок").len(), 3);
        assert_eq!(stems("и\u{306}од"), stems("йод"));
        assert_eq!(stems("е\u{308}лка"), stems("ёлка"));
        assert_eq!(stems("за\u{301}мок"), stems("замок"));
    }

    #[test]
    fn ranges_point_into_the_original_text() {
        let text = "«Ёлка», 25 Wi-Fi 👍 окно́.";
        let found: Vec<&str> = words(text).iter().map(|word| text.get(word.range.clone()).unwrap()).collect();
        assert_eq!(found, ["Ёлка", "25", "Wi", "Fi", "окно́"]);
    }

    #[test]
    fn odd_text_gives_no_words_and_no_panic() {
        for text in ["", "   ", "👍👍", "\u{301}\u{306}", "—…«»\"'*():^", "\0"] {
            assert!(words(text).is_empty(), "{text:?}");
        }
        assert_eq!(words(&"я".repeat(100_000)).first().unwrap().form.chars().count(), MAX_LETTERS);
    }
}
