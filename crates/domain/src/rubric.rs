//! A rubric: the customer's criteria as data. Read and checked in `analyze`.

use serde::{Deserialize, Serialize};

use crate::{Direction, RubricId, RubricRevision, Speaker};

/// The three ways of looking that the product began with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The manager's work.
    ManagerPlus,
    /// The client's reactions.
    ClientPlus,
    /// The dialogue as a whole.
    Dialog,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::ManagerPlus, Self::ClientPlus, Self::Dialog];

    /// The name at the border: `Manager+`, `Client+`, `Диалог`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ManagerPlus => "Manager+",
            Self::ClientPlus => "Client+",
            Self::Dialog => "Диалог",
        }
    }

    /// The built-in rubric behind the mode.
    pub const fn rubric_id(self) -> &'static str {
        match self {
            Self::ManagerPlus => "manager-plus",
            Self::ClientPlus => "client-plus",
            Self::Dialog => "dialog",
        }
    }

    /// Reads [`Self::as_str`] back, without regard to case.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        Self::ALL.into_iter().find(|mode| mode.as_str().to_lowercase() == text)
    }
}

/// What a criterion asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CriterionKind {
    /// Points on a scale.
    Score,
    /// Raised or not.
    Flag,
    /// One of the options; options may carry points.
    Choice,
    /// A sentence.
    Text,
    /// Several short texts.
    List,
    /// A figure.
    Number,
}

/// Whether a verdict must quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceDemand {
    /// A positive verdict without a quote needs review.
    #[default]
    Required,
    /// A quote is welcome.
    Optional,
    /// Measured, not said.
    None,
}

/// Where a criterion has its place.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppliesTo {
    /// Only calls of this direction; `None`, `"any"` = all.
    #[serde(default)]
    pub direction: Option<Direction>,
    /// Only calls with at least this much talk, s. Does not hold for text.
    #[serde(default)]
    pub min_talk_s: Option<f64>,
}

/// An option of a `choice`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChoiceOption {
    /// Stable key.
    pub key: String,
    /// For people.
    pub title: String,
    /// Points, if the choice is scored.
    #[serde(default)]
    pub score: Option<f64>,
}

/// Whose words a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RuleSpeaker {
    /// The employee's.
    Operator,
    /// The client's.
    Client,
    /// Anyone's.
    #[default]
    Any,
}

impl RuleSpeaker {
    /// Whether the words of `speaker` count. Unknown speakers count for everyone:
    /// in mono a rule cannot ask more.
    pub fn admits(self, speaker: Speaker) -> bool {
        match self {
            Self::Operator => speaker != Speaker::Client,
            Self::Client => speaker != Speaker::Operator,
            Self::Any => true,
        }
    }
}

/// One line of the check-list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Criterion {
    /// Stable, ASCII: `next_step`.
    pub key: String,
    /// The column's header.
    pub title: String,
    /// What it asks for.
    pub kind: CriterionKind,
    /// Share in the total; only `score` and scored `choice` weigh.
    pub weight: f64,
    /// `[least, most]` points of a `score`.
    pub scale: [f64; 2],
    /// The question that a judge answers.
    pub question: String,
    /// For people: what earns which points.
    pub explanation: String,
    /// Whether a verdict must quote.
    pub evidence: EvidenceDemand,
    /// Where it has its place.
    pub applies_to: AppliesTo,
    /// Failing it (a raised flag, zero points) raises an alert.
    pub critical: bool,
    /// A failed critical criterion limits the total to this.
    pub cap: Option<f64>,
    /// Options of a `choice`.
    pub options: Vec<ChoiceOption>,
    /// Advice when it is not met: a better phrase.
    pub advice: String,
    /// The local analyzer's rules, a shape that `analyze` owns; `None`: needs a model.
    pub rules: Option<serde_json::Value>,
}

impl Criterion {
    /// Most points that the criterion gives; `None` where it is not scored.
    pub fn max_score(&self) -> Option<f64> {
        match self.kind {
            CriterionKind::Score => Some(self.scale[1]),
            CriterionKind::Choice => self.options.iter().filter_map(|option| option.score).reduce(f64::max),
            _ => None,
        }
    }
}

/// A check-list with its revision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rubric {
    /// `manager-plus`.
    pub id: RubricId,
    /// Of the content; immutable.
    pub revision: RubricRevision,
    /// For people.
    pub title: String,
    /// ISO 639-1.
    pub language: String,
    /// One line for a list.
    pub description: String,
    /// The customer's own words to the model.
    pub prompt: String,
    /// The lines.
    pub criteria: Vec<Criterion>,
    /// The TOML text that it was read from, kept with every result.
    pub source: String,
}
