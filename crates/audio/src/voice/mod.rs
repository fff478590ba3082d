//! The voice detector: how much each 16 ms sound like speech.
//!
//! The network and its weights are those of the crate [earshot](https://docs.rs/earshot) 1.2 (MIT or Apache-2.0).
//! What is our own is the order of its sums: by lanes, for the widest vectors that the processor has, with the
//! Fourier transform that the rest of this crate uses. A frame costs a quarter of what it costs there, and every
//! recording is heard frame by frame. A test holds the scores to those of the crate.

mod mel;
mod network;
mod recurrence;

use std::sync::{Arc, LazyLock};

use pulp::{Arch, Simd, WithSimd};
use realfft::num_complex::Complex32;
use realfft::{RealFftPlanner, RealToComplex};

use crate::units::real;
use mel::{BANDS, Mel, POWERS};
use network::{HEARD, Network, State};

/// Samples of a frame: 16 ms at 16 kHz.
pub(crate) const FRAME: usize = 256;
/// Samples under the window: three frames.
const WINDOW: usize = 3 * FRAME;
/// Length of the transform; behind the window stand zeros.
const TRANSFORM: usize = 1024;
/// Frames that the network looks at together.
const CONTEXT: usize = 3;
const PRE_EMPHASIS: f32 = 0.97;
/// The network was trained on samples as whole numbers, and powers as fractions.
const SCALE: f32 = 32_768.0;

/// What all detectors share and none changes.
struct Tables {
    window: [f32; WINDOW],
    forward: Arc<dyn RealToComplex<f32>>,
    mel: Mel,
    network: Network,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables {
    window: std::array::from_fn(|i| 0.5 - 0.5 * (std::f32::consts::TAU * real(i) / real(WINDOW)).cos()),
    forward: RealFftPlanner::new().plan_fft_forward(TRANSFORM),
    mel: Mel::new(),
    network: Network::new(),
});

/// Hears one channel, frame by frame.
pub(crate) struct VoiceDetector {
    arch: Arch,
    tables: &'static Tables,
    last_sample: f32,
    /// The last three frames, emphasised.
    ring: [f32; WINDOW],
    features: [[f32; BANDS]; CONTEXT],
    state: State,
    input: Vec<f32>,
    bins: Vec<Complex32>,
    scratch: Vec<Complex32>,
    power: [f32; POWERS],
}

impl VoiceDetector {
    pub(crate) fn new() -> Self {
        let tables = &*TABLES;
        Self {
            arch: Arch::new(),
            tables,
            last_sample: 0.0,
            ring: [0.0; WINDOW],
            features: [[0.0; BANDS]; CONTEXT],
            state: State::default(),
            input: vec![0.0; TRANSFORM],
            bins: tables.forward.make_output_vec(),
            scratch: tables.forward.make_scratch_vec(),
            power: [0.0; POWERS],
        }
    }

    /// The score of the next frame, samples within ±1: 0–1, from 0.5 on a voice.
    pub(crate) fn score(&mut self, frame: &[f32; FRAME]) -> f32 {
        self.ring.copy_within(FRAME.., 0);
        if let Some(newest) = self.ring.last_chunk_mut::<FRAME>() {
            let mut last = self.last_sample;
            for (to, x) in newest.iter_mut().zip(frame) {
                let x = *x * SCALE;
                *to = x - PRE_EMPHASIS * last;
                last = x;
            }
            self.last_sample = last;
        }
        for ((to, x), w) in self.input.iter_mut().zip(&self.ring).zip(&self.tables.window) {
            *to = x * w;
        }
        // the transform leaves its own figures where the zeros were
        self.input.iter_mut().skip(WINDOW).for_each(|x| *x = 0.0);
        // lengths are those of the plan, so it cannot fail
        let done =
            self.tables.forward.process_with_scratch(&mut self.input, &mut self.bins, &mut self.scratch);
        debug_assert!(done.is_ok());
        let heard = self.arch.dispatch(Hear {
            tables: self.tables,
            bins: &self.bins,
            power: &mut self.power,
            features: &mut self.features,
        });
        self.tables.network.score(self.arch, &heard, &mut self.state)
    }
}

/// From the spectrum to what the recurrences take.
struct Hear<'a> {
    tables: &'a Tables,
    bins: &'a [Complex32],
    power: &'a mut [f32; POWERS],
    features: &'a mut [[f32; BANDS]; CONTEXT],
}

impl WithSimd for Hear<'_> {
    type Output = [i16; HEARD];

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> [i16; HEARD] {
        const DOWN: f32 = 1.0 / (SCALE * SCALE);
        for (power, bin) in self.power.iter_mut().zip(self.bins) {
            *power = (bin.re * bin.re + bin.im * bin.im) * DOWN;
        }
        self.features.copy_within(1.., 0);
        if let Some(newest) = self.features.last_mut() {
            self.tables.mel.bands(self.power, newest);
            self.tables.network.level(newest);
        }
        self.tables.network.hear(self.features)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Syllables of a buzzing voice between noise, a beep and silence: everything that a line carries.
    fn sounds() -> Vec<f32> {
        let mut seed = 1_u32;
        let mut noise = move || {
            seed ^= seed << 13;
            seed ^= seed >> 17;
            seed ^= seed << 5;
            real(usize::try_from(seed >> 8).unwrap()) / real(1 << 24) - 0.5
        };
        let sample = |i: usize| {
            let t = real(i) / 16_000.0;
            let voice: f32 = (2..20_u8)
                .map(|n| (std::f32::consts::TAU * (130.0 + 9.0 * (t * 3.0).sin()) * f32::from(n) * t).sin())
                .sum();
            let syllable = (t * 4.0 * std::f32::consts::TAU).sin().max(0.0);
            let loud = [0.0, 0.03, 0.003, 0.04, 0.0][i / 40_000 % 5];
            voice * syllable * loud + noise() * [0.0001, 0.004, 0.05][i / 30_000 % 3]
        };
        (0..480_000).map(sample).map(|x| x.clamp(-1.0, 1.0)).collect()
    }

    #[test]
    fn scores_are_those_of_the_crate_that_the_network_is_from() {
        let (mut ours, mut theirs) = (VoiceDetector::new(), earshot::Detector::default_boxed());
        let sounds = sounds();
        let (frames, _) = sounds.as_chunks::<FRAME>();
        let (mut voiced, mut worst) = (0, 0.0_f32);
        for frame in frames {
            let (one, other) = (ours.score(frame), theirs.predict_f32(frame));
            worst = worst.max((one - other).abs());
            voiced += u32::from(other > 0.5);
        }
        assert!(worst < 0.002, "{worst}: half a step of what is kept of a score");
        assert!((100..1700).contains(&voiced), "{voiced} of {} frames try both answers", frames.len());
    }
}
