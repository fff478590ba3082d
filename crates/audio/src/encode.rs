//! Mono 16 kHz sound as WAV or FLAC: what recognisers over the network take.
//!
//! Samples become 16 bits; what is over full scale is clipped.

use std::io::{Cursor, Seek, Write};
use std::path::Path;

use crate::units::RATE;
use crate::{AudioError, FlacWriter};

/// Writes mono 16 kHz samples (±1) as a 16-bit WAV file.
///
/// # Errors
/// `Io`; `Corrupt` for more than the 4 GB that a WAV file can hold.
pub fn write_wav_16k_mono(path: &Path, pcm: &[f32]) -> Result<(), AudioError> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
    write_wav(&mut file, pcm)?;
    file.flush()?;
    Ok(())
}

/// The same in memory.
///
/// # Errors
/// As [`write_wav_16k_mono`].
pub fn encode_wav_16k_mono(pcm: &[f32]) -> Result<Vec<u8>, AudioError> {
    let mut bytes = Cursor::new(Vec::with_capacity(44 + pcm.len() * 2));
    write_wav(&mut bytes, pcm)?;
    Ok(bytes.into_inner())
}

/// Mono 16 kHz samples (±1) as 16-bit FLAC: about half the bytes of WAV for speech.
///
/// # Errors
/// `Empty` without samples.
pub fn encode_flac_16k_mono(pcm: &[f32]) -> Result<Vec<u8>, AudioError> {
    let mut writer = FlacWriter::new();
    writer.push(pcm);
    writer.finish()
}

fn write_wav<W: Write + Seek>(to: W, pcm: &[f32]) -> Result<(), AudioError> {
    let mut writer = hound::WavWriter::new(to, wav_spec(1, RATE)).map_err(wav_error)?;
    for x in pcm {
        writer.write_sample(to_i16(*x)).map_err(wav_error)?;
    }
    writer.finalize().map_err(wav_error)
}

/// 16-bit samples.
pub(crate) fn wav_spec(channels: u16, sample_rate: u32) -> hound::WavSpec {
    hound::WavSpec { channels, sample_rate, bits_per_sample: 16, sample_format: hound::SampleFormat::Int }
}

pub(crate) fn wav_error(e: hound::Error) -> AudioError {
    match e {
        hound::Error::IoError(e) => AudioError::Io(e),
        e => AudioError::corrupt(format!("WAV encoder: {e}")),
    }
}

/// Rounded half away from zero: by adding, for `round` is a call into the C library where a processor is only
/// promised SSE2.
#[expect(clippy::cast_possible_truncation, reason = "float to int `as` saturates; NaN gives 0")]
pub(crate) fn to_i16(x: f32) -> i16 {
    (x * 32767.0 + 0.5_f32.copysign(x)) as i16
}
