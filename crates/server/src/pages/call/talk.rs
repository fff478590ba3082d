//! The conversation: lines with their times, quotes marked in them, and what was not recognised.

use std::collections::HashMap;

use domain::{CriterionResult, Segment, Speaker, Transcript, Verdict};

use super::delays::{Delay, Delays};
use crate::pages::words::Words;

/// A gap shorter than this is a breath.
const GAP_MS: u64 = 1_500;

/// A quote, numbered by its time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Quote {
    pub(crate) number: usize,
    pub(crate) start_ms: u64,
    pub(crate) end_ms: u64,
    /// It proves a failure.
    pub(crate) bad: bool,
    pub(crate) words: String,
}

/// Speech without text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Gap {
    pub(crate) channel: u8,
    pub(crate) start_ms: u64,
    pub(crate) end_ms: u64,
    pub(crate) speaker: Speaker,
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Piece {
    pub(crate) text: String,
    /// The number of the quote that it belongs to.
    pub(crate) quote: Option<usize>,
    /// The quote ends here: its number follows.
    pub(crate) closes: bool,
    pub(crate) bad: bool,
    /// When the word is heard, ms.
    pub(crate) word: Option<(u64, u64)>,
}

/// What stands in the list.
pub(crate) enum Line {
    Said {
        start_ms: Option<u64>,
        end_ms: Option<u64>,
        who: String,
        class: &'static str,
        pieces: Vec<Piece>,
        /// The recogniser doubted.
        unsure: bool,
        /// How long the client waited for these words of a robot.
        delay: Option<Delay>,
    },
    Missing {
        gap: Gap,
        length: String,
        who: String,
    },
}

/// Quotes by their place: (segment, words).
type Places = HashMap<(usize, String), usize>;

/// The conversation as shown.
pub(crate) struct Talk {
    pub(crate) lines: Vec<Line>,
    pub(crate) quotes: Vec<Quote>,
    pub(crate) gaps: Vec<Gap>,
}

impl Talk {
    pub(crate) fn of(
        t: &Words,
        transcript: &Transcript,
        criteria: &[CriterionResult],
        operator: u8,
        delays: &mut Delays,
    ) -> Self {
        let stereo = transcript.segments.iter().any(|segment| segment.channel > 0);
        let whose = |channel: u8| match (stereo, channel == operator) {
            (false, _) => Speaker::Unknown,
            (true, true) => Speaker::Operator,
            (true, false) => Speaker::Client,
        };
        let gaps: Vec<Gap> = transcript
            .coverage
            .iter()
            .flat_map(|coverage| &coverage.gaps)
            .filter(|(_, start, end)| end.saturating_sub(*start) >= GAP_MS)
            .map(|(channel, start, end)| Gap {
                channel: *channel,
                start_ms: *start,
                end_ms: *end,
                speaker: whose(*channel),
            })
            .collect();
        let (quotes, places) = quotes(criteria);
        let mut lines: Vec<(u64, Line)> = Vec::new();
        let mut last = 0;
        for (at, segment) in transcript.segments.iter().enumerate() {
            last = segment.start_ms.unwrap_or(last);
            let delay =
                (segment.speaker == Speaker::Operator).then(|| delays.next(t, &segment.text)).flatten();
            lines.push((last, said(t, (at, segment), delay, &quotes, &places)));
        }
        for gap in &gaps {
            let length = t.clock(gap.end_ms.saturating_sub(gap.start_ms).max(1_000));
            let who = match gap.speaker {
                Speaker::Unknown => String::new(),
                speaker => t.speaker(speaker).to_lowercase(),
            };
            lines.push((gap.start_ms, Line::Missing { gap: gap.clone(), length, who }));
        }
        lines.sort_by_key(|(at, _)| *at);
        Self { lines: lines.into_iter().map(|(_, line)| line).collect(), quotes, gaps }
    }
}

/// Whether a verdict is a trouble: a failed criterion, or a raised critical flag.
pub(crate) fn is_trouble(result: &CriterionResult) -> bool {
    if result.kind == domain::CriterionKind::Flag {
        return result.critical && result.verdict == Verdict::Met;
    }
    result.max_score.is_some() && result.verdict == Verdict::NotMet
}

/// Quotes with a time that code found in the words, numbered by time; one quote of two criteria has
/// one number.
fn quotes(criteria: &[CriterionResult]) -> (Vec<Quote>, Places) {
    let mut found: Vec<(u64, u64, usize, String, bool)> = Vec::new();
    for result in criteria {
        for evidence in result.evidence.iter().filter(|evidence| evidence.verified) {
            let (Some(start), Some(segment)) = (evidence.start_ms, evidence.segment) else { continue };
            let end = evidence.end_ms.unwrap_or(start);
            match found.iter_mut().find(|(_, _, at, words, _)| *at == segment && *words == evidence.quote) {
                Some((.., bad)) => *bad |= is_trouble(result),
                None => found.push((start, end, segment, evidence.quote.clone(), is_trouble(result))),
            }
        }
    }
    found.sort_by_key(|one| (one.0, one.2));
    let mut places = HashMap::new();
    let quotes = found
        .into_iter()
        .enumerate()
        .map(|(at, (start_ms, end_ms, segment, words, bad))| {
            places.insert((segment, words.clone()), at + 1);
            Quote { number: at + 1, start_ms, end_ms, bad, words }
        })
        .collect();
    (quotes, places)
}

fn said(
    t: &Words,
    (at, segment): (usize, &Segment),
    delay: Option<Delay>,
    quotes: &[Quote],
    places: &Places,
) -> Line {
    let mut marked: Vec<(usize, usize, usize, bool)> = places
        .iter()
        .filter(|((place, _), _)| *place == at)
        .filter_map(|((_, words), number)| {
            let (from, to) = place_of(&segment.text, words);
            let bad = quotes.get(number.checked_sub(1)?)?.bad;
            Some((from, to, *number, bad))
        })
        .collect();
    marked.sort_unstable();
    Line::Said {
        start_ms: segment.start_ms,
        end_ms: segment.end_ms,
        who: t.speaker(segment.speaker),
        class: match segment.speaker {
            Speaker::Operator => "op",
            Speaker::Client => "cl",
            Speaker::Unknown => "both",
        },
        pieces: pieces(segment, &marked),
        // Whisper's own threshold for words that it does not believe
        unsure: segment.avg_logprob.is_some_and(|mean| mean < -1.0),
        delay,
    }
}

/// Where a quote stands in a line; the whole line where its letters differ (the check is fuzzy).
fn place_of(text: &str, quote: &str) -> (usize, usize) {
    let fold = |text: &str| text.to_lowercase().replace('ё', "е");
    let (folded, wanted) = (fold(text), fold(quote.trim().trim_end_matches(['.', ',', '…'])));
    // folding keeps the length of Russian and English letters; else positions would lie
    if folded.len() == text.len()
        && !wanted.is_empty()
        && let Some(from) = folded.find(&wanted)
        && text.is_char_boundary(from)
        && text.is_char_boundary(from + wanted.len())
    {
        return (from, from + wanted.len());
    }
    (0, text.len())
}

/// Cuts a line at the borders of quotes and of words with times.
fn pieces(segment: &Segment, marked: &[(usize, usize, usize, bool)]) -> Vec<Piece> {
    let text = segment.text.as_str();
    let mut words: Vec<(usize, usize, u64, u64)> = Vec::new();
    let mut from = 0;
    for word in &segment.words {
        let bare = word.text.trim();
        let Some(at) = text.get(from..).and_then(|rest| rest.find(bare)).filter(|_| !bare.is_empty()) else {
            continue;
        };
        words.push((from + at, from + at + bare.len(), word.start_ms, word.end_ms));
        from += at + bare.len();
    }
    let mut borders: Vec<usize> = vec![0, text.len()];
    borders.extend(marked.iter().flat_map(|(from, to, ..)| [*from, *to]));
    borders.extend(words.iter().flat_map(|(from, to, ..)| [*from, *to]));
    borders.sort_unstable();
    borders.dedup();
    borders
        .windows(2)
        .filter_map(|border| {
            let &[from, to] = border else { return None };
            let quote = marked.iter().find(|(start, end, ..)| *start <= from && to <= *end);
            let word = words.iter().find(|(start, end, ..)| *start <= from && to <= *end);
            Some(Piece {
                text: text.get(from..to)?.to_owned(),
                quote: quote.map(|(_, _, number, _)| *number),
                closes: quote.is_some_and(|(_, end, ..)| *end == to),
                bad: quote.is_some_and(|(.., bad)| *bad),
                word: word.map(|(_, _, start, end)| (*start, *end)),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use domain::Word;

    use super::*;

    fn segment(text: &str, words: Vec<Word>) -> Segment {
        Segment { words, ..test_support::segment(Speaker::Operator, 0, 1_000, text) }
    }

    #[test]
    fn a_quote_is_marked_where_it_was_said() {
        let (from, to) =
            place_of("Ну, смотрите, дело ваше. У нас профиль другой.", "Ну, смотрите, дело ваше");
        assert_eq!((from, to), (0, "Ну, смотрите, дело ваше".len()));
        let line = segment("Да. Её нет, всё.", Vec::new());
        let (from, to) = place_of(&line.text, "ее нет");
        let pieces = pieces(&line, &[(from, to, 3, true)]);
        let texts: Vec<&str> = pieces.iter().map(|piece| piece.text.as_str()).collect();
        assert_eq!(texts, ["Да. ", "Её нет", ", всё."]);
        assert_eq!(pieces.iter().map(|piece| piece.quote).collect::<Vec<_>>(), [None, Some(3), None]);
        assert!(pieces[1].closes && pieces[1].bad);
    }

    #[test]
    fn words_with_times_are_cut_out_and_nothing_is_lost() {
        let word = |text: &str, start_ms| Word { text: text.into(), start_ms, end_ms: start_ms + 100 };
        let line =
            segment("Зимой не промерзает.", vec![word(" Зимой", 10), word("не", 200), word("другое", 300)]);
        let pieces = pieces(&line, &[]);
        assert_eq!(pieces.iter().map(|piece| piece.text.as_str()).collect::<String>(), line.text);
        assert_eq!(pieces.iter().filter_map(|piece| piece.word).count(), 2);
    }
}
