//! What a person typed, as terms: a word, or words in a row.

use super::words::{Word, words};

/// More words than this say nothing more; the rest is left out.
const MAX_WORDS: usize = 24;
/// A query is a line, not a book.
const MAX_LETTERS: usize = 1_000;

/// A word, or words in a row («в кавычках», «интернет-магазин»).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Term {
    /// At least one.
    pub(crate) words: Vec<Word>,
}

/// The terms of a query. Any quotation mark opens and closes a phrase; one left open runs to the end.
pub(crate) fn terms(text: &str) -> Vec<Term> {
    let text: String = text.chars().take(MAX_LETTERS).collect();
    let mut terms: Vec<Term> = Vec::new();
    let mut room = MAX_WORDS;
    for (n, part) in text.split(['"', '«', '»', '“', '”', '„']).enumerate() {
        let chunks: Vec<&str> = if n % 2 == 1 { vec![part] } else { part.split_whitespace().collect() };
        for chunk in chunks {
            let mut words = words(chunk);
            words.truncate(room);
            room -= words.len();
            if !words.is_empty() {
                terms.push(Term { words });
            }
        }
    }
    terms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> Vec<Vec<String>> {
        terms(text).into_iter().map(|term| term.words.into_iter().map(|word| word.form).collect()).collect()
    }

    #[test]
    fn quotes_of_every_kind_make_phrases() {
        assert_eq!(shape("цена «очень дорого» окна"), [vec!["цена"], vec!["очень", "дорого"], vec!["окна"]]);
        assert_eq!(shape("\"не закрыт"), [vec!["не", "закрыт"]]);
        assert_eq!(shape("интернет-магазин"), [vec!["интернет", "магазин"]]);
    }

    #[test]
    fn hostile_queries_are_bounded_words_or_nothing() {
        assert!(shape("\"\" AND* ^() 👍").iter().flatten().eq(["and"]));
        assert!(shape("«»\"*:^-+(){}~").is_empty());
        assert_eq!(shape(&"слово ".repeat(10_000)).len(), MAX_WORDS);
        assert!(shape(&"ы".repeat(1_000_000)).len() == 1);
    }
}
