//! Length must not cost memory, and a long call comes back in pieces that a recogniser takes.

use domain::UtteranceGate;

use crate::synth::{call, file, folder, mix, noise, samples, sine, speech, survey, wav};

#[test]
fn a_long_monologue_comes_in_order_and_in_pieces_under_half_a_minute() {
    // the pauses of the sample are cut out: two minutes without a breath
    let voice: Vec<f32> = speech()[samples(0.6)..samples(6.5)].to_vec();
    let long = voice.repeat(20);
    let folder = folder();
    let path =
        file(&folder, "long.wav", &wav(&[&mix(&long, &noise(118.0, 0.02, 3)), &sine(425.0, 1.0, 0.1)]));
    let s = survey(&path);
    let spoken: Vec<_> = s.speech().collect();
    assert!(spoken.len() >= 4, "{spoken:?}");
    assert!(spoken.iter().all(|u| u.end_ms - u.start_ms <= 28_400));
    assert!(s.utterances.iter().any(|u| u.gate == UtteranceGate::Tone && u.channel == 1));
    let mut last = 0;
    let mut heard = 0;
    for one in audio::read_utterances(&path, &s).unwrap() {
        let one = one.unwrap();
        assert!(one.utterance.start_ms >= last);
        last = one.utterance.start_ms;
        heard += u64::try_from(one.pcm.len()).unwrap() / 16;
    }
    assert!(heard.abs_diff(s.speech_ms()) < 100, "{heard} of {}", s.speech_ms());
}

#[test]
fn a_reader_that_is_dropped_early_is_no_harm() {
    let folder = folder();
    let path = file(&folder, "a.wav", &wav(&[&speech()]));
    let s = survey(&path);
    let first = audio::read_utterances(&path, &s).unwrap().next().unwrap().unwrap();
    assert_eq!(&first.utterance, s.speech().next().unwrap());
}

#[test]
fn telephony_is_handed_on_as_it_is_and_sounds_like_what_a_recogniser_hears() {
    let path = call("a_sale_objection.wav");
    let survey = survey(&path);
    let reader = audio::read_utterances_as_they_are(&path, &survey).unwrap();
    assert_eq!(reader.rate_hz(), 8_000);
    let (narrow, wide) = (reader, audio::read_utterances(&path, &survey).unwrap());
    let mut seen = 0;
    for (narrow, wide) in narrow.zip(wide) {
        let (narrow, wide) = (narrow.unwrap(), wide.unwrap());
        assert_eq!(narrow.utterance, wide.utterance);
        assert!(wide.pcm.len().abs_diff(2 * narrow.pcm.len()) <= 2, "the same moments");
        // every second sample of the doubled sound is the sample itself, but for what lies at 4 kHz
        let power = |x: f32| f64::from(x * x);
        let sound: f64 = narrow.pcm.iter().map(|x| power(*x)).sum();
        let apart: f64 = narrow.pcm.iter().zip(wide.pcm.iter().step_by(2)).map(|(a, b)| power(a - b)).sum();
        assert!(apart < sound * 1e-3, "30 dB under it at least: {}", apart / sound);
        seen += 1;
    }
    assert!(seen > 5, "{seen}");
    for other in ["f_short_2s.wav", "h_contract_promise.ogg"] {
        let survey = crate::synth::survey(&call(other));
        let rate = audio::read_utterances_as_they_are(&call(other), &survey).unwrap().rate_hz();
        assert_eq!(rate, if survey.sample_rate_hz == 8_000 { 8_000 } else { 16_000 }, "{other}");
    }
}
