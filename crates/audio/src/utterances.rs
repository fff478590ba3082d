//! The second pass: the sound of each utterance that passed the gates, in order of start.
//!
//! Only utterances that have begun and are not yet given out are in memory: two channels of at most half a
//! minute each. The pass stops behind the last one.

use std::collections::VecDeque;
use std::path::Path;

use domain::{Survey, Utterance};

use crate::resample::Stream16k;
use crate::units::{RATE, count, index, ms_to_frames};
use crate::{AudioError, AudioLimits};

/// An utterance and its sound.
#[derive(Debug, Clone, PartialEq)]
pub struct UtterancePcm {
    /// As the survey found it.
    pub utterance: Utterance,
    /// Mono, 16 kHz, ±1.
    pub pcm: Vec<f32>,
}

/// Iterates over the utterances of a recording.
pub struct UtteranceReader {
    stream: Stream16k,
    waiting: VecDeque<UtterancePcm>,
    position: u64,
    ended: bool,
}

/// Opens a recording again to hear the utterances that passed. Blocks: use it on a blocking thread.
///
/// # Errors
/// As [`survey`](crate::survey()); a file that changed since shows as whatever it is now.
pub fn read_utterances(path: &Path, survey: &Survey) -> Result<UtteranceReader, AudioError> {
    // the survey has been within the limits; a little slack for the resampler's rounding
    let limits =
        AudioLimits { max_duration_ms: survey.duration_ms.saturating_add(1000), ..AudioLimits::default() };
    let stream = Stream16k::open(path, &AudioLimits { max_bytes: u64::MAX, ..limits })?;
    let mut waiting: Vec<_> =
        survey.speech().cloned().map(|utterance| UtterancePcm { utterance, pcm: Vec::new() }).collect();
    waiting.sort_by_key(|w| (w.utterance.start_ms, w.utterance.channel));
    Ok(UtteranceReader { stream, waiting: waiting.into(), position: 0, ended: false })
}

impl UtteranceReader {
    /// Gives the next block of sound to the utterances that it belongs to; false at the end.
    fn advance(&mut self) -> Result<bool, AudioError> {
        let Some(block) = self.stream.next()? else { return Ok(false) };
        let from = self.position;
        let to = from + count(block.first().map_or(0, Vec::len));
        self.position = to;
        for one in &mut self.waiting {
            let start = ms_to_frames(one.utterance.start_ms, RATE);
            let end = ms_to_frames(one.utterance.end_ms, RATE);
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
        self.waiting.front().is_some_and(|w| ms_to_frames(w.utterance.end_ms, RATE) <= self.position)
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
