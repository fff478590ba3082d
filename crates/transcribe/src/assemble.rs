//! From what an engine heard, utterance by utterance, to the transcript: guards, speakers,
//! order, coverage, talk metrics. The same for every engine.

use audio::{SpokenInterval, talk_metrics};
use domain::{
    ChannelLayout, DropReason, DroppedSegment, EngineName, OperatorChannel, Segment, Speaker, Survey,
    Transcript, Utterance, Word,
};

use crate::{coverage, guards, speakers};

/// Changes when guards or assembly change the words: part of an engine's
/// [`options_key`](crate::Transcriber::options_key).
pub const GUARDS_VERSION: &str = "g1";

/// Sentences of one utterance are joined over pauses up to this, ms…
const JOIN_PAUSE_MS: u64 = 1000;
/// …while the whole stays under this, ms: a reader and a player want short pieces.
const JOIN_UP_TO_MS: u64 = 20_000;

/// Text with times, ms from the start of the recording.
#[derive(Debug, Clone, PartialEq)]
pub struct HeardSegment {
    /// Start, ms.
    pub start_ms: u64,
    /// End, ms.
    pub end_ms: u64,
    /// The words.
    pub text: String,
    /// Mean log probability of the tokens, where the engine tells.
    pub avg_logprob: Option<f32>,
    /// Words with times, where the engine tells.
    pub words: Vec<Word>,
}

/// Neighbouring utterances that an engine heard together, and what it made of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Passage {
    /// The utterances, in order of start; none where the source has words but the detector heard nothing.
    pub utterances: Vec<Utterance>,
    /// Its channel: whose words these are.
    pub channel: u8,
    /// Who speaks, where the engine itself knows; else the channel or the voice tells.
    pub speaker: Option<Speaker>,
    /// The text; `None`: the engine failed on it, which becomes a gap.
    pub segments: Option<Vec<HeardSegment>>,
    /// What the engine's own marks give away as never said.
    pub dropped: Vec<(HeardSegment, DropReason)>,
}

impl From<Heard> for Passage {
    fn from(heard: Heard) -> Self {
        let channel = heard.utterance.channel;
        Self {
            utterances: vec![heard.utterance],
            channel,
            speaker: None,
            segments: heard.segments,
            dropped: Vec::new(),
        }
    }
}

impl Passage {
    /// Speech in it, ms.
    pub fn speech_ms(&self) -> u64 {
        self.utterances.iter().map(length_ms).sum()
    }
}

pub(crate) fn length_ms(utterance: &Utterance) -> u64 {
    utterance.end_ms.saturating_sub(utterance.start_ms)
}

/// What the engine made of one utterance.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// The utterance.
    pub utterance: Utterance,
    /// Its text; `None`: the engine failed on it, which becomes a gap.
    pub segments: Option<Vec<HeardSegment>>,
}

/// A passage after the guards.
pub(crate) struct Judged {
    pub(crate) utterances: Vec<Utterance>,
    pub(crate) channel: u8,
    pub(crate) speaker: Option<Speaker>,
    pub(crate) kept: Vec<HeardSegment>,
    pub(crate) dropped: Vec<(HeardSegment, DropReason)>,
    pub(crate) failed: bool,
}

impl Judged {
    fn start_ms(&self) -> Option<u64> {
        let spoken = self.utterances.first().map(|utterance| utterance.start_ms);
        spoken.or_else(|| self.kept.first().map(|segment| segment.start_ms))
    }
}

/// Puts the transcript together. The order of `heard` does not matter.
pub fn assemble(
    engine: EngineName,
    language: &str,
    survey: &Survey,
    operator: OperatorChannel,
    heard: Vec<Heard>,
) -> Transcript {
    assemble_passages(engine, language, survey, operator, heard.into_iter().map(Passage::from).collect())
}

/// The same for engines that hear several utterances together.
pub fn assemble_passages(
    engine: EngineName,
    language: &str,
    survey: &Survey,
    operator: OperatorChannel,
    heard: Vec<Passage>,
) -> Transcript {
    let mut judged: Vec<Judged> = heard.into_iter().map(judge).collect();
    judged.sort_by_key(|judged| (judged.start_ms(), judged.channel));
    let guessed = speakers::tell_apart(survey, operator, &judged);
    let who: Vec<Speaker> =
        judged.iter().zip(guessed).map(|(judged, guessed)| judged.speaker.unwrap_or(guessed)).collect();
    let coverage = coverage::measure(&judged);
    let metrics = talk_metrics(&intervals(&judged, &who), survey.duration_ms);

    let (mut segments, mut dropped) = (Vec::new(), Vec::new());
    for (judged, speaker) in judged.into_iter().zip(who) {
        let channel = judged.channel;
        // in mono the next sentence may be another person's
        let kept = if survey.layout == ChannelLayout::Stereo { join(judged.kept) } else { judged.kept };
        segments.extend(kept.into_iter().map(|heard| segment(heard, speaker, channel)));
        dropped.extend(
            judged
                .dropped
                .into_iter()
                .map(|(heard, reason)| DroppedSegment { segment: segment(heard, speaker, channel), reason }),
        );
    }
    segments.sort_by_key(|segment| (segment.start_ms, segment.channel));
    Transcript {
        engine,
        language: language.to_owned(),
        segments,
        dropped,
        coverage: Some(coverage),
        metrics: Some(metrics),
        cost: None,
    }
}

/// Segments and those that the guards throw out, with the reason.
pub(crate) type Sifted = (Vec<HeardSegment>, Vec<(HeardSegment, DropReason)>);

/// The guards, on all that was heard in so much speech.
pub(crate) fn sift(segments: Vec<HeardSegment>, speech_ms: u64) -> Sifted {
    let chars = segments.iter().map(|segment| segment.text.chars().count()).sum();
    let (mut kept, mut dropped) = (Vec::new(), Vec::new());
    for segment in segments.into_iter().filter(|segment| segment.text.chars().any(char::is_alphanumeric)) {
        match guards::verdict(&segment, speech_ms, chars) {
            None => kept.push(segment),
            Some(reason) => {
                tracing::debug!(?reason, start_ms = segment.start_ms, "segment dropped");
                dropped.push((segment, reason));
            }
        }
    }
    (kept, dropped)
}

fn judge(heard: Passage) -> Judged {
    let speech_ms = heard.speech_ms();
    let failed = heard.segments.is_none();
    // without an utterance there is nothing to measure words against
    let ms = if heard.utterances.is_empty() { u64::MAX } else { speech_ms };
    let (kept, mut dropped) = sift(heard.segments.unwrap_or_default(), ms);
    dropped.extend(heard.dropped);
    let Passage { utterances, channel, speaker, .. } =
        Passage { segments: None, dropped: Vec::new(), ..heard };
    Judged { utterances, channel, speaker, kept, dropped, failed }
}

/// Sentences that belong together become one segment.
fn join(heard: Vec<HeardSegment>) -> Vec<HeardSegment> {
    let mut joined: Vec<HeardSegment> = Vec::new();
    for next in heard {
        match joined.last_mut() {
            Some(last)
                if next.start_ms.saturating_sub(last.end_ms) <= JOIN_PAUSE_MS
                    && next.end_ms.saturating_sub(last.start_ms) <= JOIN_UP_TO_MS =>
            {
                last.avg_logprob = weighted(last, &next);
                last.end_ms = last.end_ms.max(next.end_ms);
                last.text.push(' ');
                last.text.push_str(&next.text);
                last.words.extend(next.words);
            }
            _ => joined.push(next),
        }
    }
    joined
}

/// Mean weighted by length: a «да» does not outweigh a sentence.
fn weighted(one: &HeardSegment, two: &HeardSegment) -> Option<f32> {
    let weight =
        |segment: &HeardSegment| f32::from(u16::try_from(segment.text.chars().count()).unwrap_or(u16::MAX));
    let (a, b) = (weight(one), weight(two));
    Some((one.avg_logprob? * a + two.avg_logprob? * b) / (a + b).max(1.0))
}

fn segment(heard: HeardSegment, speaker: Speaker, channel: u8) -> Segment {
    Segment {
        speaker,
        channel,
        start_ms: Some(heard.start_ms),
        end_ms: Some(heard.end_ms),
        text: heard.text,
        avg_logprob: heard.avg_logprob,
        words: heard.words,
    }
}

/// Speech by the detector, with the number of words that were heard in it.
fn intervals(judged: &[Judged], who: &[Speaker]) -> Vec<SpokenInterval> {
    let speech = judged.iter().zip(who).filter(|(judged, _)| !coverage::is_no_speech(judged));
    let each = |(judged, speaker): (&Judged, &Speaker)| {
        let words: usize = judged.kept.iter().map(|s| s.text.split_whitespace().count()).sum();
        let mut left = u32::try_from(words).unwrap_or(u32::MAX);
        let mut speech_ms: u64 = judged.utterances.iter().map(length_ms).sum();
        let mut intervals = Vec::with_capacity(judged.utterances.len());
        for utterance in &judged.utterances {
            // the words of a passage are spread over its utterances by their lengths
            let ms = length_ms(utterance);
            let share = u64::from(left) * ms / speech_ms.max(1);
            let words = if ms == speech_ms { left } else { u32::try_from(share).unwrap_or(left) };
            left -= words;
            speech_ms -= ms;
            let (start_ms, end_ms) = (utterance.start_ms, utterance.end_ms);
            intervals.push(SpokenInterval { speaker: *speaker, start_ms, end_ms, words });
        }
        intervals
    };
    let mut intervals: Vec<_> = speech.flat_map(each).collect();
    intervals.sort_by_key(|interval| interval.start_ms);
    intervals
}

#[cfg(test)]
mod tests {
    use test_support::utterance;

    use super::*;

    fn survey(layout: ChannelLayout, utterances: Vec<Utterance>) -> Survey {
        Survey { duration_ms: 60_000, utterances, ..test_support::survey(layout, &[]) }
    }

    fn heard(utterance: &Utterance, texts: &[(u64, u64, &str)]) -> Heard {
        let segments = texts.iter().map(|(start_ms, end_ms, text)| HeardSegment {
            start_ms: *start_ms,
            end_ms: *end_ms,
            text: (*text).to_owned(),
            avg_logprob: Some(-0.2),
            words: Vec::new(),
        });
        Heard { utterance: utterance.clone(), segments: Some(segments.collect()) }
    }

    fn run(survey: &Survey, heard: Vec<Heard>) -> Transcript {
        let engine = EngineName { engine: "test".into(), model: String::new() };
        assemble(engine, "ru", survey, OperatorChannel::Left, heard)
    }

    #[test]
    fn both_channels_are_merged_by_time_and_labelled() {
        let all = [utterance(0, 0, 2000), utterance(1, 2500, 4000), utterance(0, 5000, 6000)];
        let survey = survey(ChannelLayout::Stereo, all.to_vec());
        let transcript = run(
            &survey,
            vec![
                heard(&all[2], &[(5000, 6000, "Хорошо.")]),
                heard(&all[1], &[(2500, 4000, "Здравствуйте.")]),
                heard(&all[0], &[(0, 900, "Алло."), (1000, 2000, "Слушаю вас.")]),
            ],
        );
        let seen: Vec<_> = transcript.segments.iter().map(|s| (s.speaker, s.text.as_str())).collect();
        assert_eq!(
            seen,
            [
                (Speaker::Operator, "Алло. Слушаю вас."),
                (Speaker::Client, "Здравствуйте."),
                (Speaker::Operator, "Хорошо."),
            ]
        );
        let metrics = transcript.metrics.unwrap();
        assert_eq!((metrics.operator_speech_ms, metrics.client_speech_ms), (Some(3000), Some(1500)));
    }

    #[test]
    fn sentences_in_mono_stay_apart() {
        let all = [utterance(0, 0, 4000)];
        let survey = survey(ChannelLayout::Mono, all.to_vec());
        let texts = [(0, 2000, "Здравствуйте, меня зовут Ирина."), (2000, 4000, "Мне не интересно.")];
        let transcript = run(&survey, vec![heard(&all[0], &texts)]);
        assert_eq!(transcript.segments.len(), 2);
        assert!(transcript.segments.iter().all(|segment| segment.speaker == Speaker::Unknown));
    }

    #[test]
    fn what_the_guards_drop_is_kept_apart_with_its_reason() {
        let all = [utterance(0, 0, 4000)];
        let survey = survey(ChannelLayout::Stereo, all.to_vec());
        let transcript = run(&survey, vec![heard(&all[0], &[(0, 4000, "Продолжение следует...")])]);
        assert!(transcript.segments.is_empty());
        assert_eq!(transcript.dropped[0].reason, DropReason::KnownHallucination);
        assert_eq!(transcript.coverage.unwrap().speech_ms, 0, "an invention is no speech");
    }

    #[test]
    fn an_utterance_that_the_engine_failed_on_is_a_flagged_gap_and_the_rest_stays() {
        let all = [utterance(0, 0, 4000), utterance(0, 5000, 6000)];
        let survey = survey(ChannelLayout::Stereo, all.to_vec());
        let failed = Heard { utterance: all[1].clone(), segments: None };
        let transcript = run(&survey, vec![heard(&all[0], &[(0, 4000, "Добрый день.")]), failed]);
        let coverage = transcript.coverage.unwrap();
        assert_eq!(transcript.segments.len(), 1);
        assert_eq!((coverage.gaps, coverage.incomplete), (vec![(0, 5000, 6000)], true));
    }
}
