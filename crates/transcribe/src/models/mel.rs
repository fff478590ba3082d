//! Mel filters: CTranslate2 models do not carry them, ggml files must.
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
            rows.push(round(f64::from(round(rising.min(falling).max(0.0))) * norm));
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
    use super::*;

    #[test]
    fn triangles_cover_the_band_and_nothing_else() {
        let rows = filters(80);
        assert_eq!(rows.len(), 80 * 201);
        // OpenAI's mel_filters.npz, "mel_80": first band
        assert_eq!(rows[1].to_bits(), 0.024_862_59_f32.to_bits());
        assert!(rows.chunks(201).all(|row| row.iter().any(|v| *v > 0.0)), "no band is empty");
        assert_eq!(rows[0].to_bits(), 0.0_f32.to_bits());
        assert!(rows.iter().all(|v| (0.0..0.1).contains(v)));
    }
}
