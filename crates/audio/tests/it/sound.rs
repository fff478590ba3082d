//! Layouts and gates on sound made for them.

use domain::{ChannelLayout, UtteranceGate};

use crate::synth::{
    chords, fixture, join, mix, noise, samples, scale, silence, sine, speech, survey, survey_of,
};

#[test]
fn one_sound_on_both_channels_is_dual_mono_and_spoken_once() {
    let voice = speech();
    let noisy = mix(&voice, &noise(24.0, 0.001, 5));
    for (right, what) in
        [(voice.clone(), "equal"), (noisy, "equal but for noise"), (scale(&voice, 0.7), "3 dB lower")]
    {
        let s = survey_of(&[&voice, &right]);
        assert_eq!(s.layout, ChannelLayout::DualMono, "{what}");
        assert!(s.speech().all(|u| u.channel == 0) && s.speech_ms() > 15_000, "{what}");
        assert_eq!(s.peaks.channels.len(), 2, "{what}: the picture keeps both");
    }
}

#[test]
fn crosstalk_and_silent_channels_stay_stereo() {
    let voice = speech();
    let crosstalk = mix(&scale(&voice, 0.01), &noise(24.0, 0.0005, 5));
    let s = survey_of(&[&voice, &crosstalk]);
    assert_eq!(s.layout, ChannelLayout::Stereo);
    assert!(s.speech().all(|u| u.channel == 0), "what leaks through is not speech: {:?}", s.utterances);
    assert_eq!(survey_of(&[&voice, &vec![0.0; voice.len()]]).layout, ChannelLayout::Stereo);
    assert_eq!(survey_of(&[&silence(2.0), &silence(2.0)]).layout, ChannelLayout::Stereo);
}

#[test]
fn a_common_ringing_before_two_voices_stays_stereo() {
    let voice = speech();
    let (left, right) = voice.split_at(voice.len() / 2);
    let ring = sine(425.0, 20.0, 0.5);
    let s = survey_of(&[&join(&[ring.clone(), left.to_vec()]), &join(&[ring, scale(right, 0.9)])]);
    assert_eq!(s.layout, ChannelLayout::Stereo);
}

#[test]
fn loud_crosstalk_is_gated_and_a_quiet_answer_is_not() {
    let voice = scale(&speech(), 2.0);
    let leak = mix(&scale(&voice, 0.04), &noise(24.0, 0.0003, 9));
    let s = survey_of(&[&voice, &leak]);
    let gates: Vec<_> = s.utterances.iter().filter(|u| u.channel == 1).map(|u| u.gate).collect();
    assert!(
        gates.contains(&UtteranceGate::Crosstalk) && !gates.contains(&UtteranceGate::Passed),
        "{gates:?}"
    );
    let quiet = survey_of(&[&silence(24.0), &scale(&speech(), 0.1)]);
    assert!(quiet.speech_ms() > 10_000, "20 dB lower than usual is still speech");
}

#[test]
fn machines_tones_never_pass() {
    let hiss = noise(12.0, 0.0005, 3);
    let beat = |hz: &[f32], on: f32, off: f32| {
        let mut out = Vec::new();
        while out.len() < samples(12.0) {
            let burst = hz.iter().fold(silence(on), |sum, hz| mix(&sum, &sine(*hz, on, 0.2)));
            out.extend(join(&[burst, silence(off)]));
        }
        out
    };
    for (sound, what) in [
        (beat(&[425.0], 1.0, 4.0), "ring-back"),
        (beat(&[425.0], 0.35, 0.35), "busy"),
        (beat(&[440.0, 480.0], 2.0, 4.0), "ring-back of two tones"),
        (beat(&[1400.0], 0.5, 2.0), "beep"),
        (join(&[beat(&[770.0, 1336.0], 0.12, 0.18), beat(&[941.0, 1209.0], 0.1, 0.1)]), "keys"),
    ] {
        let s = survey_of(&[&mix(&sound, &hiss)]);
        assert_eq!(s.speech_ms(), 0, "{what}: {:?}", s.utterances);
        assert!(s.tone_share[0] > 0.1, "{what}: {:?}", s.tone_share);
    }
}

#[test]
fn a_beep_right_behind_a_phrase_is_cut_off_it() {
    let phrase = speech()[samples(0.4)..samples(4.0)].to_vec();
    let s = survey_of(&[&join(&[phrase, silence(0.1), sine(1000.0, 0.8, 0.5), silence(1.0)])]);
    let gates: Vec<_> = s.utterances.iter().map(|u| u.gate).collect();
    assert_eq!(gates, [UtteranceGate::Passed, UtteranceGate::Tone], "{:?}", s.utterances);
    assert!(s.utterances[0].end_ms <= 3_800, "{:?}", s.utterances);
}

#[test]
fn hold_music_and_line_noise_are_gated() {
    for (sound, what) in [(chords(15.0), "music"), (noise(15.0, 0.05, 7), "noise")] {
        let s = survey_of(&[&sound]);
        assert_eq!(s.speech_ms(), 0, "{what}: {:?}", s.utterances);
    }
}

#[test]
fn speech_over_music_or_noise_passes() {
    let voice = speech();
    for (behind, what) in [
        (scale(&chords(23.0), 0.3), "music 6 dB under the voice"),
        (noise(23.0, 0.03, 11), "noise 7 dB under the voice"),
        (sine(425.0, 23.0, 0.02), "a quiet tone"),
    ] {
        let s = survey_of(&[&mix(&voice, &behind)]);
        assert!(s.speech_ms() > 15_000, "{what}: {:?}", s.utterances);
    }
}

#[test]
fn loudness_follows_the_standard_and_is_none_where_there_is_none() {
    // EBU Tech 3341: a 1 kHz sine of -23 dBFS in one channel measures -26 LUFS... of two; a single one -23 - 3.01
    let s = survey_of(&[&sine(1000.0, 5.0, 10_f32.powf(-23.0 / 20.0)), &silence(5.0)]);
    let measured = s.loudness_lufs[0].unwrap();
    assert!((measured + 26.0).abs() < 0.3, "{measured}");
    assert_eq!(s.loudness_lufs[1], None);
    assert_eq!(survey_of(&[&sine(500.0, 0.2, 0.5)]).loudness_lufs, [None], "under one block of 400 ms");
}

#[test]
fn an_answer_heard_through_right_behind_a_phrase_does_not_lengthen_it() {
    let voice = scale(&speech(), 2.0);
    // the client speaks 3 s, then the operator for the rest; each leaks into the other's channel
    let (first, rest) = voice.split_at(samples(3.0));
    let client = join(&[first.to_vec(), scale(rest, 0.02)]);
    let operator = join(&[scale(first, 0.02), rest.to_vec()]);
    let s = survey_of(&[&operator, &client]);
    let ends: Vec<u64> = s.speech().filter(|u| u.channel == 1).map(|u| u.end_ms).collect();
    assert!(!ends.is_empty() && ends.iter().all(|end| *end <= 3_300), "{:?}", s.utterances);
}

#[test]
fn opus_sounds_like_what_went_in() {
    let heard = |name: &str| -> Vec<f32> {
        let path = fixture(name);
        let found = audio::read_utterances(&path, &survey(&path)).unwrap();
        found.flat_map(|utterance| utterance.unwrap().pcm).collect()
    };
    let original = heard("speech_16k_mono.wav");
    for name in ["speech_silk.webm", "speech_celt.ogg"] {
        let coded = heard(name);
        let likeness =
            (-1600..1600).step_by(2).map(|lag| correlation(&original, &coded, lag)).fold(0.0, f32::max);
        assert!(likeness > 0.7, "{name}: {likeness}");
    }
}

/// Of `a` with `b` moved by `lag` samples.
fn correlation(a: &[f32], b: &[f32], lag: isize) -> f32 {
    let pairs = a.iter().enumerate().filter_map(|(at, x)| {
        let other = b.get(usize::try_from(isize::try_from(at).unwrap() + lag).ok()?)?;
        Some((x, other))
    });
    let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
    for (x, y) in pairs {
        xy += x * y;
        xx += x * x;
        yy += y * y;
    }
    xy / (xx * yy).sqrt().max(f32::EPSILON)
}
