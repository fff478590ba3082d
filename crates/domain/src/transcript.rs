//! Words with speakers and times, and how much of the speech they cover.

use serde::{Deserialize, Serialize};

use crate::{Cost, TalkMetrics};

/// Whose words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Speaker {
    /// The employee.
    Operator,
    /// The client.
    Client,
    /// Mono without a clear sign.
    #[default]
    Unknown,
}

/// What made the words: engine and model, as data.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EngineName {
    /// `whisper-local`, `openai`, `uis`, `text` (typed dialogue).
    pub engine: String,
    /// The model, such as `base`; empty where there is none.
    pub model: String,
}

impl std::fmt::Display for EngineName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.model.is_empty() {
            f.write_str(&self.engine)
        } else {
            write!(f, "{}/{}", self.engine, self.model)
        }
    }
}

/// One word with its times, ms from the start of the recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// As written, punctuation included.
    pub text: String,
    /// Start, ms.
    pub start_ms: u64,
    /// End, ms.
    pub end_ms: u64,
}

/// A stretch of one speaker's words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// Who.
    pub speaker: Speaker,
    /// Channel, from 0.
    pub channel: u8,
    /// Start, ms; `None` in a typed dialogue.
    pub start_ms: Option<u64>,
    /// End, ms; `None` in a typed dialogue.
    pub end_ms: Option<u64>,
    /// The words.
    pub text: String,
    /// Mean log probability of the tokens: under -1 the words are unsure.
    pub avg_logprob: Option<f32>,
    /// Words with times, where the engine gives them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<Word>,
}

/// Why recognised text was thrown away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DropReason {
    /// Improbable words over a short sound.
    Improbable,
    /// The same words again and again.
    Repetition,
    /// More letters a second than anyone can say.
    TooFast,
    /// A known invention of the model («Редактор субтитров…»).
    KnownHallucination,
}

/// Text that a guard threw away, kept for a person to see.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DroppedSegment {
    /// What was heard.
    pub segment: Segment,
    /// Why it is not believed.
    pub reason: DropReason,
}

/// Completeness: speech that the detector heard against speech that has text.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Coverage {
    /// Speech that passed the gates, ms, all channels.
    pub speech_ms: u64,
    /// Of it, covered by kept segments, ms.
    pub covered_ms: u64,
    /// Speech without text, `(channel, start_ms, end_ms)`.
    pub gaps: Vec<(u8, u64, u64)>,
    /// Under 0.8, or an utterance over 1.5 s has no text.
    pub incomplete: bool,
}

impl Coverage {
    /// 0–1; 1 where there was no speech.
    #[expect(clippy::cast_precision_loss, reason = "a call is shorter than 2^53 ms")]
    pub fn share(&self) -> f64 {
        if self.speech_ms == 0 { 1.0 } else { (self.covered_ms as f64 / self.speech_ms as f64).min(1.0) }
    }
}

/// The words of a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transcript {
    /// What made it.
    pub engine: EngineName,
    /// ISO 639-1, `ru`.
    pub language: String,
    /// By start, then channel.
    pub segments: Vec<Segment>,
    /// What the guards threw away.
    #[serde(default)]
    pub dropped: Vec<DroppedSegment>,
    /// `None` for a typed dialogue: nothing was heard.
    pub coverage: Option<Coverage>,
    /// Measured on the sound; `None` for a typed dialogue.
    pub metrics: Option<TalkMetrics>,
    /// What the recognition cost; `None` where nothing was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
}

impl Transcript {
    /// Plain text, a segment a line, labelled «Оператор:», «Клиент:», «Голос:».
    pub fn labelled_text(&self) -> String {
        self.segments
            .iter()
            .map(|segment| {
                let who = match segment.speaker {
                    Speaker::Operator => "Оператор",
                    Speaker::Client => "Клиент",
                    Speaker::Unknown => "Голос",
                };
                format!("{who}: {}", segment.text)
            })
            .collect::<Vec<_>>()
            .join("\n")
    }
}
