//! Mono 16 kHz sound as WAV or FLAC: what recognisers over the network take.
//!
//! Samples become 16 bits; what is over full scale is clipped.

use std::io::{Cursor, Seek, Write};
use std::path::Path;

use flacenc::component::BitRepr as _;
use flacenc::error::Verify as _;

use crate::AudioError;
use crate::units::{RATE, index};

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
/// `Empty` without samples, `Corrupt` if the encoder refuses.
pub fn encode_flac_16k_mono(pcm: &[f32]) -> Result<Vec<u8>, AudioError> {
    if pcm.is_empty() {
        return Err(AudioError::Empty { what: "no samples to encode" });
    }
    let refused = |e: &dyn std::fmt::Debug| AudioError::corrupt(format!("FLAC encoder: {e:?}"));
    let samples: Vec<i32> = pcm.iter().map(|x| i32::from(to_i16(*x))).collect();
    let config = flacenc::config::Encoder::default().into_verified().map_err(|e| refused(&e))?;
    let source = flacenc::source::MemSource::from_samples(&samples, 1, 16, index(u64::from(RATE)));
    let mut stream =
        flacenc::encode_with_fixed_block_size(&config, source, config.block_size).map_err(|e| refused(&e))?;
    // the encoder states the short last block as the smallest block size, which decoders take for an error
    stream
        .stream_info_mut()
        .set_block_sizes(config.block_size, config.block_size)
        .map_err(|e| refused(&e))?;
    let mut sink = flacenc::bitsink::ByteSink::new();
    stream.write(&mut sink).map_err(|e| refused(&e))?;
    Ok(sink.into_inner())
}

fn write_wav<W: Write + Seek>(to: W, pcm: &[f32]) -> Result<(), AudioError> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::new(to, spec).map_err(wav_error)?;
    for x in pcm {
        writer.write_sample(to_i16(*x)).map_err(wav_error)?;
    }
    writer.finalize().map_err(wav_error)
}

fn wav_error(e: hound::Error) -> AudioError {
    match e {
        hound::Error::IoError(e) => AudioError::Io(e),
        e => AudioError::corrupt(format!("WAV encoder: {e}")),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "float to int `as` saturates; NaN gives 0")]
fn to_i16(x: f32) -> i16 {
    (x * 32767.0).round() as i16
}
