//! What a recording holds, measured without understanding a word.

use serde::{Deserialize, Serialize};

use crate::{Sha256, Speaker};

/// Which channel of a stereo recording carries the employee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OperatorChannel {
    /// Channel 0.
    #[default]
    Left,
    /// Channel 1.
    Right,
}

/// How the sound is laid out, after looking at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelLayout {
    /// One channel, both speakers.
    Mono,
    /// Two channels, a speaker each.
    Stereo,
    /// Two channels with one and the same sound: treated as mono.
    DualMono,
}

/// Why an utterance is not given to the recogniser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UtteranceGate {
    /// Speech: passes.
    Passed,
    /// Under the level floor.
    TooQuiet,
    /// The other channel, heard through.
    Crosstalk,
    /// A tone: ringing, beep, busy signal.
    Tone,
    /// Sustained music or line noise, no syllables.
    Music,
}

/// A stretch of sound that the voice detector took for speech.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Utterance {
    /// Channel, from 0; in mono and dual mono always 0.
    pub channel: u8,
    /// From the start of the recording, ms.
    pub start_ms: u64,
    /// End, ms, exclusive.
    pub end_ms: u64,
    /// RMS level, dBFS.
    pub level_dbfs: f32,
    /// What the gates said.
    pub gate: UtteranceGate,
    /// Median pitch of its voiced frames, Hz: tells voices apart in mono.
    pub pitch_hz: Option<f32>,
}

/// Waveform for a picture: one pair (lowest, highest sample, -127…127) per bucket and channel.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Peaks {
    /// Length of a bucket, ms.
    pub bucket_ms: u64,
    /// Per channel.
    pub channels: Vec<Vec<(i8, i8)>>,
}

/// Everything measured in one pass over a recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Survey {
    /// Container and codec as recognised by content: `wav/pcm_s16le`, `ogg/opus`, …
    pub format: String,
    /// Sample rate in the file, Hz.
    pub sample_rate_hz: u32,
    /// Decoded length, ms.
    pub duration_ms: u64,
    /// After comparing the channels.
    pub layout: ChannelLayout,
    /// Integrated loudness (EBU R 128), LUFS, per channel; `None` in silence.
    pub loudness_lufs: Vec<Option<f32>>,
    /// All utterances, gated ones too, by start, then channel.
    pub utterances: Vec<Utterance>,
    /// Share of time with a tone (ringing, beeps), 0–1, per channel.
    pub tone_share: Vec<f32>,
    /// The picture.
    pub peaks: Peaks,
}

impl Survey {
    /// Utterances that passed every gate.
    pub fn speech(&self) -> impl Iterator<Item = &Utterance> {
        self.utterances.iter().filter(|u| u.gate == UtteranceGate::Passed)
    }

    /// Seconds of speech over all channels that passed the gates, in ms.
    pub fn speech_ms(&self) -> u64 {
        self.speech().map(|u| u.end_ms.saturating_sub(u.start_ms)).sum()
    }

    /// Who speaks on a channel; in mono nobody knows.
    pub fn speaker(&self, channel: u8, operator: OperatorChannel) -> Speaker {
        match (self.layout, operator, channel) {
            (ChannelLayout::Mono | ChannelLayout::DualMono, ..) => Speaker::Unknown,
            (ChannelLayout::Stereo, OperatorChannel::Left, 0)
            | (ChannelLayout::Stereo, OperatorChannel::Right, 1) => Speaker::Operator,
            (ChannelLayout::Stereo, ..) => Speaker::Client,
        }
    }
}

/// A fetched recording: its bytes are known, it was decoded to the end once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// Of the file's bytes.
    pub sha256: Sha256,
    /// Size in bytes.
    pub bytes: u64,
    /// Where the bytes are: an absolute path (in place), or a key of the recordings store.
    pub location: String,
    /// What was measured.
    pub survey: Survey,
}
