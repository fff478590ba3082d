//! The place of a hit for people: the best segment, about 160 letters of it, hits marked.

use domain::Segment;

use super::query::Term;
use super::words::{Word, words_like};
use crate::TextPart;

/// Letters of a snippet, and of what stands before its first hit.
const LENGTH: usize = 160;
const LEAD: usize = 40;

/// Where the words stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Snippet {
    pub(crate) segment: usize,
    pub(crate) parts: Vec<TextPart>,
}

/// The segment with the most of the terms (then the most exact forms, then the first) and its text
/// around the first hit.
pub(crate) fn snippet(segments: &[Segment], terms: &[Term]) -> Snippet {
    let wanted: Vec<Word> = terms.iter().flat_map(|term| term.words.clone()).collect();
    let best = segments
        .iter()
        .enumerate()
        .map(|(n, segment)| (n, hits(&words_like(&segment.text, &wanted), terms)))
        .max_by_key(|(n, hits)| (hits.terms, hits.exact, std::cmp::Reverse(*n)));
    let Some((n, hits)) = best else { return Snippet { segment: 0, parts: Vec::new() } };
    let text = segments.get(n).map_or("", |segment| segment.text.as_str());
    Snippet { segment: n, parts: cut(text, &hits.ranges) }
}

#[derive(Debug, Default)]
struct Hits {
    /// Different terms found.
    terms: usize,
    /// Words found in the very form that was typed.
    exact: usize,
    /// Bytes of the hits, in order.
    ranges: Vec<std::ops::Range<usize>>,
}

fn hits(text: &[Word], terms: &[Term]) -> Hits {
    let mut marked = vec![false; text.len()];
    let mut hits = Hits::default();
    for term in terms {
        let mut found = false;
        for (at, window) in text.windows(term.words.len().max(1)).enumerate() {
            if !window.iter().zip(&term.words).all(|(have, want)| have.stem == want.stem) {
                continue;
            }
            found = true;
            hits.exact +=
                window.iter().zip(&term.words).filter(|(have, want)| have.form == want.form).count();
            marked.iter_mut().skip(at).take(term.words.len()).for_each(|mark| *mark = true);
        }
        hits.terms += usize::from(found);
    }
    hits.ranges =
        text.iter().zip(marked).filter(|(_, mark)| *mark).map(|(word, _)| word.range.clone()).collect();
    hits
}

/// Cuts at spaces, an ellipsis where something is left out.
fn cut(text: &str, ranges: &[std::ops::Range<usize>]) -> Vec<TextPart> {
    let first = ranges.first().map_or(0, |range| range.start);
    let begin = back_to_space(text, first);
    let end = forward_to_space(text, begin);
    let mut parts = Vec::new();
    let mut push = |text: &str, hit: bool| {
        if !text.is_empty() {
            parts.push(TextPart { text: text.to_owned(), hit });
        }
    };
    let mut at = begin;
    if begin > 0 {
        push("…", false);
    }
    for range in ranges.iter().filter(|range| range.start >= begin && range.end <= end) {
        push(text.get(at..range.start).unwrap_or_default(), false);
        push(text.get(range.clone()).unwrap_or_default(), true);
        at = range.end;
    }
    push(text.get(at..end).unwrap_or_default(), false);
    if end < text.len() {
        push("…", false);
    }
    parts
}

/// At most [`LEAD`] letters before `at`, from the start of a word.
fn back_to_space(text: &str, at: usize) -> usize {
    let before: Vec<(usize, char)> =
        text.get(..at).unwrap_or_default().char_indices().rev().take(LEAD + 1).collect();
    if before.len() <= LEAD {
        return 0;
    }
    before
        .iter()
        .rev()
        .find(|(_, letter)| letter.is_whitespace())
        .map_or(at, |(n, letter)| n + letter.len_utf8())
}

/// About [`LENGTH`] letters from `begin`, to the end of a word.
fn forward_to_space(text: &str, begin: usize) -> usize {
    let rest = text.get(begin..).unwrap_or_default();
    let after: Vec<(usize, char)> = rest.char_indices().take(LENGTH + 1).collect();
    if after.len() <= LENGTH {
        return text.len();
    }
    let cut = after.iter().rev().find(|(_, letter)| letter.is_whitespace()).or(after.last());
    cut.map_or(text.len(), |(n, _)| begin + n)
}

#[cfg(test)]
mod tests {
    use domain::Speaker;

    use super::super::terms;
    use super::*;

    fn segment(text: &str) -> Segment {
        Segment {
            speaker: Speaker::Client,
            channel: 0,
            start_ms: Some(0),
            end_ms: None,
            text: text.to_owned(),
            avg_logprob: None,
            words: Vec::new(),
        }
    }

    fn marked(snippet: &Snippet) -> String {
        snippet.parts.iter().map(|p| if p.hit { format!("[{}]", p.text) } else { p.text.clone() }).collect()
    }

    #[test]
    fn hits_are_marked_in_the_original_words_of_the_best_segment() {
        let segments =
            [segment("Про окна потом."), segment("Сколько стоят Окна и ёлка у вас?"), segment("Окно.")];
        let found = snippet(&segments, &terms("окном елки"));
        assert_eq!((found.segment, marked(&found)), (1, "Сколько стоят [Окна] и [ёлка] у вас?".to_owned()));
    }

    #[test]
    fn a_phrase_is_marked_only_in_a_row() {
        let segments = [segment("дорого и очень далеко, очень дорого")];
        assert_eq!(
            marked(&snippet(&segments, &terms("«очень дорого»"))),
            "дорого и очень далеко, [очень] [дорого]"
        );
    }

    #[test]
    fn a_long_segment_is_cut_around_its_first_hit() {
        let text = format!("{}нужен договор {}", "слова разные ".repeat(40), "и ещё слова ".repeat(40));
        let found = snippet(&[segment(&text)], &terms("договором"));
        let letters: usize = found.parts.iter().map(|part| part.text.chars().count()).sum();
        assert!(marked(&found).starts_with("…слова") || marked(&found).starts_with("…разные"), "{found:?}");
        assert!(marked(&found).contains("[договор]") && marked(&found).ends_with('…') && letters <= 165);
    }

    #[test]
    fn odd_segments_never_panic() {
        for text in ["", "👍", &"ж".repeat(5_000), "\u{301}о"] {
            snippet(&[segment(text)], &terms("договор ж"));
        }
        assert!(snippet(&[], &terms("слово")).parts.is_empty());
    }
}
