//! A call laid out for judges: turns, phrases found, where the sound has no words.

use domain::{Call, Evidence, Segment, Speaker, Transcript};

use crate::evidence::times;
use crate::phrase::{Hit, PhraseTable};
use crate::rubric::rule::Within;
use crate::text;
use crate::view::{Sentence, Token, View};
use crate::when::{self, Piece};

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
    /// Only like the phrase.
    pub(crate) fuzzy: bool,
}

impl From<Hit> for Quote {
    fn from(hit: Hit) -> Self {
        Self { first: hit.first, last: hit.last, fuzzy: hit.fuzzy }
    }
}

/// The call as judges see it.
#[derive(Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) call: &'a Call,
    pub(crate) transcript: &'a Transcript,
    pub(crate) view: View,
    table: &'a PhraseTable,
    by_family: Vec<Vec<Hit>>,
}

impl<'a> Scene<'a> {
    pub(crate) fn new(call: &'a Call, transcript: &'a Transcript, table: &'a PhraseTable) -> Self {
        let mut view = View::new(transcript);
        let hits = table.find(&view, transcript.engine.engine != "text");
        let mut by_family = vec![Vec::new(); table.len()];
        let bare = table.family("bare_dismissal");
        let cost = table.family("cost");
        for hit in hits {
            let sentence = view.tokens.get(hit.first).and_then(|token| view.sentences.get(token.sentence));
            // «И что?» sends away, «и что именно болит?» asks
            let whole = sentence.is_some_and(|sentence| sentence.tokens == (hit.first..hit.last + 1));
            let stands = Some(hit.family) == cost
                && sentence.is_some_and(|sentence| {
                    is_standing(&view.tokens[sentence.tokens.clone()], hit, sentence)
                });
            if (Some(hit.family) != bare || whole) && !stands {
                by_family[hit.family].push(hit);
            }
        }
        super::roles::assume(&mut view, |family| {
            table.family(family).and_then(|id| by_family.get(id)).map_or(&[], Vec::as_slice)
        });
        // «Ещё чем-то помочь?» — «Нет, спасибо» refuses nothing
        for family in ["refuse", "objection_not_needed"] {
            let more = table.family("more").and_then(|id| by_family.get(id)).cloned().unwrap_or_default();
            if let Some(hits) = table.family(family).and_then(|id| by_family.get_mut(id)) {
                hits.retain(|hit| {
                    let asked = hit.turn.checked_sub(1);
                    view.turns.get(hit.turn).is_none_or(|turn| turn.tokens.len() > 6)
                        || !more.iter().any(|more| Some(more.turn) == asked)
                });
            }
        }
        Self { call, transcript, view, table, by_family }
    }

    /// Hits of a family, negated ones too.
    pub(crate) fn hits_of(&self, family: &str) -> &[Hit] {
        self.table.family(family).and_then(|id| self.by_family.get(id)).map_or(&[], Vec::as_slice)
    }

    /// Hits of a family, negated ones left out.
    pub(crate) fn said<'s>(&'s self, family: &str) -> impl Iterator<Item = Hit> + use<'s, 'a> {
        self.hits_of(family).iter().copied().filter(|hit| !hit.negated)
    }

    /// The same by one speaker.
    pub(crate) fn by<'s>(
        &'s self,
        speaker: Speaker,
        family: &str,
    ) -> impl Iterator<Item = Hit> + use<'s, 'a> {
        self.said(family).filter(move |hit| self.speaker(hit.turn) == speaker)
    }

    /// Whether one of the families is said in a stretch of tokens.
    pub(crate) fn holds(&self, families: &[&str], tokens: &std::ops::Range<usize>) -> bool {
        families.iter().any(|family| {
            let hits = self.hits_of(family);
            let from = hits.partition_point(|hit| hit.first < tokens.start);
            hits.get(from..)
                .unwrap_or_default()
                .iter()
                .take_while(|hit| hit.first < tokens.end)
                .any(|hit| !hit.negated)
        })
    }

    /// Whether one of the families is said in a turn.
    pub(crate) fn turn_holds(&self, families: &[&str], turn: usize) -> bool {
        self.view.turns.get(turn).is_some_and(|turn| self.holds(families, &turn.tokens))
    }

    /// Who speaks a turn.
    pub(crate) fn speaker(&self, turn: usize) -> Speaker {
        self.view.turns.get(turn).map_or(Speaker::Unknown, |turn| turn.speaker)
    }

    /// The sentences of a speaker, by index.
    pub(crate) fn sentences(&self, speaker: Speaker) -> impl Iterator<Item = (usize, &Sentence)> {
        self.view
            .sentences
            .iter()
            .enumerate()
            .filter(move |(_, sentence)| self.speaker(sentence.turn) == speaker)
    }

    /// The words of a sentence.
    pub(crate) fn words(&self, sentence: &Sentence) -> &[Token] {
        self.view.tokens.get(sentence.tokens.clone()).unwrap_or_default()
    }

    /// Times said in a sentence.
    pub(crate) fn pieces(&self, sentence: &Sentence) -> Vec<Piece> {
        when::pieces(&self.view.tokens, sentence.tokens.clone())
    }

    /// A sentence as a quote.
    #[expect(clippy::unused_self, reason = "reads as the other quotes do")]
    pub(crate) fn quote(&self, sentence: &Sentence) -> Quote {
        Quote { first: sentence.tokens.start, last: sentence.tokens.end.saturating_sub(1), fuzzy: false }
    }

    /// A sentence word for word, with its mark.
    pub(crate) fn sentence_text(&self, sentence: &Sentence) -> String {
        let words = self.words(sentence);
        let (Some(first), Some(last)) = (words.first(), words.last()) else { return String::new() };
        let text = self.transcript.segments.get(first.segment).map_or("", |segment| segment.text.as_str());
        text.get(first.span.start..last.span.end).unwrap_or_default().to_owned()
    }

    /// A turn as a quote.
    pub(crate) fn turn_quote(&self, turn: usize) -> Option<Quote> {
        let tokens = &self.view.turns.get(turn)?.tokens;
        Some(Quote { first: tokens.start, last: tokens.end.saturating_sub(1), fuzzy: false })
    }

    /// Turns are typed, nothing was heard.
    pub(crate) fn is_text(&self) -> bool {
        self.transcript.engine.engine == "text"
    }

    /// Seconds of talk, where something was heard.
    pub(crate) fn talk_s(&self) -> Option<f64> {
        if self.is_text() {
            return None;
        }
        let heard = self.transcript.segments.iter().filter_map(|segment| segment.end_ms).max();
        let ms = self.call.talk_ms.or(self.call.duration_ms).or(heard)?;
        Some(u32::try_from(ms).map_or(f64::from(u32::MAX), f64::from) / 1000.0)
    }

    /// Whether a turn lies in a place of the call; turns are counted per speaker.
    pub(crate) fn is_within(&self, turn: usize, within: Within) -> bool {
        let count = self.view.turns.len();
        let speaker = self.speaker(turn);
        let own = |turn: usize| self.view.turns_of(speaker).filter(|other| *other < turn).count();
        match within {
            Within::Whole => true,
            Within::FirstTurns(n) => own(turn) < n,
            Within::LastTurns(n) => own(count) - own(turn) <= n,
            Within::FirstShare(share) => place(turn, count) <= share,
            Within::LastShare(share) => place(turn + 1, count) >= 1.0 - share,
        }
    }

    /// Speech without words in a part of the call, 0–1: what is missing there may have been said.
    pub(crate) fn has_gap(&self, from: f64, to: f64) -> bool {
        let Some(coverage) = &self.transcript.coverage else { return false };
        let end =
            self.transcript.segments.iter().filter_map(|segment| segment.end_ms).max().unwrap_or_default();
        let end = coverage.gaps.iter().map(|gap| gap.2).chain([end]).max().unwrap_or_default();
        let ms = |ms: u64| u32::try_from(ms).map_or(f64::from(u32::MAX), f64::from);
        let (from, to) = (ms(end) * from, ms(end) * to);
        // a gap under a second and a half hides an «угу», not a sentence
        coverage.gaps.iter().any(|(_, start, stop)| {
            stop.saturating_sub(*start) >= 1500 && ms(*start) < to && ms(*stop) > from
        }) || coverage.share() < 0.6
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
        if last.saturating_sub(first) > 24 {
            first = first.max(quote.first.saturating_sub(8));
            last = last.min(quote.last.min(quote.first + 12) + 8);
        }
        let from =
            tokens.get(first).filter(|token| Some(token.segment) == home).map_or(0, |token| token.span.start);
        let to = tokens
            .get(last)
            .filter(|token| Some(token.segment) == home)
            .map_or(segment.text.len(), |token| token.span.end);
        // the sentence's own mark belongs to it
        let mark =
            segment.text.get(to..).and_then(|rest| rest.chars().next()).filter(|c| ".!?…".contains(*c));
        (from.min(to), to + mark.map_or(0, char::len_utf8))
    }
}

/// «Кабина стоит крепко»: a thing stands; a price has a figure or a word for money beside it.
fn is_standing(words: &[Token], hit: Hit, sentence: &Sentence) -> bool {
    let verb = hit.first.checked_sub(sentence.tokens.start).and_then(|at| words.get(at));
    if !verb.is_some_and(|verb| matches!(verb.text.as_str(), "стоит" | "стоят")) {
        return false;
    }
    !words.iter().any(|word| {
        let text = word.text.as_str();
        when::number(text).is_some()
            || text.starts_with(|c: char| c.is_ascii_digit())
            || super::questions::is_big_number(text)
            || ["сколько", "рубл", "цен", "дорог", "дорож", "дешев", "недорог", "столько", "денег", "копе"]
                .iter()
                .any(|money| text.starts_with(money))
    })
}

pub(crate) fn place(turn: usize, count: usize) -> f64 {
    let as_f64 = |n: usize| u32::try_from(n).map_or(f64::from(u32::MAX), f64::from);
    if count == 0 { 0.0 } else { as_f64(turn) / as_f64(count) }
}
