//! One short spectrum after another: lines (ringing, beeps, keys) and the pitch of a voice.
//!
//! Window: 1024 samples at 16 kHz (64 ms), every 512; a bin is 15.6 Hz. The share of the strongest line was
//! measured on calls: tones 1.00, speech 0.84 at most per utterance, though single vowels come near a tone,
//! so steadiness over time is looked at too.

use std::sync::{Arc, LazyLock};

use pulp::{Arch, Simd, WithSimd};
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

/// What all spectra share and none changes.
struct Tables {
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
    window: [f32; WINDOW],
    /// One by the autocorrelation of the window itself, up to a lag behind the last.
    unbias: Vec<f32>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut planner = RealFftPlanner::new();
    let forward = planner.plan_fft_forward(WINDOW);
    let inverse = planner.plan_fft_inverse(WINDOW);
    let window: [f32; WINDOW] =
        std::array::from_fn(|i| 0.5 - 0.5 * (std::f32::consts::TAU * real(i) / real(WINDOW)).cos());
    let at = |lag: usize| window.iter().skip(lag).zip(&window).map(|(a, b)| a * b).sum::<f32>();
    let ahead =
        |lag: usize| window.iter().take(lag).zip(&window[WINDOW - lag..]).map(|(a, b)| a * b).sum::<f32>();
    // the transform goes round: the end of the window meets its beginning
    let whole = at(0);
    let unbias = (0..LAGS.end() + 2).map(|lag| whole / (at(lag) + ahead(lag))).collect();
    Tables { forward, inverse, window, unbias }
});

/// Reusable buffers of the transform.
pub(crate) struct Spectrum {
    arch: Arch,
    tables: &'static Tables,
    input: Vec<f32>,
    bins: Vec<Complex32>,
    power: Vec<f32>,
    scratch: Vec<Complex32>,
}

impl Spectrum {
    pub(crate) fn new() -> Self {
        let tables = &*TABLES;
        let scratch = tables.forward.get_scratch_len().max(tables.inverse.get_scratch_len());
        let bins = tables.forward.make_output_vec();
        Self {
            arch: Arch::new(),
            tables,
            input: vec![0.0; WINDOW],
            power: vec![0.0; bins.len()],
            bins,
            scratch: vec![Complex32::ZERO; scratch],
        }
    }

    /// Takes a window of samples in; the questions below are about it.
    pub(crate) fn transform(&mut self, samples: &[f32; WINDOW]) {
        for ((to, x), w) in self.input.iter_mut().zip(samples).zip(&self.tables.window) {
            *to = x * w;
        }
        // lengths are those of the plan, so the transform cannot fail
        let done =
            self.tables.forward.process_with_scratch(&mut self.input, &mut self.bins, &mut self.scratch);
        debug_assert!(done.is_ok());
        for (p, c) in self.power.iter_mut().zip(&self.bins) {
            *p = c.norm_sqr();
        }
    }

    /// The strongest lines.
    pub(crate) fn lines(&self) -> Lines {
        self.arch.dispatch(Strongest { power: self.power.get(FIRST_BIN..).unwrap_or_default() })
    }

    /// Pitch of a voiced window, Hz.
    pub(crate) fn pitch_hz(&mut self) -> Option<f32> {
        self.correlate(PITCH_BINS);
        let whole = self.input.first().copied().filter(|r| *r > 0.0)?;
        let by = 1.0 / whole;
        for (r, unbias) in self.input.iter_mut().zip(&self.tables.unbias) {
            *r *= by * unbias;
        }
        let lags = self.input.get(*LAGS.start()..=*LAGS.end())?;
        let best = most(lags);
        if best < VOICED {
            return None;
        }
        let at = |lag: usize| self.input.get(lag).copied().unwrap_or(0.0);
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
        let done =
            self.tables.inverse.process_with_scratch(&mut self.bins, &mut self.input, &mut self.scratch);
        debug_assert!(done.is_ok());
    }
}

/// Looks for the strongest lines among powers from [`FIRST_BIN`] on.
struct Strongest<'a> {
    power: &'a [f32],
}

impl WithSimd for Strongest<'_> {
    type Output = Lines;

    #[expect(clippy::inline_always, reason = "only what is inlined is compiled for the wide vectors")]
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Lines {
        let total = sum(self.power);
        if total <= f32::MIN_POSITIVE {
            return Lines::default();
        }
        let first = place(self.power, most(self.power));
        // the next strongest, outside of the first one's lobe
        let (below, above) = (first.saturating_sub(2 * LINE_BINS), first + 2 * LINE_BINS + 1);
        let below = self.power.get(..below).unwrap_or_default();
        let above_from = above.min(self.power.len());
        let above = self.power.get(above_from..).unwrap_or_default();
        let (lower, upper) = (most(below), most(above));
        let second = match lower.max(upper) {
            0.0 => 0,
            most if lower >= upper => place(below, most),
            most => above_from + place(above, most),
        };
        let (one, other) = (self.line_power(first), self.line_power(second));
        let (low, high) = (first.min(second) + FIRST_BIN, first.max(second) + FIRST_BIN);
        let key = one + other > 0.88 * total
            && other > 0.05 * one
            && near_any(low, KEY_LOW)
            && near_any(high, KEY_HIGH);
        Lines { bin: first + FIRST_BIN, share: one / total, key }
    }
}

impl Strongest<'_> {
    fn line_power(&self, at: usize) -> f32 {
        let to = (at + LINE_BINS + 1).min(self.power.len());
        self.power.get(at.saturating_sub(LINE_BINS)..to).unwrap_or_default().iter().sum()
    }
}

/// Sum, by lanes.
#[expect(clippy::inline_always, reason = "only what is inlined is compiled for the wide vectors")]
#[inline(always)]
fn sum(of: &[f32]) -> f32 {
    let (eights, rest) = of.as_chunks::<8>();
    let mut sums = [0.0_f32; 8];
    for eight in eights {
        sums = std::array::from_fn(|lane| sums[lane] + eight[lane]);
    }
    sums.iter().chain(rest).sum()
}

/// The largest, by lanes; not under 0.
#[expect(clippy::inline_always, reason = "only what is inlined is compiled for the wide vectors")]
#[inline(always)]
fn most(of: &[f32]) -> f32 {
    let (eights, rest) = of.as_chunks::<8>();
    let mut most = [0.0_f32; 8];
    for eight in eights {
        most = std::array::from_fn(|lane| if eight[lane] > most[lane] { eight[lane] } else { most[lane] });
    }
    most.iter().chain(rest).copied().fold(0.0, f32::max)
}

/// Where the first of that value stands.
#[expect(clippy::inline_always, reason = "only what is inlined is compiled for the wide vectors")]
#[inline(always)]
fn place(of: &[f32], value: f32) -> usize {
    let (eights, _) = of.as_chunks::<8>();
    let from = 8 * eights.iter().take_while(|eight| !eight.iter().any(|x| *x >= value)).count();
    let rest = of.get(from..).unwrap_or_default();
    from + rest.iter().position(|x| *x >= value).unwrap_or(0)
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
