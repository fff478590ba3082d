//! Tools of a persona: what the model asks for is checked before anything goes out, and what comes
//! back is cut to what a talk can use. The model always gets an answer, a refusal included.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;

use crate::persona::schema;
use crate::{PartFailed, Persona, ToolCaller};

/// Nobody waits longer on the telephone.
const PATIENCE: Duration = Duration::from_secs(4);
/// Longer arguments are none.
const MOST_ARGUMENTS: usize = 8 * 1024;
/// What the model reads of an answer, letters.
const MOST_ANSWER: usize = 4000;

/// Asks tools by name.
#[derive(Clone)]
pub struct Tools(Arc<dyn ToolCaller>);

impl std::fmt::Debug for Tools {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tools")
    }
}

impl Tools {
    /// Over this caller.
    pub fn new(caller: Arc<dyn ToolCaller>) -> Self {
        Self(caller)
    }

    /// Calls a tool of the persona with arguments as the model wrote them. The answer is JSON text for
    /// the model; a failure is `{"error": …}` in words that it can act on.
    pub async fn call(&self, persona: &Persona, name: &str, arguments: &str) -> String {
        match self.try_call(persona, name, arguments).await {
            Ok(answer) => cut(&answer.to_string()),
            Err(reason) => json!({ "error": reason }).to_string(),
        }
    }

    async fn try_call(&self, persona: &Persona, name: &str, arguments: &str) -> Result<Value, String> {
        let tool = persona.tools.iter().find(|tool| tool.name == name).ok_or("there is no such tool")?;
        let arguments = arguments.trim();
        if arguments.len() > MOST_ARGUMENTS {
            return Err("the arguments are too long".to_owned());
        }
        let arguments = if arguments.is_empty() { "{}" } else { arguments };
        let arguments: Value =
            serde_json::from_str(arguments).map_err(|_| "the arguments are no JSON".to_owned())?;
        if !fits(&schema(tool), &arguments) {
            return Err("the arguments do not fit the schema of the tool".to_owned());
        }
        let first = self.once(tool, &arguments).await;
        let answer = match first {
            Err(error) if tool.repeatable && error.retryable => self.once(tool, &arguments).await,
            other => other,
        };
        answer.map_err(|error| {
            tracing::warn!(tool = tool.name, retryable = error.retryable, "tool: {error}");
            "the tool does not answer now; say so and go on without it".to_owned()
        })
    }

    async fn once(&self, tool: &crate::ToolSpec, arguments: &Value) -> Result<Value, PartFailed> {
        timeout(PATIENCE, self.0.call(tool, arguments))
            .await
            .unwrap_or_else(|_| Err(PartFailed::passing("tool", "it takes too long")))
    }
}

/// Whether arguments fit a schema; a schema that is none fits nothing.
fn fits(schema: &Value, arguments: &Value) -> bool {
    arguments.is_object() && jsonschema::validator_for(schema).is_ok_and(|schema| schema.is_valid(arguments))
}

fn cut(text: &str) -> String {
    text.chars().take(MOST_ANSWER).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;

    use super::*;
    use crate::{Personas, ToolSpec};

    #[derive(Default)]
    struct Line {
        asked: Mutex<Vec<Value>>,
        faults: Mutex<Vec<PartFailed>>,
        hangs: bool,
    }

    #[async_trait]
    impl ToolCaller for Line {
        async fn call(&self, _: &ToolSpec, arguments: &Value) -> Result<Value, PartFailed> {
            self.asked.lock().unwrap().push(arguments.clone());
            if self.hangs {
                std::future::pending::<()>().await;
            }
            match self.faults.lock().unwrap().pop() {
                Some(fault) => Err(fault),
                None => Ok(json!({"free": ["10:00", "я".repeat(9000)]})),
            }
        }
    }

    fn persona(repeatable: bool) -> Persona {
        let mut persona = (*Personas::built_in().get("lead-qualification").unwrap()).clone();
        persona.tools = vec![ToolSpec {
            name: "free_time".into(),
            description: "Свободное время".into(),
            method: "GET".into(),
            url: "https://crm.example/free".into(),
            parameters: json!({
                "type": "object", "required": ["day"], "additionalProperties": false,
                "properties": {"day": {"type": "string", "maxLength": 20}}
            }),
            repeatable,
        }];
        persona
    }

    #[tokio::test(start_paused = true)]
    async fn only_arguments_that_fit_go_out() {
        let line = Arc::new(Line::default());
        let tools = Tools::new(line.clone());
        let persona = persona(false);
        for (name, arguments) in [
            ("other", "{}"),
            ("free_time", "{}"),
            ("free_time", "[1]"),
            ("free_time", "nonsense"),
            ("free_time", r#"{"day":"завтра","and":"more"}"#),
            ("free_time", r#"{"day":"очень длинный день, который не помещается"}"#),
        ] {
            assert!(tools.call(&persona, name, arguments).await.contains("error"), "{arguments}");
        }
        assert!(line.asked.lock().unwrap().is_empty());
        let answer = tools.call(&persona, "free_time", r#"{"day":"завтра"}"#).await;
        assert!(answer.starts_with(r#"{"free":["10:00""#) && answer.chars().count() <= MOST_ANSWER);
        assert_eq!(*line.asked.lock().unwrap(), [json!({"day": "завтра"})]);
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_is_safe_to_repeat_is_asked_twice() {
        for (repeatable, times) in [(false, 1), (true, 2)] {
            let line = Arc::new(Line::default());
            line.faults.lock().unwrap().push(PartFailed::passing("tool", "down"));
            let tools = Tools::new(line.clone());
            tools.call(&persona(repeatable), "free_time", r#"{"day":"завтра"}"#).await;
            assert_eq!(line.asked.lock().unwrap().len(), times);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_tool_that_hangs_is_not_waited_for() {
        let tools = Tools::new(Arc::new(Line { hangs: true, ..Line::default() }));
        let began = tokio::time::Instant::now();
        let answer = tools.call(&persona(false), "free_time", r#"{"day":"завтра"}"#).await;
        assert!(answer.contains("does not answer"));
        assert_eq!(began.elapsed(), PATIENCE);
    }
}
