//! Forty bands of the spectrum, spaced as the ear hears, in logarithms.

/// Bands.
pub(super) const BANDS: usize = 40;
/// Powers of a spectrum of 1024 samples, and as many zeros as make whole lanes.
pub(super) const POWERS: usize = 513 + LANES - 1;
const LANES: usize = 8;

/// Where the triangles begin, stand highest and end, in bins of 15.625 Hz: each begins at the top of the one before.
const EDGES: [usize; BANDS + 2] = [
    4, 7, 10, 13, 17, 21, 25, 29, 33, 38, 43, 48, 54, 60, 66, 73, 80, 87, 95, 103, 112, 122, 132, 142, 153,
    165, 178, 191, 205, 220, 236, 253, 270, 289, 309, 330, 353, 376, 402, 428, 456, 486,
];

/// The triangles.
pub(super) struct Mel {
    bands: Vec<Band>,
}

struct Band {
    first_bin: usize,
    weights: Vec<[f32; LANES]>,
}

impl Mel {
    pub(super) fn new() -> Self {
        let band = |edges: &[usize]| {
            let &[from, top, to] = edges else { return Band { first_bin: 0, weights: Vec::new() } };
            let weight = |bin: usize| {
                let share = |part: usize, of: usize| crate::units::real(part) / crate::units::real(of);
                match bin {
                    bin if bin <= top => share(bin - from, top - from),
                    bin => share(to.saturating_sub(bin), to - top),
                }
            };
            let lane = |first: usize| std::array::from_fn(|lane| weight(first + lane));
            Band { first_bin: from, weights: (from..to).step_by(LANES).map(lane).collect() }
        };
        Self { bands: EDGES.windows(3).map(band).collect() }
    }

    /// The logarithm of each band's power.
    #[expect(clippy::inline_always, reason = "only what is inlined is compiled for the wide vectors")]
    #[inline(always)]
    pub(super) fn bands(&self, power: &[f32; POWERS], out: &mut [f32; BANDS]) {
        for (to, band) in out.iter_mut().zip(&self.bands) {
            let (powers, _) = power.get(band.first_bin..).unwrap_or_default().as_chunks::<LANES>();
            let mut sums = [0.0_f32; LANES];
            for (powers, weights) in powers.iter().zip(&band.weights) {
                sums = std::array::from_fn(|lane| sums[lane] + powers[lane] * weights[lane]);
            }
            let four: [f32; 4] = std::array::from_fn(|lane| sums[lane] + sums[lane + 4]);
            *to = (four[0] + four[1]) + (four[2] + four[3]) + 1e-20;
        }
        for x in out {
            *x = ln(*x);
        }
    }
}

/// The natural logarithm of a normal positive number: a call into the C library is not vectorised. The method and
/// its constants are those of FreeBSD's `e_logf.c`; the error is under one unit in the last place.
#[inline(always)]
fn ln(x: f32) -> f32 {
    const HALF_ROOT: u32 = 0x3f35_04f3;
    let bits = x.to_bits().wrapping_add(0x3f80_0000 - HALF_ROOT);
    #[expect(clippy::cast_precision_loss, reason = "an exponent has eight bits")]
    let exponent = ((bits.cast_signed() >> 23) - 0x7f) as f32;
    let part = f32::from_bits((bits & 0x007f_ffff) + HALF_ROOT) - 1.0;
    let ratio = part / (2.0 + part);
    let square = ratio * ratio;
    let fourth = square * square;
    let rest =
        square * (0.666_666_6 + fourth * 0.284_987_87) + fourth * (0.400_009_72 + fourth * 0.242_790_8);
    let half = 0.5 * part * part;
    ratio * (half + rest) + exponent * 9.058_001e-6 - half + part + exponent * 0.693_138_1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logarithm_is_that_of_the_c_library() {
        let mut x = 1e-20_f32;
        while x < 1e9 {
            assert!((ln(x) - x.ln()).abs() <= 4.0e-6, "{x}: {} and {}", ln(x), x.ln());
            x *= 1.01;
        }
    }

    #[test]
    fn neighbouring_triangles_make_up_the_whole_spectrum() {
        let mel = Mel::new();
        let power = [1.0; POWERS];
        let mut bands = [0.0; BANDS];
        mel.bands(&power, &mut bands);
        let sum: f32 = bands.iter().map(|ln| ln.exp()).sum();
        // from the top of the first to the top of the last, and half of either end
        assert!((sum - 465.5).abs() < 0.1, "{sum}");
    }
}
