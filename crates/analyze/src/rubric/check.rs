//! Lint for rubrics: every mistake with its line, its key and what to write instead.

use std::collections::BTreeSet;
use std::ops::Range;

use domain::{CriterionKind, Direction};
use serde::{Deserialize, Serialize};

use super::read::{MAX_RUBRIC_BYTES, RawCriterion, RawRubric};
use super::rule::{Rule, Within};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FindingSeverity {
    /// The rubric is not accepted.
    Error,
    /// It works, but probably not as meant.
    Warning,
}

/// One remark about a rubric.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RubricFinding {
    /// How bad it is.
    pub severity: FindingSeverity,
    /// Line of the text, from 1.
    pub line: Option<usize>,
    /// The criterion's key or the field.
    pub key: String,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl RubricFinding {
    pub(crate) fn error(line: Option<usize>, key: &str, message: impl Into<String>) -> Self {
        Self { severity: FindingSeverity::Error, line, key: key.to_owned(), message: message.into() }
    }

    fn warning(line: Option<usize>, key: &str, message: impl Into<String>) -> Self {
        Self { severity: FindingSeverity::Warning, line, key: key.to_owned(), message: message.into() }
    }

    /// ` in line 3, in "greeting"`, for a sentence.
    pub(crate) fn place(&self) -> String {
        let line = self.line.map(|line| format!(" in line {line}")).unwrap_or_default();
        let key = if self.key.is_empty() { String::new() } else { format!(" ({})", self.key) };
        format!("{line}{key}")
    }
}

/// Everything that is wrong with a rubric's text, in the order of its lines.
pub fn check(text: &str) -> Vec<RubricFinding> {
    if text.len() > MAX_RUBRIC_BYTES {
        let message = format!("the text is longer than {MAX_RUBRIC_BYTES} bytes");
        return vec![RubricFinding::error(None, "", message)];
    }
    let raw: RawRubric = match toml::from_str(text) {
        Ok(raw) => raw,
        Err(error) => return vec![toml_finding(text, &error)],
    };
    let mut findings = head(text, &raw);
    let mut seen = BTreeSet::new();
    for spanned in &raw.criteria {
        let span = spanned.span();
        let criterion = spanned.get_ref();
        if !seen.insert(criterion.key.clone()) {
            let message = "this key is used twice; keys tell columns apart, give it another one";
            findings.push(RubricFinding::error(field_line(text, &span, "key"), &criterion.key, message));
        }
        check_criterion(text, &span, criterion, &mut findings);
    }
    findings.sort_by_key(|finding| finding.line);
    findings
}

/// A mistake of the TOML itself, or an unknown field with the nearest known one.
pub(super) fn toml_finding(text: &str, error: &toml::de::Error) -> RubricFinding {
    let line = error.span().map(|span| line_of(text, span.start));
    let message = error.message().to_owned();
    let key = quoted(&message).first().map(|key| (*key).to_owned()).unwrap_or_default();
    RubricFinding::error(line, &key, with_suggestion(&message))
}

/// Serde lists every known field: keep the nearest one.
fn with_suggestion(message: &str) -> String {
    let names = quoted(message);
    let Some((unknown, known)) = names.split_first() else { return message.to_owned() };
    if !message.starts_with("unknown field") && !message.starts_with("unknown variant") {
        return message.to_owned();
    }
    let what = if message.starts_with("unknown field") { "field" } else { "value" };
    let nearest = known
        .iter()
        .max_by(|a, b| strsim::jaro_winkler(unknown, a).total_cmp(&strsim::jaro_winkler(unknown, b)));
    match nearest {
        Some(nearest) if strsim::jaro_winkler(unknown, nearest) > 0.7 => {
            format!("unknown {what} `{unknown}`; did you mean `{nearest}`?")
        }
        _ => format!("unknown {what} `{unknown}`; known: {}", known.join(", ")),
    }
}

fn quoted(message: &str) -> Vec<&str> {
    message.split('`').skip(1).step_by(2).collect()
}

fn head(text: &str, raw: &RawRubric) -> Vec<RubricFinding> {
    let mut findings = Vec::new();
    let whole = 0..text.len();
    if !is_key(&raw.id, '-') {
        let message = "`id` must be small Latin letters, digits and dashes, for example \"sales-2026\"";
        findings.push(RubricFinding::error(field_line(text, &whole, "id"), "id", message));
    }
    if raw.title.trim().is_empty() {
        let line = field_line(text, &whole, "title");
        findings.push(RubricFinding::error(line, "title", "`title` is empty; people see it"));
    }
    if raw.criteria.is_empty() {
        let message = "no `[[criteria]]`; a rubric needs at least one";
        findings.push(RubricFinding::error(None, "criteria", message));
    }
    let weight: f64 = raw.criteria.iter().filter_map(|c| c.get_ref().weight).sum();
    if raw.criteria.iter().any(|c| is_scored(c.get_ref())) && weight == 0.0 {
        let message = "no criterion has a `weight`; each scored one then counts the same";
        findings.push(RubricFinding::warning(None, "weight", message));
    }
    findings
}

fn is_scored(criterion: &RawCriterion) -> bool {
    match criterion.kind {
        CriterionKind::Score => true,
        CriterionKind::Choice => criterion.options.iter().any(|option| option.score.is_some()),
        _ => false,
    }
}

fn is_key(key: &str, joint: char) -> bool {
    !key.is_empty()
        && key.len() <= 64
        && key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == joint)
}

fn check_criterion(text: &str, span: &Range<usize>, raw: &RawCriterion, out: &mut Vec<RubricFinding>) {
    let mut error = |field: &str, message: String| {
        out.push(RubricFinding::error(field_line(text, span, field), &raw.key, message));
    };
    if !is_key(&raw.key, '_') {
        error(
            "key",
            "`key` must be small Latin letters, digits and underscores, for example \"next_step\"".into(),
        );
    }
    if raw.title.trim().is_empty() {
        error("title", "`title` is empty; it heads a column".into());
    }
    if raw.weight.is_some_and(|weight| !weight.is_finite() || weight < 0.0) {
        error("weight", "`weight` must be a number from 0".into());
    }
    if let Some([low, high]) = raw.scale
        && !(low.is_finite() && high.is_finite() && low >= 0.0 && low < high)
    {
        error("scale", format!("`scale` must go up, for example [0, 2]; it is [{low}, {high}]"));
    }
    if raw.cap.is_some_and(|cap| !(0.0..=100.0).contains(&cap)) {
        error("cap", "`cap` must be 0 to 100".into());
    }
    if raw.cap.is_some() && !raw.critical {
        error("cap", "`cap` limits the total of a critical criterion; add `critical = true`".into());
    }
    if raw.applies_to.direction.as_deref().is_some_and(|d| d != "any" && Direction::parse(d).is_none()) {
        error("applies_to", "`direction` must be \"any\", \"in\", \"out\" or \"internal\"".into());
    }
    if raw.applies_to.min_talk_s.is_some_and(|s| !s.is_finite() || s < 0.0) {
        error("applies_to", "`min_talk_s` must be seconds from 0".into());
    }
    if raw.kind == CriterionKind::Choice && raw.options.len() < 2 {
        error("options", "a `choice` needs two `options` or more".into());
    }
    if raw.kind != CriterionKind::Choice && !raw.options.is_empty() {
        error("options", "only a `choice` has `options`".into());
    }
    if let Some(rules) = &raw.rules {
        check_rules(text, raw, &rules.span(), rules.get_ref(), out);
    }
    let mut warning = |field: &str, message: &str| {
        out.push(RubricFinding::warning(field_line(text, span, field), &raw.key, message));
    };
    if raw.weight.is_some_and(|weight| weight > 0.0) && !is_scored(raw) {
        warning("weight", "`weight` has no effect: only `score` and a `choice` with scores weigh");
    }
    if raw.scale.is_some() && raw.kind != CriterionKind::Score {
        warning("scale", "`scale` has no effect: only a `score` has one");
    }
    if raw.question.trim().is_empty() {
        warning("question", "`question` is empty; a model judges by it");
    }
    if raw.rules.is_none() {
        warning("key", "no `rules`: the local analyzer cannot judge this, it needs a model");
    }
}

fn check_rules(
    text: &str,
    raw: &RawCriterion,
    span: &Range<usize>,
    value: &toml::Value,
    out: &mut Vec<RubricFinding>,
) {
    let mut error = |field: &str, message: String| {
        let line = field_line(text, span, field).or_else(|| Some(line_of(text, span.start)));
        out.push(RubricFinding::error(line, &raw.key, message));
    };
    let rule = match serde_json::to_value(value).and_then(|json| Rule::from_json(&json)) {
        Ok(rule) => rule,
        Err(problem) => {
            let message = problem.to_string();
            let field = quoted(&message).first().copied().unwrap_or_default().to_owned();
            return error(&field, format!("in `rules`: {}", with_suggestion(&message)));
        }
    };
    let within = [rule.within.as_ref(), rule.partly.as_ref().and_then(|partly| partly.within.as_ref())];
    for within in within.into_iter().flatten() {
        if Within::parse(within).is_none() {
            error("within", format!("`within` is {within:?}; write \"last 30%\" or \"first 4 turns\""));
        }
    }
    for phrase in rule.phrase_lists().into_iter().flatten() {
        if let Some(message) = crate::families::phrase_mistake(phrase) {
            error(phrase, message);
        }
    }
    if let Some(judge) = &rule.judge
        && let Some(message) = crate::rules::judge_mistake(judge)
    {
        error("judge", message);
    }
    for family in rule.extend.keys() {
        if let Some(message) = crate::families::family_mistake(family) {
            error(family, message);
        }
    }
    if rule.any.is_empty()
        && rule.all.is_empty()
        && rule.codes.is_empty()
        && rule.judge.is_none()
        && rule.measure.is_none()
    {
        error("any", "`rules` look for nothing: add `any = [\"…\"]`".into());
    }
    if rule.measure.is_some() && rule.at_most.is_none() && raw.kind != CriterionKind::Number {
        error("measure", "`measure` needs `at_most`".into());
    }
    if raw.kind == CriterionKind::Choice {
        for code in rule.codes.keys().filter(|code| !raw.options.iter().any(|option| option.key == **code)) {
            error(code, format!("`codes` name {code:?}, which is no key of `options`"));
        }
    }
}

/// The line of a field inside the span, by its name at the start of an assignment or in quotes.
fn field_line(text: &str, span: &Range<usize>, field: &str) -> Option<usize> {
    let start = text.get(span.start..).map_or(0, |_| span.start);
    let body = text.get(start..).unwrap_or_default();
    let first = line_of(text, start);
    let last_line = line_of(text, span.end.max(start));
    // a span of `[[criteria]]` may cover its header only: look on until the next one
    let header = body.starts_with("[[");
    for (number, line) in body.lines().enumerate() {
        let past = if header {
            number > 0 && line.trim_start().starts_with("[[")
        } else {
            first + number > last_line
        };
        if past {
            break;
        }
        let assigned = line
            .split(['{', ','])
            .any(|part| part.split_once('=').is_some_and(|(name, _)| name.trim().trim_matches('"') == field));
        if assigned || (!field.is_empty() && line.contains(&format!("\"{field}\""))) {
            return Some(first + number);
        }
    }
    None
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}
