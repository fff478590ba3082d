//! Samples of a WAVE file, streamed in chunks.
//!
//! Own code and not the general demuxer: that one refuses size 0 in the header (which exchanges write),
//! says nothing of a cut file, and WAV is the hot path of telephony.

use std::io::{BufReader, Read, Seek, SeekFrom};

use crate::AudioError;
use crate::riff::{Coding, WaveHeader};
use crate::source::Input;
use crate::units::{count, index};

/// Frames that are read at once: half a second of telephony.
const CHUNK_FRAMES: usize = 4096;

/// Reads the sound behind a WAVE header.
pub(crate) struct WavReader {
    file: BufReader<Input>,
    coding: Coding,
    channels: usize,
    left_bytes: u64,
    raw: Vec<u8>,
    /// G.711 by table: 256 values.
    law: Vec<f32>,
}

impl WavReader {
    /// Goes to the first sample. `header.coding` must be one with whole samples.
    pub(crate) fn new(file: Input, header: &WaveHeader) -> Result<Self, AudioError> {
        let mut file = BufReader::with_capacity(64 * 1024, file);
        file.seek(SeekFrom::Start(header.data_at))?;
        let law: fn(u8) -> i16 = match header.coding {
            Coding::ALaw => audio_codec_algorithms::decode_alaw,
            _ => audio_codec_algorithms::decode_ulaw,
        };
        let law = (0..=u8::MAX).map(|byte| f32::from(law(byte)) / 32768.0).collect();
        let channels = usize::from(header.channels);
        Ok(Self {
            file,
            coding: header.coding,
            channels,
            left_bytes: header.data_bytes,
            raw: Vec::new(),
            law,
        })
    }

    /// Fills `planes` (one per channel) with the next samples; false at the end.
    pub(crate) fn next(&mut self, planes: &mut [Vec<f32>]) -> Result<bool, AudioError> {
        let frame_bytes = self.channels * usize::from(self.coding.bytes());
        let want = index(self.left_bytes.min(count(CHUNK_FRAMES * frame_bytes)));
        // an incomplete last frame is dropped
        let want = want - want % frame_bytes.max(1);
        planes.iter_mut().for_each(Vec::clear);
        if want == 0 {
            return Ok(false);
        }
        self.raw.resize(want, 0);
        let mut got = 0;
        while let Some(rest) = self.raw.get_mut(got..).filter(|r| !r.is_empty()) {
            match self.file.read(rest) {
                Ok(0) => break,
                Ok(n) => got += n,
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => return Err(AudioError::Io(e)),
            }
        }
        self.left_bytes -= count(want);
        self.raw.truncate(got - got % frame_bytes);
        self.split(planes);
        Ok(got >= frame_bytes)
    }

    fn split(&self, planes: &mut [Vec<f32>]) {
        let law = |byte: &u8| self.law.get(usize::from(*byte)).copied().unwrap_or(0.0);
        match self.coding {
            Coding::U8 => self.each::<1>(planes, |[b]| (f32::from(b) - 128.0) / 128.0),
            Coding::ALaw | Coding::MuLaw => self.each::<1>(planes, |[b]| law(&b)),
            Coding::S16 => self.each::<2>(planes, |b| f32::from(i16::from_le_bytes(b)) / 32768.0),
            Coding::S24 => self.each::<3>(planes, |[a, b, c]| high(i32::from_le_bytes([0, a, b, c]))),
            Coding::S32 => self.each::<4>(planes, |b| high(i32::from_le_bytes(b))),
            Coding::F32 => self.each::<4>(planes, |b| finite(f32::from_le_bytes(b))),
            Coding::F64 => self.each::<8>(planes, |b| finite(crate::units::narrow(f64::from_le_bytes(b)))),
            Coding::Adpcm | Coding::Mpeg => {}
        }
    }

    fn each<const N: usize>(&self, planes: &mut [Vec<f32>], value: impl Fn([u8; N]) -> f32) {
        let (samples, _) = self.raw.as_chunks::<N>();
        if let [only] = planes {
            only.extend(samples.iter().map(|s| value(*s)));
        } else if let [left, right] = planes {
            let (pairs, _) = samples.as_chunks::<2>();
            left.extend(pairs.iter().map(|[l, _]| value(*l)));
            right.extend(pairs.iter().map(|[_, r]| value(*r)));
        } else {
            let step = planes.len().max(1);
            for (channel, plane) in planes.iter_mut().enumerate() {
                plane.extend(samples.iter().skip(channel).step_by(step).map(|s| value(*s)));
            }
        }
    }
}

/// 32-bit full scale to ±1.
#[expect(clippy::cast_precision_loss, reason = "24 bits of 32 are more than any telephone carries")]
fn high(x: i32) -> f32 {
    x as f32 / 2_147_483_648.0
}

/// A float WAV may hold anything; what is no number is silence, what is loud is clipped later.
pub(crate) fn finite(x: f32) -> f32 {
    if x.is_finite() { x.clamp(-8.0, 8.0) } else { 0.0 }
}
