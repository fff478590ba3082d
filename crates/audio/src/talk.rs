//! Who talked how much, who broke in, who kept silent: arithmetic over intervals.
//!
//! Rules that surprise. A short «угу» inside the other's phrase is neither an interruption nor the end of a
//! monologue. Intervals of a voice detector are padded, so an overlap counts from 0.4 s on. Silence before the
//! first word is ringing, not dead air; silence behind the last word is. Where more than a tenth of the speech
//! belongs to nobody known, figures of one speaker are `None`.

use domain::{Speaker, TalkMetrics};

use crate::units::real64;

/// One stretch of speech.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpokenInterval {
    /// Who speaks.
    pub speaker: Speaker,
    /// From the start of the recording, ms.
    pub start_ms: u64,
    /// Exclusive, ms.
    pub end_ms: u64,
    /// Words spoken in it; 0 where nobody counted.
    pub words: u32,
}

/// To break in, one goes on for so long, ms.
const BREAK_IN_MS: u64 = 1000;
/// An overlap shorter than two pads of the voice detector may be none, ms.
const OVERLAP_MS: u64 = 400;
/// A speaker's own pause that is bridged in a monologue, ms.
const BREATH_MS: u64 = 2000;
/// Silence over this is dead air, ms.
const DEAD_AIR_MS: u64 = 3000;
/// What the voice detector adds around two neighbouring stretches, ms: 12 frames of 16 ms on each side.
/// A pause between them is longer than it looks by this.
const PADS_MS: u64 = 2 * 12 * 16;
/// A later answer is a new topic, not a reaction, ms.
const REACTION_MAX_MS: u64 = 10_000;

type Span = (u64, u64);

/// Measures a conversation of `duration_ms`. Order and overlaps of the intervals do not matter.
pub fn talk_metrics(intervals: &[SpokenInterval], duration_ms: u64) -> TalkMetrics {
    let of = |speaker: Speaker| merge(intervals.iter().filter(|i| i.speaker == speaker).map(span), 0);
    let (operator, client, unknown) = (of(Speaker::Operator), of(Speaker::Client), of(Speaker::Unknown));
    let known_ms = total(&operator) + total(&client);
    let speech_ms = known_ms + total(&unknown);
    let dead_air = dead_air(intervals, duration_ms);
    let mut metrics =
        TalkMetrics { speech_ms, dead_air_ms: total(&dead_air), dead_air, ..TalkMetrics::default() };
    if speech_ms == 0 || total(&unknown) * 10 > speech_ms {
        return metrics;
    }
    let broke_in = interruptions(&operator, &client);
    metrics.operator_share = Some(real64(total(&operator)) / real64(known_ms));
    metrics.operator_speech_ms = Some(total(&operator));
    metrics.client_speech_ms = Some(total(&client));
    metrics.longest_monologue_ms = Some(longest_monologue(&operator, &client));
    metrics.longest_client_monologue_ms = Some(longest_monologue(&client, &operator));
    metrics.operator_interruptions = Some(number(broke_in.len()));
    metrics.client_interruptions = Some(number(interruptions(&client, &operator).len()));
    metrics.interruption_starts_ms = broke_in;
    metrics.reaction_ms = reaction(&operator, &client);
    metrics.operator_wpm = words_per_minute(intervals, Speaker::Operator, total(&operator));
    metrics.client_wpm = words_per_minute(intervals, Speaker::Client, total(&client));
    metrics
}

fn span(i: &SpokenInterval) -> Span {
    (i.start_ms, i.end_ms)
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn total(spans: &[Span]) -> u64 {
    spans.iter().map(|(start, end)| end - start).sum()
}

/// Sorted, without overlaps; gaps up to `bridge_ms` are closed, empty and reversed spans dropped.
fn merge(spans: impl Iterator<Item = Span>, bridge_ms: u64) -> Vec<Span> {
    let mut sorted: Vec<Span> = spans.filter(|(start, end)| start < end).collect();
    sorted.sort_unstable();
    let mut merged: Vec<Span> = Vec::with_capacity(sorted.len());
    for (start, end) in sorted {
        match merged.last_mut() {
            Some(last) if start <= last.1.saturating_add(bridge_ms) => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    merged
}

fn dead_air(intervals: &[SpokenInterval], duration_ms: u64) -> Vec<Span> {
    let speech = merge(intervals.iter().map(span), 0);
    let starts = speech.iter().skip(1).map(|s| s.0).chain(std::iter::once(duration_ms));
    speech
        .iter()
        .zip(starts)
        .map(|(before, next)| (before.1, next))
        .filter(|(from, to)| to.saturating_sub(*from) > DEAD_AIR_MS)
        .collect()
}

/// Turns: own pauses under a second are bridged unless the other began to speak in them.
fn turns(own: &[Span], other: &[Span]) -> Vec<Span> {
    let mut turns: Vec<Span> = Vec::with_capacity(own.len());
    for &(start, end) in own {
        match turns.last_mut() {
            Some(last)
                if start - last.1 < BREAK_IN_MS && !other.iter().any(|o| o.0 >= last.1 && o.0 <= start) =>
            {
                last.1 = end;
            }
            _ => turns.push((start, end)),
        }
    }
    turns
}

/// When `own` began while `other` spoke on, and went on.
fn interruptions(own: &[Span], other: &[Span]) -> Vec<u64> {
    let others = turns(other, own);
    turns(own, other)
        .into_iter()
        .filter(|(start, end)| {
            end - start >= BREAK_IN_MS
                && others.iter().any(|o| o.0 < *start && o.1.min(*end).saturating_sub(*start) >= OVERLAP_MS)
        })
        .map(|(start, _)| start)
        .collect()
}

fn longest_monologue(own: &[Span], other: &[Span]) -> u64 {
    // a short word inside the speaker's phrase is listening, not a turn
    let turns_of_other: Vec<Span> = other
        .iter()
        .copied()
        .filter(|o| o.1 - o.0 >= BREAK_IN_MS || !own.iter().any(|w| w.0 <= o.0 && o.1 <= w.1))
        .collect();
    let mut pieces = Vec::new();
    for &(start, end) in own {
        let mut from = start;
        for o in turns_of_other.iter().filter(|o| o.0 < end && o.1 > start) {
            if o.0 > from {
                pieces.push((from, o.0));
            }
            from = from.max(o.1);
        }
        if from < end {
            pieces.push((from, end));
        }
    }
    let mut longest = 0;
    let mut stretch: Option<Span> = None;
    for (start, end) in pieces {
        stretch = match stretch {
            Some((from, to))
                if start - to < BREATH_MS && !turns_of_other.iter().any(|o| o.0 < start && o.1 > to) =>
            {
                Some((from, end))
            }
            _ => Some((start, end)),
        };
        longest = longest.max(stretch.map_or(0, |(from, to)| to - from));
    }
    longest
}

/// Median pause from the client's last sound to the operator's next one; an early answer is 0.
fn reaction(operator: &[Span], client: &[Span]) -> Option<u64> {
    let mut pauses: Vec<u64> = client
        .iter()
        .filter_map(|c| {
            let answer = operator.iter().find(|o| o.0.saturating_add(OVERLAP_MS) >= c.1 && o.0 > c.0)?;
            let client_goes_on = client.iter().any(|next| next.0 >= c.1 && next.0 < answer.0);
            let pause = (answer.0 + PADS_MS).saturating_sub(c.1);
            (!client_goes_on && pause <= REACTION_MAX_MS).then_some(pause)
        })
        .collect();
    pauses.sort_unstable();
    pauses.get(pauses.len() / 2).copied()
}

fn words_per_minute(intervals: &[SpokenInterval], speaker: Speaker, speech_ms: u64) -> Option<f64> {
    let words: u64 = intervals.iter().filter(|i| i.speaker == speaker).map(|i| u64::from(i.words)).sum();
    // under a second of speech the figure means nothing
    (words > 0 && speech_ms >= 1000).then(|| real64(words) * 60_000.0 / real64(speech_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(speaker: Speaker, start_ms: u64, end_ms: u64) -> SpokenInterval {
        SpokenInterval { speaker, start_ms, end_ms, words: 4 }
    }

    const O: Speaker = Speaker::Operator;
    const C: Speaker = Speaker::Client;

    #[test]
    fn shares_pauses_and_pace_of_a_plain_dialogue() {
        let m = talk_metrics(&[said(O, 1000, 3000), said(C, 3500, 9500), said(O, 10_500, 12_500)], 20_000);
        assert_eq!((m.operator_speech_ms, m.client_speech_ms), (Some(4000), Some(6000)));
        assert_eq!(m.operator_share, Some(0.4));
        assert_eq!(m.reaction_ms, Some(1000 + PADS_MS), "the pads took a part of the pause");
        assert_eq!(m.operator_wpm, Some(120.0));
        assert_eq!(m.dead_air, [(12_500, 20_000)], "the second before the first word is no dead air");
        assert_eq!((m.operator_interruptions, m.client_interruptions), (Some(0), Some(0)));
    }

    #[test]
    fn breaking_in_counts_and_a_nod_does_not() {
        let nod = talk_metrics(&[said(C, 0, 10_000), said(O, 4000, 4700)], 10_000);
        assert_eq!(nod.operator_interruptions, Some(0));
        assert_eq!(nod.longest_client_monologue_ms, Some(10_000), "a nod does not end a monologue");
        let broke = talk_metrics(&[said(C, 0, 10_000), said(O, 4000, 6000)], 10_000);
        assert_eq!(broke.interruption_starts_ms, [4000]);
        assert_eq!(broke.client_interruptions, Some(0));
        assert_eq!(broke.longest_client_monologue_ms, Some(4000));
        let padded = talk_metrics(&[said(C, 0, 5000), said(O, 4700, 8000)], 10_000);
        assert_eq!(padded.operator_interruptions, Some(0), "0.3 s are the detector's pads");
    }

    #[test]
    fn one_interruption_with_a_breath_in_it_is_one() {
        let m = talk_metrics(&[said(C, 0, 10_000), said(O, 3000, 4500), said(O, 5000, 7000)], 10_000);
        assert_eq!(m.operator_interruptions, Some(1));
    }

    #[test]
    fn a_monologue_bridges_breaths_and_ends_at_an_answer() {
        let breath = talk_metrics(&[said(O, 0, 4000), said(O, 5900, 9000)], 9000);
        assert_eq!(breath.longest_monologue_ms, Some(9000));
        let answer = talk_metrics(&[said(O, 0, 4000), said(C, 4500, 5000), said(O, 5500, 9000)], 9000);
        assert_eq!(answer.longest_monologue_ms, Some(4000));
    }

    #[test]
    fn nobody_known_means_no_figures_of_one_speaker() {
        let m = talk_metrics(&[said(Speaker::Unknown, 0, 5000), said(O, 9000, 10_000)], 10_000);
        assert_eq!(m.speech_ms, 6000);
        assert_eq!((m.operator_share, m.reaction_ms, m.operator_interruptions), (None, None, None));
        assert_eq!(m.dead_air, [(5000, 9000)]);
        assert_eq!(talk_metrics(&[], 60_000), TalkMetrics::default());
    }

    #[test]
    fn hostile_intervals_do_not_break_the_arithmetic() {
        let m = talk_metrics(&[said(O, u64::MAX - 5, u64::MAX), said(C, 9, 3), said(O, 7, 7)], 0);
        assert_eq!(m.speech_ms, 5);
    }
}
