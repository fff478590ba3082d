//! Russian words made comparable: case, ё, combining marks, stems, and how they sound.
//!
//! Surprising: a stem is only used to compare content words («окна» ~ «окон»). Phrase
//! families are prefixes instead, because the stemmer makes «стоит» into «сто».

use std::collections::HashMap;

use rust_stemmers::{Algorithm, Stemmer};

/// Lower case, `ё` as `е`, combining marks composed (`и` + U+0306 is `й`): the form in which
/// all words are compared.
pub fn normalize(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    for c in word.chars().flat_map(char::to_lowercase) {
        match c {
            'ё' => out.push('е'),
            // a decomposed ё, or a stress mark
            '\u{0308}' | '\u{0301}' | '\u{00ad}' => {}
            '\u{0306}' => {
                if out.ends_with('и') {
                    out.pop();
                    out.push('й');
                }
            }
            _ => out.push(c),
        }
    }
    out
}

/// The Snowball stem of a word, normalised first.
pub fn stem(word: &str) -> String {
    Stemmer::create(Algorithm::Russian).stem(&normalize(word)).into_owned()
}

/// Stems of normalised words, each computed once.
#[derive(Default)]
pub(crate) struct StemCache {
    stemmer: Option<Stemmer>,
    stems: HashMap<String, String>,
}

impl StemCache {
    /// The stem of a normalised word.
    pub(crate) fn stem(&mut self, word: &str) -> String {
        if let Some(stem) = self.stems.get(word) {
            return stem.clone();
        }
        let stemmer = self.stemmer.get_or_insert_with(|| Stemmer::create(Algorithm::Russian));
        let stem = stemmer.stem(word).into_owned();
        self.stems.insert(word.to_owned(), stem.clone());
        stem
    }
}

impl std::fmt::Debug for StemCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StemCache").field("stems", &self.stems.len()).finish_non_exhaustive()
    }
}

/// How a normalised word sounds to a recogniser: unstressed `о`/`а` and `е`/`и` fold together,
/// doubles become one, voiced ends become voiceless.
pub fn fold(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    let mut last = '\0';
    for c in word.chars() {
        let c = match c {
            'о' => 'а',
            'е' | 'э' => 'и',
            'ъ' | 'ь' => continue,
            other => other,
        };
        if c != last {
            out.push(c);
        }
        last = c;
    }
    out
}

/// The words of a text, normalised, punctuation gone.
pub fn words(text: &str) -> Vec<String> {
    spans(text).into_iter().map(|(from, to)| normalize(text.get(from..to).unwrap_or_default())).collect()
}

/// Byte ranges of the words of a text: letters and digits, joined by an inner hyphen or mark.
pub(crate) fn spans(text: &str) -> Vec<(usize, usize)> {
    let mut spans = Vec::new();
    let mut start = None;
    let mut end = 0;
    for (at, c) in text.char_indices() {
        let inside = c.is_alphanumeric() || (start.is_some() && is_mark(c));
        match (inside, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                // «договор-счёт» is two words for us: a prefix must find either
                spans.push((from, end));
                start = None;
            }
            _ => {}
        }
        if inside {
            end = at + c.len_utf8();
        }
    }
    if let Some(from) = start {
        spans.push((from, end));
    }
    spans
}

const fn is_mark(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036f}' | '\u{00ad}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn composed_and_decomposed_letters_compare_equal() {
        assert_eq!(normalize("Ещё"), "еще");
        assert_eq!(normalize("Еще\u{0308}"), "еще");
        assert_eq!(normalize("Мои\u{0306}"), "мой");
    }

    #[test]
    fn words_lose_punctuation_and_keep_digits() {
        assert_eq!(words("Да-да, «в 16:30» — жду!"), ["да", "да", "в", "16", "30", "жду"]);
    }

    #[test]
    fn sound_alikes_fold_together() {
        assert_eq!(fold("логистика"), fold("лагистика"));
        assert_eq!(fold("стоимость"), fold("стоимасть"));
        assert_ne!(fold("директор"), fold("доктор"));
    }
}
