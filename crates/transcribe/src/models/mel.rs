//! Mel filters: `CTranslate2` models do not carry them, ggml files must.
//!
//! Slaney's triangles, area-normalised. Rounding is part of the recipe: triangles in f64
//! rounded to f32, times the f64 norm, rounded again, gives the very bytes of OpenAI's
//! `mel_filters.npz`.

/// Points of the spectrum: a window of 400 samples at 16 kHz.
pub(super) const SPECTRUM: u16 = 201;
const HIGHEST_HZ: f64 = 8000.0;

/// `bands` rows of [`SPECTRUM`] values.
pub(super) fn filters(bands: u16) -> Vec<f32> {
    let top = to_mel(HIGHEST_HZ);
    let step = top / f64::from(bands + 1);
    let edges: Vec<f64> = (0..=bands + 1)
        // the last edge is the end itself, not a sum of steps
        .map(|n| to_hz(if n > bands { top } else { f64::from(n) * step }))
        .collect();
    let bin = HIGHEST_HZ / f64::from(SPECTRUM - 1);
    let mut rows = Vec::with_capacity(usize::from(bands) * usize::from(SPECTRUM));
    for edge in edges.windows(3) {
        let &[low, middle, high] = edge else { continue };
        let norm = 2.0 / (high - low);
        for n in 0..SPECTRUM {
            let hz = bin * f64::from(n);
            let rising = -(low - hz) / (middle - low);
            let falling = (high - hz) / (high - middle);
            let ramp = rising.min(falling);
            // not max(): the published bytes keep the sign of -0.0
            let height = round(if ramp < 0.0 { 0.0 } else { ramp });
            rows.push(round(f64::from(height) * norm));
        }
    }
    rows
}

// linear under 1 kHz, logarithmic above
const LINEAR_STEP: f64 = 200.0 / 3.0;
const KNEE_HZ: f64 = 1000.0;

fn log_step() -> f64 {
    6.4_f64.ln() / 27.0
}

fn to_mel(hz: f64) -> f64 {
    if hz < KNEE_HZ { hz / LINEAR_STEP } else { KNEE_HZ / LINEAR_STEP + (hz / KNEE_HZ).ln() / log_step() }
}

fn to_hz(mel: f64) -> f64 {
    let knee = KNEE_HZ / LINEAR_STEP;
    if mel < knee { mel * LINEAR_STEP } else { KNEE_HZ * (log_step() * (mel - knee)).exp() }
}

#[expect(clippy::cast_possible_truncation, reason = "rounding to f32 is the point")]
fn round(value: f64) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    #[test]
    fn the_filters_are_the_published_ones() {
        let rows = filters(80);
        assert_eq!(rows.len(), 80 * 201);
        let bytes: Vec<u8> = rows.iter().flat_map(|value| value.to_le_bytes()).collect();
        // OpenAI's mel_filters.npz, "mel_80"
        let published = "4f2701b1d287d74a0dc9871026e9519d98cb76426615f2539b0d151a0ae4ec2e";
        assert_eq!(hex::encode(Sha256::digest(bytes)), published);
        assert!(rows.chunks(201).all(|row| row.iter().any(|v| *v > 0.0)), "no band is empty");
        assert!(rows.iter().all(|v| (0.0..0.1).contains(v)));
    }
}
