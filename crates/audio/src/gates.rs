//! What of the detected speech is no speech: too quiet, the other channel heard through, tones, hold music.
//!
//! Thresholds were measured on telephone calls. Each gate errs on the side of speech: a phrase that is dropped
//! is lost, a tone that passes is only work for the recogniser.

use std::ops::Range;

use domain::UtteranceGate;

use crate::meter::{KEY, STEADY, Trace, unpack_pitch};
use crate::sustained::is_sustained;
use crate::units::{
    FRAME_MS, count, dbfs_to_power, index, narrow, power_to_dbfs, real64, to_u8, unpack_level,
};

/// Thresholds of the gates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GateOptions {
    /// Under this level an utterance is dropped, dBFS.
    pub min_level_dbfs: f32,
    /// Dropped when the other channel is louder by more than this over the same interval, dB.
    pub crosstalk_db: f32,
    /// Dropped when the strongest spectral line has more than this share of the energy.
    pub tone_share: f32,
    /// Music is only looked for in utterances of at least this length, ms.
    pub music_min_ms: u64,
}

impl Default for GateOptions {
    fn default() -> Self {
        Self { min_level_dbfs: -50.0, crosstalk_db: 20.0, tone_share: 0.95, music_min_ms: 4_000 }
    }
}

/// Windows in a row that make a tone: 6 · 32 ms. Vowels that look like a line do not stand still so long.
const TONE_RUN: usize = 6;
/// Median share of the line in a tone: 0.98 of 255.
const PURE: u8 = 250;
/// Loudest against quietest frame in a tone: 6 steps of 0.4 dB.
const LEVEL_SPREAD: u8 = 6;
/// Keys are pressed shorter, and two exact lines are surer than one.
const KEY_RUN: usize = 2;

/// Per window: inside of a tone (ringing, beep, busy signal, key).
pub(crate) fn tones(trace: &Trace, options: &GateOptions) -> Vec<bool> {
    let line = to_u8(options.tone_share * 255.0);
    let marked = |w: usize, mark: u8| trace.marks.get(w).is_some_and(|m| m & mark != 0);
    let mut tone = vec![false; trace.line.len()];
    let lines = runs(tone.len(), |w| trace.line.get(w).is_some_and(|l| *l >= line), |w| marked(w, STEADY));
    let keys = runs(tone.len(), |w| marked(w, KEY), |_| true);
    let lines = lines.filter(|run| run.len() >= TONE_RUN && unwavering(trace, run));
    for run in lines.chain(keys.filter(|run| run.len() >= KEY_RUN)) {
        // the windows at the edges hold the tone's beginning and end
        let from = run.start.saturating_sub(1);
        tone.iter_mut().take(run.end + 1).skip(from).for_each(|t| *t = true);
    }
    tone
}

/// Stretches of windows that are all `is` and, but for the first, `follow` on the one before.
fn runs(
    windows: usize,
    is: impl Fn(usize) -> bool,
    follows: impl Fn(usize) -> bool,
) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = (at..windows).find(|w| is(*w))?;
        at = (start + 1..windows).find(|w| !is(*w) || !follows(*w)).unwrap_or(windows);
        Some(start..at)
    })
}

/// A machine's tone is pure and as loud at its end as at its beginning; a long vowel is neither.
/// Measured: tones 1.00 and 0.8 dB, the vowels most like them 0.95–0.97 and 2.8–9 dB.
fn unwavering(trace: &Trace, run: &Range<usize>) -> bool {
    let mut purity: Vec<u8> = trace.line.get(run.clone()).unwrap_or_default().to_vec();
    purity.sort_unstable();
    // the first and last window hold a part of the silence around
    let inside = (run.start + 1) * 2..(run.end - 1) * 2;
    let level = trace.level.get(clip(&inside, trace.level.len())).unwrap_or_default();
    let spread = level.iter().max().zip(level.iter().min()).map_or(0, |(max, min)| max - min);
    purity.get(purity.len() / 2).is_some_and(|p| *p >= PURE) && spread <= LEVEL_SPREAD
}

/// Half of the stretch over which two channels are compared, frames: long enough for a syllable, so that
/// a consonant of one's own is not taken for silence under the other's vowel.
const THROUGH_HALF: usize = 4;

/// Per frame: the other channel is so much louder around it that what sounds like a voice here is the other
/// speaker, heard through.
pub(crate) fn heard_through(trace: &Trace, other: Option<&Trace>, options: &GateOptions) -> Vec<bool> {
    let Some(other) = other else { return Vec::new() };
    let powers = |t: &Trace| t.level.iter().map(|l| dbfs_to_power(unpack_level(*l))).collect::<Vec<f64>>();
    let (own, foreign) = (powers(trace), powers(other));
    let around = |power: &[f64], frame: usize| -> f64 {
        let from = frame.saturating_sub(THROUGH_HALF);
        power.get(from..(frame + THROUGH_HALF + 1).min(power.len())).unwrap_or_default().iter().sum()
    };
    let ratio = 10_f64.powf(f64::from(options.crosstalk_db) / 10.0);
    (0..own.len()).map(|frame| around(&foreign, frame) > around(&own, frame) * ratio).collect()
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
    } else if is_sustained(trace, frames, index(options.music_min_ms / FRAME_MS)) {
        UtteranceGate::Music
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

pub(crate) fn clip(range: &Range<usize>, len: usize) -> Range<usize> {
    range.start.min(len)..range.end.min(len)
}
