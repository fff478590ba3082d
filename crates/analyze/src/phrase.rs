//! Phrases found in a transcript: prefixes in order, with negation, reported speech, and a
//! tolerance for what a speech recogniser mishears.

use std::collections::HashMap;

use crate::text::fold;
use crate::view::{Token, View};

/// Words that may stand between two words of a phrase.
const GAP: usize = 2;
/// Families of reproach: a looser fit would accuse the innocent.
const TIGHT: [&str; 6] = ["dismissive", "rude", "hurt", "mild", "resist", "affront"];
/// Shorter stems join strangers: «стоит» and «сто».
const MIN_STEM: usize = 4;

#[derive(Debug, Clone)]
struct Word {
    text: String,
    folded: String,
    whole: bool,
    /// Only in a customer's phrases: other forms of the same word count too.
    stem: Option<String>,
}

impl Word {
    fn accepts(&self, token: &Token) -> bool {
        if self.whole {
            return token.text == self.text;
        }
        token.text.starts_with(&self.text)
            || self.stem.as_ref().is_some_and(|stem| is_same_word(stem, &token.stem))
    }
}

/// The words of a part without spaces: «как-нибудь» is two; `=` holds for each.
fn words_of(part: &str, inflected: bool) -> Vec<Word> {
    let whole = part.starts_with('=');
    crate::text::words(part)
        .into_iter()
        .map(|text| {
            // «и», «в», «ты» are words, not the beginnings of «или», «вам», «тысяча»
            let whole = whole || text.chars().count() <= 2;
            let stem = (inflected && !whole)
                .then(|| crate::text::stem(&text))
                .filter(|stem| stem.chars().count() >= MIN_STEM);
            Word { folded: fold(&text), text, whole, stem }
        })
        .collect()
}

/// Forms of one word: equal stems, or stems that differ by their ends («отправ», «отправл»).
fn is_same_word(stem: &str, other: &str) -> bool {
    let shorter = stem.chars().count().min(other.chars().count());
    stem == other || (shorter > MIN_STEM && (stem.starts_with(other) || other.starts_with(stem)))
}

#[derive(Debug, Clone)]
struct Pattern {
    family: usize,
    words: Vec<Word>,
    /// Words that may stand between two of its words.
    gap: usize,
    /// Holds a negation of its own: another before it flips nothing.
    negates: bool,
    /// All words run together, for «добрыйдень».
    joined: String,
}

/// A phrase of a family, found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hit {
    /// The family's number in the table.
    pub(crate) family: usize,
    /// First token.
    pub(crate) first: usize,
    /// Last token, inclusive.
    pub(crate) last: usize,
    /// Its turn.
    pub(crate) turn: usize,
    /// «не дорого».
    pub(crate) negated: bool,
    /// Only like the phrase, as a recogniser hears it.
    pub(crate) fuzzy: bool,
}

/// Families of phrases, compiled for one pass over a transcript.
#[derive(Debug, Clone, Default)]
pub(crate) struct PhraseTable {
    names: HashMap<String, usize>,
    patterns: Vec<Pattern>,
    /// By the first two letters of the first word.
    index: HashMap<(char, char), Vec<usize>>,
    /// By the first letter of the folded first word, for words long enough to be misheard.
    fuzzy_index: HashMap<char, Vec<usize>>,
}

impl PhraseTable {
    /// Adds phrases to a family, which is made if it is new.
    pub(crate) fn add(&mut self, family: &str, phrases: &[String]) -> usize {
        self.add_words(family, phrases, false)
    }

    /// Adds a customer's phrase: «отправлю договор» also finds «отправим договоры».
    pub(crate) fn add_inflected(&mut self, family: &str, phrases: &[String]) -> usize {
        self.add_words(family, phrases, true)
    }

    fn add_words(&mut self, family: &str, phrases: &[String], inflected: bool) -> usize {
        let next = self.names.len();
        let id = *self.names.entry(family.to_owned()).or_insert(next);
        for phrase in phrases {
            let words: Vec<Word> =
                phrase.split_whitespace().flat_map(|part| words_of(part, inflected)).collect();
            let Some(first) = words.first() else { continue };
            let at = self.patterns.len();
            let mut letters = first.text.chars();
            let key = (letters.next().unwrap_or_default(), letters.next().unwrap_or_default());
            self.index.entry(key).or_default().push(at);
            if first.text.chars().count() >= 6 {
                let key = first.folded.chars().next().unwrap_or_default();
                self.fuzzy_index.entry(key).or_default().push(at);
            }
            let gap = if TIGHT.contains(&family) { 1 } else { GAP };
            let negates = words.iter().any(|word| is_negation(&word.text));
            let joined = words.iter().map(|word| word.text.as_str()).collect();
            self.patterns.push(Pattern { family: id, words, gap, negates, joined });
        }
        id
    }

    /// How many families there are.
    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// The number of a family.
    pub(crate) fn family(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied()
    }

    /// Every phrase found, by place. `heard`: the words come from a recogniser, so that
    /// misheard ones count as fuzzy hits.
    pub(crate) fn find(&self, view: &View, heard: bool) -> Vec<Hit> {
        let mut hits = Vec::new();
        for at in 0..view.tokens.len() {
            self.exact_at(view, at, &mut hits);
        }
        if heard {
            self.fuzzy(view, &mut hits);
        }
        hits.sort_by_key(|hit| (hit.first, hit.fuzzy, hit.last));
        hits
    }

    fn exact_at(&self, view: &View, at: usize, hits: &mut Vec<Hit>) {
        let token = &view.tokens[at];
        let mut letters = token.text.chars();
        let key = (letters.next().unwrap_or_default(), letters.next().unwrap_or_default());
        let short = (key.0, '\0');
        for key in [key, short].into_iter().take(if key.1 == '\0' { 1 } else { 2 }) {
            for pattern in self.index.get(&key).into_iter().flatten() {
                let pattern = &self.patterns[*pattern];
                if let Some(last) = match_at(pattern, &view.tokens, at) {
                    hits.push(hit(pattern, view, at, last, false));
                } else if pattern.words.len() > 1 && token.text.starts_with(&pattern.joined) {
                    hits.push(hit(pattern, view, at, at, true));
                }
            }
        }
    }

    /// Misheard words. Each distinct word is compared once with the words that begin alike.
    fn fuzzy(&self, view: &View, hits: &mut Vec<Hit>) {
        let mut seen: HashMap<&str, Vec<usize>> = HashMap::new();
        for at in 0..view.tokens.len() {
            let token = &view.tokens[at];
            let alike = seen.entry(token.text.as_str()).or_insert_with(|| self.alike(token));
            for pattern in alike.iter() {
                let pattern = &self.patterns[*pattern];
                if let Some(last) = match_rest(pattern, &view.tokens, at) {
                    hits.push(hit(pattern, view, at, last, true));
                }
            }
        }
    }

    fn alike(&self, token: &Token) -> Vec<usize> {
        let folded = fold(&token.text);
        let Some(first) = folded.chars().next() else { return Vec::new() };
        if token.text.chars().count() < 5 {
            return Vec::new();
        }
        let candidates = self.fuzzy_index.get(&first).into_iter().flatten();
        candidates
            .copied()
            .filter(|pattern| {
                let word = &self.patterns[*pattern].words[0];
                !word.accepts(token) && sounds_like(&folded, word)
            })
            .collect()
    }
}

/// Whether a folded token begins like the word, with one letter wrong in 6–8 and two from 9.
fn sounds_like(folded: &str, word: &Word) -> bool {
    let length = word.folded.chars().count();
    let allowed = match length {
        0..=4 => return false,
        5..=8 => 1,
        _ => 2,
    };
    let total = folded.chars().count();
    if total + allowed < length || (word.whole && total > length + allowed) {
        return false;
    }
    if !word.whole && folded.starts_with(&word.folded) {
        return true;
    }
    (length - allowed..=length + allowed).filter(|n| *n <= total).any(|n| {
        let head: String = folded.chars().take(n).collect();
        (!word.whole || n == total) && strsim::osa_distance(&head, &word.folded) <= allowed
    })
}

fn hit(pattern: &Pattern, view: &View, first: usize, last: usize, fuzzy: bool) -> Hit {
    let negated = !pattern.negates && is_negated(&view.tokens, first);
    Hit { family: pattern.family, first, last, turn: view.tokens[first].turn, negated, fuzzy }
}

fn match_at(pattern: &Pattern, tokens: &[Token], at: usize) -> Option<usize> {
    let first = pattern.words.first()?;
    if !first.accepts(tokens.get(at)?) {
        return None;
    }
    match_rest(pattern, tokens, at)
}

/// The words after the first, each at most [`GAP`] words further, in the same sentence.
fn match_rest(pattern: &Pattern, tokens: &[Token], at: usize) -> Option<usize> {
    let sentence = tokens.get(at)?.sentence;
    let mut last = at;
    for (before, word) in pattern.words.iter().zip(pattern.words.iter().skip(1)) {
        // «не пойдёт, звоните» is no «не звоните»
        let gap = if pattern.gap < GAP && is_negation(&before.text) { 0 } else { pattern.gap };
        last = (last + 1..=last + 1 + gap).find(|next| {
            tokens.get(*next).is_some_and(|token| token.sentence == sentence && word.accepts(token))
        })?;
    }
    Some(last)
}

/// Whether a word is «не», «ни», «без», «нет», «никогда».
pub(crate) fn is_negation(word: &str) -> bool {
    matches!(word, "не" | "ни" | "без" | "нет" | "никогда" | "нельзя")
}

/// A negation among the two words before, in the same clause; «не только» negates nothing.
pub(crate) fn is_negated(tokens: &[Token], first: usize) -> bool {
    let Some(token) = tokens.get(first) else { return false };
    (first.saturating_sub(2)..first).any(|at| {
        tokens[at].clause == token.clause
            && tokens[at].segment == token.segment
            && is_negation(&tokens[at].text)
            && tokens.get(at + 1).is_none_or(|next| next.text != "только")
    })
}
