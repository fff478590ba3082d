//! One short spectrum after another: lines (ringing, beeps, keys) and the pitch of a voice.
//!
//! Window: 64 ms, every 32 ms; a bin is 15.6 Hz. The share of the strongest line was
//! measured on calls: tones 1.00, speech 0.84 at most per utterance, though single vowels come near a tone,
//! so steadiness over time is looked at too.

use std::sync::{Arc, LazyLock};

use pulp::{Arch, Simd, WithSimd};
use realfft::num_complex::Complex32;
use rustfft::Fft;

use crate::grid::Grid;
use crate::pair::{self, Pair};
use crate::units::{RATE, real};

/// Half width of a line, bins: the Hann window's main lobe and a little.
const LINE_BINS: usize = 3;
/// Under 47 Hz there is hum and offset.
const FIRST_BIN: usize = 3;
/// Pitch is looked for in the harmonics under 1500 Hz; formants above mislead.
const PITCH_BINS: usize = 96;
/// Samples at 16 kHz of the window whose autocorrelation tells the pitch: at 8 kHz bins that hold nothing make it as fine.
const CORRELATED: usize = 1024;
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

/// Who is told what windows show, by their number.
pub(crate) trait Shown {
    /// Numbers grow.
    fn lines(&mut self, window: usize, lines: Lines);
    /// Of a voiced window, Hz; told some windows later.
    fn pitch(&mut self, window: usize, hz: f32);
}

/// What all spectra of a rate share and none changes.
struct Tables {
    transform: Arc<dyn Fft<f32>>,
    window: Vec<f32>,
    correlation: Arc<dyn Fft<f32>>,
    /// One by the autocorrelation of the window itself, up to a lag behind the last.
    unbias: Vec<f32>,
}

impl Tables {
    fn of(grid: Grid) -> Self {
        Self {
            transform: pair::plan(grid.transform()),
            window: hann(grid.transform()),
            correlation: pair::plan(CORRELATED),
            unbias: unbias(&hann(CORRELATED)),
        }
    }
}

fn hann(length: usize) -> Vec<f32> {
    (0..length).map(|i| 0.5 - 0.5 * (std::f32::consts::TAU * real(i) / real(length)).cos()).collect()
}

fn unbias(window: &[f32]) -> Vec<f32> {
    let products = |from: usize| window.iter().skip(from).zip(window).map(|(a, b)| a * b).sum::<f32>();
    // the transform goes round: the end of the window meets its beginning
    let whole = products(0);
    (0..LAGS.end() + 2).map(|lag| whole / (products(lag) + products(window.len() - lag))).collect()
}

static TELEPHONE: LazyLock<Tables> = LazyLock::new(|| Tables::of(Grid::Telephone));
static WIDE: LazyLock<Tables> = LazyLock::new(|| Tables::of(Grid::Wide));

/// A window that waits for a second one to be transformed with.
#[derive(Debug, Clone, Copy)]
struct Waiting {
    window: usize,
    voiced: bool,
}

/// Looks at one window after another, two in one transform.
pub(crate) struct Spectrum {
    arch: Arch,
    tables: &'static Tables,
    windows: Pair,
    waiting: Option<Waiting>,
    powers: [Vec<f32>; 2],
    correlation: Pair,
    voiced: Option<usize>,
    lags: Vec<f32>,
}

impl Spectrum {
    pub(crate) fn new(grid: Grid) -> Self {
        let tables: &Tables = match grid {
            Grid::Telephone => &TELEPHONE,
            Grid::Wide => &WIDE,
        };
        let power = vec![0.0; grid.transform() / 2 + 1];
        Self {
            arch: Arch::new(),
            tables,
            windows: Pair::new(Arc::clone(&tables.transform)),
            waiting: None,
            powers: [power.clone(), power],
            correlation: Pair::new(Arc::clone(&tables.correlation)),
            voiced: None,
            lags: vec![0.0; tables.unbias.len()],
        }
    }

    /// Takes a window in. Of one that is `voiced` the pitch is told too.
    pub(crate) fn push(&mut self, window: usize, samples: &[f32], voiced: bool, shown: &mut impl Shown) {
        let windowed = samples.iter().zip(&self.tables.window).map(|(x, w)| x * w);
        let now = Waiting { window, voiced };
        match self.waiting.take() {
            None => {
                self.windows.values.iter_mut().zip(windowed).for_each(|(to, x)| *to = Complex32::new(x, 0.0));
                self.waiting = Some(now);
            }
            Some(before) => {
                self.windows.values.iter_mut().zip(windowed).for_each(|(to, x)| to.im = x);
                self.look(&[before, now], shown);
            }
        }
    }

    /// Tells what is not told yet.
    pub(crate) fn finish(&mut self, shown: &mut impl Shown) {
        if let Some(last) = self.waiting.take() {
            self.look(&[last], shown);
        }
        if let Some(last) = self.voiced.take() {
            self.correlate([Some(last), None], shown);
        }
    }

    fn look(&mut self, windows: &[Waiting], shown: &mut impl Shown) {
        self.windows.transform();
        let [one, other] = &mut self.powers;
        let looked = self.arch.dispatch(Look { bins: &self.windows.values, powers: [one, other] });
        for (at, (waiting, lines)) in windows.iter().zip(looked).enumerate() {
            shown.lines(waiting.window, lines);
            if waiting.voiced {
                self.await_pitch(waiting.window, at, shown);
            }
        }
    }

    /// The powers under 1500 Hz are put where their autocorrelation will come of.
    fn await_pitch(&mut self, window: usize, of: usize, shown: &mut impl Shown) {
        let power = self.powers.get(of).and_then(|power| power.get(1..PITCH_BINS)).unwrap_or_default();
        let values = &mut self.correlation.values;
        let Some((values, mirrored)) =
            values.get_mut(1..).and_then(|v| v.split_at_mut_checked(CORRELATED / 2))
        else {
            return;
        };
        let before = self.voiced.take();
        for ((value, mirror), power) in values.iter_mut().zip(mirrored.iter_mut().rev()).zip(power) {
            let sum =
                if before.is_some() { Complex32::new(value.re, *power) } else { Complex32::new(*power, 0.0) };
            (*value, *mirror) = (sum, sum);
        }
        match before {
            None => self.voiced = Some(window),
            Some(before) => self.correlate([Some(before), Some(window)], shown),
        }
    }

    /// The spectrum of powers that are their own mirror image is real: two autocorrelations come of one transform.
    fn correlate(&mut self, windows: [Option<usize>; 2], shown: &mut impl Shown) {
        self.correlation.transform();
        for (at, window) in windows.into_iter().enumerate() {
            let Some(window) = window else { continue };
            for (lag, value) in self.lags.iter_mut().zip(&self.correlation.values) {
                *lag = if at == 0 { value.re } else { value.im };
            }
            if let Some(hz) = pitch_hz(&mut self.lags, &self.tables.unbias) {
                shown.pitch(window, hz);
            }
        }
        self.correlation.values.fill(Complex32::ZERO);
    }
}

/// Pitch of a voiced window by its autocorrelation, Hz.
fn pitch_hz(correlation: &mut [f32], unbias: &[f32]) -> Option<f32> {
    let whole = correlation.first().copied().filter(|r| *r > 0.0)?;
    let by = 1.0 / whole;
    for (r, unbias) in correlation.iter_mut().zip(unbias) {
        *r *= by * unbias;
    }
    let best = most(correlation.get(*LAGS.start()..=*LAGS.end())?);
    if best < VOICED {
        return None;
    }
    let at = |lag: usize| correlation.get(lag).copied().unwrap_or(0.0);
    // the first peak that is nearly the best: multiples of the period are as good as the period itself
    let lag = LAGS
        .clone()
        .find(|&lag| at(lag) >= 0.9 * best && at(lag) >= at(lag - 1) && at(lag) >= at(lag + 1))?;
    Some(real(usize::try_from(RATE).unwrap_or(0)) / real(lag))
}

/// Takes two windows apart and looks for lines in both.
struct Look<'a> {
    bins: &'a [Complex32],
    powers: [&'a mut Vec<f32>; 2],
}

impl WithSimd for Look<'_> {
    type Output = [Lines; 2];

    #[expect(clippy::inline_always, reason = "only what is inlined is compiled for the wide vectors")]
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> [Lines; 2] {
        let [one, other] = self.powers;
        pair::powers(self.bins, one, other);
        let of = |power: &[f32]| Strongest { power: power.get(FIRST_BIN..).unwrap_or_default() }.find();
        [of(one), of(other)]
    }
}

/// Looks for the strongest lines among powers from [`FIRST_BIN`] on.
struct Strongest<'a> {
    power: &'a [f32],
}

impl Strongest<'_> {
    #[expect(clippy::inline_always, reason = "only what is inlined is compiled for the wide vectors")]
    #[inline(always)]
    fn find(&self) -> Lines {
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

    #[inline]
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

    /// All that is told.
    #[derive(Default)]
    struct Told(Vec<(usize, Lines)>, Vec<(usize, f32)>);

    impl Shown for Told {
        fn lines(&mut self, window: usize, lines: Lines) {
            self.0.push((window, lines));
        }

        fn pitch(&mut self, window: usize, hz: f32) {
            self.1.push((window, hz));
        }
    }

    const GRIDS: [Grid; 2] = [Grid::Telephone, Grid::Wide];

    fn sines(grid: Grid, parts: &[(f32, f32)]) -> Vec<f32> {
        let rate = real(usize::try_from(grid.rate()).unwrap());
        let sample = |i: usize| {
            let t = real(i) / rate;
            parts.iter().map(|(hz, level)| level * (std::f32::consts::TAU * hz * t).sin()).sum()
        };
        (0..grid.transform()).map(sample).collect()
    }

    fn told(grid: Grid, windows: &[Vec<f32>]) -> Told {
        let (mut spectrum, mut told) = (Spectrum::new(grid), Told::default());
        for (number, window) in windows.iter().enumerate() {
            spectrum.push(number, window, true, &mut told);
        }
        spectrum.finish(&mut told);
        told
    }

    #[test]
    fn ringing_is_one_line_and_a_key_is_two() {
        for grid in GRIDS {
            let ringing = sines(grid, &[(425.0, 0.3)]);
            let key = sines(grid, &[(770.0, 0.3), (1336.0, 0.3)]);
            let harmonics = sines(grid, &[(400.0, 0.3), (800.0, 0.3)]);
            let Told(lines, _) = told(grid, &[ringing, key, harmonics]);
            assert_eq!(lines.iter().map(|told| told.0).collect::<Vec<_>>(), [0, 1, 2]);
            assert!(lines[0].1.share > 0.99);
            assert!(lines[1].1.key && lines[1].1.share < 0.7, "{lines:?}");
            assert!(!lines[2].1.key, "a voice's harmonics are no key");
        }
    }

    #[test]
    fn pitch_is_found_without_its_fundamental() {
        let voices = [90.0, 120.0, 180.0, 230.0, 310.0];
        for grid in GRIDS {
            let windows = voices.map(|hz| {
                // the telephone cuts everything under 300 Hz
                let harmonics: Vec<_> = (1..12_u8)
                    .map(|n| (hz * f32::from(n), 0.1))
                    .filter(|(h, _)| (300.0..3400.0).contains(h))
                    .collect();
                sines(grid, &harmonics)
            });
            let Told(_, pitches) = told(grid, &windows);
            assert_eq!(pitches.len(), voices.len());
            for (window, found) in pitches {
                assert!(
                    (found / voices[window] - 1.0).abs() < 0.04,
                    "{} Hz heard as {found}",
                    voices[window]
                );
            }
        }
    }
}
