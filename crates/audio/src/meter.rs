//! Everything measured on one channel while the sound streams by: six bytes per 32 ms are all that stays.
//!
//! The voice detector is the dear part. Frames that cannot pass the level gate are not shown to it; when sound
//! comes back it first hears the two frames before, so that its memory fits.

use crate::peaks::PeakMeter;
use crate::spectrum::{Spectrum, WINDOW};
use crate::units::{FRAME, narrow, pack_level, power_to_dbfs, real, real64, to_u8};
use crate::voice::VoiceDetector;

/// Frames under this level are silence, dBFS: 6 dB under the gate of whole utterances.
const UNHEARD_DBFS: f32 = -56.0;
/// The strongest line stands where it stood a window before.
pub(crate) const STEADY: u8 = 1;
/// Two tones of the key pad.
pub(crate) const KEY: u8 = 2;

/// What stays of a channel.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    /// Per frame of 16 ms: level as packed by `units`.
    pub(crate) level: Vec<u8>,
    /// Per frame: the detector's score, 0–255.
    pub(crate) voice: Vec<u8>,
    /// Per window (two frames): share of the strongest line, 0–255.
    pub(crate) line: Vec<u8>,
    /// Per window: `STEADY`, `KEY`.
    pub(crate) marks: Vec<u8>,
    /// Per window: pitch packed by [`pack_pitch`], 0 = none.
    pub(crate) pitch: Vec<u8>,
}

/// Measures one channel.
pub(crate) struct ChannelMeter {
    detector: Box<VoiceDetector>,
    pub(crate) peaks: PeakMeter,
    spectrum: Spectrum,
    history: Box<[f32; WINDOW]>,
    unheard: u32,
    last_bin: Option<usize>,
    trace: Trace,
}

impl ChannelMeter {
    pub(crate) fn new() -> Self {
        Self {
            detector: Box::new(VoiceDetector::new()),
            peaks: PeakMeter::new(),
            spectrum: Spectrum::new(),
            history: Box::new([0.0; WINDOW]),
            unheard: u32::MAX,
            last_bin: None,
            trace: Trace::default(),
        }
    }

    /// The next frame, 256 samples within ±1.
    pub(crate) fn push(&mut self, frame: &[f32; FRAME]) {
        self.peaks.push(frame);
        self.history.copy_within(FRAME.., 0);
        if let Some(newest) = self.history.last_chunk_mut::<FRAME>() {
            *newest = *frame;
        }
        let power = squares(frame) / real(FRAME);
        let dbfs = power_to_dbfs(f64::from(power));
        self.trace.level.push(pack_level(dbfs));
        let score = self.score(frame, dbfs);
        self.trace.voice.push(to_u8(score * 255.0));
        // a window is centred between the two frames before the last one
        let frames = self.trace.level.len();
        if frames >= 3 && frames % 2 == 1 {
            self.window(frames - 3);
        }
    }

    fn score(&mut self, frame: &[f32; FRAME], dbfs: f32) -> f32 {
        if dbfs < UNHEARD_DBFS {
            self.unheard = self.unheard.saturating_add(1);
            // two more frames after sound keep the detector's memory continuous
            return if self.unheard <= 2 { self.detector.score(frame) } else { 0.0 };
        }
        if self.unheard > 2 {
            let (frames, _) = self.history.as_chunks::<FRAME>();
            for before in frames.iter().skip(1).take(2) {
                self.detector.score(before);
            }
        }
        self.unheard = 0;
        self.detector.score(frame)
    }

    /// Looks at the window around the frames `first` and `first + 1`.
    fn window(&mut self, first: usize) {
        let heard = |packed: &u8| *packed < pack_level(UNHEARD_DBFS);
        let pair = self.trace.level.get(first..first + 2).unwrap_or_default();
        if !pair.iter().any(heard) {
            self.last_bin = None;
            self.put(0, 0, 0);
            return;
        }
        self.spectrum.transform(&self.history);
        let lines = self.spectrum.lines();
        let steady = self.last_bin.is_some_and(|last| last.abs_diff(lines.bin) <= 1);
        self.last_bin = Some(lines.bin);
        let marks = if steady { STEADY } else { 0 } | if lines.key { KEY } else { 0 };
        let voiced = self.trace.voice.get(first..first + 2).unwrap_or_default().iter().any(|v| *v >= 128);
        let pitch = if voiced { self.spectrum.pitch_hz().map_or(0, pack_pitch) } else { 0 };
        self.put(to_u8(lines.share * 255.0), marks, pitch);
    }

    fn put(&mut self, line: u8, marks: u8, pitch: u8) {
        self.trace.line.push(line);
        self.trace.marks.push(marks);
        self.trace.pitch.push(pitch);
    }

    /// Closes the channel: its trace and its picture.
    pub(crate) fn finish(mut self) -> (Trace, PeakMeter) {
        let frames = self.trace.level.len();
        while self.trace.line.len() < frames.div_ceil(2) {
            self.history.copy_within(FRAME.., 0);
            if let Some(newest) = self.history.last_chunk_mut::<FRAME>() {
                *newest = [0.0; FRAME];
            }
            self.window(self.trace.line.len() * 2);
        }
        (self.trace, self.peaks)
    }
}

/// Sum of the squares. In eight lanes, because a sum in order is not vectorised.
fn squares(frame: &[f32; FRAME]) -> f32 {
    let mut sums = [0.0_f32; 8];
    for eight in frame.as_chunks::<8>().0 {
        sums = std::array::from_fn(|lane| sums[lane] + eight[lane] * eight[lane]);
    }
    sums.iter().sum()
}

/// Pitch as a byte: 1–255 over 70–400 Hz, steps of 0.7 %.
fn pack_pitch(hz: f32) -> u8 {
    to_u8(((hz / 70.0).ln() * PITCH_STEPS + 1.0).clamp(1.0, 255.0))
}

/// The way back.
pub(crate) fn unpack_pitch(packed: u8) -> Option<f32> {
    (packed > 0).then(|| 70.0 * ((f32::from(packed) - 1.0) / PITCH_STEPS).exp())
}

/// 254 steps over ln(400 / 70).
const PITCH_STEPS: f32 = 254.0 / 1.743;

/// Share of windows in `0..windows` for which `what` holds.
pub(crate) fn share(windows: usize, what: impl Fn(usize) -> bool) -> f32 {
    let hits = (0..windows).filter(|w| what(*w)).count();
    narrow(real64(crate::units::count(hits)) / real64(crate::units::count(windows.max(1))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_pitch_is_off_by_less_than_a_percent() {
        for hz in 70..=400_u16 {
            let hz = f32::from(hz);
            let back = unpack_pitch(pack_pitch(hz)).unwrap();
            assert!((back / hz - 1.0).abs() < 0.01, "{hz} came back as {back}");
        }
        assert_eq!(unpack_pitch(0), None);
    }
}
