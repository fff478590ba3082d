//! FLAC (RFC 9639) of one channel of 16 bits, written as the samples come, quickly: fixed predictors alone.
//!
//! Speech of the telephone shrinks to some 55 % so, to 51 % with predictors made for each block, and those take ten
//! times as long. What is uploaded is paid by the second, not by the byte.

use crate::AudioError;
use crate::encode::to_i16;
use crate::units::{RATE, count};

/// `fLaC`, the header of a block, and STREAMINFO: sections 6 and 8.2.
const HEADER_BYTES: usize = 42;
/// Samples of a block.
const BLOCK: usize = 4096;
/// The same, as a header says it.
const BLOCK_SAID: u32 = 4096;
/// Orders of the fixed predictors: 0 to 4.
const ORDERS: usize = 5;
/// A block has at most 2⁴ partitions, each with a parameter of its own.
const PARTITIONS: u32 = 4;
/// Largest parameter of four bits: the next stands for something else.
const LARGEST: u32 = 14;

/// FLAC in memory, written as the samples come.
///
/// ```
/// # fn main() -> Result<(), audio::AudioError> {
/// let mut flac = audio::FlacWriter::new();
/// flac.push(&[0.0; 16_000]);
/// flac.push(&[0.1; 8_000]);
/// assert_eq!(flac.duration_ms(), 1500);
/// assert!(flac.finish()?.starts_with(b"fLaC"));
/// # Ok(())
/// # }
/// ```
pub struct FlacWriter {
    rate: u32,
    blocks: u32,
    samples: u64,
    open: Vec<i32>,
    bytes: Vec<u8>,
}

impl Default for FlacWriter {
    fn default() -> Self {
        Self::new()
    }
}

impl FlacWriter {
    /// An empty piece of mono sound at 16 kHz.
    pub fn new() -> Self {
        Self::at(RATE)
    }

    /// An empty piece at another rate, up to 655 350 Hz.
    pub fn at(rate_hz: u32) -> Self {
        let open = Vec::with_capacity(BLOCK);
        Self { rate: rate_hz, blocks: 0, samples: 0, open, bytes: vec![0; HEADER_BYTES] }
    }

    /// Adds samples (±1).
    pub fn push(&mut self, pcm: &[f32]) {
        let mut rest = pcm;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(BLOCK - self.open.len()));
            self.open.extend(now.iter().map(|x| i32::from(to_i16(*x))));
            rest = later;
            if self.open.len() == BLOCK {
                self.close_block();
            }
        }
    }

    /// Length so far, ms.
    pub fn duration_ms(&self) -> u64 {
        crate::units::frames_to_ms(self.samples + count(self.open.len()), self.rate)
    }

    /// The file.
    ///
    /// # Errors
    /// `Empty` without samples.
    pub fn finish(mut self) -> Result<Vec<u8>, AudioError> {
        self.close_block();
        if self.samples == 0 {
            return Err(AudioError::Empty { what: "no samples to encode" });
        }
        let mut header = Bits::default();
        header.push(0x664c_6143, 32); // fLaC
        header.push(0x80, 8); // the last block of metadata: STREAMINFO
        header.push(34, 24);
        header.push(BLOCK_SAID, 16);
        header.push(BLOCK_SAID, 16);
        header.push(0, 24); // smallest and largest frame: not known
        header.push(0, 24);
        header.push(self.rate, 20);
        header.push(0, 3); // one channel
        header.push(15, 5); // of 16 bits
        let [high, low] = [self.samples >> 32, self.samples & 0xffff_ffff];
        header.push(u32::try_from(high & 0xf).unwrap_or(0), 4);
        header.push(u32::try_from(low).unwrap_or(0), 32);
        // the digest of the sound stays zero, "unknown" (8.2): nobody checks what is decoded once
        let header = header.whole();
        for (to, byte) in self.bytes.iter_mut().zip(header) {
            *to = byte;
        }
        Ok(self.bytes)
    }

    fn close_block(&mut self) {
        if self.open.is_empty() {
            return;
        }
        let mut bits = Bits { bytes: frame_header(self.blocks, self.open.len()), ..Bits::default() };
        subframe(&mut bits, &self.open);
        let mut frame = bits.whole();
        let crc = crc16(&frame);
        frame.extend_from_slice(&crc.to_be_bytes());
        self.bytes.append(&mut frame);
        self.blocks = self.blocks.wrapping_add(1);
        self.samples += count(self.open.len());
        self.open.clear();
    }
}

/// Section 9.1. The rate is that of STREAMINFO.
fn frame_header(number: u32, samples: usize) -> Vec<u8> {
    let mut bits = Bits { bytes: Vec::with_capacity(BLOCK + BLOCK / 2), ..Bits::default() };
    let last = u32::try_from(samples.saturating_sub(1)).unwrap_or(0);
    bits.push(0xfff8, 16); // blocks of one size
    bits.push(if samples == BLOCK { 0b1100_0000 } else { 0b0111_0000 }, 8);
    bits.push(0b0000_1000, 8); // one channel of 16 bits
    for byte in coded_number(number) {
        bits.push(u32::from(byte), 8);
    }
    if samples != BLOCK {
        bits.push(last, 16);
    }
    let mut header = bits.whole();
    header.push(crc8(&header));
    header
}

/// The number of a frame is coded as UTF-8 codes letters, up to 31 bits (section 9.1.5).
fn coded_number(number: u32) -> Vec<u8> {
    let byte = |value: u32| u8::try_from(value & 0xff).unwrap_or(0);
    if number < 0x80 {
        return vec![byte(number)];
    }
    // so many bytes hold five bits and six for each one more
    let more = (1..6).find(|more| number < 1 << (6 + 5 * more)).unwrap_or(5);
    let first = ((0xff00_u32 >> (more + 1)) & 0xff) | (number >> (6 * more));
    let rest = (0..more).rev().map(|place| byte(0x80 | ((number >> (6 * place)) & 0x3f)));
    std::iter::once(byte(first)).chain(rest).collect()
}

/// Section 9.2: one value, or the differences that are smallest.
fn subframe(bits: &mut Bits, samples: &[i32]) {
    if samples.windows(2).all(|pair| pair[0] == pair[1]) {
        bits.push(0, 8);
        bits.push_signed(samples.first().copied().unwrap_or(0));
        return;
    }
    let (order, residual) = differences(samples);
    bits.push(0b0001_0000 | (u32::try_from(order).unwrap_or(0) << 1), 8);
    for sample in samples.iter().take(order) {
        bits.push_signed(*sample);
    }
    // partitions are equal parts of the block, the first short of the samples that the predictor begins with
    let parts = (0..=PARTITIONS)
        .rev()
        .find(|parts| samples.len().is_multiple_of(1 << parts) && samples.len() >> parts > order)
        .unwrap_or(0);
    bits.push(parts, 6); // parameters of four bits
    let length = samples.len() >> parts;
    let (first, rest) = residual.split_at((length - order.min(length)).min(residual.len()));
    partition(bits, first);
    rest.chunks(length).for_each(|part| partition(bits, part));
}

/// The order of least sum, and what it leaves.
fn differences(samples: &[i32]) -> (usize, Vec<i32>) {
    // 4096 differences of the fourth order are under 2³¹ together
    let mut sums = [0_u32; ORDERS];
    for five in samples.windows(ORDERS) {
        let &[oldest, old, middle, young, youngest] = five else { continue };
        let first = [youngest - young, young - middle, middle - old, old - oldest];
        let second = [first[0] - first[1], first[1] - first[2], first[2] - first[3]];
        let third = [second[0] - second[1], second[1] - second[2]];
        for (sum, left) in sums.iter_mut().zip([youngest, first[0], second[0], third[0], third[0] - third[1]])
        {
            *sum += left.unsigned_abs();
        }
    }
    let fewest = sums.iter().enumerate().min_by_key(|(_, sum)| **sum).map_or(0, |(order, _)| order);
    let mut left = samples.to_vec();
    for _ in 0..fewest {
        left = left.windows(2).map(|pair| pair[1] - pair[0]).collect();
    }
    (fewest, left)
}

/// Rice's code: the lower bits as they are, the upper ones as so many zeros (section 9.2.7).
fn partition(bits: &mut Bits, left: &[i32]) {
    let sum: u64 = left.iter().map(|x| u64::from(x.unsigned_abs())).sum();
    let samples = count(left.len().max(1));
    // the parameter is best near the logarithm of the mean
    let lower = (sum / samples).checked_ilog2().map_or(0, |log| log + 1).min(LARGEST);
    bits.push(lower, 4);
    for x in left {
        // the sign goes to the end
        let folded = ((x << 1) ^ (x >> 31)).cast_unsigned();
        let (zeros, rest) = (folded >> lower, (1 << lower) | (folded & ((1 << lower) - 1)));
        if zeros + lower < 32 {
            bits.push(rest, zeros + lower + 1);
        } else {
            bits.zeros(zeros);
            bits.push(rest, lower + 1);
        }
    }
}

/// Bits into bytes, the highest first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    open: u64,
    filled: u32,
}

impl Bits {
    /// The lower `width` bits, 32 at most; the bits above are zero.
    fn push(&mut self, value: u32, width: u32) {
        self.open = (self.open << width) | u64::from(value);
        self.filled += width;
        if self.filled >= 32 {
            self.filled -= 32;
            #[expect(clippy::cast_possible_truncation, reason = "what is over is written already")]
            let whole = (self.open >> self.filled) as u32;
            self.bytes.extend_from_slice(&whole.to_be_bytes());
        }
    }

    fn zeros(&mut self, mut zeros: u32) {
        while zeros > 0 {
            let now = zeros.min(32);
            self.push(0, now);
            zeros -= now;
        }
    }

    /// 16 bits with a sign.
    fn push_signed(&mut self, value: i32) {
        self.push(value.cast_unsigned() & 0xffff, 16);
    }

    /// All of it, filled up with zeros to a whole byte.
    fn whole(mut self) -> Vec<u8> {
        let open = self.filled.next_multiple_of(8) - self.filled;
        self.push(0, open);
        while self.filled > 0 {
            self.filled -= 8;
            #[expect(clippy::cast_possible_truncation, reason = "one byte of it")]
            self.bytes.push((self.open >> self.filled) as u8);
        }
        self.bytes
    }
}

/// x⁸ + x² + x + 1, over the few bytes of a header.
fn crc8(bytes: &[u8]) -> u8 {
    let bit = |crc: u8, _| if crc & 0x80 == 0 { crc << 1 } else { (crc << 1) ^ 0x07 };
    bytes.iter().fold(0, |crc, byte| (0..8).fold(crc ^ byte, bit))
}

/// x¹⁶ + x¹⁵ + x² + 1.
fn crc16(bytes: &[u8]) -> u16 {
    let byte = |crc: u16, byte: &u8| (crc << 8) ^ CRC16[usize::from((crc >> 8) ^ u16::from(*byte))];
    bytes.iter().fold(0, byte)
}

const CRC16: [u16; 256] = {
    let mut table = [0_u16; 256];
    let (mut at, mut high) = (0, 0_u16);
    while at < 256 {
        let mut crc = high;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x8005 };
            bit += 1;
        }
        table[at] = crc;
        at += 1;
        high = high.wrapping_add(0x100);
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_frames_are_coded_like_letters() {
        for (number, letter) in [(0x7f, "\u{7f}"), (0x80, "\u{80}"), (0x7ff, "\u{7ff}"), (0x800, "\u{800}")] {
            assert_eq!(coded_number(number), letter.as_bytes(), "{number:x}");
        }
        assert_eq!(coded_number(0x10_ffff), "\u{10ffff}".as_bytes());
        assert_eq!(coded_number(0x7fff_ffff), [0xfd, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf]);
    }

    #[test]
    fn check_sums_are_those_of_the_standard() {
        assert_eq!((crc8(b"123456789"), crc16(b"123456789")), (0xf4, 0xfee8));
    }
}
