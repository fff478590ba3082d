//! f32 values as a ggml file stores them: f32, f16, or `q8_0`.

use half::f16;

/// Values per `q8_0` block.
pub(super) const BLOCK: usize = 32;

/// How a tensor's values are stored, with ggml's number for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Storage {
    F32,
    F16,
    Q8,
}

impl Storage {
    /// ggml's type number.
    pub(super) const fn id(self) -> i32 {
        match self {
            Self::F32 => 0,
            Self::F16 => 1,
            Self::Q8 => 8,
        }
    }

    /// Appends the values; for [`Self::Q8`] their count divides by [`BLOCK`].
    pub(super) fn encode(self, values: &[f32], out: &mut Vec<u8>) {
        match self {
            Self::F32 => values.iter().for_each(|v| out.extend(v.to_le_bytes())),
            Self::F16 => values.iter().for_each(|v| out.extend(f16::from_f32(*v).to_le_bytes())),
            Self::Q8 => values.chunks(BLOCK).for_each(|block| encode_block(block, out)),
        }
    }
}

/// 34 bytes: the scale as f16, then 32 signed bytes. Divides by the scale in f32, stores it
/// in f16, as whisper.cpp's own quantiser does.
fn encode_block(block: &[f32], out: &mut Vec<u8>) {
    let largest = block.iter().fold(0_f32, |most, v| most.max(v.abs()));
    let scale = largest / 127.0;
    let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
    out.extend(f16::from_f32(scale).to_le_bytes());
    out.extend(block.iter().map(|v| nearest(v * inverse).cast_unsigned()));
}

/// Half away from zero.
#[expect(clippy::cast_possible_truncation, reason = "a value over its block's scale lies within ±127")]
fn nearest(value: f32) -> i8 {
    (value + 0.5_f32.copysign(value)).trunc() as i8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_scale_then_rounded_bytes() {
        let mut values = [0_f32; BLOCK];
        values[0] = 127.0;
        values[1] = -63.5;
        values[2] = 0.4;
        let mut out = Vec::new();
        Storage::Q8.encode(&values, &mut out);
        assert_eq!(out.len(), 34);
        assert_eq!(&out[..2], f16::from_f32(1.0).to_le_bytes());
        assert_eq!(&out[2..5], [127, (-64_i8).cast_unsigned(), 0]);
    }

    #[test]
    fn silence_and_broken_values_do_not_break_the_block() {
        for value in [0.0, f32::NAN, f32::INFINITY] {
            let mut out = Vec::new();
            Storage::Q8.encode(&[value; BLOCK], &mut out);
            assert_eq!(out.len(), 34);
        }
    }
}
