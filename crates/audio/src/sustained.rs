//! Hold music and line noise: sound without syllables.
//!
//! Speech rises and falls several times a second. Between the 10th and the 90th percentile of its level lie 37 dB
//! in a quiet call, still 7.6 dB over music or hum as loud as the voice itself, and 8 dB over noise 3 dB under
//! it (measured). Sustained chords and melodies stay within 4 dB, line noise within 1.6. Music with drums or
//! plucked strings may pass: dropping a phrase would be worse.

use std::ops::Range;

use crate::gates::clip;
use crate::meter::{STEADY, Trace};
use crate::units::{count, real64, unpack_level};

/// Frames at either end that are the detector's pads.
const PADS: usize = 12;
/// Steady line noise is sure after so many frames: 1.5 s.
const NOISE_FRAMES: usize = 94;

/// Whether an utterance of at least `music_frames` is sustained sound (shorter ones: steady noise only).
pub(crate) fn is_sustained(trace: &Trace, frames: &Range<usize>, music_frames: usize) -> bool {
    let inner = frames.start + PADS..frames.end.saturating_sub(PADS);
    if inner.len() < NOISE_FRAMES.min(music_frames) {
        return false;
    }
    let Some(envelope) = Envelope::of(trace, &inner) else { return false };
    let windows = inner.start / 2..inner.end / 2;
    let share = |of: &[u8], is: &dyn Fn(u8) -> bool| {
        let all = of.get(clip(&windows, of.len())).unwrap_or_default();
        real64(count(all.iter().filter(|x| is(**x)).count())) / real64(count(all.len().max(1)))
    };
    let steady = share(&trace.marks, &|m| m & STEADY != 0);
    let voiced = share(&trace.pitch, &|p| p > 0);
    let lined = share(&trace.line, &|l| l > LINE);
    let noise = inner.len() >= NOISE_FRAMES
        && envelope.spread_db <= 2.5
        && voiced <= 0.03
        && lined <= 0.03
        && steady <= 0.2;
    let music = inner.len() >= music_frames
        && envelope.dips <= 0.08
        && envelope.spread_db <= 5.0
        && steady >= 0.5
        && lined >= 0.7;
    noise || music
}

/// A window with a line worth the name: over a quarter of its energy.
const LINE: u8 = 64;

struct Envelope {
    /// Share of frames 6 dB under the mean level.
    dips: f64,
    /// From the 10th to the 90th percentile, dB.
    spread_db: f32,
}

impl Envelope {
    fn of(trace: &Trace, frames: &Range<usize>) -> Option<Self> {
        let mean = crate::gates::level_dbfs(trace, frames);
        let mut levels: Vec<u8> = trace.level.get(clip(frames, trace.level.len()))?.to_vec();
        // packed levels count decibels downwards
        levels.sort_unstable();
        let dips = levels.iter().filter(|l| unpack_level(**l) < mean - 6.0).count();
        let tenth = levels.len() / 10;
        let loud = levels.get(tenth)?;
        let quiet = levels.get(levels.len().checked_sub(tenth + 1)?)?;
        Some(Self {
            dips: real64(count(dips)) / real64(count(levels.len())),
            spread_db: unpack_level(*loud) - unpack_level(*quiet),
        })
    }
}
