//! Three small convolutions over the bands of three frames, then two gated recurrences in 16-bit integers.

use pulp::Arch;

use crate::units::real;

use super::mel::BANDS;
use super::recurrence::{Recurrence, Remember};

/// Channels of the convolutions.
const CHANNELS: usize = 16;
/// Width of each kernel.
const KERNEL: usize = 3;
/// What the first layer leaves of the bands, the second of those, the third.
const FIRST: usize = 18;
const SECOND: usize = 9;
const THIRD: usize = 5;
/// Values into the first recurrence, and its own.
pub(super) const HEARD: usize = THIRD * CHANNELS;
pub(super) const HIDDEN: usize = 64;
/// earshot's weights: 32-bit floats, then 16-bit integers, little endian.
const WEIGHTS: &[u8] = include_bytes!("weights.bin");

type Channels = [f32; CHANNELS];

/// What the network knows, each layer in the order in which it is summed.
pub(super) struct Network {
    norm: [f32; BANDS],
    first_kernel: [[f32; KERNEL]; KERNEL],
    first_weight: Channels,
    first_bias: Channels,
    second: Convolution,
    third: Convolution,
    recurrences: [Recurrence; 2],
    output: [[i16; HIDDEN]; 2],
}

/// What it remembers of a channel.
pub(super) struct State([[i16; HIDDEN]; 2]);

impl Default for State {
    fn default() -> Self {
        Self([[0; HIDDEN]; 2])
    }
}

impl Network {
    pub(super) fn new() -> Self {
        let mut from = Weights(WEIGHTS);
        Self {
            norm: from.floats(),
            first_kernel: std::array::from_fn(|_| from.floats()),
            first_weight: from.floats(),
            first_bias: from.floats(),
            second: Convolution::read(&mut from, true),
            third: Convolution::read(&mut from, false),
            recurrences: [
                Recurrence::new((0..2 * HIDDEN).map(|_| from.integers::<HEARD>())),
                Recurrence::new((0..2 * HIDDEN).map(|_| from.integers::<HIDDEN>())),
            ],
            output: std::array::from_fn(|_| from.integers()),
        }
    }

    /// Brings the bands of a frame to the level that the network was trained at.
    #[expect(clippy::inline_always, reason = "only what is inlined is compiled for the wide vectors")]
    #[inline(always)]
    pub(super) fn level(&self, bands: &mut [f32; BANDS]) {
        let mut squares = [0.0_f32; 8];
        for eight in bands.as_chunks::<8>().0 {
            squares = std::array::from_fn(|lane| squares[lane] + eight[lane] * eight[lane]);
        }
        let by = (squares.iter().sum::<f32>() / real(BANDS)).sqrt().recip();
        for (x, norm) in bands.iter_mut().zip(&self.norm) {
            *x = norm * *x * by;
        }
    }

    /// What the convolutions make of three frames.
    #[expect(clippy::inline_always, reason = "only what is inlined is compiled for the wide vectors")]
    #[inline(always)]
    pub(super) fn hear(&self, frames: &[[f32; BANDS]; KERNEL]) -> [i16; HEARD] {
        // a row of zeros on either side of what a convolution reads
        let mut one = [[0.0; CHANNELS]; FIRST + 2];
        self.first(frames, &mut one);
        let mut two = [[0.0; CHANNELS]; SECOND + 2];
        for (to, sums) in two.iter_mut().skip(1).zip(self.second.run::<_, SECOND>(&one)) {
            *to = sums.map(|sum| if sum > 0.0 { sum } else { 0.0 });
        }
        let mut heard = [0_i16; HEARD];
        for (to, sums) in heard.chunks_exact_mut(CHANNELS).zip(self.third.run::<_, THIRD>(&two)) {
            for (to, sum) in to.iter_mut().zip(sums) {
                *to = rounded(sum * 32_768.0);
            }
        }
        heard
    }

    /// The score of a frame: 0–1, from 0.5 on a voice.
    pub(super) fn score(&self, arch: Arch, heard: &[i16; HEARD], state: &mut State) -> f32 {
        let [first, second] = &mut state.0;
        let [one, other] = &self.recurrences;
        Remember { heard, first: (one, &mut *first), second: (other, &mut *second) }.run(arch);
        let sum = product(&self.output[0], first).wrapping_add(product(&self.output[1], second));
        #[expect(clippy::cast_precision_loss, reason = "as the network was trained")]
        let x = sum as f32 / 16_777_216.0;
        1.0 / (1.0 + (-x).exp())
    }

    /// A kernel over three frames and three bands, then each channel's own scale, the largest of three, no less than 0.
    #[inline(always)]
    fn first(&self, frames: &[[f32; BANDS]; KERNEL], out: &mut [Channels; FIRST + 2]) {
        const WIDE: usize = BANDS - KERNEL + 1;
        let mut row = [0.0_f32; WIDE];
        for (frame, kernel) in frames.iter().zip(&self.first_kernel) {
            for (at, weight) in kernel.iter().enumerate() {
                let Some(bands) = frame[at..].first_chunk::<WIDE>() else { continue };
                row = std::array::from_fn(|place| row[place] + bands[place] * weight);
            }
        }
        for (at, to) in out.iter_mut().skip(1).take(FIRST).enumerate() {
            // a scale keeps the order or turns it round: the largest comes of the largest or of the smallest
            let three = [row[2 * at], row[2 * at + 1], row[2 * at + 2]];
            let most = three[0].max(three[1]).max(three[2]);
            let least = three[0].min(three[1]).min(three[2]);
            *to = std::array::from_fn(|channel| {
                let weight = self.first_weight[channel];
                let x = if weight >= 0.0 { most } else { least } * weight + self.first_bias[channel];
                if x > 0.0 { x } else { 0.0 }
            });
        }
    }
}

/// Along the bands each channel by itself, every second place; then all channels into all.
struct Convolution {
    along: [Channels; KERNEL],
    /// By channel that goes in.
    across: [Channels; CHANNELS],
    bias: Channels,
}

impl Convolution {
    fn read(from: &mut Weights, biased: bool) -> Self {
        let along: [[f32; KERNEL]; CHANNELS] = std::array::from_fn(|_| from.floats());
        let across: [Channels; CHANNELS] = std::array::from_fn(|_| from.floats());
        let bias = if biased { from.floats() } else { [0.0; CHANNELS] };
        Self {
            along: std::array::from_fn(|at| along.map(|kernel| kernel[at])),
            across: std::array::from_fn(|channel| across.map(|weights| weights[channel])),
            bias,
        }
    }

    #[expect(clippy::inline_always, reason = "only what is inlined is compiled for the wide vectors")]
    #[inline(always)]
    fn run<const IN: usize, const OUT: usize>(&self, rows: &[Channels; IN]) -> [Channels; OUT] {
        let mut out = [[0.0; CHANNELS]; OUT];
        for (to, rows) in out.iter_mut().zip(rows.windows(KERNEL).step_by(2)) {
            let mut along = [0.0_f32; CHANNELS];
            for (row, kernel) in rows.iter().zip(&self.along) {
                along = std::array::from_fn(|channel| along[channel] + row[channel] * kernel[channel]);
            }
            let mut sums = [0.0_f32; CHANNELS];
            for (x, weights) in along.iter().zip(&self.across) {
                sums = std::array::from_fn(|channel| sums[channel] + x * weights[channel]);
            }
            *to = std::array::from_fn(|channel| sums[channel] + self.bias[channel]);
        }
        out
    }
}

fn product<const N: usize>(one: &[i16; N], other: &[i16; N]) -> i32 {
    let products = one.iter().zip(other).map(|(x, y)| i32::from(*x) * i32::from(*y));
    products.fold(0, i32::wrapping_add)
}

/// Half away from zero, within 16 bits.
#[expect(clippy::inline_always, reason = "only what is inlined is compiled for the wide vectors")]
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "clamped to 16 bits")]
fn rounded(x: f32) -> i16 {
    (x.clamp(-32_768.0, 32_767.0) + 0.5_f32.copysign(x)) as i16
}

/// Reads on from where it is; behind the end stand zeros.
struct Weights(&'static [u8]);

impl Weights {
    fn floats<const N: usize>(&mut self) -> [f32; N] {
        std::array::from_fn(|_| f32::from_le_bytes(self.bytes()))
    }

    fn integers<const N: usize>(&mut self) -> [i16; N] {
        std::array::from_fn(|_| i16::from_le_bytes(self.bytes()))
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let Some((bytes, rest)) = self.0.split_first_chunk::<N>() else { return [0; N] };
        self.0 = rest;
        *bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_weight_has_its_place() {
        let floats = BANDS + 9 + 2 * CHANNELS + 2 * (3 * CHANNELS + CHANNELS * CHANNELS) + CHANNELS;
        let integers = 2 * HIDDEN * (HEARD + HIDDEN) + 2 * HIDDEN;
        assert_eq!(WEIGHTS.len(), 4 * floats + 2 * integers);
    }
}
