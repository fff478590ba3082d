//! Two windows in one Fourier transform: one is the real part, the other the imaginary one.
//!
//! Their spectra come apart again, because that of real samples is its own mirror image. It costs half of two
//! transforms, and less than what a transform of real samples does beside transforming. The rounding of the louder
//! window, 140 dB under it, goes into both.

use std::sync::Arc;

use realfft::num_complex::Complex32;
use rustfft::{Fft, FftPlanner};

/// A transform and the samples in it.
pub(crate) struct Pair {
    fft: Arc<dyn Fft<f32>>,
    /// Samples before, bins behind.
    pub(crate) values: Vec<Complex32>,
    scratch: Vec<Complex32>,
}

impl Pair {
    /// Of so many samples.
    pub(crate) fn new(fft: Arc<dyn Fft<f32>>) -> Self {
        let scratch = vec![Complex32::ZERO; fft.get_inplace_scratch_len()];
        Self { values: vec![Complex32::ZERO; fft.len()], fft, scratch }
    }

    /// Goes from samples to bins.
    pub(crate) fn transform(&mut self) {
        self.fft.process_with_scratch(&mut self.values, &mut self.scratch);
    }
}

/// How it is done for this length.
pub(crate) fn plan(length: usize) -> Arc<dyn Fft<f32>> {
    FftPlanner::new().plan_fft_forward(length)
}

/// The powers of both windows, by bin from 0 to half of the length.
#[expect(clippy::inline_always, reason = "only what is inlined is compiled for the wide vectors")]
#[inline(always)]
pub(crate) fn powers(bins: &[Complex32], one: &mut [f32], other: &mut [f32]) {
    let half = bins.len() / 2;
    let (Some((lowest, low)), Some(high)) = (bins.get(..half).and_then(<[_]>::split_first), bins.get(half..))
    else {
        return;
    };
    let Some((middle, high)) = high.split_first() else { return };
    for ((bin, mirror), (a, b)) in
        low.iter().zip(high.iter().rev()).zip(one.iter_mut().skip(1).zip(other.iter_mut().skip(1)))
    {
        let (sum, difference) = (bin + mirror, bin - mirror);
        *a = 0.25 * (sum.re * sum.re + difference.im * difference.im);
        *b = 0.25 * (sum.im * sum.im + difference.re * difference.re);
    }
    for (at, bin) in [(0, lowest), (half, middle)] {
        if let (Some(a), Some(b)) = (one.get_mut(at), other.get_mut(at)) {
            (*a, *b) = (bin.re * bin.re, bin.im * bin.im);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::real;

    #[test]
    fn two_windows_come_apart_again() {
        let tone = |hz: f32, i: usize| (std::f32::consts::TAU * hz * real(i) / 512.0).cos();
        let mut pair = Pair::new(plan(512));
        for (i, value) in pair.values.iter_mut().enumerate() {
            *value = Complex32::new(tone(20.0, i), 0.5 * tone(33.0, i) + 1.0);
        }
        pair.transform();
        let (mut one, mut other) = (vec![0.0; 257], vec![0.0; 257]);
        powers(&pair.values, &mut one, &mut other);
        let near = |power: f32, expected: f32| (power - expected).abs() < 1e-2 * expected.max(1.0);
        for bin in 0..257 {
            let expected = if bin == 20 { 256.0_f32.powi(2) } else { 0.0 };
            assert!(near(one[bin], expected), "{bin}: {}", one[bin]);
            let expected = [(0, 512.0_f32.powi(2)), (33, 128.0_f32.powi(2))];
            let expected = expected.iter().find(|(at, _)| *at == bin).map_or(0.0, |found| found.1);
            assert!(near(other[bin], expected), "{bin}: {}", other[bin]);
        }
    }
}
