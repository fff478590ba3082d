//! How people talked, measured on the sound alone.

use serde::{Deserialize, Serialize};

/// Talk metrics. Shares are 0–1 of all speech; times in ms.
/// Figures of one speaker are `None` where the speakers are not told apart.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TalkMetrics {
    /// Operator's speech of all speech.
    pub operator_share: Option<f64>,
    /// Operator's speech, ms.
    pub operator_speech_ms: Option<u64>,
    /// Client's speech, ms.
    pub client_speech_ms: Option<u64>,
    /// All speech, ms.
    pub speech_ms: u64,
    /// Longest stretch of the operator without the client, ms (pauses under 2 s bridged).
    pub longest_monologue_ms: Option<u64>,
    /// The same of the client.
    pub longest_client_monologue_ms: Option<u64>,
    /// Times the operator began while the client spoke, and went on ≥ 1 s.
    pub operator_interruptions: Option<u32>,
    /// Times the client did.
    pub client_interruptions: Option<u32>,
    /// When the operator interrupted, ms.
    #[serde(default)]
    pub interruption_starts_ms: Vec<u64>,
    /// Both silent for over 3 s, in sum, ms.
    pub dead_air_ms: u64,
    /// The stretches, `(start_ms, end_ms)`.
    #[serde(default)]
    pub dead_air: Vec<(u64, u64)>,
    /// Median of the pause from the client's end to the operator's start, ms.
    pub reaction_ms: Option<u64>,
    /// Operator's words a minute of operator's speech.
    pub operator_wpm: Option<f64>,
    /// Client's.
    pub client_wpm: Option<f64>,
}
