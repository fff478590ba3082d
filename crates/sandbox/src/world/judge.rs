//! Answers in a model's stead: by the local rules where the request names a rubric that it knows,
//! else with the emptiest answer that is true to the schema.

use std::sync::Arc;

use analyze::{RubricLibrary, RulesJudge};
use openai_client::testing::Judge;
use openai_client::{ChatRequest, Role};
use serde_json::{Map, Value, json};

use super::Bank;

/// Said to words that are in no dialogue.
const MORE: &str = "Понимаю вас. Расскажите, пожалуйста, подробнее.";

/// Objects in objects: deeper ones are left empty.
const DEEPEST: u8 = 12;

/// Answers in a model's stead; the same request always has the same answer.
pub struct RubricJudge {
    rules: RulesJudge,
    /// What employees said: talks are answered from it.
    bank: Option<Arc<Bank>>,
}

impl RubricJudge {
    /// Knows the built-in rubrics and these.
    pub fn new(rubrics: &[domain::Rubric]) -> Self {
        let builtin = RubricLibrary::builtin();
        let all = builtin.all().iter().chain(rubrics).cloned().collect();
        Self { rules: RulesJudge::new(all), bank: None }
    }

    /// Answers talks as the world's employees did.
    #[must_use]
    pub fn with_bank(self, bank: Arc<Bank>) -> Self {
        Self { bank: Some(bank), ..self }
    }

    /// What an employee says next in a talk; nothing to what is no talk.
    fn talk(&self, request: &ChatRequest) -> Option<Value> {
        let heard = request.messages.iter().rev().find(|message| message.role == Role::User)?;
        let led = request.messages.iter().any(|message| message.role == Role::System);
        let bank = self.bank.as_ref().filter(|_| led && request.schema.is_none())?;
        let answer = bank.answer_to(&heard.content).map(|answer| answer.text);
        Some(Value::String(answer.filter(|text| !text.is_empty()).unwrap_or_else(|| MORE.to_owned())))
    }
}

impl Judge for RubricJudge {
    fn answer(&self, request: &ChatRequest) -> Value {
        if let Some(said) = self.talk(request) {
            return said;
        }
        let answer = self.rules.answer(request);
        match &request.schema {
            Some(wanted) if !answer.is_object() => emptiest(&wanted.schema, DEEPEST),
            _ => answer,
        }
    }
}

/// The least that fits: nothing found, nothing claimed.
fn emptiest(schema: &Value, depth: u8) -> Value {
    if let Some(known) = schema.get("enum").and_then(Value::as_array) {
        let modest = known.iter().find(|value| value.is_null() || *value == "cannot_tell");
        return modest.or(known.first()).cloned().unwrap_or(Value::Null);
    }
    let kinds: Vec<&str> = match schema.get("type") {
        Some(Value::String(kind)) => vec![kind.as_str()],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    match kinds.first().copied() {
        _ if kinds.contains(&"null") || depth == 0 => Value::Null,
        Some("object") => {
            let properties = schema.get("properties").and_then(Value::as_object);
            let filled = properties.into_iter().flatten();
            filled.map(|(name, of)| (name.clone(), emptiest(of, depth - 1))).collect::<Map<_, _>>().into()
        }
        Some("array") => json!([]),
        Some("string") => json!(""),
        Some("boolean") => json!(false),
        Some("integer" | "number") => json!(0),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use openai_client::AnswerSchema;

    use super::*;

    #[test]
    fn an_unknown_rubric_gets_an_answer_that_claims_nothing() {
        let verdicts = json!({"type": "string", "enum": ["met", "not_met", "cannot_tell"]});
        let schema = json!({"type": "object", "properties": {
            "verdict": verdicts, "score": {"type": ["number", "null"]}, "summary": {"type": "string"},
            "evidence": {"type": "array", "items": {"type": "object"}},
        }});
        let schema = Some(AnswerSchema { name: "other".to_owned(), schema });
        let answer = RubricJudge::new(&[]).answer(&ChatRequest { schema, ..ChatRequest::default() });
        assert_eq!(answer, json!({"verdict": "cannot_tell", "score": null, "summary": "", "evidence": []}));
    }
}
