//! One short spectrum after another: lines (ringing, beeps, keys) and the pitch of a voice.
//!
//! Window: 1024 samples at 16 kHz (64 ms), every 512; a bin is 15.6 Hz. The share of the strongest line was
//! measured on calls: tones 1.00, speech 0.84 at most per utterance, though single vowels come near a tone,
//! so steadiness over time is looked at too.

use std::sync::Arc;

use realfft::num_complex::Complex32;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use crate::units::{RATE, real};

/// Length of a window, samples.
pub(crate) const WINDOW: usize = 1024;
/// Half width of a line, bins: the Hann window's main lobe and a little.
const LINE_BINS: usize = 3;
/// Under 47 Hz there is hum and offset.
const FIRST_BIN: usize = 3;
/// Pitch is looked for in the harmonics under 1500 Hz; formants above mislead.
const PITCH_BINS: usize = 96;
/// 400 Hz and 70 Hz as lags at 16 kHz.
const LAGS: std::ops::RangeInclusive<usize> = 40..=228;
/// Normalised autocorrelation of a clearly voiced window.
const VOICED: f32 = 0.55;
/// Rows and columns of the key pad, Hz (ITU-T Q.23).
const KEY_LOW: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
const KEY_HIGH: [f32; 4] = [1209.0, 1336.0, 1477.0, 1633.0];

/// What one window shows.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Lines {
    /// Bin of the strongest line.
    pub(crate) bin: usize,
    /// Its share of the energy, 0–1.
    pub(crate) share: f32,
    /// Two lines of the key pad make up nearly all.
    pub(crate) key: bool,
}

/// Reusable buffers of the transform.
pub(crate) struct Spectrum {
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
    window: Vec<f32>,
    /// Autocorrelation of the window itself, to divide by.
    bias: Vec<f32>,
    input: Vec<f32>,
    bins: Vec<Complex32>,
    power: Vec<f32>,
    scratch: Vec<Complex32>,
}

impl Spectrum {
    pub(crate) fn new() -> Self {
        let mut planner = RealFftPlanner::new();
        let forward = planner.plan_fft_forward(WINDOW);
        let inverse = planner.plan_fft_inverse(WINDOW);
        let window: Vec<f32> =
            (0..WINDOW).map(|i| 0.5 - 0.5 * (std::f32::consts::TAU * real(i) / real(WINDOW)).cos()).collect();
        let scratch = vec![Complex32::ZERO; forward.get_scratch_len().max(inverse.get_scratch_len())];
        let bins = forward.make_output_vec();
        let power = vec![0.0; bins.len()];
        let mut spectrum = Self {
            forward,
            inverse,
            window,
            bias: Vec::new(),
            input: vec![0.0; WINDOW],
            bins,
            power,
            scratch,
        };
        spectrum.transform(&[1.0; WINDOW]);
        spectrum.correlate(WINDOW);
        let whole = spectrum.input.first().copied().unwrap_or(1.0);
        spectrum.bias = spectrum.input.iter().take(LAGS.end() + 2).map(|r| r / whole).collect();
        spectrum
    }

    /// Takes a window of samples in; the questions below are about it.
    pub(crate) fn transform(&mut self, samples: &[f32; WINDOW]) {
        for ((to, x), w) in self.input.iter_mut().zip(samples).zip(&self.window) {
            *to = x * w;
        }
        // lengths are those of the plan, so the transform cannot fail
        let done = self.forward.process_with_scratch(&mut self.input, &mut self.bins, &mut self.scratch);
        debug_assert!(done.is_ok());
        for (p, c) in self.power.iter_mut().zip(&self.bins) {
            *p = c.norm_sqr();
        }
    }

    /// The strongest lines.
    pub(crate) fn lines(&self) -> Lines {
        let total: f32 = self.power.iter().skip(FIRST_BIN).sum();
        if total <= f32::MIN_POSITIVE {
            return Lines::default();
        }
        let bin = self.strongest(None);
        let first = self.line_power(bin);
        let second_bin = self.strongest(Some(bin));
        let second = self.line_power(second_bin);
        let key = first + second > 0.88 * total
            && second > 0.05 * first
            && near_any(bin.min(second_bin), KEY_LOW)
            && near_any(bin.max(second_bin), KEY_HIGH);
        Lines { bin, share: first / total, key }
    }

    fn strongest(&self, without: Option<usize>) -> usize {
        let mut best = (FIRST_BIN, 0.0);
        for (bin, power) in self.power.iter().enumerate().skip(FIRST_BIN) {
            if *power > best.1 && without.is_none_or(|w| bin.abs_diff(w) > 2 * LINE_BINS) {
                best = (bin, *power);
            }
        }
        best.0
    }

    fn line_power(&self, bin: usize) -> f32 {
        let from = bin.saturating_sub(LINE_BINS).max(FIRST_BIN);
        self.power.iter().take(bin + LINE_BINS + 1).skip(from).sum()
    }

    /// Pitch of a voiced window, Hz.
    pub(crate) fn pitch_hz(&mut self) -> Option<f32> {
        self.correlate(PITCH_BINS);
        let whole = self.input.first().copied().filter(|r| *r > 0.0)?;
        let at = |lag: usize| {
            let biased = self.input.get(lag).copied().unwrap_or(0.0) / whole;
            biased / self.bias.get(lag).copied().unwrap_or(1.0)
        };
        let best = LAGS.map(at).fold(0.0, f32::max);
        if best < VOICED {
            return None;
        }
        // the first peak that is nearly the best: multiples of the period are as good as the period itself
        let lag = LAGS
            .clone()
            .find(|&lag| at(lag) >= 0.9 * best && at(lag) >= at(lag - 1) && at(lag) >= at(lag + 1))?;
        Some(real(usize::try_from(RATE).unwrap_or(0)) / real(lag))
    }

    /// Autocorrelation of the last window (its first `bins` only) into `input`.
    fn correlate(&mut self, bins: usize) {
        let first = usize::from(bins != WINDOW);
        for (i, (c, p)) in self.bins.iter_mut().zip(&self.power).enumerate() {
            *c = Complex32::new(if (first..bins).contains(&i) { *p } else { 0.0 }, 0.0);
        }
        let done = self.inverse.process_with_scratch(&mut self.bins, &mut self.input, &mut self.scratch);
        debug_assert!(done.is_ok());
    }
}

fn near_any(bin: usize, tones_hz: [f32; 4]) -> bool {
    let hz = real(bin) * 15.625;
    tones_hz.iter().any(|t| (hz - t).abs() <= 20.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sines(parts: &[(f32, f32)]) -> [f32; WINDOW] {
        std::array::from_fn(|i| {
            let t = real(i) / 16_000.0;
            parts.iter().map(|(hz, level)| level * (std::f32::consts::TAU * hz * t).sin()).sum()
        })
    }

    #[test]
    fn ringing_is_one_line_and_a_key_is_two() {
        let mut spectrum = Spectrum::new();
        spectrum.transform(&sines(&[(425.0, 0.3)]));
        assert!(spectrum.lines().share > 0.99);
        spectrum.transform(&sines(&[(770.0, 0.3), (1336.0, 0.3)]));
        let lines = spectrum.lines();
        assert!(lines.key && lines.share < 0.7, "{lines:?}");
        spectrum.transform(&sines(&[(400.0, 0.3), (800.0, 0.3)]));
        assert!(!spectrum.lines().key, "a voice's harmonics are no key");
    }

    #[test]
    fn pitch_is_found_without_its_fundamental() {
        let mut spectrum = Spectrum::new();
        for hz in [90.0, 120.0, 180.0, 230.0, 310.0] {
            // the telephone cuts everything under 300 Hz
            let harmonics: Vec<_> = (1..12_u8)
                .map(|n| (hz * f32::from(n), 0.1))
                .filter(|(h, _)| (300.0..3400.0).contains(h))
                .collect();
            spectrum.transform(&sines(&harmonics));
            let found = spectrum.pitch_hz().unwrap();
            assert!((found / hz - 1.0).abs() < 0.04, "{hz} Hz heard as {found}");
        }
    }
}
