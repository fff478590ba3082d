//! What is written can be read.

use audio::{AudioError, FlacWriter, encode_flac_16k_mono, encode_wav_16k_mono, probe, write_wav_16k_mono};

use crate::synth::{file, folder, noise, speech, survey};

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
        let mut writer = FlacWriter::new();
        pcm.chunks(step).for_each(|piece| writer.push(piece));
        assert_eq!(writer.duration_ms(), u64::try_from(pcm.len()).unwrap() / 16);
        assert_eq!(writer.finish().unwrap(), whole, "{step} samples at once");
    }
}

#[test]
fn flac_holds_every_sample_at_any_rate_length_and_loudness() {
    let folder = folder();
    let speech = speech();
    let ramp: Vec<f32> = (0..9_000_u16).map(|i| f32::from(i % 64) / 64.0 - 0.5).collect();
    let spikes: Vec<f32> = (0..9_000_u16).map(|i| if i % 1500 == 7 { 1.0 } else { -1.0 }).collect();
    let sounds: [(&str, Vec<f32>); 6] = [
        ("speech", speech.clone()),
        ("noise", noise(1.5, 0.9, 3)),
        ("silence", vec![0.0; 5_000]),
        ("ramp", ramp),
        ("full scale, turned about", spikes),
        ("three samples", vec![0.5, -0.5, 0.25]),
    ];
    for (what, sound) in sounds {
        for rate in [8_000, 16_000] {
            let mut writer = FlacWriter::at(rate);
            writer.push(&sound);
            let path = file(&folder, "any.flac", &writer.finish().unwrap());
            assert_eq!(probe(&path).unwrap().sample_rate_hz, rate, "{what}");
            let flac = symphonia_samples(&path);
            let expected: Vec<i32> = sound.iter().map(|x| sixteen_bits(*x)).collect();
            assert!(flac == expected, "{what} at {rate} Hz: {} of {} samples", flac.len(), expected.len());
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "as the writer rounds")]
fn sixteen_bits(x: f32) -> i32 {
    i32::from((x * 32767.0 + 0.5_f32.copysign(x)) as i16)
}

/// By a decoder that checks the check sums.
fn symphonia_samples(path: &std::path::Path) -> Vec<i32> {
    use symphonia::core::codecs::audio::AudioDecoderOptions;
    use symphonia::core::formats::{FormatOptions, FormatReader as _};
    use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
    let file = Box::new(std::fs::File::open(path).unwrap());
    let stream = MediaSourceStream::new(file, MediaSourceStreamOptions::default());
    let mut reader =
        symphonia::default::formats::FlacReader::try_new(stream, FormatOptions::default()).unwrap();
    let params = reader.tracks()[0].codec_params.clone().unwrap();
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(params.audio().unwrap(), &AudioDecoderOptions::default())
        .unwrap();
    let (mut samples, mut planes) = (Vec::new(), Vec::<Vec<f32>>::new());
    while let Some(packet) = reader.next_packet().unwrap() {
        decoder.decode(&packet).unwrap().copy_to_vecs_planar::<f32>(&mut planes);
        #[expect(clippy::cast_possible_truncation, reason = "16 bits")]
        samples.extend(planes[0].iter().map(|x| (x * 32768.0).round() as i32));
    }
    samples
}
