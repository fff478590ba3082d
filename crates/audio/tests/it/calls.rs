//! What is known of the demonstration calls must be heard in them.

use audio::{SpokenInterval, talk_metrics};
use domain::{ChannelLayout, OperatorChannel, Survey, TalkMetrics, UtteranceGate};

use crate::synth::{call, survey};

fn metrics(s: &Survey) -> TalkMetrics {
    let spoken: Vec<_> = s
        .speech()
        .map(|u| SpokenInterval {
            speaker: s.speaker(u.channel, OperatorChannel::Left),
            start_ms: u.start_ms,
            end_ms: u.end_ms,
            words: 0,
        })
        .collect();
    talk_metrics(&spoken, s.duration_ms)
}

/// Speech that was really spoken, ms, per channel; from the sidecar of the recording.
fn spoken(name: &str) -> Vec<(u8, u64, u64)> {
    let text = std::fs::read_to_string(call(&format!("spoken/{name}.json"))).unwrap();
    let truth: serde_json::Value = serde_json::from_str(&text).unwrap();
    let ms = |v: &serde_json::Value| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "seconds of a call")]
        let ms = (v.as_f64().unwrap() * 1000.0) as u64;
        ms
    };
    let segments = truth["segments"].as_array().unwrap();
    segments.iter().map(|s| (u8::from(s["speaker"] == "client"), ms(&s["start"]), ms(&s["end"]))).collect()
}

#[test]
fn every_spoken_phrase_of_a_stereo_call_is_inside_of_a_passed_utterance() {
    for name in
        ["a_sale_objection.wav", "b_rude_manager.wav", "c_delivery_complaint.mp3", "h_contract_promise.ogg"]
    {
        let s = survey(&call(name));
        assert_eq!(s.layout, ChannelLayout::Stereo, "{name}");
        let stem = name.split('.').next().unwrap();
        for (channel, start, end) in spoken(stem) {
            let covered: u64 = s
                .speech()
                .filter(|u| u.channel == channel)
                .map(|u| u.end_ms.min(end).saturating_sub(u.start_ms.max(start)))
                .sum();
            assert!(
                covered * 100 >= (end - start) * 90,
                "{name} {channel} {start}–{end}: {covered} ms heard"
            );
        }
        let longest = s.speech().map(|u| u.end_ms - u.start_ms).max().unwrap();
        assert!(longest <= 28_400, "{name}: {longest}");
    }
}

#[test]
fn ringing_gives_no_speech_and_a_high_share_of_tone() {
    let s = survey(&call("d_missed_ringing.wav"));
    assert_eq!(s.speech().count(), 0, "{:?}", s.utterances);
    assert!((0.2..0.3).contains(&s.tone_share[1]), "{:?}", s.tone_share);
    assert!(s.utterances.iter().any(|u| u.gate == UtteranceGate::Tone));
    assert_eq!(metrics(&s), TalkMetrics::default());
}

#[test]
fn an_answering_machine_speaks_on_the_clients_side_and_its_beep_is_a_tone() {
    let s = survey(&call("e_answering_machine.wav"));
    assert!(s.speech().all(|u| u.channel == 1));
    assert!((6_000..10_000).contains(&s.speech_ms()), "{}", s.speech_ms());
    let beep = s.utterances.iter().find(|u| u.gate == UtteranceGate::Tone).unwrap();
    assert!((9_000..9_500).contains(&beep.start_ms) && beep.channel == 1, "{beep:?}");
}

#[test]
fn one_word_is_heard_and_a_mixed_recording_has_nobody_known() {
    let s = survey(&call("f_short_2s.wav"));
    let words: Vec<_> = s.speech().collect();
    assert_eq!(words.len(), 1, "{words:?}");
    assert!(words[0].channel == 0 && words[0].start_ms <= 500 && words[0].end_ms >= 880);
    let g = survey(&call("g_cold_call_refused.wav"));
    assert_eq!(g.layout, ChannelLayout::Mono);
    assert!(g.speech_ms() > 15_000, "{}", g.speech_ms());
    assert_eq!(metrics(&g).operator_share, None);
}

#[test]
fn the_rude_managers_call_shows_two_overlaps() {
    let m = metrics(&survey(&call("b_rude_manager.wav")));
    let both = m.operator_interruptions.unwrap() + m.client_interruptions.unwrap();
    assert_eq!(both, 2, "{m:?}");
    let share = m.operator_share.unwrap();
    assert!((0.3..0.6).contains(&share), "{share}");
}

#[test]
fn voices_differ_in_pitch() {
    let s = survey(&call("a_sale_objection.wav"));
    let median = |channel: u8| {
        let mut hz: Vec<f32> =
            s.speech().filter(|u| u.channel == channel).filter_map(|u| u.pitch_hz).collect();
        hz.sort_by(f32::total_cmp);
        hz[hz.len() / 2]
    };
    assert!((190.0..250.0).contains(&median(0)), "a woman: {}", median(0));
}
