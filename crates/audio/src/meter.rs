//! Everything measured on one channel while the sound streams by: six bytes per 32 ms are all that stays.
//!
//! The voice detector is the dear part. Frames that cannot pass the level gate are not shown to it; when sound
//! comes back it first hears the two frames before, so that its memory fits.

use crate::grid::Grid;
use crate::peaks::PeakMeter;
use crate::spectrum::{Lines, Shown, Spectrum};
use crate::units::{narrow, pack_level, power_to_dbfs, real, real64, to_u8};
use crate::voice::{FRAME, VoiceDetector};

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

/// Frames of the detector that are kept: the newest and what it may have missed before.
const HEARD: usize = 3 * FRAME;

/// Measures one channel.
pub(crate) struct ChannelMeter {
    detector: Box<VoiceDetector>,
    /// What the detector hears, at 16 kHz.
    heard: Box<[f32; HEARD]>,
    pub(crate) peaks: PeakMeter,
    spectrum: Spectrum,
    /// The last window, at the rate of the recording's grid.
    history: Vec<f32>,
    unheard: u32,
    last_line: LastLine,
    trace: Trace,
}

impl ChannelMeter {
    pub(crate) fn new(grid: Grid) -> Self {
        Self {
            detector: Box::new(VoiceDetector::new()),
            heard: Box::new([0.0; HEARD]),
            peaks: PeakMeter::new(grid.rate()),
            spectrum: Spectrum::new(grid),
            history: vec![0.0; grid.transform()],
            unheard: u32::MAX,
            last_line: LastLine::default(),
            trace: Trace::default(),
        }
    }

    /// The next frame, samples within ±1: at the rate of the grid, and the same at 16 kHz.
    pub(crate) fn push(&mut self, frame: &[f32], heard: &[f32; FRAME]) {
        self.peaks.push(frame);
        self.remember(frame);
        self.heard.copy_within(FRAME.., 0);
        if let Some(newest) = self.heard.last_chunk_mut::<FRAME>() {
            *newest = *heard;
        }
        let dbfs = power_to_dbfs(f64::from(squares(heard) / real(FRAME)));
        self.trace.level.push(pack_level(dbfs));
        let score = self.score(heard, dbfs);
        self.trace.voice.push(to_u8(score * 255.0));
        // a window is centred between the two frames before the last one
        let frames = self.trace.level.len();
        if frames >= 3 && frames % 2 == 1 {
            self.window(frames - 3);
        }
    }

    fn remember(&mut self, frame: &[f32]) {
        let all = self.history.len();
        let at = all.saturating_sub(frame.len());
        self.history.copy_within(all - at.., 0);
        if let Some(newest) = self.history.get_mut(at..) {
            newest.copy_from_slice(frame);
        }
    }

    fn score(&mut self, frame: &[f32; FRAME], dbfs: f32) -> f32 {
        if dbfs < UNHEARD_DBFS {
            self.unheard = self.unheard.saturating_add(1);
            // two more frames after sound keep the detector's memory continuous
            return if self.unheard <= 2 { self.detector.score(frame) } else { 0.0 };
        }
        if self.unheard > 2 {
            let (frames, _) = self.heard.as_chunks::<FRAME>();
            for before in frames.iter().take(2) {
                self.detector.score(before);
            }
        }
        self.unheard = 0;
        self.detector.score(frame)
    }

    /// Looks at the window around the frames `first` and `first + 1`.
    fn window(&mut self, first: usize) {
        let heard = |packed: &u8| *packed < pack_level(UNHEARD_DBFS);
        let window = self.trace.line.len();
        self.trace.line.push(0);
        self.trace.marks.push(0);
        self.trace.pitch.push(0);
        let pair = self.trace.level.get(first..first + 2).unwrap_or_default();
        if !pair.iter().any(heard) {
            return;
        }
        let voiced = self.trace.voice.get(first..first + 2).unwrap_or_default().iter().any(|v| *v >= 128);
        let mut shown = Marks { trace: &mut self.trace, last: &mut self.last_line };
        self.spectrum.push(window, &self.history, voiced, &mut shown);
    }

    /// Closes the channel: its trace and its picture.
    pub(crate) fn finish(mut self) -> (Trace, PeakMeter) {
        let (frames, silence) = (self.trace.level.len(), vec![0.0; self.history.len() / 4]);
        while self.trace.line.len() < frames.div_ceil(2) {
            self.remember(&silence);
            self.window(self.trace.line.len() * 2);
        }
        self.spectrum.finish(&mut Marks { trace: &mut self.trace, last: &mut self.last_line });
        (self.trace, self.peaks)
    }
}

/// The strongest line of the last window that was looked at.
#[derive(Default)]
struct LastLine {
    window: usize,
    bin: Option<usize>,
}

/// What windows show goes into the trace.
struct Marks<'a> {
    trace: &'a mut Trace,
    last: &'a mut LastLine,
}

impl Shown for Marks<'_> {
    fn lines(&mut self, window: usize, lines: Lines) {
        let follows = self.last.window + 1 == window;
        let steady = follows && self.last.bin.is_some_and(|last| last.abs_diff(lines.bin) <= 1);
        *self.last = LastLine { window, bin: Some(lines.bin) };
        if let (Some(line), Some(marks)) = (self.trace.line.get_mut(window), self.trace.marks.get_mut(window))
        {
            *line = to_u8(lines.share * 255.0);
            *marks = if steady { STEADY } else { 0 } | if lines.key { KEY } else { 0 };
        }
    }

    fn pitch(&mut self, window: usize, hz: f32) {
        if let Some(pitch) = self.trace.pitch.get_mut(window) {
            *pitch = pack_pitch(hz);
        }
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
