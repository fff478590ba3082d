//! Surveys of recordings, and what was said in them, with everything that a test does not care about filled in.

use domain::{ChannelLayout, Peaks, Segment, Speaker, Survey, Utterance, UtteranceGate};

/// Of a recording of telephony, ten minutes long: who spoke when, as (channel, from, to), ms.
pub fn survey(layout: ChannelLayout, speech: &[(u8, u64, u64)]) -> Survey {
    Survey {
        format: "wav/pcm_s16le".to_owned(),
        sample_rate_hz: 8_000,
        duration_ms: 600_000,
        layout,
        loudness_lufs: Vec::new(),
        utterances: speech.iter().map(|(channel, from, to)| utterance(*channel, *from, *to)).collect(),
        tone_share: Vec::new(),
        peaks: Peaks::default(),
    }
}

/// Speech of one channel, ms, that is worth hearing.
pub fn utterance(channel: u8, start_ms: u64, end_ms: u64) -> Utterance {
    let gate = UtteranceGate::Passed;
    Utterance { channel, start_ms, end_ms, level_dbfs: -20.0, gate, pitch_hz: None }
}

/// What somebody said between two moments, ms: operators on the first channel, all others on the second.
pub fn segment(speaker: Speaker, start_ms: u64, end_ms: u64, text: &str) -> Segment {
    Segment {
        speaker,
        channel: u8::from(speaker != Speaker::Operator),
        start_ms: Some(start_ms),
        end_ms: Some(end_ms),
        text: text.to_owned(),
        avg_logprob: None,
        words: Vec::new(),
    }
}
