//! What of the detected speech is no speech: too quiet, the other channel heard through, tones, hold music.
//!
//! Thresholds were measured on telephone calls. Each gate errs on the side of speech: a phrase that is dropped
//! is lost, a tone that passes is only work for the recogniser.

use std::ops::Range;

use domain::UtteranceGate;

use crate::meter::{KEY, STEADY, Trace, unpack_pitch};
use crate::units::{count, dbfs_to_power, narrow, power_to_dbfs, real64, unpack_level};

/// Thresholds of the gates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GateOptions {
    /// Under this level an utterance is dropped, dBFS.
    pub min_level_dbfs: f32,
    /// Dropped when the other channel is louder by more than this over the same interval, dB.
    pub crosstalk_db: f32,
    /// Dropped when the strongest spectral line has more than this share of the energy.
    pub tone_share: f32,
    /// Music and line noise are only looked for in utterances of at least this length, ms.
    pub music_min_ms: u64,
}

impl Default for GateOptions {
    fn default() -> Self {
        Self { min_level_dbfs: -50.0, crosstalk_db: 20.0, tone_share: 0.95, music_min_ms: 4_000 }
    }
}

/// Windows in a row that make a tone: 6 · 32 ms. Vowels that look like a line do not stand still so long.
const TONE_RUN: usize = 6;
/// Keys are pressed shorter, and two exact lines are surer than one.
const KEY_RUN: usize = 2;

/// Per window: inside of a tone (ringing, beep, busy signal, key).
pub(crate) fn tones(trace: &Trace, options: &GateOptions) -> Vec<bool> {
    let line = crate::units::to_u8(options.tone_share * 255.0);
    let mut tone = vec![false; trace.line.len()];
    for (least, is) in [
        (TONE_RUN, &(|w: usize| trace.line.get(w).is_some_and(|l| *l >= line)) as &dyn Fn(usize) -> bool),
        (KEY_RUN, &|w| trace.marks.get(w).is_some_and(|m| m & KEY != 0)),
    ] {
        let steady = |w: usize| trace.marks.get(w).is_some_and(|m| m & STEADY != 0);
        let mut start = 0;
        for w in 0..=tone.len() {
            let goes_on = w < tone.len() && is(w) && (w == start || least == KEY_RUN || steady(w));
            if goes_on {
                continue;
            }
            if w - start >= least {
                // the windows at the edges hold the tone's beginning and end
                let from = start.saturating_sub(1);
                tone.iter_mut().take(w + 1).skip(from).for_each(|t| *t = true);
            }
            start = if w < tone.len() && is(w) { w } else { w + 1 };
        }
    }
    tone
}

/// RMS level of an interval, dBFS.
pub(crate) fn level_dbfs(trace: &Trace, frames: &Range<usize>) -> f32 {
    let levels = trace.level.get(clip(frames, trace.level.len())).unwrap_or_default();
    let sum: f64 = levels.iter().map(|l| dbfs_to_power(unpack_level(*l))).sum();
    power_to_dbfs(sum / real64(count(levels.len().max(1))))
}

/// Judges one utterance of a channel; `other` is the other channel of a stereo recording.
pub(crate) fn judge(
    trace: &Trace,
    other: Option<&Trace>,
    frames: &Range<usize>,
    options: &GateOptions,
) -> UtteranceGate {
    let level = level_dbfs(trace, frames);
    if level < options.min_level_dbfs {
        UtteranceGate::TooQuiet
    } else if other.is_some_and(|o| level_dbfs(o, frames) - level > options.crosstalk_db) {
        UtteranceGate::Crosstalk
    } else if line_share(trace, frames) > options.tone_share {
        UtteranceGate::Tone
    } else {
        UtteranceGate::Passed
    }
}

/// Share of the strongest line, weighted by energy.
fn line_share(trace: &Trace, frames: &Range<usize>) -> f32 {
    let (mut lines, mut all) = (0.0, 0.0);
    for frame in clip(frames, trace.level.len()) {
        let power = trace.level.get(frame).map_or(0.0, |l| dbfs_to_power(unpack_level(*l)));
        let window = frame / 2;
        let key = trace.marks.get(window).is_some_and(|m| m & KEY != 0);
        let share = if key { 1.0 } else { trace.line.get(window).map_or(0.0, |l| f64::from(*l) / 255.0) };
        lines += power * share;
        all += power;
    }
    if all > 0.0 { narrow(lines / all) } else { 0.0 }
}

/// Median pitch of the voiced windows, Hz; `None` where few are voiced or they disagree.
pub(crate) fn pitch_hz(trace: &Trace, frames: &Range<usize>) -> Option<f32> {
    let windows = frames.start / 2..frames.end.div_ceil(2);
    let mut voiced: Vec<u8> =
        trace.pitch.get(clip(&windows, trace.pitch.len()))?.iter().copied().filter(|p| *p > 0).collect();
    voiced.sort_unstable();
    let quarter = |n: usize| voiced.get(voiced.len() * n / 4).copied().and_then(unpack_pitch);
    // 5 windows are 160 ms; quartiles an octave apart are two voices or a guess
    if voiced.len() < 5 || quarter(3)? > 1.8 * quarter(1)? {
        return None;
    }
    quarter(2)
}

fn clip(range: &Range<usize>, len: usize) -> Range<usize> {
    range.start.min(len)..range.end.min(len)
}
