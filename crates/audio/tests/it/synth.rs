//! Sound made on the spot: voices, tones, noise, music, and WAV files around them.

use std::f32::consts::TAU;
use std::path::PathBuf;

pub(crate) const RATE: u32 = 8000;

/// A folder that goes away with the test.
pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

pub(crate) fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

pub(crate) fn call(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/calls").join(name)
}

pub(crate) fn survey(path: &std::path::Path) -> domain::Survey {
    audio::survey(path, &audio::SurveyOptions::default())
        .unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Real (synthesised) speech: the reference call in mono, as ±1.
pub(crate) fn speech() -> Vec<f32> {
    let mut wav = hound::WavReader::open(call("g_cold_call_refused.wav")).unwrap();
    wav.samples::<i16>().map(|s| f32::from(s.unwrap()) / 32768.0).collect()
}

#[expect(clippy::cast_precision_loss, reason = "sample numbers are small")]
fn seconds(sample: usize) -> f32 {
    sample as f32 / RATE as f32
}

pub(crate) fn samples(seconds: f32) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "small"
    )]
    let n = (seconds * RATE as f32) as usize;
    n
}

pub(crate) fn sine(hz: f32, length: f32, level: f32) -> Vec<f32> {
    (0..samples(length)).map(|i| level * (TAU * hz * seconds(i)).sin()).collect()
}

pub(crate) fn silence(length: f32) -> Vec<f32> {
    vec![0.0; samples(length)]
}

/// White noise of a given RMS; always the same for the same seed.
pub(crate) fn noise(length: f32, rms: f32, seed: u32) -> Vec<f32> {
    let mut state = seed | 1;
    let uniform = (0..samples(length)).map(|_| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        #[expect(clippy::cast_precision_loss, reason = "noise")]
        let x = state as f32 / u32::MAX as f32;
        (x - 0.5) * 3.464 * rms
    });
    uniform.collect()
}

pub(crate) fn mix(a: &[f32], b: &[f32]) -> Vec<f32> {
    let len = a.len().max(b.len());
    (0..len).map(|i| a.get(i).unwrap_or(&0.0) + b.get(i).unwrap_or(&0.0)).collect()
}

pub(crate) fn scale(a: &[f32], by: f32) -> Vec<f32> {
    a.iter().map(|x| x * by).collect()
}

pub(crate) fn join(parts: &[Vec<f32>]) -> Vec<f32> {
    parts.concat()
}

/// Organ-like chords of a second each.
pub(crate) fn chords(length: f32) -> Vec<f32> {
    let progression =
        [[220.0, 261.6, 329.6], [174.6, 220.0, 261.6], [130.8, 196.0, 329.6], [196.0, 246.9, 293.7]];
    let mut out = Vec::new();
    for chord in progression.iter().cycle() {
        if out.len() >= samples(length) {
            break;
        }
        let mut one = silence(1.0);
        for note in chord {
            for k in 1..6_u8 {
                one = mix(&one, &sine(note * f32::from(k), 1.0, 0.06 / f32::from(k)));
            }
        }
        out.extend(one);
    }
    out.truncate(samples(length));
    out
}

/// A 16-bit WAV file of these channels at 8 kHz.
pub(crate) fn wav(channels: &[&[f32]]) -> Vec<u8> {
    let frames = channels.iter().map(|c| c.len()).max().unwrap_or(0);
    let mut data = Vec::new();
    for i in 0..frames {
        for channel in channels {
            let x = channel.get(i).copied().unwrap_or(0.0).clamp(-1.0, 1.0) * 32767.0;
            #[expect(clippy::cast_possible_truncation, reason = "clamped")]
            data.extend_from_slice(&(x as i16).to_le_bytes());
        }
    }
    let bytes = u32::try_from(data.len()).unwrap();
    let mut file = header(u16::try_from(channels.len()).unwrap(), RATE, bytes + 36, bytes);
    file.extend(data);
    file
}

/// A WAV header for 16-bit PCM with any figures in it.
pub(crate) fn header(channels: u16, rate: u32, riff_bytes: u32, data_bytes: u32) -> Vec<u8> {
    let mut h = Vec::new();
    h.extend(b"RIFF");
    h.extend(riff_bytes.to_le_bytes());
    h.extend(b"WAVEfmt ");
    h.extend(16_u32.to_le_bytes());
    h.extend(1_u16.to_le_bytes());
    h.extend(channels.to_le_bytes());
    h.extend(rate.to_le_bytes());
    h.extend(rate.wrapping_mul(u32::from(channels)).wrapping_mul(2).to_le_bytes());
    h.extend(channels.wrapping_mul(2).to_le_bytes());
    h.extend(16_u16.to_le_bytes());
    h.extend(b"data");
    h.extend(data_bytes.to_le_bytes());
    h
}

/// Writes bytes to a file in a folder.
pub(crate) fn file(folder: &tempfile::TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Surveys channels.
pub(crate) fn survey_of(channels: &[&[f32]]) -> domain::Survey {
    let folder = folder();
    survey(&file(&folder, "made.wav", &wav(channels)))
}
