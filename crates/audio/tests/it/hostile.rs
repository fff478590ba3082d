//! Broken, cut, renamed and malicious files end in the right error, and quickly.

use std::path::Path;
use std::time::{Duration, Instant};

use audio::{AudioError, AudioLimits, SurveyOptions};

use crate::formats;
use crate::synth::{file, fixture, folder, header, sine, wav};

fn error(path: &Path) -> AudioError {
    let began = Instant::now();
    let e = audio::survey(path, &SurveyOptions::default()).expect_err(&path.display().to_string());
    assert!(began.elapsed() < Duration::from_secs(5), "{}: {:?}", path.display(), began.elapsed());
    assert!(!e.is_retryable(), "{e}");
    e
}

#[test]
fn a_wav_cut_in_the_middle_says_how_much_is_there() {
    let folder = folder();
    let whole = wav(&[&sine(300.0, 4.0, 0.3)]);
    match error(&file(&folder, "cut.wav", &whole[..44 + 32_000])) {
        AudioError::Truncated { decoded_ms, expected_ms } => {
            assert_eq!((decoded_ms, expected_ms), (2000, 4000));
        }
        e => panic!("{e}"),
    }
    // a few missing samples are a recorder's habit
    let s =
        audio::survey(&file(&folder, "nearly.wav", &whole[..whole.len() - 200]), &SurveyOptions::default());
    assert_eq!(s.unwrap().duration_ms, 3988);
}

#[test]
fn containers_that_promise_more_than_they_hold_are_truncated() {
    let folder = folder();
    for name in ["flac_8k.flac", "m4a_aac_48k_fast.m4a", "mp3_8k.mp3", "wav_ima_8k.wav"] {
        let bytes = std::fs::read(fixture(name)).unwrap();
        match error(&file(&folder, name, &bytes[..bytes.len() * 6 / 10])) {
            AudioError::Truncated { decoded_ms, expected_ms } => {
                assert!(
                    decoded_ms < expected_ms && expected_ms.abs_diff(2000) < 200,
                    "{name}: {decoded_ms} {expected_ms}"
                );
            }
            e => panic!("{name}: {e}"),
        }
    }
    // without a stated length there is nothing to compare with
    let bytes = std::fs::read(fixture("mp3_16k_mono_noxing.mp3")).unwrap();
    let path = file(&folder, "stream.mp3", &bytes[..bytes.len() / 2]);
    assert!(audio::survey(&path, &SurveyOptions::default()).unwrap().duration_ms < 1300);
}

#[test]
fn an_unfinished_m4a_says_what_is_missing() {
    let folder = folder();
    let bytes = std::fs::read(fixture("m4a_aac_16k_mono.m4a")).unwrap();
    let e = error(&file(&folder, "a.m4a", &bytes[..bytes.len() / 2]));
    assert!(matches!(&e, AudioError::Corrupt { what } if what.contains("moov")), "{e}");
}

#[test]
fn files_that_are_no_recordings_are_named() {
    let folder = folder();
    for (name, bytes, code) in [
        ("0.wav", &b""[..], "recording_empty"),
        ("text.mp3", b"hello, this is a letter\n", "recording_not_audio"),
        ("error.wav", b"<!DOCTYPE html><html><body>Forbidden</body></html>", "recording_not_audio"),
        ("photo.ogg", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01", "recording_not_audio"),
        ("riff.wav", b"RIFF\x04\0\0\0AVI LIST", "recording_not_audio"),
        ("tag.mp3", b"ID3\x03\0\0\0\0\0\x02ab", "recording_empty"),
        ("half.wav", b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0", "recording_corrupt"),
        ("zero.flac", &[0; 9000], "recording_not_audio"),
    ] {
        assert_eq!(error(&file(&folder, name, bytes)).code(), code, "{name}");
    }
    assert_eq!(error(folder.path()).code(), "recording_not_audio");
    assert_eq!(error(&folder.path().join("none")).code(), "recording_io");
}

#[test]
fn absurd_headers_are_refused() {
    let folder = folder();
    let sound = vec![1; 64_000];
    let with = |head: Vec<u8>| [head, sound.clone()].concat();
    for (what, head, code) in [
        ("1000 channels", header(1000, 8000, 64_036, 64_000), "recording_too_many_channels"),
        ("3 channels", header(3, 8000, 64_036, 64_000), "recording_too_many_channels"),
        ("0 channels", header(0, 8000, 64_036, 64_000), "recording_corrupt"),
        ("0 Hz", header(1, 0, 64_036, 64_000), "recording_corrupt"),
        ("4 GHz", header(1, u32::MAX, 64_036, 64_000), "recording_unsupported"),
        ("2 GB of data", header(1, 8000, 0x7fff_ffff, 0x7fff_0000), "recording_truncated"),
    ] {
        assert_eq!(error(&file(&folder, "absurd.wav", &with(head))).code(), code, "{what}");
    }
    // a header, no samples
    assert_eq!(error(&file(&folder, "none.wav", &header(1, 8000, 36, 0))).code(), "recording_empty");
    let mut far = wav(&[&sine(300.0, 1.0, 0.3)]);
    far[16..20].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(error(&file(&folder, "far.wav", &far)).code(), "recording_corrupt");
}

#[test]
fn ten_hours_are_refused_by_the_header_alone() {
    let folder = folder();
    let bytes = 10 * 3600 * 8000 * 2_u32;
    let path = file(&folder, "long.wav", &header(1, 8000, bytes + 36, bytes));
    // sparse: costs no disk
    std::fs::File::options().write(true).open(&path).unwrap().set_len(u64::from(bytes) + 44).unwrap();
    assert_eq!(error(&path).code(), "recording_too_long");
    assert_eq!(audio::probe(&path).unwrap_err().code(), "recording_too_long");
}

#[test]
fn limits_hold_while_decoding_too() {
    let limits = AudioLimits { max_duration_ms: 500, ..AudioLimits::default() };
    for name in formats::names() {
        let e =
            audio::survey(&fixture(name), &SurveyOptions { limits, ..SurveyOptions::default() }).unwrap_err();
        assert_eq!(e.code(), "recording_too_long", "{name}");
    }
    let limits = AudioLimits { max_bytes: 1000, ..AudioLimits::default() };
    let e = audio::survey(&fixture("flac_8k.flac"), &SurveyOptions { limits, ..SurveyOptions::default() })
        .unwrap_err();
    assert_eq!(e.code(), "recording_too_large");
    let limits = AudioLimits { max_channels: 1, ..AudioLimits::default() };
    let e = audio::survey(&fixture("mp3_8k.mp3"), &SurveyOptions { limits, ..SurveyOptions::default() })
        .unwrap_err();
    assert_eq!(e.code(), "recording_too_many_channels");
}

#[test]
fn floats_that_are_no_numbers_are_silence() {
    let folder = folder();
    let mut bytes = std::fs::read(fixture("wav_f32_8k_mono.wav")).unwrap();
    for (i, at) in (1000..bytes.len() - 8).step_by(4).enumerate().filter(|(i, _)| i % 3 == 0) {
        let wild = [f32::NAN, f32::INFINITY, f32::MIN][i % 3 + i / 3 % 3];
        bytes[at..at + 4].copy_from_slice(&wild.to_le_bytes());
    }
    let s = audio::survey(&file(&folder, "nan.wav", &bytes), &SurveyOptions::default()).unwrap();
    assert!(s.utterances.iter().all(|u| u.level_dbfs.is_finite()));
}

#[test]
fn ogg_and_webm_that_end_in_the_middle_are_never_half_read() {
    let folder = folder();
    for name in ["ogg_opus.ogg", "ogg_vorbis_16k.ogg", "webm_opus_mono.webm"] {
        let bytes = std::fs::read(fixture(name)).unwrap();
        for tenths in [3, 5, 8] {
            let e = error(&file(&folder, name, &bytes[..bytes.len() * tenths / 10]));
            assert!(matches!(e.code(), "recording_corrupt" | "recording_truncated"), "{name} {tenths}: {e}");
        }
    }
}
