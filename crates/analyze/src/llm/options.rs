//! What an [`super::LlmAnalyzer`] is told besides the model: limits, masking, fallback, figures.

use std::fmt;
use std::sync::Arc;

use crate::Analyzer;

/// What is hidden from the model. The masks are undone in everything that people see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Masking {
    /// Nothing: for a model on the customer's own machine.
    Off,
    /// Numbers and addresses: telephones, cards, passports, e-mail, SNILS, INN, accounts.
    Numbers,
    /// Those, and names of people: for a model abroad.
    NumbersAndNames,
}

/// Settings of an [`super::LlmAnalyzer`].
#[derive(Clone)]
pub struct LlmOptions {
    /// Most tokens of one request, instructions included; a longer call is judged in parts.
    pub max_input_tokens: u32,
    /// 0–2; `None`: the model's own.
    pub temperature: Option<f32>,
    /// What is hidden.
    pub masking: Masking,
    /// Who judges where the model refuses or cannot keep to the shape; `None`: nobody does.
    pub fallback: Option<Arc<dyn Analyzer>>,
    /// What estimates are made of.
    pub figures: TokenFigures,
}

impl Default for LlmOptions {
    fn default() -> Self {
        Self {
            // an hour of talk is about 25 000 tokens: most calls are one request
            max_input_tokens: 60_000,
            temperature: Some(0.0),
            masking: Masking::Numbers,
            fallback: None,
            figures: TokenFigures::default(),
        }
    }
}

impl fmt::Debug for LlmOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LlmOptions")
            .field("max_input_tokens", &self.max_input_tokens)
            .field("temperature", &self.temperature)
            .field("masking", &self.masking)
            .field("fallback", &self.fallback.as_ref().map(|fallback| fallback.engine().to_owned()))
            .field("figures", &self.figures)
            .finish()
    }
}

/// Averages that an estimate multiplies. The defaults are measured on 385 scripted sales calls in
/// Russian (36 s of talk each on average), where they come within 7 % of the bill for each built-in
/// rubric; real calls differ, and [`super::LlmAnalyzer::observed`] tells what past ones took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TokenFigures {
    /// Billed tokens of instructions and schema for each that we count ourselves.
    pub prompt_scale: f64,
    /// Tokens of the transcript for a minute of talk, line numbers and times included.
    pub tokens_per_talk_minute: f64,
    /// Tokens of an answer besides its criteria: summary, advice, promises.
    pub answer_tokens_base: f64,
    /// Tokens of one judged criterion.
    pub answer_tokens_per_criterion: f64,
    /// The provider keeps the start of the prompt, and takes less for it.
    pub cached_prefix: bool,
}

impl Default for TokenFigures {
    fn default() -> Self {
        Self {
            prompt_scale: 1.0,
            tokens_per_talk_minute: 300.0,
            answer_tokens_base: 250.0,
            answer_tokens_per_criterion: 90.0,
            cached_prefix: true,
        }
    }
}
