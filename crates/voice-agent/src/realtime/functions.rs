//! Functions that the model may call: ours (to end, to hand over, to stop calling) and the persona's tools.

use openai_client::{RealtimeTool, ToolRequest};
use serde_json::{Value, json};

use crate::{Persona, ToolSpec};

const END: &str = "end_call";
const HAND_OVER: &str = "transfer_call";
const NEVER_AGAIN: &str = "never_call_again";
/// Of arguments that a model may write.
const MOST_ARGUMENTS: usize = 16 << 10;

/// What the model wants done.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Wish {
    /// It has said goodbye.
    End,
    /// The client wants a person: an occasion of the persona.
    HandOver(String),
    /// The client asked never to be called again.
    NeverAgain,
    /// A tool of the persona, with arguments that fit it.
    Tool(Box<ToolSpec>, Value),
    /// Nothing that can be done: what the model is told.
    Refused(&'static str),
}

/// What the session is told of them.
pub(super) fn offered(persona: &Persona) -> Vec<RealtimeTool> {
    let none = || json!({"type": "object", "properties": {}, "additionalProperties": false});
    let tool = |name: &str, description: &str, parameters: Value| RealtimeTool {
        name: name.to_owned(),
        description: description.to_owned(),
        parameters,
    };
    let mut all = vec![
        tool(END, "Завершить звонок. Вызывайте только после того, как попрощались вслух.", none()),
        tool(
            NEVER_AGAIN,
            "Клиент просит больше никогда ему не звонить. Вызовите сразу, ничего не говоря.",
            none(),
        ),
    ];
    if !persona.transfer.is_empty() {
        let occasions: Vec<&String> = persona.transfer.keys().collect();
        let parameters = json!({
            "type": "object", "required": ["to"], "additionalProperties": false,
            "properties": {"to": {"type": "string", "enum": occasions}},
        });
        all.push(tool(HAND_OVER, "Соединить клиента с сотрудником, когда он об этом просит.", parameters));
    }
    all.extend(persona.tools.iter().map(|own| {
        let parameters = if own.parameters.is_object() { own.parameters.clone() } else { none() };
        tool(&own.name, &own.description, parameters)
    }));
    all
}

/// What a call of a function means.
pub(super) fn wish(persona: &Persona, request: &ToolRequest) -> Wish {
    const BROKEN: Wish = Wish::Refused("the arguments do not fit the schema");
    if request.arguments.len() > MOST_ARGUMENTS {
        return BROKEN;
    }
    let text = if request.arguments.trim().is_empty() { "{}" } else { &request.arguments };
    let Ok(arguments) = serde_json::from_str::<Value>(text) else { return BROKEN };
    match request.name.as_str() {
        END => Wish::End,
        NEVER_AGAIN => Wish::NeverAgain,
        HAND_OVER => match arguments["to"].as_str() {
            Some(occasion) if persona.transfer.contains_key(occasion) => Wish::HandOver(occasion.to_owned()),
            _ if persona.transfer.is_empty() => Wish::Refused("there is nobody to hand over to"),
            _ => BROKEN,
        },
        name => match persona.tools.iter().find(|own| own.name == name) {
            None => Wish::Refused("there is no such function"),
            Some(own) if !fits(&own.parameters, &arguments) => BROKEN,
            Some(own) => Wish::Tool(Box::new(own.clone()), arguments),
        },
    }
}

/// A schema that is none lets everything through: the persona's check has said so before.
fn fits(schema: &Value, arguments: &Value) -> bool {
    !schema.is_object() || jsonschema::validator_for(schema).is_ok_and(|schema| schema.is_valid(arguments))
}

#[cfg(test)]
mod tests {
    use openai_client::ToolCallId;

    use super::*;
    use crate::Personas;

    fn persona() -> Persona {
        let mut persona = Personas::built_in().get("lead-qualification").unwrap().as_ref().clone();
        persona.transfer.insert("person".into(), domain::PhoneNumber::parse("+74951112233").unwrap());
        persona.tools = vec![ToolSpec {
            name: "find_slot".into(),
            description: "Свободное время".into(),
            method: "POST".into(),
            url: "https://crm.example.ru/slots".into(),
            parameters: json!({"type": "object", "required": ["day"], "properties": {"day": {"type": "string"}}}),
            repeatable: true,
        }];
        persona
    }

    fn asked(name: &str, arguments: &str) -> Wish {
        let call = ToolCallId::new("c");
        wish(&persona(), &ToolRequest { call, name: name.into(), arguments: arguments.into() })
    }

    #[test]
    fn what_the_model_calls_is_checked_before_anything_is_done() {
        assert_eq!(asked(END, ""), Wish::End);
        assert_eq!(asked(HAND_OVER, r#"{"to":"person"}"#), Wish::HandOver("person".into()));
        assert!(matches!(asked(HAND_OVER, r#"{"to":"+79990001122"}"#), Wish::Refused(_)));
        assert!(matches!(asked("find_slot", r#"{"day":"завтра"}"#), Wish::Tool(_, _)));
        for broken in [r#"{"day":7}"#, "{}", "{", "null"] {
            assert!(matches!(asked("find_slot", broken), Wish::Refused(_)), "{broken}");
        }
        assert!(matches!(asked("rm", "{}"), Wish::Refused(_)));
    }

    #[test]
    fn nobody_to_hand_over_to_is_not_offered() {
        let mut persona = persona();
        persona.transfer.clear();
        assert!(offered(&persona).iter().all(|tool| tool.name != HAND_OVER));
        assert_eq!(offered(&persona).len(), 3);
    }
}
