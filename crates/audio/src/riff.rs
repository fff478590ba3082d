//! The header of a WAVE file, read with the tolerance that telephony demands.
//!
//! Exchanges stream WAV and never come back to fill in the sizes: 0 and 0xFFFFFFFF mean "until the end of the
//! file". Unknown chunks may stand anywhere. RF64/BW64 (EBU Tech 3306) keep the real size in `ds64`.

use std::io::{Read, Seek, SeekFrom};

use crate::AudioError;
use crate::units::count;

/// More chunks than this before the sound is no recording.
const MAX_CHUNKS: usize = 512;
/// `WAVEFORMATEXTENSIBLE`: the longest `fmt ` body that matters.
const FMT_BYTES: u64 = 40;
/// Sizes from here on were never filled in (recorders round down from 0xFFFFFFFF).
const UNKNOWN_SIZE: u64 = 0xffff_ff00;

/// How samples are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    U8,
    S16,
    S24,
    S32,
    F32,
    F64,
    ALaw,
    MuLaw,
    /// Decoded by the general demuxer.
    Adpcm,
    /// MPEG audio inside of a WAVE file.
    Mpeg,
}

impl Coding {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::U8 => "pcm_u8",
            Self::S16 => "pcm_s16le",
            Self::S24 => "pcm_s24le",
            Self::S32 => "pcm_s32le",
            Self::F32 => "pcm_f32le",
            Self::F64 => "pcm_f64le",
            Self::ALaw => "pcm_alaw",
            Self::MuLaw => "pcm_mulaw",
            Self::Adpcm => "adpcm",
            Self::Mpeg => "mp3",
        }
    }

    /// Bytes of one sample, 0 where samples are not stored one by one.
    pub(crate) fn bytes(self) -> u16 {
        match self {
            Self::U8 | Self::ALaw | Self::MuLaw => 1,
            Self::S16 => 2,
            Self::S24 => 3,
            Self::S32 | Self::F32 => 4,
            Self::F64 => 8,
            Self::Adpcm | Self::Mpeg => 0,
        }
    }
}

/// What the header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WaveHeader {
    pub(crate) coding: Coding,
    pub(crate) channels: u16,
    pub(crate) rate: u32,
    /// Offset of the first sample in the file.
    pub(crate) data_at: u64,
    /// Bytes of sound that are in the file.
    pub(crate) data_bytes: u64,
    /// Bytes of sound that the header promises; `None` where it was never filled in.
    pub(crate) promised_bytes: Option<u64>,
}

/// Reads the header that begins at `base` of a file of `file_bytes`.
pub(crate) fn read_header<R: Read + Seek>(
    source: &mut R,
    base: u64,
    file_bytes: u64,
) -> Result<WaveHeader, AudioError> {
    source.seek(SeekFrom::Start(base))?;
    let mut head = [0; 12];
    read_exact(source, &mut head)?;
    let riff_bytes = u64::from(le32(&head, 4));
    let mut at = base + 12;
    let mut fmt = None;
    let mut ds64_data = None;
    for _ in 0..MAX_CHUNKS {
        let mut chunk = [0; 8];
        read_exact(source, &mut chunk)?;
        at += 8;
        let bytes = u64::from(le32(&chunk, 4));
        match chunk.get(..4) {
            Some(b"fmt ") => fmt = Some(read_format(source, bytes)?),
            Some(b"ds64") => {
                let mut sizes = [0; 16];
                read_exact(source, &mut sizes)?;
                ds64_data = Some(u64::from(le32(&sizes, 8)) | u64::from(le32(&sizes, 12)) << 32);
            }
            Some(b"data") => {
                let Some(format) = fmt else {
                    return Err(AudioError::corrupt("the sound stands before its format in the WAV header"));
                };
                return finish(format, at, bytes, riff_bytes, base, file_bytes, ds64_data);
            }
            _ => {}
        }
        // chunks are padded to an even length
        at = at.saturating_add(bytes).saturating_add(bytes & 1);
        if at >= file_bytes {
            return Err(AudioError::corrupt("the WAV file ends before its sound begins"));
        }
        source.seek(SeekFrom::Start(at))?;
    }
    Err(AudioError::corrupt("a WAV file without sound among its first chunks"))
}

#[derive(Clone, Copy)]
struct Format {
    coding: Coding,
    channels: u16,
    rate: u32,
}

fn finish(
    format: Format,
    data_at: u64,
    data_bytes: u64,
    riff_bytes: u64,
    base: u64,
    file_bytes: u64,
    ds64_data: Option<u64>,
) -> Result<WaveHeader, AudioError> {
    let there = file_bytes.saturating_sub(data_at);
    // a true 0 is one whose RIFF size agrees with the file
    let riff_agrees = base + riff_bytes + 8 == file_bytes && there < 8;
    let promised_bytes = match (ds64_data, data_bytes) {
        (Some(real), bytes) if bytes >= UNKNOWN_SIZE => (real > 0).then_some(real),
        (_, 0) if riff_agrees => Some(0),
        (_, 0) => None,
        (_, bytes) if bytes >= UNKNOWN_SIZE => None,
        (_, bytes) => Some(bytes),
    };
    let data_bytes = promised_bytes.map_or(there, |p| p.min(there));
    if data_bytes == 0 && promised_bytes.is_none_or(|p| p == 0) {
        return Err(AudioError::Empty { what: "a WAV header and no sample behind it" });
    }
    let Format { coding, channels, rate } = format;
    Ok(WaveHeader { coding, channels, rate, data_at, data_bytes, promised_bytes })
}

fn read_format<R: Read + Seek>(source: &mut R, bytes: u64) -> Result<Format, AudioError> {
    if bytes < 14 {
        return Err(AudioError::corrupt("a WAV format chunk that is too short"));
    }
    let mut body = [0; 40];
    let length = crate::units::index(bytes.min(FMT_BYTES));
    read_exact(source, body.get_mut(..length).unwrap_or(&mut []))?;
    let mut tag = le16(&body, 0);
    if tag == 0xfffe && bytes >= FMT_BYTES {
        // the first two bytes of the sub-format's GUID are the old tag
        tag = le16(&body, 24);
    }
    let bits = le16(&body, 14);
    let coding = match (tag, bits) {
        (1, 1..=8) => Coding::U8,
        (1, 9..=16) => Coding::S16,
        (1, 17..=24) => Coding::S24,
        (1, 25..=32) => Coding::S32,
        (3, 32) => Coding::F32,
        (3, 64) => Coding::F64,
        (6, _) => Coding::ALaw,
        (7, _) => Coding::MuLaw,
        (0x02 | 0x11, 4) => Coding::Adpcm,
        (0x50 | 0x55, _) => Coding::Mpeg,
        (1 | 3, bits) => return Err(AudioError::corrupt(format!("{bits} bits a sample in the WAV header"))),
        (tag, _) => return Err(unsupported(tag)),
    };
    Ok(Format { coding, channels: le16(&body, 2), rate: le32(&body, 4) })
}

fn unsupported(tag: u16) -> AudioError {
    let (what, hint) = match tag {
        0x31 | 0x32 => (
            "GSM 06.10 inside of WAV".to_owned(),
            "set the exchange to record PCM, A-law or MP3, or convert: sox in.wav -e signed-integer out.wav",
        ),
        0x83 => ("G.729 inside of WAV".to_owned(), "set the exchange to record PCM, A-law or MP3"),
        0x14 | 0x42 => ("G.723 inside of WAV".to_owned(), "set the exchange to record PCM, A-law or MP3"),
        0x40 | 0x45 | 0x64 => {
            ("G.726 inside of WAV".to_owned(), "set the exchange to record PCM, A-law or MP3")
        }
        0x161 | 0x162 => ("WMA inside of WAV".to_owned(), "convert it to PCM WAV, MP3 or OGG"),
        tag => (format!("WAV coding 0x{tag:04x}"), "convert it to PCM WAV, MP3 or OGG"),
    };
    AudioError::Unsupported { what, hint }
}

fn le16(bytes: &[u8], at: usize) -> u16 {
    match bytes.get(at..) {
        Some(&[a, b, ..]) => u16::from_le_bytes([a, b]),
        _ => 0,
    }
}

fn le32(bytes: &[u8], at: usize) -> u32 {
    u32::from(le16(bytes, at)) | u32::from(le16(bytes, at + 2)) << 16
}

fn read_exact<R: Read>(source: &mut R, buf: &mut [u8]) -> Result<(), AudioError> {
    let wanted = count(buf.len());
    source.read_exact(buf).map_err(|e| match e.kind() {
        std::io::ErrorKind::UnexpectedEof => AudioError::corrupt(format!(
            "the WAV header ends in the middle ({wanted} more bytes are missing)"
        )),
        _ => AudioError::Io(e),
    })
}
