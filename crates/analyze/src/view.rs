//! A transcript laid out for rules: turns, and words with their clause, sentence and place.

use std::ops::Range;

use domain::{Speaker, Transcript};

use crate::text::{self, StemCache};

/// One word of the transcript.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    /// Normalised.
    pub(crate) text: String,
    /// Its stem.
    pub(crate) stem: String,
    /// Written with a capital letter.
    pub(crate) capital: bool,
    /// Bytes in the segment's text.
    pub(crate) span: Range<usize>,
    /// Index of the segment.
    pub(crate) segment: usize,
    /// Index of the turn.
    pub(crate) turn: usize,
    /// Running number of the clause, over the whole transcript.
    pub(crate) clause: usize,
    /// Running number of the sentence, over the whole transcript.
    pub(crate) sentence: usize,
}

/// What one speaker says before the other takes over.
#[derive(Debug, Clone)]
pub(crate) struct Turn {
    /// Who.
    pub(crate) speaker: Speaker,
    /// Its tokens.
    pub(crate) tokens: Range<usize>,
    /// It holds a question mark.
    pub(crate) asks: bool,
}

/// The layout.
#[derive(Debug, Default)]
pub(crate) struct View {
    /// All words.
    pub(crate) tokens: Vec<Token>,
    /// All turns; without words there is none.
    pub(crate) turns: Vec<Turn>,
    /// Per sentence: its tokens, and whether it ends in a question mark.
    pub(crate) sentences: Vec<Sentence>,
    /// The speakers are guessed from the words: the sound does not tell them.
    pub(crate) assumed: bool,
    stemmer: StemCache,
}

/// A sentence of one segment.
#[derive(Debug, Clone)]
pub(crate) struct Sentence {
    /// Its tokens.
    pub(crate) tokens: Range<usize>,
    /// It ends in a question mark.
    pub(crate) question: bool,
    /// Its turn.
    pub(crate) turn: usize,
}

impl View {
    /// Lays the transcript out.
    pub(crate) fn new(transcript: &Transcript) -> Self {
        let mut view = Self::default();
        let (mut clause, mut last_speaker) = (0, None);
        for (index, segment) in transcript.segments.iter().enumerate() {
            let sentences = sentences_of(&segment.text);
            if sentences.is_empty() {
                continue;
            }
            // unknown speakers are never merged: two unknown lines may be two people
            if last_speaker != Some(segment.speaker) || segment.speaker == Speaker::Unknown {
                let start = view.tokens.len();
                view.turns.push(Turn { speaker: segment.speaker, tokens: start..start, asks: false });
                last_speaker = Some(segment.speaker);
            }
            let turn = view.turns.len() - 1;
            for sentence in &sentences {
                view.add_sentence(index, turn, &segment.text, sentence, &mut clause);
            }
            if let Some(turn) = view.turns.last_mut() {
                turn.tokens.end = view.tokens.len();
                turn.asks |= sentences.iter().any(|sentence| sentence.question);
            }
        }
        view
    }

    fn add_sentence(
        &mut self,
        segment: usize,
        turn: usize,
        text: &str,
        raw: &RawSentence,
        clause: &mut usize,
    ) {
        let open = self.tokens.len();
        *clause += 1;
        for (at, (from, to)) in raw.spans.iter().enumerate() {
            let written = text.get(*from..*to).unwrap_or_default();
            let word = text::normalize(written);
            // a contrast begins a clause of its own even where the comma is missing
            if matches!(word.as_str(), "но" | "зато" | "однако") {
                *clause += 1;
            }
            self.tokens.push(Token {
                stem: self.stemmer.stem(&word),
                text: word,
                capital: written.chars().next().is_some_and(char::is_uppercase),
                span: *from..*to,
                segment,
                turn,
                clause: *clause,
                sentence: self.sentences.len(),
            });
            let gap = raw.spans.get(at + 1).and_then(|next| text.get(*to..next.0)).unwrap_or_default();
            if gap.contains([',', ';', ':', '—', '–', '(', ')', '«', '»', '"']) || gap.contains(" - ") {
                *clause += 1;
            }
        }
        self.sentences.push(Sentence { tokens: open..self.tokens.len(), question: raw.question, turn });
    }

    /// The words of a turn.
    pub(crate) fn words(&self, turn: usize) -> &[Token] {
        self.turns.get(turn).and_then(|turn| self.tokens.get(turn.tokens.clone())).unwrap_or_default()
    }

    /// Turns of a speaker, by index.
    pub(crate) fn turns_of(&self, speaker: Speaker) -> impl DoubleEndedIterator<Item = usize> + '_ {
        self.turns.iter().enumerate().filter(move |(_, turn)| turn.speaker == speaker).map(|(index, _)| index)
    }
}

struct RawSentence {
    spans: Vec<(usize, usize)>,
    question: bool,
}

/// The sentences of a segment; words aimed at whoever grades the call are no part of it.
fn sentences_of(text: &str) -> Vec<RawSentence> {
    let spans = text::spans(text);
    let mut sentences = Vec::new();
    let mut open = Vec::new();
    for (at, span) in spans.iter().enumerate() {
        open.push(*span);
        let next = spans.get(at + 1);
        let gap = text.get(span.1..next.map_or(text.len(), |next| next.0)).unwrap_or_default();
        if next.is_none() || ends_sentence(gap) {
            sentences.push(RawSentence { spans: std::mem::take(&mut open), question: gap.contains('?') });
        }
    }
    sentences.retain(|sentence| {
        let words = sentence.spans.iter().filter_map(|(from, to)| text.get(*from..*to)).map(text::normalize);
        !crate::grader::is_addressed(&words.collect::<Vec<_>>())
    });
    sentences
}

/// A full stop inside «60.000» or «т.е.» has no space after it and ends nothing.
fn ends_sentence(gap: &str) -> bool {
    let mark = |c: char| matches!(c, '.' | '!' | '?' | '…');
    gap.contains(mark) && (gap.contains(char::is_whitespace) || gap.contains(['!', '?', '…']))
        || gap.contains(['\n', '<', '>', '{', '}'])
}
