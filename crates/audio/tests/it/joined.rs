//! Two legs become one stereo call.

use std::path::{Path, PathBuf};

use audio::{AudioError, join_legs, probe};

use crate::synth::{file, folder, header, samples, silence, sine, speech, wav};

fn channels(path: &Path) -> (u32, Vec<i16>, Vec<i16>) {
    let mut reader = hound::WavReader::open(path).unwrap();
    assert_eq!(reader.spec().channels, 2);
    let rate = reader.spec().sample_rate;
    let all: Vec<i16> = reader.samples().map(Result::unwrap).collect();
    (rate, all.iter().step_by(2).copied().collect(), all.iter().skip(1).step_by(2).copied().collect())
}

fn legs(folder: &tempfile::TempDir) -> (PathBuf, PathBuf, PathBuf) {
    let operator = file(folder, "operator.wav", &wav(&[&sine(300.0, 2.0, 0.5)]));
    let client = file(folder, "client.wav", &wav(&[&sine(700.0, 1.0, 0.25)]));
    (operator, client, folder.path().join("call.wav"))
}

fn is_silent(sound: &[i16]) -> bool {
    sound.iter().all(|x| *x == 0)
}

#[test]
fn the_operator_is_left_the_client_right_and_the_later_leg_waits() {
    let folder = folder();
    let (operator, client, call) = legs(&folder);
    join_legs(operator.as_path(), client.as_path(), 1500, &call).unwrap();
    let (rate, left, right) = channels(&call);
    assert_eq!((rate, left.len(), right.len()), (8000, 20_000, 20_000), "8 kHz stays 8 kHz");
    assert!(!is_silent(&left[..100]) && is_silent(&left[16_000..]), "silence behind the shorter leg");
    assert!(is_silent(&right[..12_000]) && !is_silent(&right[12_000..12_100]));
    assert!(left.iter().any(|x| *x > 16_000) && right.iter().all(|x| *x < 8300), "sides are not swapped");

    join_legs(operator.as_path(), client.as_path(), -1500, &call).unwrap();
    let (_, left, right) = channels(&call);
    assert_eq!(left.len(), samples(3.5));
    assert!(is_silent(&left[..12_000]) && !is_silent(&left[12_000..12_100]));
    assert!(!is_silent(&right[..100]) && is_silent(&right[8000..]));
}

#[test]
fn sound_passes_unchanged_where_both_legs_have_one_rate() {
    let folder = folder();
    let voice = speech();
    let operator = file(&folder, "operator.wav", &wav(&[&voice]));
    let client = file(&folder, "client.wav", &wav(&[&silence(0.5)]));
    let call = folder.path().join("call.wav");
    join_legs(operator.as_path(), client.as_path(), 0, &call).unwrap();
    let original: Vec<i16> =
        hound::WavReader::open(&operator).unwrap().samples().map(Result::unwrap).collect();
    let (_, left, _) = channels(&call);
    assert!(left.iter().zip(&original).all(|(a, b)| (a - b).abs() <= 1));
    assert_eq!(left.len(), original.len());
}

#[test]
fn legs_of_different_rates_meet_at_16_khz() {
    let folder = folder();
    let (operator, _, call) = legs(&folder);
    let mut bytes = header(1, 16_000, 36 + 32_000, 32_000);
    bytes.extend((0..16_000_i32).flat_map(|i| i16::try_from(i % 1000).unwrap().to_le_bytes()));
    let client = file(&folder, "client.wav", &bytes);
    join_legs(operator.as_path(), client.as_path(), 0, &call).unwrap();
    let info = probe(&call).unwrap();
    assert_eq!((info.sample_rate_hz, info.channels, info.duration_hint_ms), (16_000, 2, Some(2000)));
}

#[test]
fn a_broken_leg_leaves_no_half_call_behind() {
    let folder = folder();
    let (operator, _, call) = legs(&folder);
    // promises ten seconds and has one
    let mut cut = header(1, 8000, 36 + 160_000, 160_000);
    cut.extend(vec![1; 16_000]);
    let client = file(&folder, "client.wav", &cut);
    let error = join_legs(operator.as_path(), client.as_path(), 0, &call).unwrap_err();
    assert!(matches!(error, AudioError::Truncated { .. }), "{error:?}");
    assert!(!call.exists());
    let page = file(&folder, "page.wav", b"<html>gone</html>");
    assert!(matches!(
        join_legs(page.as_path(), operator.as_path(), 0, &call),
        Err(AudioError::NotAudio { .. })
    ));
    assert!(matches!(
        join_legs(operator.as_path(), operator.as_path(), i64::MAX, &call),
        Err(AudioError::TooLong { .. })
    ));
}
