//! A judgement with its proof.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::words::{CriterionKind, Speaker, Verdict};

/// The judgement of a call under one revision of a rubric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Analysis {
    /// `rules`, or the model's name.
    #[schema(example = "rules")]
    pub engine: String,
    pub rubric: RubricRef,
    /// 0–100 with one digit after the point; null if nothing could be judged.
    #[schema(required, example = 72.5, minimum = 0, maximum = 100)]
    pub total_score: Option<f64>,
    /// In the rubric's order.
    pub criteria: Vec<Criterion>,
    /// What happened.
    pub summary: String,
    /// What to do better.
    pub recommendations: String,
    /// What the operator promised.
    pub promises: Vec<Promise>,
    /// A failed critical criterion that held the total down.
    #[schema(required)]
    pub cap: Option<Cap>,
}

/// A revision of a rubric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct RubricRef {
    #[schema(example = "sales-full")]
    pub id: String,
    /// The first 12 hex digits of SHA-256 over its content.
    #[schema(example = "9f86d081884c")]
    pub revision: String,
    pub title: String,
}

/// One criterion, judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Criterion {
    #[schema(example = "next_step")]
    pub key: String,
    #[schema(example = "Договорённость о следующем шаге")]
    pub title: String,
    pub kind: CriterionKind,
    pub verdict: Verdict,
    #[schema(required)]
    pub value: Option<Value>,
    /// Points, where the criterion is scored and was assessed.
    #[schema(required)]
    pub score: Option<f64>,
    #[schema(required)]
    pub max_score: Option<f64>,
    /// Share in the total.
    pub weight: f64,
    /// Why.
    pub comment: String,
    /// A person should look.
    pub needs_review: bool,
    /// Failing it raises an alert.
    pub critical: bool,
    pub evidence: Vec<Evidence>,
}

/// What a criterion holds besides its verdict: a flag, a number, a text or a list of texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Value {
    Flag(bool),
    Number(f64),
    Text(String),
    List(Vec<String>),
}

impl From<Value> for domain::Value {
    fn from(value: Value) -> Self {
        match value {
            Value::Flag(flag) => Self::Flag(flag),
            Value::Number(number) => Self::Number(number),
            Value::Text(text) => Self::Text(text),
            Value::List(list) => Self::List(list),
        }
    }
}

impl From<domain::Value> for Value {
    fn from(value: domain::Value) -> Self {
        match value {
            domain::Value::Flag(flag) => Self::Flag(flag),
            domain::Value::Number(number) => Self::Number(number),
            domain::Value::Text(text) => Self::Text(text),
            domain::Value::List(list) => Self::List(list),
        }
    }
}

/// A quote that proves a verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Evidence {
    #[schema(example = "созвонимся в четверг в десять")]
    pub quote: String,
    pub speaker: Speaker,
    /// Where it is heard, s.
    #[schema(required)]
    pub start_s: Option<f64>,
    #[schema(required)]
    pub end_s: Option<f64>,
    /// Code found the quote in the transcript.
    pub verified: bool,
}

/// Something that the operator promised to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Promise {
    #[schema(example = "отправить договор")]
    pub what: String,
    /// RFC 3339.
    #[schema(required, format = DateTime)]
    pub due: Option<String>,
    #[schema(example = "до завтра")]
    pub due_words: String,
    pub vague: bool,
    pub evidence: Evidence,
}

/// A critical failure that limited the total.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Cap {
    pub key: String,
    pub limit: f64,
}
