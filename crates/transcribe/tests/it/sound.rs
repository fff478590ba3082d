//! Recordings that exist only as a survey.

use std::sync::Arc;

use domain::{ChannelLayout, OperatorChannel, Peaks, Sha256, Survey, Utterance, UtteranceGate};
use transcribe::CallAudio;

/// A stereo call of five utterances; its "bytes" are named by `digit`.
pub(crate) fn call(digit: char) -> CallAudio {
    let utterance = |channel, start_ms, end_ms| Utterance {
        channel,
        start_ms,
        end_ms,
        level_dbfs: -20.0,
        gate: UtteranceGate::Passed,
        pitch_hz: None,
    };
    let utterances = vec![
        utterance(0, 500, 3500),
        utterance(1, 4000, 8000),
        utterance(0, 7500, 9000),
        utterance(1, 10_000, 10_600),
        utterance(0, 11_000, 15_000),
    ];
    let survey = Survey {
        format: "wav/pcm_s16le".into(),
        sample_rate_hz: 8000,
        duration_ms: 16_000,
        layout: ChannelLayout::Stereo,
        loudness_lufs: vec![Some(-20.0), Some(-21.0)],
        utterances,
        tone_share: vec![0.0, 0.0],
        peaks: Peaks::default(),
    };
    CallAudio {
        path: "/nowhere/call.wav".into(),
        sha256: Sha256::new(digit.to_string().repeat(64)),
        survey: Arc::new(survey),
        operator: OperatorChannel::Left,
        reference: None,
    }
}
