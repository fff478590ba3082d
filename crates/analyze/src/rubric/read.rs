//! From TOML text to a rubric. Mistakes are found by [`super::check`], with lines.

use domain::{
    AppliesTo, ChoiceOption, Criterion, CriterionKind, Direction, EvidenceDemand, Rubric, RubricId,
    RubricRevision,
};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use toml::Spanned;

use super::check::{self, FindingSeverity};
use super::{RubricError, RubricFinding};

/// A check-list of 100 lines with long explanations is far under this.
pub(super) const MAX_RUBRIC_BYTES: usize = 256 * 1024;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRubric {
    pub(super) id: String,
    pub(super) title: String,
    #[serde(default = "russian")]
    pub(super) language: String,
    #[serde(default)]
    pub(super) description: String,
    #[serde(default)]
    pub(super) prompt: String,
    #[serde(default)]
    pub(super) criteria: Vec<Spanned<RawCriterion>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCriterion {
    pub(super) key: String,
    pub(super) title: String,
    pub(super) kind: CriterionKind,
    pub(super) weight: Option<f64>,
    pub(super) scale: Option<[f64; 2]>,
    pub(super) question: String,
    #[serde(default)]
    pub(super) explanation: String,
    #[serde(default)]
    pub(super) evidence: EvidenceDemand,
    #[serde(default)]
    pub(super) applies_to: RawAppliesTo,
    #[serde(default)]
    pub(super) critical: bool,
    pub(super) cap: Option<f64>,
    #[serde(default)]
    pub(super) options: Vec<ChoiceOption>,
    #[serde(default)]
    pub(super) advice: String,
    pub(super) rules: Option<Spanned<toml::Value>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAppliesTo {
    pub(super) direction: Option<String>,
    pub(super) min_talk_s: Option<f64>,
}

fn russian() -> String {
    "ru".to_owned()
}

/// Reads a rubric.
///
/// # Errors
/// [`RubricError::Invalid`] with the first mistake that [`super::check`] finds.
pub fn parse(toml_text: &str) -> Result<Rubric, RubricError> {
    if toml_text.len() > MAX_RUBRIC_BYTES {
        return Err(RubricError::TooLong { bytes: toml_text.len() as u64, limit: MAX_RUBRIC_BYTES as u64 });
    }
    if let Some(mistake) =
        check::check(toml_text).into_iter().find(|finding| finding.severity == FindingSeverity::Error)
    {
        return Err(RubricError::Invalid(mistake));
    }
    let raw: RawRubric = toml::from_str(toml_text)
        .map_err(|error| RubricError::Invalid(check::toml_finding(toml_text, &error)))?;
    let criteria =
        raw.criteria.into_iter().map(|raw| criterion(raw.into_inner())).collect::<Result<_, _>>()?;
    let mut rubric = Rubric {
        id: RubricId::new(raw.id),
        revision: RubricRevision::new(""),
        title: raw.title,
        language: raw.language,
        description: raw.description,
        prompt: raw.prompt,
        criteria,
        source: toml_text.to_owned(),
    };
    rubric.revision = revision(&rubric)?;
    Ok(rubric)
}

fn criterion(raw: RawCriterion) -> Result<Criterion, RubricError> {
    let rules = raw
        .rules
        .map(|rules| serde_json::to_value(rules.into_inner()))
        .transpose()
        .map_err(|error| RubricError::Invalid(RubricFinding::error(None, &raw.key, error.to_string())))?;
    let scored = match raw.kind {
        CriterionKind::Score => true,
        CriterionKind::Choice => raw.options.iter().any(|option| option.score.is_some()),
        _ => false,
    };
    Ok(Criterion {
        weight: if scored { raw.weight.unwrap_or(1.0) } else { 0.0 },
        scale: raw.scale.unwrap_or([0.0, 2.0]),
        applies_to: AppliesTo {
            direction: raw
                .applies_to
                .direction
                .as_deref()
                .filter(|text| *text != "any")
                .and_then(Direction::parse),
            min_talk_s: raw.applies_to.min_talk_s,
        },
        key: raw.key,
        title: raw.title,
        kind: raw.kind,
        question: raw.question,
        explanation: raw.explanation,
        evidence: raw.evidence,
        critical: raw.critical,
        cap: raw.cap,
        options: raw.options,
        advice: raw.advice,
        rules,
    })
}

/// The first 12 hex digits of SHA-256 over the content: comments, spaces and the order of keys
/// inside a table change nothing.
fn revision(rubric: &Rubric) -> Result<RubricRevision, RubricError> {
    let content = serde_json::to_vec(&(
        (&rubric.id, &rubric.title, &rubric.language, &rubric.description, &rubric.prompt),
        &rubric.criteria,
    ))
    .map_err(|error| RubricError::Invalid(RubricFinding::error(None, "criteria", error.to_string())))?;
    let digest = hex::encode(Sha256::digest(content));
    Ok(RubricRevision::new(digest.get(..12).unwrap_or(&digest)))
}
