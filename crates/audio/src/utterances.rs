//! The second pass: the sound of each utterance that passed the gates, in order of start.
//!
//! Only utterances that have begun and are not yet given out are in memory: two channels of at most half a
//! minute each. The pass stops behind the last one.

use std::collections::VecDeque;
use std::path::Path;

use domain::{Survey, Utterance};

use crate::resample::Stream;
use crate::units::{count, index, ms_to_frames};
use crate::{AudioError, AudioLimits};

/// An utterance and its sound.
#[derive(Debug, Clone, PartialEq)]
pub struct UtterancePcm {
    /// As the survey found it.
    pub utterance: Utterance,
    /// Mono, ±1, at the rate of its reader.
    pub pcm: Vec<f32>,
}

/// Iterates over the utterances of a recording.
pub struct UtteranceReader {
    sound: Stream,
    rate: u32,
    waiting: VecDeque<UtterancePcm>,
    position: u64,
    ended: bool,
}

/// Opens a recording again to hear the utterances that passed, at 16 kHz. Blocks: use it on a blocking thread.
///
/// # Errors
/// As [`survey`](crate::survey()); a file that changed since shows as whatever it is now.
pub fn read_utterances(path: &Path, survey: &Survey) -> Result<UtteranceReader, AudioError> {
    Ok(UtteranceReader::new(Stream::at_16k(path, &limits(survey))?, survey))
}

/// The same, but telephony stays at its 8 kHz: whoever sends it on need not double it, for no sound is added by
/// that. Everything else comes at 16 kHz; [`UtteranceReader::rate_hz`] tells which.
///
/// # Errors
/// As [`read_utterances`].
pub fn read_utterances_as_they_are(path: &Path, survey: &Survey) -> Result<UtteranceReader, AudioError> {
    Ok(UtteranceReader::new(Stream::as_it_is(path, &limits(survey))?, survey))
}

/// The survey has been within the limits; a little slack for the resampler's rounding.
fn limits(survey: &Survey) -> AudioLimits {
    let max_duration_ms = survey.duration_ms.saturating_add(1000);
    AudioLimits { max_duration_ms, max_bytes: u64::MAX, ..AudioLimits::default() }
}

impl UtteranceReader {
    fn new(sound: Stream, survey: &Survey) -> Self {
        let rate = sound.rate();
        let speech = survey.speech().cloned();
        let mut waiting: Vec<_> =
            speech.map(|utterance| UtterancePcm { utterance, pcm: Vec::new() }).collect();
        waiting.sort_by_key(|w| (w.utterance.start_ms, w.utterance.channel));
        Self { sound, rate, waiting: waiting.into(), position: 0, ended: false }
    }

    /// The rate of what it hands out, Hz.
    pub fn rate_hz(&self) -> u32 {
        self.rate
    }

    /// Gives the next block of sound to the utterances that it belongs to; false at the end.
    fn advance(&mut self) -> Result<bool, AudioError> {
        let Some(block) = self.sound.next()? else { return Ok(false) };
        let from = self.position;
        let to = from + count(block.first().map_or(0, Vec::len));
        self.position = to;
        for one in &mut self.waiting {
            let start = ms_to_frames(one.utterance.start_ms, self.rate);
            let end = ms_to_frames(one.utterance.end_ms, self.rate);
            if start >= to {
                break;
            }
            if end <= from {
                continue;
            }
            let part = index(start.max(from) - from)..index(end.min(to) - from);
            if let Some(sound) = block.get(usize::from(one.utterance.channel)).and_then(|p| p.get(part)) {
                one.pcm.extend_from_slice(sound);
            }
        }
        Ok(true)
    }

    fn first_is_complete(&self) -> bool {
        self.waiting.front().is_some_and(|w| ms_to_frames(w.utterance.end_ms, self.rate) <= self.position)
    }
}

impl Iterator for UtteranceReader {
    type Item = Result<UtterancePcm, AudioError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended && !self.waiting.is_empty() && !self.first_is_complete() {
            match self.advance() {
                Ok(true) => {}
                Ok(false) => self.ended = true,
                Err(e) => {
                    self.ended = true;
                    self.waiting.clear();
                    return Some(Err(e));
                }
            }
        }
        self.waiting.pop_front().map(Ok)
    }
}
