//! What is written can be read.

use audio::{AudioError, FlacWriter, encode_flac_16k_mono, encode_wav_16k_mono, probe, write_wav_16k_mono};

use crate::synth::{file, folder, speech, survey};

#[test]
fn wav_and_flac_come_back_with_the_same_speech() {
    let folder = folder();
    let pcm = &speech()[..40_001];
    let wav = encode_wav_16k_mono(pcm).unwrap();
    let flac = encode_flac_16k_mono(pcm).unwrap();
    assert!(flac.len() < wav.len() * 3 / 4, "{} of {}", flac.len(), wav.len());
    let from_wav = survey(&file(&folder, "a.wav", &wav));
    let from_flac = survey(&file(&folder, "a.flac", &flac));
    assert_eq!(from_wav.format, "wav/pcm_s16le");
    assert_eq!((from_wav.sample_rate_hz, from_wav.duration_ms), (16_000, 2500));
    assert_eq!(from_wav.utterances, from_flac.utterances, "both are lossless");
    let path = folder.path().join("b.wav");
    write_wav_16k_mono(&path, pcm).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), wav);
    assert_eq!(probe(&path).unwrap().duration_hint_ms, Some(2500));
}

#[test]
fn nothing_and_overloads_are_handled() {
    assert!(matches!(encode_flac_16k_mono(&[]), Err(AudioError::Empty { .. })));
    let wav = encode_wav_16k_mono(&[9.0, -9.0, f32::NAN]).unwrap();
    assert_eq!(&wav[44..], [0xff, 0x7f, 0x00, 0x80, 0, 0]);
}

#[test]
fn flac_written_in_pieces_of_any_length_is_the_same_file() {
    let pcm = speech();
    let whole = encode_flac_16k_mono(&pcm).unwrap();
    for step in [1, 333, 4096, 5000] {
        let mut writer = FlacWriter::new().unwrap();
        pcm.chunks(step).for_each(|piece| writer.push(piece).unwrap());
        assert_eq!(writer.duration_ms(), u64::try_from(pcm.len()).unwrap() / 16);
        assert_eq!(writer.finish().unwrap(), whole, "{step} samples at once");
    }
}
