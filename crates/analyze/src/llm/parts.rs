//! The call as numbered lines, and a long call as parts that overlap. Nothing is ever cut off.

use domain::{Speaker, Transcript};

use super::tokens;
use crate::rules::speech::clock;

/// A line longer than this goes on in a second one with the same number, in letters.
const LONG_LINE: usize = 2000;
/// A stretch without words shorter than this hides an «угу», not a sentence, ms.
const GAP_MS: u64 = 1500;
/// Lines that a part repeats from the one before it, so that a question keeps its answer.
const OVERLAP_LINES: usize = 6;
/// Share of a part that they take at most: 1/8.
const OVERLAP_SHARE: u64 = 8;
/// Below it the recogniser is unsure of a segment.
const UNSURE: f32 = -1.0;

/// A line of the call as the model sees it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub(super) text: String,
}

/// Some of the lines.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'a> {
    pub(super) index: usize,
    pub(super) count: usize,
    pub(super) lines: &'a [Line],
}

/// The lines: `[7] 0:42 Менеджер: слова`. `words` are the segments' texts, cleaned and masked.
pub(super) fn lines(transcript: &Transcript, words: &[String]) -> Vec<Line> {
    let mut gaps: Vec<(u64, u64)> = transcript
        .coverage
        .iter()
        .flat_map(|coverage| &coverage.gaps)
        .filter(|(_, from, to)| to.saturating_sub(*from) >= GAP_MS)
        .map(|(_, from, to)| (*from, *to))
        .collect();
    gaps.sort_unstable();
    let mut gaps = gaps.into_iter().peekable();
    let gap = |(from, to): (u64, u64)| Line {
        text: format!("(не расслышано {}–{})", clock(from), clock(to)),
    };
    let mut lines = Vec::new();
    for (index, (segment, words)) in transcript.segments.iter().zip(words).enumerate() {
        if let Some(start) = segment.start_ms {
            while let Some(missed) = gaps.next_if(|missed| missed.0 < start) {
                lines.push(gap(missed));
            }
        }
        if !words.chars().any(char::is_alphanumeric) {
            continue;
        }
        let who = match segment.speaker {
            Speaker::Operator => "Менеджер",
            Speaker::Client => "Клиент",
            Speaker::Unknown => "Голос",
        };
        let at = segment.start_ms.map(|ms| format!(" {}", clock(ms))).unwrap_or_default();
        let unsure = if segment.avg_logprob.is_some_and(|logprob| logprob < UNSURE) {
            " (неуверенно)"
        } else {
            ""
        };
        for piece in pieces(words) {
            lines.push(Line { text: format!("[{}]{at} {who}{unsure}: {piece}", index + 1) });
        }
    }
    lines.extend(gaps.map(gap));
    lines
}

/// A long text cut between words.
fn pieces(text: &str) -> Vec<String> {
    if text.chars().count() <= LONG_LINE {
        return vec![text.to_owned()];
    }
    let (mut pieces, mut piece, mut letters) = (Vec::new(), String::new(), 0);
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if letters > 0 && letters + length > LONG_LINE {
            pieces.push(std::mem::take(&mut piece));
            letters = 0;
        }
        // a «word» without end is cut where it must be
        for (at, c) in word.chars().enumerate() {
            if at > 0 && at % LONG_LINE == 0 {
                pieces.push(std::mem::take(&mut piece));
            }
            if at == 0 && !piece.is_empty() {
                piece.push(' ');
            }
            piece.push(c);
        }
        letters += length + 1;
    }
    pieces.push(piece);
    pieces
}

/// The lines in as few parts as the budget (tokens) allows, each after the first repeating the
/// last lines of the one before.
pub(super) fn split(lines: &[Line], budget: u64) -> Vec<&[Line]> {
    let size = |line: &Line| tokens::at_most(&line.text) + 1;
    let mut parts = Vec::new();
    let mut start = 0;
    while start < lines.len() {
        let (mut end, mut used) = (start, 0);
        while let Some(line) = lines.get(end) {
            if end > start && used + size(line) > budget {
                break;
            }
            used += size(line);
            end += 1;
        }
        parts.push(lines.get(start..end).unwrap_or_default());
        if end == lines.len() {
            break;
        }
        let (mut next, mut shared) = (end, 0);
        while next > start + 1 && end - next < OVERLAP_LINES {
            let Some(line) = lines.get(next - 1) else { break };
            shared += size(line);
            if shared > budget / OVERLAP_SHARE {
                break;
            }
            next -= 1;
        }
        start = next;
    }
    parts
}
