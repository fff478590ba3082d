//! Conversions between samples, frames, milliseconds and decibels, each in one place.

/// The recogniser's rate, and that at which everything but telephony is measured.
pub(crate) const RATE: u32 = 16_000;
/// One frame of the voice detector, ms.
pub(crate) const FRAME_MS: u64 = 16;
/// Level of a frame without any sound, dBFS.
pub(crate) const SILENCE_DBFS: f32 = -102.0;

/// Frames at `rate` as ms, rounded to the nearest.
pub(crate) fn frames_to_ms(frames: u64, rate: u32) -> u64 {
    let rate = u128::from(rate.max(1));
    u64::try_from((u128::from(frames) * 1000 + rate / 2) / rate).unwrap_or(u64::MAX)
}

/// Ms as frames at `rate`.
pub(crate) fn ms_to_frames(ms: u64, rate: u32) -> u64 {
    u64::try_from(u128::from(ms) * u128::from(rate) / 1000).unwrap_or(u64::MAX)
}

/// A length in memory as a count; `usize` is at most 64 bits wherever this runs.
pub(crate) fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// The other way; saturates on 32-bit machines.
pub(crate) fn index(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

/// A count as a number to divide by.
#[expect(clippy::cast_precision_loss, reason = "counts of frames and windows stay far under 2^24")]
pub(crate) fn real(n: usize) -> f32 {
    n as f32
}

/// A count as an `f64`.
#[expect(clippy::cast_precision_loss, reason = "counts of samples and ms stay far under 2^52")]
pub(crate) fn real64(n: u64) -> f64 {
    n as f64
}

/// Narrows a measured figure.
#[expect(clippy::cast_possible_truncation, reason = "figures are shown to a tenth")]
pub(crate) fn narrow(x: f64) -> f32 {
    x as f32
}

/// Rounds to a byte, saturating; NaN gives 0.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "float to int `as` saturates")]
pub(crate) fn to_u8(x: f32) -> u8 {
    x.round() as u8
}

/// Rounds to a signed byte, saturating.
#[expect(clippy::cast_possible_truncation, reason = "float to int `as` saturates")]
pub(crate) fn to_i8(x: f32) -> i8 {
    x.round() as i8
}

/// Mean power (1.0 = full scale squared) as dBFS, not under [`SILENCE_DBFS`].
pub(crate) fn power_to_dbfs(power: f64) -> f32 {
    if power <= 0.0 {
        return SILENCE_DBFS;
    }
    narrow(10.0 * power.log10()).max(SILENCE_DBFS)
}

/// The way back.
pub(crate) fn dbfs_to_power(dbfs: f32) -> f64 {
    10_f64.powf(f64::from(dbfs) / 10.0)
}

/// Level packed in a byte: steps of 0.4 dB from 0 down to -102 dBFS.
pub(crate) fn pack_level(dbfs: f32) -> u8 {
    to_u8(dbfs * -2.5)
}

/// The way back.
pub(crate) fn unpack_level(packed: u8) -> f32 {
    f32::from(packed) * -0.4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_level_is_off_by_at_most_a_quarter_decibel() {
        for tenth in 0..1020_u16 {
            let dbfs = -f32::from(tenth) / 10.0;
            assert!((unpack_level(pack_level(dbfs)) - dbfs).abs() <= 0.25);
        }
        assert!((unpack_level(pack_level(3.0))).abs() < 0.01, "clipping stays at full scale");
    }

    #[test]
    fn conversions_survive_hostile_figures() {
        assert_eq!(frames_to_ms(u64::MAX, 0), u64::MAX);
        assert_eq!(ms_to_frames(u64::MAX, 48_000), u64::MAX);
        assert_eq!(frames_to_ms(8_000, 8_000), 1000);
        assert_eq!(to_u8(f32::NAN), 0);
    }
}
