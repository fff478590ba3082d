//! G.711 for the fake: samples to bytes and back (ITU-T G.711), and a voice that only hums.

use crate::G711;

/// A sample as a byte.
fn mulaw(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let size = i32::from(sample).abs().min(32_635) + 0x84;
    let exponent = (31 - size.leading_zeros()).saturating_sub(7).min(7);
    let mantissa = (size >> (exponent + 3)) & 0x0f;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "four bits")]
    let code = sign | (exponent << 4) as u8 | mantissa as u8;
    !code
}

fn alaw(sample: i16) -> u8 {
    let sign = if sample < 0 { 0 } else { 0x80 };
    let size = i32::from(sample).abs().min(32_767);
    let exponent = (31 - size.max(1).leading_zeros()).saturating_sub(7).min(7);
    let mantissa = if exponent == 0 { size >> 4 } else { (size >> (exponent + 3)) & 0x0f };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "four bits")]
    let code = sign | (exponent << 4) as u8 | (mantissa as u8 & 0x0f);
    code ^ 0x55
}

fn from_mulaw(code: u8) -> i16 {
    let code = !code;
    let size = (((i32::from(code & 15) << 3) + 0x84) << ((code >> 4) & 7)) - 0x84;
    i16::try_from(if code & 0x80 == 0 { size } else { -size }).unwrap_or(i16::MAX)
}

fn from_alaw(code: u8) -> i16 {
    let code = code ^ 0x55;
    let (exponent, mantissa) = ((code >> 4) & 7, i32::from(code & 15));
    let size = match exponent {
        0 => (mantissa << 4) + 8,
        _ => ((mantissa << 4) + 0x108) << (exponent - 1),
    };
    i16::try_from(if code & 0x80 == 0 { -size } else { size }).unwrap_or(i16::MAX)
}

/// Samples at 8 kHz as telephony's bytes.
pub fn encode_g711(code: G711, samples: &[i16]) -> Vec<u8> {
    let byte = match code {
        G711::Mulaw => mulaw,
        G711::Alaw => alaw,
    };
    samples.iter().map(|sample| byte(*sample)).collect()
}

/// Telephony's bytes as samples at 8 kHz.
pub fn decode_g711(code: G711, bytes: &[u8]) -> Vec<i16> {
    let sample = match code {
        G711::Mulaw => from_mulaw,
        G711::Alaw => from_alaw,
    };
    bytes.iter().map(|byte| sample(*byte)).collect()
}

/// A voice without words: so long, at -20 dBFS, with no pause in it.
pub fn hum(ms: u64) -> Vec<i16> {
    let count = usize::try_from(ms * 8).unwrap_or(0);
    // 160 Hz
    (0..count).map(|at| if at % 50 < 25 { 3277 } else { -3277 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_codes_come_back_within_their_step() {
        for code in [G711::Mulaw, G711::Alaw] {
            for sample in (-32_000_i16..32_000).step_by(37) {
                let back = decode_g711(code, &encode_g711(code, &[sample]))[0];
                let step = (i32::from(sample).abs() / 16).max(20);
                assert!((i32::from(back) - i32::from(sample)).abs() <= step, "{code:?} {sample} {back}");
            }
            assert_eq!(encode_g711(code, &[0])[0], code.silence());
        }
    }
}
