//! Completeness: how much of the speech that the detector heard has words.
//!
//! Sound whose only words were inventions (or improbable over a click) counts as no speech;
//! sound on which the engine looped or raced is speech that was not understood: a gap.

use domain::{Coverage, DropReason};

use crate::assemble::Judged;

/// Shorter utterances without words (a breath, a click) do not make a transcript incomplete, ms.
const LONG_UTTERANCE_MS: u64 = 1500;
/// A silence of the transcript inside an utterance from this length on is listed, ms. Engines'
/// times are loose, so shorter ones say nothing.
const LISTED_HOLE_MS: u64 = 3000;
/// The share of a channel that must have words…
const ENOUGH: (u64, u64) = (8, 10);
/// …once the channel has this much speech, ms.
const ENOUGH_FROM_MS: u64 = 3000;

pub(crate) fn measure(heard: &[Judged]) -> Coverage {
    let mut coverage = Coverage::default();
    let mut channels: std::collections::BTreeMap<u8, (u64, u64)> = std::collections::BTreeMap::new();
    let heard = heard.iter().filter(|judged| !is_no_speech(judged));
    for (judged, utterance) in heard.flat_map(|judged| judged.utterances.iter().map(move |u| (judged, u))) {
        let (start, end) = (utterance.start_ms, utterance.end_ms.max(utterance.start_ms));
        let spans = covered_spans(judged, start, end);
        let covered: u64 = spans.iter().map(|(from, to)| to - from).sum();
        let channel = channels.entry(utterance.channel).or_default();
        channel.0 += end - start;
        channel.1 += covered;
        if spans.is_empty() {
            coverage.gaps.push((utterance.channel, start, end));
            coverage.incomplete |= judged.failed || end - start > LONG_UTTERANCE_MS;
        } else {
            let holes = holes(&spans, start, end).filter(|(from, to)| to - from >= LISTED_HOLE_MS);
            coverage.gaps.extend(holes.map(|(from, to)| (utterance.channel, from, to)));
        }
    }
    coverage.gaps.sort_by_key(|(channel, from, _)| (*from, *channel));
    for (speech, covered) in channels.values() {
        coverage.speech_ms += speech;
        coverage.covered_ms += covered;
        coverage.incomplete |= *speech > ENOUGH_FROM_MS && covered * ENOUGH.1 < speech * ENOUGH.0;
    }
    coverage
}

/// Nothing real was said here.
pub(crate) fn is_no_speech(judged: &Judged) -> bool {
    judged.kept.is_empty()
        && !judged.failed
        && !judged.dropped.is_empty()
        && judged
            .dropped
            .iter()
            .all(|(_, reason)| matches!(reason, DropReason::KnownHallucination | DropReason::Improbable))
}

/// Kept segments cut to the utterance, joined where they touch, in order.
fn covered_spans(judged: &Judged, start: u64, end: u64) -> Vec<(u64, u64)> {
    let mut cut: Vec<(u64, u64)> = judged
        .kept
        .iter()
        .map(|segment| (segment.start_ms.clamp(start, end), segment.end_ms.clamp(start, end)))
        .filter(|(from, to)| from < to)
        .collect();
    cut.sort_unstable();
    let mut joined: Vec<(u64, u64)> = Vec::new();
    for (from, to) in cut {
        match joined.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => joined.push((from, to)),
        }
    }
    joined
}

fn holes(spans: &[(u64, u64)], start: u64, end: u64) -> impl Iterator<Item = (u64, u64)> {
    let from = std::iter::once(start).chain(spans.iter().map(|span| span.1));
    let to = spans.iter().map(|span| span.0).chain(std::iter::once(end));
    from.zip(to).filter(|(from, to)| from < to)
}

#[cfg(test)]
mod tests {
    use domain::{Utterance, UtteranceGate};

    use super::*;
    use crate::HeardSegment;

    fn judged(start_ms: u64, end_ms: u64, kept: &[(u64, u64)]) -> Judged {
        let utterance = Utterance {
            channel: 0,
            start_ms,
            end_ms,
            level_dbfs: -20.0,
            gate: UtteranceGate::Passed,
            pitch_hz: None,
        };
        let kept = kept.iter().map(|(start, end)| heard(*start, *end)).collect();
        Judged {
            utterances: vec![utterance],
            channel: 0,
            speaker: None,
            kept,
            dropped: Vec::new(),
            failed: false,
        }
    }

    fn heard(start_ms: u64, end_ms: u64) -> HeardSegment {
        HeardSegment { start_ms, end_ms, text: "да".into(), avg_logprob: None, words: Vec::new() }
    }

    #[test]
    fn speech_with_words_is_complete() {
        let coverage = measure(&[judged(0, 4000, &[(0, 2000), (1900, 4500)])]);
        assert_eq!(coverage, Coverage { speech_ms: 4000, covered_ms: 4000, gaps: vec![], incomplete: false });
    }

    #[test]
    fn a_long_utterance_without_words_is_a_gap_and_incomplete() {
        let coverage = measure(&[judged(0, 9000, &[(0, 9000)]), judged(10_000, 11_600, &[])]);
        assert_eq!(coverage.gaps, [(0, 10_000, 11_600)]);
        assert!(coverage.incomplete);
        let short = measure(&[judged(0, 9000, &[(0, 9000)]), judged(10_000, 11_000, &[])]);
        assert_eq!((short.gaps.len(), short.incomplete), (1, false));
    }

    #[test]
    fn a_failed_utterance_is_incomplete_however_short() {
        let mut broken = judged(10_000, 10_500, &[]);
        broken.failed = true;
        assert!(measure(&[judged(0, 9000, &[(0, 9000)]), broken]).incomplete);
    }

    #[test]
    fn inventions_are_no_speech_but_loops_are_gaps() {
        let with = |reason| {
            let mut noise = judged(0, 4000, &[]);
            noise.dropped = vec![(heard(0, 4000), reason)];
            measure(&[noise])
        };
        assert_eq!(with(DropReason::KnownHallucination), Coverage::default());
        let looped = with(DropReason::Repetition);
        assert_eq!((looped.speech_ms, looped.incomplete), (4000, true));
    }

    #[test]
    fn a_long_hole_inside_an_utterance_is_listed_and_a_poor_share_flagged() {
        let coverage = measure(&[judged(0, 20_000, &[(0, 8000), (16_000, 20_000)])]);
        assert_eq!(coverage.gaps, [(0, 8000, 16_000)]);
        assert!(coverage.incomplete);
    }
}
