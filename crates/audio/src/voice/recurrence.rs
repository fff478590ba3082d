//! The network's two gated recurrences, in 16-bit integers.
//!
//! Each has 128 rows of weights. They lie by pairs of inputs, eight rows side by side: a processor multiplies two
//! inputs with the weights of eight rows and adds them at once, and no row has to be summed across.

use pulp::Arch;

use super::network::{HEARD, HIDDEN};

/// Proposals, and as many gates.
const ROWS: usize = 2 * HIDDEN;
/// Rows side by side.
const SIDE: usize = 8;
/// One in the recurrences' fixed point, less one: 24 bits.
const ONE: i32 = 0x00ff_ffff;

/// Two weights of each of eight rows.
type Weights = [i16; 2 * SIDE];

/// A minimal gated unit: half of the rows propose, the other half decide how much of it is taken.
pub(super) struct Recurrence {
    /// By pair of inputs.
    weights: Vec<[Weights; ROWS / SIDE]>,
}

impl Recurrence {
    /// Of rows as they are kept, each with a weight for every input.
    pub(super) fn new<const IN: usize>(rows: impl Iterator<Item = [i16; IN]>) -> Self {
        let mut weights = vec![[[0; 2 * SIDE]; ROWS / SIDE]; IN.div_ceil(2)];
        for (at, row) in rows.enumerate() {
            for (input, weight) in row.into_iter().enumerate() {
                let eight = weights.get_mut(input / 2).and_then(|pair| pair.get_mut(at / SIDE));
                if let Some(to) = eight.and_then(|eight| eight.get_mut(2 * (at % SIDE) + input % 2)) {
                    *to = weight;
                }
            }
        }
        Self { weights }
    }
}

/// One step of both.
pub(super) struct Remember<'a> {
    pub(super) heard: &'a [i16; HEARD],
    pub(super) first: (&'a Recurrence, &'a mut [i16; HIDDEN]),
    pub(super) second: (&'a Recurrence, &'a mut [i16; HIDDEN]),
}

impl Remember<'_> {
    pub(super) fn run(self, arch: Arch) {
        match arch {
            #[cfg(target_arch = "x86_64")]
            Arch::V3(simd) => simd.vectorize(
                #[inline(always)]
                || self.step(simd),
            ),
            _ => self.step(OneByOne),
        }
    }

    #[expect(clippy::inline_always, reason = "only what is inlined is compiled for the wide vectors")]
    #[inline(always)]
    fn step(self, sums: impl Sums) {
        let (first, state) = self.first;
        take(state, &sums.of(first, self.heard));
        let (second, last) = self.second;
        take(last, &sums.of(second, state));
    }
}

/// How rows are summed.
trait Sums: Copy {
    fn of(self, rows: &Recurrence, input: &[i16]) -> [i32; ROWS];
}

/// On any processor.
#[derive(Clone, Copy)]
struct OneByOne;

impl Sums for OneByOne {
    #[expect(clippy::inline_always, reason = "only what is inlined is compiled for the wide vectors")]
    #[inline(always)]
    fn of(self, rows: &Recurrence, input: &[i16]) -> [i32; ROWS] {
        let mut sums = [0_i32; ROWS];
        for (weights, x) in rows.weights.iter().zip(input.as_chunks::<2>().0) {
            let [x, y] = x.map(i32::from);
            for (sum, [a, b]) in sums.iter_mut().zip(weights.as_flattened().as_chunks::<2>().0) {
                *sum = sum.wrapping_add((x * i32::from(*a)).wrapping_add(y * i32::from(*b)));
            }
        }
        sums
    }
}

#[cfg(target_arch = "x86_64")]
impl Sums for pulp::x86::V3 {
    #[inline(always)]
    fn of(self, rows: &Recurrence, input: &[i16]) -> [i32; ROWS] {
        /// As many vectors as fit into registers beside a weight and an input.
        const AT_ONCE: usize = 8;
        let mut sums = [0_i32; ROWS];
        for (part, to) in sums.as_chunks_mut::<{ AT_ONCE * SIDE }>().0.iter_mut().enumerate() {
            let mut eights = [self.avx._mm256_setzero_si256(); AT_ONCE];
            for (weights, x) in rows.weights.iter().zip(input.as_chunks::<2>().0) {
                let x = self.avx._mm256_set1_epi32(pulp::cast(*x));
                let Some(weights) = weights.as_chunks::<AT_ONCE>().0.get(part) else { continue };
                for (eight, weights) in eights.iter_mut().zip(weights) {
                    let products = self.avx2._mm256_madd_epi16(pulp::cast(*weights), x);
                    *eight = self.avx2._mm256_add_epi32(*eight, products);
                }
            }
            for (to, eight) in to.as_chunks_mut::<SIDE>().0.iter_mut().zip(eights) {
                *to = pulp::cast(eight);
            }
        }
        sums
    }
}

/// Each gate lets so much of the proposal in, and the rest of what was there stays.
#[expect(clippy::inline_always, reason = "only what is inlined is compiled for the wide vectors")]
#[inline(always)]
fn take(state: &mut [i16; HIDDEN], sums: &[i32; ROWS]) {
    let (proposed, gates) = sums.split_at(HIDDEN);
    for ((kept, proposed), gate) in state.iter_mut().zip(proposed).zip(gates) {
        let gate = (gate << 2).clamp(0, ONE);
        let was = i32::from(*kept) << 9;
        let now = i64::from(ONE - gate) * i64::from(was) + i64::from(gate) * i64::from(*proposed);
        #[expect(clippy::cast_possible_truncation, reason = "clamped to 16 bits")]
        let now = (now >> 33).clamp(-32_768, 32_767) as i16;
        *kept = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Weights and inputs of every size, and both ends.
    fn numbers(mut seed: u32) -> impl FnMut() -> i16 {
        move || {
            seed ^= seed << 13;
            seed ^= seed >> 17;
            seed ^= seed << 5;
            match seed % 16 {
                0 => i16::MIN,
                1 => i16::MAX,
                _ => seed.to_le_bytes().first_chunk().copied().map(i16::from_le_bytes).unwrap_or_default(),
            }
        }
    }

    #[test]
    fn sums_are_those_of_the_rows_on_every_processor() {
        let mut number = numbers(1);
        let rows: Vec<[i16; HEARD]> = (0..ROWS).map(|_| std::array::from_fn(|_| number())).collect();
        let input: [i16; HEARD] = std::array::from_fn(|_| number());
        let products = |row: &[i16; HEARD]| -> i32 {
            let products = row.iter().zip(&input).map(|(a, b)| i32::from(*a) * i32::from(*b));
            products.fold(0, i32::wrapping_add)
        };
        let expected: Vec<i32> = rows.iter().map(products).collect();
        let recurrence = Recurrence::new(rows.into_iter());
        assert_eq!(OneByOne.of(&recurrence, &input).as_slice(), expected);
        #[cfg(target_arch = "x86_64")]
        if let Arch::V3(simd) = Arch::new() {
            assert_eq!(simd.vectorize(|| simd.of(&recurrence, &input)).as_slice(), expected);
        }
    }
}
