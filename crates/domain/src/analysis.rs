//! Verdicts with their proof, and the total that we compute ourselves.

use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};

use crate::{Cost, CriterionKind, RubricId, RubricRevision, Speaker};

/// What was found about a criterion. "Never said" (`NotMet`) is kept apart
/// from "never heard" (`CannotTell`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Yes.
    Met,
    /// In part.
    Partly,
    /// No; for a flag: not raised.
    NotMet,
    /// The criterion has no place in this call; left out of the total.
    NotApplicable,
    /// Not assessed; left out of the total.
    CannotTell,
}

impl Verdict {
    /// The name in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Partly => "partly",
            Self::NotMet => "not_met",
            Self::NotApplicable => "not_applicable",
            Self::CannotTell => "cannot_tell",
        }
    }
}

/// What a criterion of this kind holds besides its verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// `flag`.
    Flag(bool),
    /// `score`, `number`.
    Number(f64),
    /// `choice` (an option's title), `text`.
    Text(String),
    /// `list`.
    List(Vec<String>),
}

/// A quote that proves a verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Word for word from the transcript.
    pub quote: String,
    /// Who said it.
    pub speaker: Speaker,
    /// Index into the transcript's segments, where found.
    pub segment: Option<usize>,
    /// Where it is heard, ms; `None` in a typed dialogue.
    pub start_ms: Option<u64>,
    /// Its end, ms.
    pub end_ms: Option<u64>,
    /// Code found the quote in the transcript.
    pub verified: bool,
}

/// One criterion of the rubric, judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CriterionResult {
    /// The criterion's key.
    pub key: String,
    /// Its title at this revision.
    pub title: String,
    /// Its kind.
    pub kind: CriterionKind,
    /// What was found.
    pub verdict: Verdict,
    /// The value, where the kind has one and something was found.
    pub value: Option<Value>,
    /// Points, where the criterion is scored and was assessed.
    pub score: Option<f64>,
    /// Most points that it gives; `None` where the kind is not scored.
    pub max_score: Option<f64>,
    /// Share in the total; 0 weighs nothing.
    pub weight: f64,
    /// Why, in a sentence for the employee.
    pub comment: String,
    /// A person should look: the proof is weak or missing.
    pub needs_review: bool,
    /// Failing it raises an alert.
    pub critical: bool,
    /// The quotes.
    pub evidence: Vec<Evidence>,
}

/// A critical failure that limited the total.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CapApplied {
    /// The criterion.
    pub key: String,
    /// The most that the total could be.
    pub limit: f64,
}

/// When a promise falls due.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PromiseDue {
    /// The instant; `None` for «как-нибудь».
    pub at: Option<DateTime<FixedOffset>>,
    /// The words that set it.
    pub words: String,
    /// The words are loose («на днях»).
    pub vague: bool,
}

/// Something the operator promised to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Promise {
    /// What, in a few words: «отправить договор».
    pub what: String,
    /// Until when.
    pub due: PromiseDue,
    /// The proof.
    pub evidence: Evidence,
}

/// The judgement of one call under one revision of one rubric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// `rules` or the model's name.
    pub engine: String,
    /// The rubric.
    pub rubric: RubricId,
    /// Its revision, immutable.
    pub revision: RubricRevision,
    /// Its title, for people.
    pub rubric_title: String,
    /// 0–100 with one digit after the point: `100·Σ(weight·score/max_score)/Σweight` over
    /// scored criteria; `None` if nothing could be judged.
    pub total_score: Option<f64>,
    /// In the rubric's order.
    pub criteria: Vec<CriterionResult>,
    /// What happened, two to four sentences.
    pub summary: String,
    /// What to do better, for the employee.
    pub recommendations: String,
    /// What was promised.
    #[serde(default)]
    pub promises: Vec<Promise>,
    /// A cap that held the total down.
    #[serde(default)]
    pub cap: Option<CapApplied>,
    /// What the model said, word for word; empty under rules.
    #[serde(default)]
    pub raw_model_output: Vec<serde_json::Value>,
    /// What the judgement cost.
    #[serde(default)]
    pub cost: Option<Cost>,
}

impl Analysis {
    /// Whether a person must check a verdict.
    pub fn needs_review(&self) -> bool {
        self.criteria.iter().any(|criterion| criterion.needs_review)
    }
}
