//! The recording of a simulated call, made while it is held: the robot left, the client right.
//!
//! Words that nobody has recorded are silence of their length: nothing here synthesises speech.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use domain::{CallId, Segment, Speaker};

/// Samples a second: a telephone's.
const RATE: u32 = 8_000;
/// How long a letter takes in unhurried Russian speech, ms.
const LETTER_MS: u64 = 65;

/// A call's recording and where in it each phrase stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MadeRecording {
    /// Stereo, 16 bit: the robot left, the client right.
    pub(crate) wav: Bytes,
    /// The phrases.
    pub(crate) segments: Vec<Segment>,
}

/// Recordings under way and those that wait for the archive.
#[derive(Debug, Default)]
pub(crate) struct Recorder(Mutex<HashMap<CallId, Tape>>);

/// Two tracks of one call.
#[derive(Debug, Default)]
struct Tape {
    robot: Vec<i16>,
    client: Vec<i16>,
    segments: Vec<Segment>,
}

impl Recorder {
    fn with<T>(&self, work: impl FnOnce(&mut HashMap<CallId, Tape>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Somebody speaks now: how long, ms.
    pub(crate) fn speak(&self, call: CallId, speaker: Speaker, text: &str, sound: Option<&[i16]>) -> u64 {
        let silent = reckoned(text);
        self.with(|tapes| {
            let tape = tapes.entry(call).or_default();
            let samples = sound.map_or_else(|| samples(silent), <[i16]>::len);
            let (robot, client) = match speaker {
                Speaker::Operator => (sound, None),
                _ => (None, sound),
            };
            let start = ms(tape.robot.len());
            lay(&mut tape.robot, robot, samples);
            lay(&mut tape.client, client, samples);
            let end = ms(tape.robot.len());
            tape.segments.push(Segment {
                speaker,
                channel: u8::from(speaker != Speaker::Operator),
                start_ms: Some(start),
                end_ms: Some(end),
                text: text.to_owned(),
                avg_logprob: None,
                words: Vec::new(),
            });
            end - start
        })
    }

    /// Both keep silent.
    pub(crate) fn pause(&self, call: CallId, length_ms: u64) {
        self.with(|tapes| {
            let tape = tapes.entry(call).or_default();
            lay(&mut tape.robot, None, samples(length_ms));
            lay(&mut tape.client, None, samples(length_ms));
        });
    }

    /// The recording of a call that is over.
    pub(crate) fn take(&self, call: CallId) -> Option<MadeRecording> {
        let tape = self.with(|tapes| tapes.remove(&call))?;
        Some(MadeRecording { wav: wav(&tape.robot, &tape.client), segments: tape.segments })
    }
}

fn lay(track: &mut Vec<i16>, sound: Option<&[i16]>, length: usize) {
    let end = track.len() + length;
    track.extend(sound.into_iter().flatten());
    track.resize(end.max(track.len()), 0);
}

/// How long words take that nobody has recorded, ms.
fn reckoned(text: &str) -> u64 {
    (text.chars().count() as u64 * LETTER_MS).max(400)
}

fn samples(length_ms: u64) -> usize {
    usize::try_from(length_ms * u64::from(RATE) / 1000).unwrap_or(0)
}

fn ms(samples: usize) -> u64 {
    samples as u64 * 1000 / u64::from(RATE)
}

/// RIFF, PCM, two channels.
fn wav(left: &[i16], right: &[i16]) -> Bytes {
    let data = u32::try_from(left.len().max(right.len()) * 4).unwrap_or(u32::MAX - 36);
    let mut out = Vec::with_capacity(44 + left.len() * 4);
    out.extend_from_slice(b"RIFF");
    out.extend_from_slice(&(data + 36).to_le_bytes());
    out.extend_from_slice(b"WAVEfmt ");
    out.extend_from_slice(&16_u32.to_le_bytes());
    out.extend_from_slice(&1_u16.to_le_bytes());
    out.extend_from_slice(&2_u16.to_le_bytes());
    out.extend_from_slice(&RATE.to_le_bytes());
    out.extend_from_slice(&(RATE * 4).to_le_bytes());
    out.extend_from_slice(&4_u16.to_le_bytes());
    out.extend_from_slice(&16_u16.to_le_bytes());
    out.extend_from_slice(b"data");
    out.extend_from_slice(&data.to_le_bytes());
    for at in 0..left.len().max(right.len()) {
        for track in [left, right] {
            out.extend_from_slice(&track.get(at).copied().unwrap_or(0).to_le_bytes());
        }
    }
    out.into()
}
