//! The shape of an answer, made from the rubric, in the strict subset: every object closed, every
//! property required, what may be absent is a union with null. Ranges stand in descriptions, for
//! the subset has no `minimum`; [`super::answer`] checks them. What members mean stands in the
//! instructions, once, for every word here is paid for each criterion.

use domain::{Criterion, CriterionKind, Rubric};
use serde_json::{Map, Value, json};

use crate::RubricError;
use crate::rubric::RubricFinding;

/// Servers of the strict subset take 5000 properties and 1000 values of enums; a criterion has at
/// most nine properties and, but for its options, eight values.
const MAX_CRITERIA: usize = 100;
const MAX_OPTIONS: usize = 200;

/// Whether one answer can hold the rubric.
pub(super) fn check(rubric: &Rubric) -> Result<(), RubricError> {
    let options: usize = rubric.criteria.iter().map(|criterion| criterion.options.len()).sum();
    if rubric.criteria.len() <= MAX_CRITERIA && options <= MAX_OPTIONS {
        return Ok(());
    }
    let message = format!(
        "a model judges at most {MAX_CRITERIA} criteria with {MAX_OPTIONS} options at a time; this has {} and \
         {options}: split it",
        rubric.criteria.len()
    );
    Err(RubricError::Invalid(RubricFinding::error(None, "criteria", message)))
}

pub(super) fn of(rubric: &Rubric) -> Value {
    let criteria = rubric.criteria.iter().map(|criterion| (criterion.key.clone(), of_criterion(criterion)));
    object([
        ("criteria", closed(criteria.collect())),
        (
            "promises",
            json!({"type": "array", "items": object([
                ("due", json!({"type": ["string", "null"]})),
                ("quote", json!({"type": "string"})),
                ("segment", json!({"type": ["integer", "null"]})),
                ("what", json!({"type": "string"})),
            ])}),
        ),
        ("recommendations", json!({"type": "string"})),
        ("summary", json!({"type": "string"})),
    ])
}

fn of_criterion(criterion: &Criterion) -> Value {
    let mut members = Map::new();
    members.insert("comment".to_owned(), json!({"type": "string"}));
    members.insert(
        "evidence".to_owned(),
        json!({"type": "array", "items": object([
            ("quote", json!({"type": "string"})),
            ("segment", json!({"type": ["integer", "null"]})),
            ("speaker", json!({"type": "string", "enum": ["operator", "client", "unknown"]})),
        ])}),
    );
    let (name, value) = value_of(criterion);
    members.insert(name.to_owned(), value);
    members.insert(
        "verdict".to_owned(),
        json!({"type": "string", "enum": ["met", "partly", "not_met", "not_applicable", "cannot_tell"]}),
    );
    closed(members)
}

/// The member that holds what was found: `score` of a score, `value` of the others.
fn value_of(criterion: &Criterion) -> (&'static str, Value) {
    match criterion.kind {
        CriterionKind::Score => {
            let [low, high] = criterion.scale;
            ("score", json!({"type": ["number", "null"], "description": format!("от {low} до {high}")}))
        }
        CriterionKind::Flag => ("value", json!({"type": ["boolean", "null"]})),
        CriterionKind::Choice => {
            let keys = criterion.options.iter().map(|option| json!(option.key));
            let keys: Vec<Value> = keys.chain([Value::Null]).collect();
            ("value", json!({"type": ["string", "null"], "enum": keys}))
        }
        CriterionKind::Text => ("value", json!({"type": ["string", "null"]})),
        CriterionKind::List => ("value", json!({"type": ["array", "null"], "items": {"type": "string"}})),
        CriterionKind::Number => ("value", json!({"type": ["number", "null"]})),
    }
}

/// A closed object whose properties are all required.
pub(super) fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    closed(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

#[expect(clippy::needless_pass_by_value, reason = "the macro takes it")]
fn closed(properties: Map<String, Value>) -> Value {
    let required: Vec<Value> = properties.keys().map(|name| json!(name)).collect();
    json!({"type": "object", "additionalProperties": false, "required": required, "properties": properties})
}
