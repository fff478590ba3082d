//! A call with everything known about it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::analysis::Analysis;
use super::words::{CallStatus, Direction, Speaker};

/// A call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(title = "Call")]
pub(crate) struct Call {
    /// The same on every machine: derived from the source and the id there.
    #[schema(format = Uuid, example = "6f1a1d0e-5a2b-8c3d-9e4f-0a1b2c3d4e5f")]
    pub id: String,
    #[schema(example = "crm-123")]
    pub external_id: String,
    #[schema(example = "webhook")]
    pub source: String,
    /// RFC 3339 with the offset of the source's zone.
    #[schema(required, format = DateTime, example = "2026-11-20T10:15:00+03:00")]
    pub started_at: Option<String>,
    /// E.164.
    #[schema(required, example = "+79161234567")]
    pub caller: Option<String>,
    #[schema(required, example = "+74950001200")]
    pub callee: Option<String>,
    pub direction: Direction,
    #[schema(required, example = 187.4)]
    pub duration_s: Option<f64>,
    pub status: CallStatus,
    #[schema(required)]
    pub recording: Option<Recording>,
    #[schema(required)]
    pub manager: Option<ManagerRef>,
    pub tags: Vec<String>,
    #[schema(required)]
    pub transcript: Option<Transcript>,
    #[schema(required)]
    pub analysis: Option<Analysis>,
    #[schema(required)]
    pub metrics: Option<TalkMetrics>,
    #[schema(required)]
    pub cost: Option<Cost>,
    pub cached: bool,
    #[schema(required)]
    pub error: Option<CallError>,
}

/// The recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Recording {
    #[schema(required)]
    pub name: Option<String>,
    /// Where the source lets a person listen.
    #[schema(required)]
    pub url: Option<String>,
    #[schema(required)]
    pub sha256: Option<String>,
    #[schema(required)]
    pub seconds: Option<f64>,
    #[schema(required)]
    pub layout: Option<Layout>,
}

/// How the sound is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Layout {
    Mono,
    Stereo,
    /// Two channels with one and the same sound.
    DualMono,
}

/// The employee who spoke.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ManagerRef {
    #[schema(example = "m-42")]
    pub id: String,
    #[schema(required)]
    pub name: Option<String>,
}

/// The words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Transcript {
    #[schema(example = "whisper/base")]
    pub engine: String,
    #[schema(required)]
    pub language: Option<String>,
    /// Share of the heard speech that has words, 0–1.
    pub coverage: f64,
    pub segments: Vec<Segment>,
}

/// What one speaker said in a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Segment {
    pub speaker: Speaker,
    #[schema(required)]
    pub start_s: Option<f64>,
    #[schema(required)]
    pub end_s: Option<f64>,
    pub text: String,
}

/// Measured on the sound, without a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct TalkMetrics {
    /// 0–1.
    #[schema(required)]
    pub operator_share: Option<f64>,
    pub speech_s: f64,
    #[schema(required)]
    pub operator_speech_s: Option<f64>,
    #[schema(required)]
    pub client_speech_s: Option<f64>,
    #[schema(required)]
    pub longest_monologue_s: Option<f64>,
    #[schema(required)]
    pub longest_client_monologue_s: Option<f64>,
    #[schema(required)]
    pub operator_interruptions: Option<u32>,
    #[schema(required)]
    pub client_interruptions: Option<u32>,
    pub dead_air_s: f64,
    #[schema(required)]
    pub reaction_s: Option<f64>,
    /// Words per minute.
    #[schema(required)]
    pub operator_wpm: Option<f64>,
    #[schema(required)]
    pub client_wpm: Option<f64>,
}

/// An amount.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Money {
    /// `RUB` or `USD`.
    #[schema(example = "RUB")]
    pub currency: String,
    /// A decimal number as text: sums stay exact.
    #[schema(example = "12.40")]
    pub amount: String,
}

/// What was paid for a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Cost {
    pub total: Money,
    pub items: Vec<CostItem>,
}

/// One thing that was paid for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CostItem {
    /// `speech`, `analysis`, `telephony`.
    #[schema(example = "speech")]
    pub item: String,
    pub amount: Money,
}

/// What went wrong, and what to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CallError {
    /// Stable, for scripts.
    #[schema(example = "recording_truncated")]
    pub code: String,
    pub message: String,
    pub hint: String,
}

impl From<domain::CallError> for CallError {
    fn from(error: domain::CallError) -> Self {
        Self { code: error.code, message: error.message, hint: error.hint }
    }
}
