//! Every container and coding gives the same conversation.

use audio::{AudioError, SurveyOptions, probe, read_utterances};
use domain::{ChannelLayout, Survey};

use crate::synth::{file, fixture, folder, header, samples, sine, survey, wav};

/// Name, format as shown, rate, channels.
const FIXTURES: [(&str, &str, u32, u8); 20] = [
    ("wav_u8_8k.wav", "wav/pcm_u8", 8000, 2),
    ("wav_s16_8k.wav", "wav/pcm_s16le", 8000, 2),
    ("wav_s24_11k_mono.wav", "wav/pcm_s24le", 11_025, 1),
    ("wav_s32_8k_mono.wav", "wav/pcm_s32le", 8000, 1),
    ("wav_f32_8k_mono.wav", "wav/pcm_f32le", 8000, 1),
    ("wav_alaw_8k.wav", "wav/pcm_alaw", 8000, 2),
    ("wav_mulaw_8k.wav", "wav/pcm_mulaw", 8000, 2),
    ("wav_ima_8k.wav", "wav/adpcm_ima_wav", 8000, 2),
    ("wav_mp3_8k_mono.wav", "wav/mp3", 8000, 1),
    ("wav_streamed_8k.wav", "wav/pcm_s16le", 8000, 2),
    ("mp3_8k.mp3", "mp3", 8000, 2),
    ("mp3_16k_mono_noxing.mp3", "mp3", 16_000, 1),
    ("mp3_44k_mono_id3.mp3", "mp3", 44_100, 1),
    ("ogg_vorbis_16k.ogg", "ogg/vorbis", 16_000, 2),
    ("ogg_opus.ogg", "ogg/opus", 48_000, 2),
    ("webm_opus_mono.webm", "matroska/opus", 48_000, 1),
    ("m4a_aac_16k_mono.m4a", "mp4/aac", 16_000, 1),
    ("m4a_aac_48k_fast.m4a", "mp4/aac", 48_000, 2),
    ("adts_16k_mono.aac", "adts/aac", 16_000, 1),
    ("flac_8k.flac", "flac", 8000, 2),
];

pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    FIXTURES.iter().map(|f| f.0)
}

fn speech_of(survey: &Survey, channel: u8) -> u64 {
    survey.speech().filter(|u| u.channel == channel).map(|u| u.end_ms - u.start_ms).sum()
}

#[test]
fn every_format_is_recognised_and_holds_the_same_speech() {
    let reference = survey(&fixture("wav_s16_8k.wav"));
    assert_eq!(reference.duration_ms, 2000);
    for (name, format, rate, channels) in FIXTURES {
        let info = probe(&fixture(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(
            (info.format.as_str(), info.sample_rate_hz, info.channels),
            (format, rate, channels),
            "{name}"
        );
        let s = survey(&fixture(name));
        assert!(s.duration_ms.abs_diff(2000) <= 160, "{name}: {} ms", s.duration_ms);
        let layout = if channels == 1 { ChannelLayout::Mono } else { ChannelLayout::Stereo };
        assert_eq!((s.format.as_str(), s.layout), (format, layout), "{name}");
        assert_eq!(s.loudness_lufs.len(), usize::from(channels), "{name}");
        if channels == 2 {
            for channel in 0..2 {
                let (ours, theirs) = (speech_of(&s, channel), speech_of(&reference, channel));
                // 8 bits hiss at -53 dBFS, and low bit rates couple the channels: both add voice, none takes away
                let adds = ["u8", "mp3", "vorbis", "ima", "opus", "aac"].iter().any(|n| name.contains(n));
                let near = ours + 350 >= theirs && (adds || ours <= theirs + 350);
                assert!(near, "{name} channel {channel}: {ours} ms, not {theirs}");
                let loud = |x: &Survey| x.loudness_lufs[usize::from(channel)].unwrap();
                assert!((loud(&s) - loud(&reference)).abs() < 1.5, "{name} channel {channel}: {}", loud(&s));
            }
        } else {
            assert!(speech_of(&s, 0) > 1000, "{name}: {} ms", speech_of(&s, 0));
        }
    }
}

#[test]
fn the_second_pass_gives_exactly_the_sound_of_each_utterance() {
    for name in names() {
        let s = survey(&fixture(name));
        let read: Vec<_> = read_utterances(&fixture(name), &s).unwrap().map(Result::unwrap).collect();
        assert_eq!(
            read.iter().map(|r| &r.utterance).collect::<Vec<_>>(),
            s.speech().collect::<Vec<_>>(),
            "{name}"
        );
        for one in read {
            let expected = usize::try_from((one.utterance.end_ms - one.utterance.start_ms) * 16).unwrap();
            assert!(one.pcm.len().abs_diff(expected) <= 16, "{name}: {} samples", one.pcm.len());
            let power = one.pcm.iter().map(|x| x * x).sum::<f32>()
                / 16.0
                / f32::from(u16::try_from(one.pcm.len() / 16).unwrap());
            let level = 10.0 * power.log10();
            assert!((level - one.utterance.level_dbfs).abs() < 0.5, "{name}: {level} dBFS");
        }
    }
}

#[test]
fn the_extension_means_nothing() {
    let folder = folder();
    let bytes = std::fs::read(fixture("ogg_opus.ogg")).unwrap();
    assert_eq!(probe(&file(&folder, "call.wav", &bytes)).unwrap().format, "ogg/opus");
    assert_eq!(probe(&file(&folder, "звонок", &bytes)).unwrap().format, "ogg/opus");
}

#[test]
fn gsm_is_refused_by_name_with_a_way_out() {
    match probe(&fixture("wav_gsm_8k_mono.wav")) {
        Err(AudioError::Unsupported { what, hint }) => {
            assert!(what.contains("GSM 06.10") && hint.contains("A-law"), "{what}; {hint}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn telephony_headers_that_were_never_filled_in_are_accepted() {
    let folder = folder();
    let whole = wav(&[&sine(300.0, 2.0, 0.3)]);
    for (riff, data) in [(0, 0), (u32::MAX, u32::MAX), (0xffff_ffef, 0xffff_ffcb), (36, 0), (0, u32::MAX)] {
        let mut bytes = header(1, 8000, riff, data);
        bytes.extend(&whole[44..]);
        assert_eq!(survey(&file(&folder, "streamed.wav", &bytes)).duration_ms, 2000, "{riff:x} {data:x}");
    }
}

#[test]
fn odd_chunks_around_the_sound_are_skipped() {
    let folder = folder();
    let whole = wav(&[&sine(300.0, 1.0, 0.3)]);
    let mut bytes = whole[..36].to_vec();
    bytes.extend(b"LIST\x05\0\0\0INFO!\0"); // odd length, padded
    bytes.extend(b"zzzz\0\0\0\0");
    bytes.extend(&whole[36..]);
    bytes.extend(b"bext\x04\0\0\0tail");
    let s = survey(&file(&folder, "odd.wav", &bytes));
    assert_eq!(s.duration_ms, 1000);
    let mut tagged = b"ID3\x03\0\0\0\0\0\x06tagged".to_vec();
    tagged.extend(whole);
    assert_eq!(survey(&file(&folder, "tagged.wav", &tagged)).duration_ms, 1000);
}

#[test]
fn extensible_and_rf64_headers_are_understood() {
    let folder = folder();
    let sound: Vec<u8> = sine(300.0, 1.0, 0.3).iter().flat_map(|x| x.to_le_bytes()).collect();
    let bytes = u32::try_from(sound.len()).unwrap();
    let mut file_bytes = b"RF64\xff\xff\xff\xffWAVEds64\x1c\0\0\0".to_vec();
    file_bytes.extend(u64::from(bytes + 100).to_le_bytes());
    file_bytes.extend(u64::from(bytes).to_le_bytes());
    file_bytes.extend([0; 12]);
    file_bytes.extend(b"fmt \x28\0\0\0\xfe\xff\x01\0");
    file_bytes.extend(8000_u32.to_le_bytes());
    file_bytes.extend(32_000_u32.to_le_bytes());
    file_bytes.extend([4, 0, 32, 0, 22, 0, 32, 0, 4, 0, 0, 0]);
    file_bytes.extend([3, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71]);
    file_bytes.extend(b"data\xff\xff\xff\xff");
    file_bytes.extend(sound);
    let path = file(&folder, "long.wav", &file_bytes);
    assert_eq!(probe(&path).unwrap().format, "wav/pcm_f32le");
    assert_eq!(survey(&path).duration_ms, 1000);
}

#[test]
fn a_tone_keeps_its_level_and_place_through_resampling() {
    let folder = folder();
    let mut sound = vec![0.0; samples(0.5)];
    sound.extend(sine(1000.0, 0.5, 0.5));
    sound.extend(vec![0.0; samples(0.5)]);
    let s = audio::survey(&file(&folder, "t.wav", &wav(&[&sound])), &SurveyOptions::default()).unwrap();
    assert_eq!(s.peaks.bucket_ms, 5);
    let buckets = &s.peaks.channels[0];
    let first = buckets.iter().position(|(_, high)| *high > 30).unwrap();
    let last = buckets.iter().rposition(|(_, high)| *high > 30).unwrap();
    assert!((99..=101).contains(&first) && (198..=200).contains(&last), "{first} {last}");
    assert!(buckets[150].1.abs_diff(64) <= 1, "{:?}", buckets[150]);
}
