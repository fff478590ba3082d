//! Encoded sound in memory to samples of one channel. Small files only: uploads of the tests and
//! the bank itself.

use std::io::Cursor;

use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;
use symphonia::default::{get_codecs, get_probe};

/// Longest sound that is decoded, samples of one channel: an hour at 48 kHz.
const MAX_SAMPLES: usize = 48_000 * 3600;

/// Samples of one channel.
pub(super) struct Sound {
    pub(super) rate: u32,
    pub(super) pcm: Vec<f32>,
}

/// Decodes, channels mixed.
///
/// # Errors
/// A sentence that says why it is no sound.
pub(super) fn mono(bytes: &[u8]) -> Result<Sound, String> {
    let source =
        MediaSourceStream::new(Box::new(Cursor::new(bytes.to_vec())), MediaSourceStreamOptions::default());
    let told = |error: Error| error.to_string();
    let mut format = get_probe()
        .probe(&Hint::new(), source, FormatOptions::default(), MetadataOptions::default())
        .map_err(told)?;
    let track = format.default_track(TrackType::Audio).ok_or("no sound track")?;
    let id = track.id;
    let params = track.codec_params.as_ref().and_then(|params| params.audio()).ok_or("no parameters")?;
    let rate = params.sample_rate.ok_or("no sample rate")?;
    let mut decoder =
        get_codecs().make_audio_decoder(params, &AudioDecoderOptions::default()).map_err(told)?;
    let mut pcm: Vec<f32> = Vec::new();
    let mut planes: Vec<Vec<f32>> = Vec::new();
    while let Some(packet) = next(format.as_mut())? {
        if packet.track_id != id {
            continue;
        }
        match decoder.decode(&packet) {
            Ok(sound) => sound.copy_to_vecs_planar::<f32>(&mut planes),
            Err(Error::DecodeError(_)) => continue,
            Err(error) => return Err(told(error)),
        }
        mix(&planes, &mut pcm);
        if pcm.len() > MAX_SAMPLES {
            return Err("longer than an hour".to_owned());
        }
    }
    Ok(Sound { rate, pcm })
}

fn next(
    format: &mut dyn symphonia::core::formats::FormatReader,
) -> Result<Option<symphonia::core::packet::Packet>, String> {
    match format.next_packet() {
        Ok(packet) => Ok(packet),
        Err(Error::ResetRequired) => Ok(None),
        Err(Error::IoError(error)) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a handful of channels")]
fn mix(planes: &[Vec<f32>], pcm: &mut Vec<f32>) {
    let Some(first) = planes.first() else { return };
    let gain = 1.0 / planes.len() as f32;
    let start = pcm.len();
    pcm.extend(first.iter().map(|x| x * gain));
    for plane in planes.iter().skip(1) {
        for (out, x) in pcm.iter_mut().skip(start).zip(plane) {
            *out += x * gain;
        }
    }
}
