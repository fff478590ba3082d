//! Phrases laid on a line of time, and the files that are made of it: an MP3 of both voices by
//! laying frames end to end, a WAV of one leg by adding samples.
//!
//! Every recording has noise of its own, so no two files have the same bytes.

use bytes::Bytes;
use domain::Speaker;

use super::bank::{Bank, FRAME_MS, FRAME_SAMPLES, Phrase, RATE};
use super::call::LegSide;
use crate::dice::Dice;

/// Peak of the noise on a leg: about -56 dBFS in the mean.
const NOISE: f32 = 0.0027;

/// A phrase in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) dialogue: usize,
    pub(super) phrase: usize,
    /// Frame at which it begins.
    pub(super) at: usize,
}

/// One recording: what is said when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Timeline {
    pub(super) placed: Vec<Placed>,
    /// Whole length, frames.
    pub(super) frames: usize,
    /// Of its noise.
    pub(super) seed: u64,
}

impl Timeline {
    /// Lays phrases one after another with pauses between them.
    pub(super) fn of(bank: &Bank, chosen: &[(usize, usize)], dice: &mut Dice) -> Self {
        let mut at = dice.between(3, 9) as usize;
        let mut placed = Vec::with_capacity(chosen.len());
        for &(dialogue, phrase) in chosen {
            let Some(found) = bank.dialogues().get(dialogue).and_then(|d| d.phrases.get(phrase)) else {
                continue;
            };
            placed.push(Placed { dialogue, phrase, at });
            // phrases bring some 0.2 s of silence at either end themselves
            at += found.frames + dice.between(1, 9) as usize;
        }
        Self { placed, frames: at + dice.between(2, 8) as usize, seed: dice.next() }
    }

    /// A line on which nobody speaks.
    pub(super) fn silent(frames: usize, dice: &mut Dice) -> Self {
        Self { placed: Vec::new(), frames, seed: dice.next() }
    }

    pub(super) fn ms(&self) -> u64 {
        self.frames as u64 * FRAME_MS
    }

    fn phrases<'a>(&'a self, bank: &'a Bank) -> impl Iterator<Item = (&'a Placed, &'a Phrase)> {
        self.placed.iter().filter_map(|placed| {
            let phrase = bank.dialogues().get(placed.dialogue)?.phrases.get(placed.phrase)?;
            Some((placed, phrase))
        })
    }

    /// Who says what when, ms in this recording.
    pub(super) fn words<'a>(&'a self, bank: &'a Bank) -> impl Iterator<Item = (Speaker, u64, u64, &'a str)> {
        self.phrases(bank).map(|(placed, phrase)| {
            let at = placed.at as u64 * FRAME_MS;
            (phrase.speaker, at + phrase.start_ms, at + phrase.end_ms, phrase.text.as_str())
        })
    }

    /// Both voices, MP3.
    pub(super) fn mp3(&self, bank: &Bank) -> Bytes {
        let mut dice = Dice::new(self.seed, 0);
        let mut out = Vec::with_capacity(self.frames * super::bank::FRAME_BYTES);
        let mut frame = 0;
        for (placed, phrase) in self.phrases(bank) {
            (frame..placed.at).for_each(|_| out.extend_from_slice(bank.noise(dice.next())));
            out.extend_from_slice(phrase.bytes());
            frame = placed.at + phrase.frames;
        }
        (frame..self.frames).for_each(|_| out.extend_from_slice(bank.noise(dice.next())));
        Bytes::from(out)
    }

    /// One voice, WAV: PCM, 16 bit, mono, 8 kHz.
    pub(super) fn leg_wav(&self, bank: &Bank, side: LegSide) -> Bytes {
        let (speaker, lane) = match side {
            LegSide::Operator => (Speaker::Operator, 1),
            LegSide::Client => (Speaker::Client, 2),
        };
        let mut pcm = noise(self.frames * FRAME_SAMPLES, &mut Dice::new(self.seed, lane));
        for (placed, phrase) in self.phrases(bank).filter(|(_, phrase)| phrase.speaker == speaker) {
            let place = pcm.iter_mut().skip(placed.at * FRAME_SAMPLES);
            place.zip(bank.pcm(phrase)).for_each(|(out, x)| *out += x);
        }
        wav(&pcm)
    }
}

fn noise(samples: usize, dice: &mut Dice) -> Vec<f32> {
    let mut pcm = Vec::with_capacity(samples + 8);
    while pcm.len() < samples {
        // eight samples of each number: white enough for a line
        pcm.extend(dice.next().to_le_bytes().map(|byte| (f32::from(byte) / 127.5 - 1.0) * NOISE));
    }
    pcm.truncate(samples);
    pcm
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to 16 bits")]
fn wav(pcm: &[f32]) -> Bytes {
    let bytes = u32::try_from(pcm.len() * 2).unwrap_or(u32::MAX);
    let mut out = Vec::with_capacity(44 + pcm.len() * 2);
    out.extend_from_slice(b"RIFF");
    out.extend_from_slice(&bytes.saturating_add(36).to_le_bytes());
    out.extend_from_slice(b"WAVEfmt ");
    out.extend_from_slice(&16_u32.to_le_bytes());
    out.extend_from_slice(&1_u16.to_le_bytes()); // PCM
    out.extend_from_slice(&1_u16.to_le_bytes()); // mono
    out.extend_from_slice(&RATE.to_le_bytes());
    out.extend_from_slice(&(RATE * 2).to_le_bytes());
    out.extend_from_slice(&2_u16.to_le_bytes());
    out.extend_from_slice(&16_u16.to_le_bytes());
    out.extend_from_slice(b"data");
    out.extend_from_slice(&bytes.to_le_bytes());
    out.extend(pcm.iter().flat_map(|x| ((x.clamp(-1.0, 1.0) * 32767.0) as i16).to_le_bytes()));
    Bytes::from(out)
}
