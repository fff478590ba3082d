//! Phrases of UIS onto the recording.
//!
//! UIS tells when a phrase began in whole seconds of the *call*; the recording begins later, when somebody answered,
//! and nobody says how much later. Phrases do say who speaks, and the survey knows when somebody spoke. So the shift
//! is the one under which most phrases begin where their speaker begins to be heard. Ends are the utterances' own.

use domain::{ChannelLayout, OperatorChannel, Speaker, Survey, Utterance};
use uis_client::Phrase;

use crate::{HeardSegment, Passage};

/// Whole seconds, and a detector that begins a little earlier: a phrase may be off by this, ms.
const NEAR_MS: i64 = 1500;
/// So many phrases and utterances from the start are tried for the shift.
const TRIED_PHRASES: usize = 6;
const TRIED_UTTERANCES: usize = 24;
/// How long a letter takes, ms: 14 a second.
const LETTER_MS: usize = 70;
/// An utterance later than the estimated end of a phrase by this is not of it, ms.
const LATE_MS: i64 = 2000;
/// Nobody speaks faster, letters a second.
const FASTEST: u64 = 30;

/// A phrase on the recording's clock.
struct Placed<'p> {
    phrase: &'p Phrase,
    channel: u8,
    at_ms: i64,
}

impl Placed<'_> {
    fn usual_ms(&self) -> i64 {
        i64::try_from(self.phrase.text.chars().count().saturating_mul(LETTER_MS)).unwrap_or(i64::MAX / 4)
    }
}

/// A passage per phrase, and gaps for utterances that none of them tells of.
pub(super) fn passages(survey: &Survey, operator: OperatorChannel, phrases: &[Phrase]) -> Vec<Passage> {
    let mut placed = placed(survey, operator, phrases);
    let shift = shift(survey, &placed);
    for phrase in &mut placed {
        phrase.at_ms = phrase.at_ms.saturating_add(shift);
    }
    let channels: std::collections::BTreeSet<u8> =
        survey.speech().map(|utterance| utterance.channel).chain(placed.iter().map(|p| p.channel)).collect();
    channels.into_iter().flat_map(|channel| of_channel(survey, channel, &placed)).collect()
}

/// Phrases with words, in order of time; one without a time begins when the one before has ended.
fn placed<'p>(survey: &Survey, operator: OperatorChannel, phrases: &'p [Phrase]) -> Vec<Placed<'p>> {
    let channel = |phrase: &Phrase| match (survey.layout, operator) {
        (ChannelLayout::Stereo, OperatorChannel::Left) => u8::from(!phrase.is_operator),
        (ChannelLayout::Stereo, OperatorChannel::Right) => u8::from(phrase.is_operator),
        _ => 0,
    };
    let mut placed: Vec<Placed<'_>> = Vec::new();
    for phrase in phrases.iter().filter(|phrase| !phrase.text.trim().is_empty()) {
        let told = phrase.start_ms.map(|ms| i64::try_from(ms).unwrap_or(i64::MAX / 4));
        let guessed = || placed.last().map_or(0, |last| last.at_ms.saturating_add(last.usual_ms()));
        let at_ms = told.unwrap_or_else(guessed);
        placed.push(Placed { phrase, channel: channel(phrase), at_ms });
    }
    placed.sort_by_key(|placed| placed.at_ms);
    placed
}

fn start(utterance: &Utterance) -> i64 {
    i64::try_from(utterance.start_ms).unwrap_or(i64::MAX / 4)
}

fn end(utterance: &Utterance) -> i64 {
    i64::try_from(utterance.end_ms).unwrap_or(i64::MAX / 4)
}

fn shift(survey: &Survey, placed: &[Placed<'_>]) -> i64 {
    let speech: Vec<&Utterance> = survey.speech().collect();
    let mut starts: std::collections::BTreeMap<u8, Vec<(i64, i64)>> = std::collections::BTreeMap::new();
    for utterance in &speech {
        starts.entry(utterance.channel).or_default().push((start(utterance), end(utterance)));
    }
    for channel in starts.values_mut() {
        channel.sort_unstable();
    }
    let fits = |shift: i64| -> i64 {
        let fit = |phrase: &Placed<'_>| {
            let at = phrase.at_ms.saturating_add(shift);
            let own = starts.get(&phrase.channel).map_or(&[][..], Vec::as_slice);
            // the last that begins before the phrase may have
            let last = own.partition_point(|(from, _)| *from <= at + NEAR_MS).checked_sub(1);
            match last.and_then(|last| own.get(last)) {
                Some((from, _)) if *from >= at - NEAR_MS => 2,
                Some((_, to)) if *to > at => 1,
                _ => 0,
            }
        };
        placed.iter().map(fit).sum()
    };
    let own = |phrase: &Placed<'_>| {
        let (at, channel) = (phrase.at_ms, phrase.channel);
        let begun = speech.iter().filter(move |utterance| utterance.channel == channel);
        begun.take(TRIED_UTTERANCES).map(move |utterance| start(utterance) - at).collect::<Vec<_>>()
    };
    let tried = placed.iter().take(TRIED_PHRASES).flat_map(own).chain(std::iter::once(0));
    tried.max_by_key(|shift| (fits(*shift), -shift.abs())).unwrap_or(0)
}

fn of_channel(survey: &Survey, channel: u8, placed: &[Placed<'_>]) -> Vec<Passage> {
    let phrases: Vec<&Placed<'_>> = placed.iter().filter(|phrase| phrase.channel == channel).collect();
    let mut groups: Vec<(Vec<&Placed<'_>>, Vec<Utterance>)> =
        phrases.iter().map(|phrase| (vec![*phrase], Vec::new())).collect();
    let mut unheard = Vec::new();
    for utterance in survey.speech().filter(|utterance| utterance.channel == channel) {
        let begun =
            phrases.partition_point(|phrase| phrase.at_ms - NEAR_MS <= start(utterance)).checked_sub(1);
        let told = begun.and_then(|at| Some((at, phrases.get(at)?))).filter(|(_, phrase)| {
            start(utterance) <= phrase.at_ms.saturating_add(phrase.usual_ms()).saturating_add(LATE_MS)
        });
        match told.and_then(|(at, _)| groups.get_mut(at)) {
            Some((_, utterances)) => utterances.push(utterance.clone()),
            None => unheard.push(utterance.clone()),
        }
    }
    joined(groups)
        .into_iter()
        .flat_map(|(phrases, utterances)| passage(survey, channel, &phrases, utterances))
        .chain(unheard.into_iter().map(|utterance| gap(channel, vec![utterance])))
        .collect()
}

type Group<'a, 'p> = (Vec<&'a Placed<'p>>, Vec<Utterance>);

/// A phrase that begins inside of what the one before it was given shares that: one breath, two phrases.
fn joined<'a, 'p>(groups: Vec<Group<'a, 'p>>) -> Vec<Group<'a, 'p>> {
    let mut joined: Vec<Group<'a, 'p>> = Vec::new();
    for (phrases, utterances) in groups {
        let at = phrases.first().map_or(0, |phrase| phrase.at_ms);
        match joined.last_mut() {
            Some((last, heard))
                if utterances.is_empty() && heard.last().is_some_and(|u| end(u) + NEAR_MS > at) =>
            {
                last.extend(phrases);
            }
            _ => joined.push((phrases, utterances)),
        }
    }
    joined
}

fn passage(
    survey: &Survey,
    channel: u8,
    phrases: &[&Placed<'_>],
    utterances: Vec<Utterance>,
) -> Vec<Passage> {
    let says =
        |placed: &&Placed<'_>| if placed.phrase.is_operator { Speaker::Operator } else { Speaker::Client };
    let speaker = phrases.first().map(says);
    let letters: usize = phrases.iter().map(|placed| placed.phrase.text.chars().count()).sum();
    let ms: u64 =
        utterances.iter().map(|utterance| utterance.end_ms.saturating_sub(utterance.start_ms)).sum();
    let segments = segments(survey, phrases, &utterances);
    let told =
        |utterances| Passage { utterances, channel, speaker, segments: Some(segments), dropped: Vec::new() };
    if u64::try_from(letters).unwrap_or(u64::MAX).saturating_mul(1000) > ms.saturating_mul(FASTEST) {
        // our placing is wrong, not the words: they stay, and the sound is not called understood
        let missed = (!utterances.is_empty()).then(|| gap(channel, utterances));
        return std::iter::once(told(Vec::new())).chain(missed).collect();
    }
    vec![told(utterances)]
}

fn gap(channel: u8, utterances: Vec<Utterance>) -> Passage {
    Passage { utterances, channel, speaker: None, segments: Some(Vec::new()), dropped: Vec::new() }
}

/// From where each phrase begins to where the next one does; the last one to the end of the speech.
fn segments(survey: &Survey, phrases: &[&Placed<'_>], utterances: &[Utterance]) -> Vec<HeardSegment> {
    let clip = |ms: i64| u64::try_from(ms).unwrap_or(0).min(survey.duration_ms);
    let last_end = utterances.last().map(|utterance| utterance.end_ms);
    let starts: Vec<u64> = phrases
        .iter()
        .enumerate()
        .map(|(n, placed)| match (utterances.first(), n) {
            (Some(first), 0) => first.start_ms,
            (Some(first), _) => clip(placed.at_ms).clamp(first.start_ms, last_end.unwrap_or(first.end_ms)),
            (None, _) => clip(placed.at_ms),
        })
        .collect();
    let segment = |(n, placed): (usize, &&Placed<'_>)| {
        let start_ms = starts.get(n).copied().unwrap_or_default();
        let usual = || clip(placed.at_ms.saturating_add(placed.usual_ms()));
        let end_ms = starts.get(n + 1).copied().or(last_end).unwrap_or_else(usual).max(start_ms);
        let text = placed.phrase.text.trim().to_owned();
        HeardSegment { start_ms, end_ms, text, avg_logprob: None, words: Vec::new() }
    };
    phrases.iter().enumerate().map(segment).collect()
}
