//! MPEG audio and ADTS frame headers: enough to tell a stream from noise, and a promised length from a guess.
//!
//! Eleven set bits alone are found in any binary file; a stream is only believed when its second frame
//! stands exactly where the first one says. Tables: ISO/IEC 11172-3 §2.4.2.3, 13818-3, 13818-7 §6.2.

/// Bit rates of layer III, kbit/s; the index 0 ("free") and 15 are refused.
const LAYER3_V1: [u32; 16] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0];
const LAYER3_V2: [u32; 16] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0];
const LAYER2_V1: [u32; 16] = [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 0];
const RATES_V1: [u32; 4] = [44_100, 48_000, 32_000, 0];

/// Length in bytes of the MPEG layer II or III frame that begins here.
fn frame_bytes(head: &[u8]) -> Option<usize> {
    let &[0xff, b1, b2, _, ..] = head else { return None };
    if b1 & 0xe0 != 0xe0 {
        return None;
    }
    let (version, layer) = (b1 >> 3 & 3, b1 >> 1 & 3);
    let divisor = match version {
        3 => 1,
        2 => 2,
        0 => 4,
        _ => return None,
    };
    let rate = RATES_V1.get(usize::from(b2 >> 2 & 3)).copied().filter(|r| *r > 0)? / divisor;
    let (table, samples) = match (layer, version) {
        (1, 3) => (&LAYER3_V1, 1152),
        (1, _) => (&LAYER3_V2, 576),
        (2, 3) => (&LAYER2_V1, 1152),
        (2, _) => (&LAYER3_V2, 1152),
        _ => return None,
    };
    let kbps = table.get(usize::from(b2 >> 4)).copied().filter(|k| *k > 0)?;
    let bytes = samples / 8 * kbps * 1000 / rate + u32::from(b2 >> 1 & 1);
    usize::try_from(bytes).ok()
}

/// Length in bytes of the ADTS frame that begins here.
fn adts_bytes(head: &[u8]) -> Option<usize> {
    let &[0xff, b1, b2, b3, b4, b5, ..] = head else { return None };
    if b1 & 0xf6 != 0xf0 || b2 >> 2 & 0xf > 12 {
        return None;
    }
    let bytes = usize::from(b3 & 3) << 11 | usize::from(b4) << 3 | usize::from(b5 >> 5);
    (bytes >= 7).then_some(bytes)
}

/// Two frames in a row (or one that fills all that there is).
fn stream(head: &[u8], frame: fn(&[u8]) -> Option<usize>) -> bool {
    let Some(first) = frame(head) else { return false };
    match head.get(first..) {
        Some(rest) if !rest.is_empty() => frame(rest).is_some(),
        _ => first == head.len(),
    }
}

/// Whether an MPEG audio stream begins here.
pub(crate) fn audio_stream(head: &[u8]) -> bool {
    stream(head, frame_bytes)
}

/// Whether an ADTS stream begins here.
pub(crate) fn adts_stream(head: &[u8]) -> bool {
    stream(head, adts_bytes)
}

/// Where an MPEG audio stream begins behind junk. Three frames in a row are asked for: in 16 KB of noise
/// two happen by chance.
pub(crate) fn find_audio_stream(head: &[u8]) -> Option<usize> {
    (0..head.len().saturating_sub(4)).find(|&at| {
        let third = head.get(at..).and_then(frame_bytes).and_then(|first| {
            let second = head.get(at + first..).and_then(frame_bytes)?;
            head.get(at + first + second..).and_then(frame_bytes)
        });
        third.is_some()
    })
}

/// Whether the first frame carries a `Xing`, `Info` or `VBRI` table, which promises a length.
/// Without it the length of an MP3 is only guessed from its first frames.
pub(crate) fn promises_length(first_frame: &[u8]) -> bool {
    let window = first_frame.get(..first_frame.len().min(200)).unwrap_or(first_frame);
    window.windows(4).any(|w| matches!(w, b"Xing" | b"Info" | b"VBRI"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sync_word_is_no_stream() {
        let mut bytes = vec![0; 4096];
        bytes[..4].copy_from_slice(&[0xff, 0xfb, 0x90, 0x00]);
        assert!(!audio_stream(&bytes), "nothing stands where the second frame should");
        bytes[417..421].copy_from_slice(&[0xff, 0xfb, 0x90, 0x00]);
        assert!(audio_stream(&bytes), "128 kbit/s at 44.1 kHz is 417 bytes");
        assert_eq!(find_audio_stream(&bytes), None);
        bytes[834..838].copy_from_slice(&[0xff, 0xfb, 0x90, 0x00]);
        assert_eq!(find_audio_stream(&bytes), Some(0));
    }
}
