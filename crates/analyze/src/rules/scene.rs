//! A call laid out for judges: turns, phrases found, where the sound has no words.

use domain::{Call, Evidence, Segment, Speaker, Transcript};

use crate::evidence::times;
use crate::phrase::{Hit, PhraseTable};
use crate::rubric::rule::Within;
use crate::text;
use crate::view::View;

/// The recogniser is unsure of a segment below this mean log probability.
const UNSURE: f32 = -1.0;
/// A quote is cut to a sentence when its segment is longer, in letters.
const LONG_QUOTE: usize = 140;

/// Words that prove something: a span of tokens in one segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quote {
    /// First token.
    pub(crate) first: usize,
    /// Last token, inclusive.
    pub(crate) last: usize,
}

impl From<Hit> for Quote {
    fn from(hit: Hit) -> Self {
        Self { first: hit.first, last: hit.last }
    }
}

/// The call as judges see it.
#[derive(Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) call: &'a Call,
    pub(crate) transcript: &'a Transcript,
    pub(crate) view: View,
    table: &'a PhraseTable,
    hits: Vec<Hit>,
}

impl<'a> Scene<'a> {
    pub(crate) fn new(call: &'a Call, transcript: &'a Transcript, table: &'a PhraseTable) -> Self {
        let view = View::new(transcript);
        let hits = table.find(&view, transcript.engine.engine != "text");
        Self { call, transcript, view, table, hits }
    }

    /// Hits of a family, negated ones left out.
    pub(crate) fn said(&self, family: &str) -> impl Iterator<Item = Hit> + '_ {
        self.hits_of(family).filter(|hit| !hit.negated)
    }

    /// Hits of a family, negated ones too.
    pub(crate) fn hits_of(&self, family: &str) -> impl Iterator<Item = Hit> + '_ {
        let id = self.table.family(family);
        self.hits.iter().copied().filter(move |hit| Some(hit.family) == id)
    }

    pub(crate) fn speaker(&self, hit: Hit) -> Speaker {
        self.view.turns.get(hit.turn).map_or(Speaker::Unknown, |turn| turn.speaker)
    }

    /// Whether a turn lies in a place of the call; turns are counted per speaker.
    pub(crate) fn is_within(&self, turn: usize, within: Within) -> bool {
        let count = self.view.turns.len();
        let Some(speaker) = self.view.turns.get(turn).map(|turn| turn.speaker) else { return false };
        let own = |turn: usize| self.view.turns_of(speaker).filter(|other| *other < turn).count();
        match within {
            Within::Whole => true,
            Within::FirstTurns(n) => own(turn) < n,
            Within::LastTurns(n) => own(count) - own(turn) <= n,
            Within::FirstShare(share) => place(turn, count) <= share,
            Within::LastShare(share) => place(turn + 1, count) >= 1.0 - share,
        }
    }

    fn segment(&self, token: usize) -> Option<(usize, &Segment)> {
        let index = self.view.tokens.get(token)?.segment;
        Some((index, self.transcript.segments.get(index)?))
    }

    /// The recogniser was unsure here.
    pub(crate) fn is_unsure(&self, quote: Quote) -> bool {
        self.segment(quote.first)
            .is_some_and(|(_, segment)| segment.avg_logprob.is_some_and(|logprob| logprob < UNSURE))
    }

    /// The quote word for word: the whole of a short segment, else the sentence.
    pub(crate) fn evidence(&self, quote: &Quote) -> Evidence {
        let Some((index, segment)) = self.segment(quote.first) else {
            return Evidence {
                quote: String::new(),
                speaker: Speaker::Unknown,
                segment: None,
                start_ms: None,
                end_ms: None,
                verified: false,
            };
        };
        let (from, to) = self.quote_span(quote, segment);
        let words = text::spans(&segment.text);
        let first = words.iter().position(|span| span.0 >= from).unwrap_or_default();
        let last = words.iter().rposition(|span| span.1 <= to).unwrap_or_default();
        let (start_ms, end_ms) = times(segment, first, last);
        let words = segment.text.get(from..to).unwrap_or(&segment.text).trim().to_owned();
        let verified = !words.is_empty();
        Evidence { quote: words, speaker: segment.speaker, segment: Some(index), start_ms, end_ms, verified }
    }

    fn quote_span(&self, quote: &Quote, segment: &Segment) -> (usize, usize) {
        let tokens = &self.view.tokens;
        if segment.text.chars().count() <= LONG_QUOTE {
            return (0, segment.text.len());
        }
        let sentence =
            |token: usize| tokens.get(token).and_then(|token| self.view.sentences.get(token.sentence));
        let home = tokens.get(quote.first).map(|token| token.segment);
        let (mut first, mut last) = (
            sentence(quote.first).map_or(quote.first, |sentence| sentence.tokens.start),
            sentence(quote.last).map_or(quote.last, |sentence| sentence.tokens.end.saturating_sub(1)),
        );
        // a recogniser may give no full stops at all: then a window of words around the phrase
        if last - first > 24 {
            first = first.max(quote.first.saturating_sub(8));
            last = last.min(quote.last + 8);
        }
        let from = tokens.get(first).map_or(0, |token| token.span.start);
        let to = tokens
            .get(last)
            .filter(|token| Some(token.segment) == home)
            .map_or(segment.text.len(), |token| token.span.end);
        // the sentence's own mark belongs to it
        let mark =
            segment.text.get(to..).and_then(|rest| rest.chars().next()).filter(|c| ".!?…".contains(*c));
        (from, to + mark.map_or(0, char::len_utf8))
    }
}

fn place(turn: usize, count: usize) -> f64 {
    let as_f64 = |n: usize| u32::try_from(n).map_or(f64::from(u32::MAX), f64::from);
    if count == 0 { 0.0 } else { as_f64(turn) / as_f64(count) }
}
