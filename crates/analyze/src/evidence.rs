//! Does a quote stand in the transcript, and when is it heard?
//!
//! A quote is looked up normalised first, then loosely: a model may mend a misheard word, but
//! may not invent a sentence.

use domain::{Evidence, Segment, Speaker, Transcript};

use crate::text;

/// A quote of which at least this share of letters stands there is found.
const ENOUGH: f64 = 0.82;
/// Longer quotes are no quotes.
const MAX_QUOTE_WORDS: usize = 120;

/// Looks the quote up and fills in `segment`, `start_ms`, `end_ms` and `verified`.
///
/// Word times are used where the segment has them. A quote that stands in another speaker's
/// words is not verified: a verdict must not rest on the wrong person. A quote may run over two
/// neighbouring segments of one speaker, for a recogniser breaks sentences at every breath; then
/// `segment` is the first of them. Returns `verified`.
pub fn verify_evidence(transcript: &Transcript, evidence: &mut Evidence) -> bool {
    evidence.verified = false;
    evidence.start_ms = None;
    evidence.end_ms = None;
    let wanted = text::words(&evidence.quote);
    let hinted = evidence.segment.take();
    if wanted.is_empty() || wanted.len() > MAX_QUOTE_WORDS {
        return false;
    }
    let order = hinted.into_iter().chain(0..transcript.segments.len());
    let mut best: Option<(f64, usize, usize, usize)> = None;
    for index in order {
        let Some(segment) = transcript.segments.get(index) else { continue };
        if !same_speaker(evidence.speaker, segment.speaker) {
            continue;
        }
        if let Some((share, from, to)) = find_in(&segment.text, &wanted)
            && best.is_none_or(|(other, ..)| share > other)
        {
            best = Some((share, index, from, to));
        }
        if best.is_some_and(|(share, ..)| share >= 1.0) {
            break;
        }
    }
    let Some((_, index, from, to)) = best.filter(|(share, ..)| *share >= ENOUGH) else {
        return runs_over(transcript, evidence, &wanted);
    };
    evidence.segment = Some(index);
    evidence.verified = true;
    if let Some(segment) = transcript.segments.get(index) {
        (evidence.start_ms, evidence.end_ms) = times(segment, from, to);
    }
    true
}

/// Looks for a quote that begins in one segment and ends in the speaker's next one.
fn runs_over(transcript: &Transcript, evidence: &mut Evidence, wanted: &[String]) -> bool {
    for (index, first) in transcript.segments.iter().enumerate() {
        if !same_speaker(evidence.speaker, first.speaker) {
            continue;
        }
        // the other's «угу» may stand between
        let follow = transcript.segments.iter().skip(index + 1).take(2);
        let Some(second) = follow.clone().find(|next| next.speaker == first.speaker) else { continue };
        let before = text::words(&first.text).len();
        if before + text::words(&second.text).len() < wanted.len() {
            continue;
        }
        let joined = format!("{} {}", first.text, second.text);
        if let Some((share, from, to)) = find_in(&joined, wanted)
            && share >= ENOUGH
            && from < before
            && to >= before
        {
            evidence.segment = Some(index);
            evidence.verified = true;
            evidence.start_ms = times(first, from, before.saturating_sub(1)).0;
            evidence.end_ms = times(second, 0, to - before).1;
            return true;
        }
    }
    false
}

fn same_speaker(a: Speaker, b: Speaker) -> bool {
    a == b || a == Speaker::Unknown || b == Speaker::Unknown
}

/// The best window of words: its likeness 0–1, and the first and last word.
fn find_in(text: &str, wanted: &[String]) -> Option<(f64, usize, usize)> {
    let words = text::words(text);
    if words.is_empty() {
        return None;
    }
    let size = wanted.len();
    if let Some(at) = words.windows(size).position(|window| window == wanted) {
        return Some((1.0, at, at + size - 1));
    }
    // too short to be told from chance when letters differ
    if wanted.iter().map(|word| word.chars().count()).sum::<usize>() < 8 {
        return None;
    }
    let target = wanted.concat();
    let mut best: Option<(f64, usize, usize)> = None;
    for length in size.saturating_sub(1).max(1)..=(size + 1).min(words.len()) {
        for (at, window) in words.windows(length).enumerate() {
            let share = strsim::normalized_levenshtein(&window.concat(), &target);
            if best.is_none_or(|(other, ..)| share > other) {
                best = Some((share, at, at + length - 1));
            }
        }
    }
    best
}

/// When words `from..=to` of a segment are heard, ms.
pub(crate) fn times(segment: &Segment, from: usize, to: usize) -> (Option<u64>, Option<u64>) {
    // an engine's words are split by spaces, ours by letters: count letters words only
    let mut starts = Vec::new();
    for word in &segment.words {
        for _ in text::spans(&word.text) {
            starts.push((word.start_ms, word.end_ms));
        }
    }
    if starts.len() == text::spans(&segment.text).len()
        && let (Some(first), Some(last)) = (starts.get(from), starts.get(to))
    {
        return (Some(first.0), Some(last.1));
    }
    (segment.start_ms, segment.end_ms)
}
