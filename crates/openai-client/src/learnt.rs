//! What a model was found not to take, remembered for the life of the process.
//!
//! Servers say 400 `unsupported_parameter` or `unsupported_value` and bill nothing. Each such
//! answer changes the record once and for good, so the changes come to an end.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{ChatModel, OpenAiError, TokenField, client::Trouble};

/// Parameters that can be left out or said otherwise.
const KNOWN: [&str; 8] = [
    "max_completion_tokens",
    "max_tokens",
    "temperature",
    "reasoning_effort",
    "prompt_cache_key",
    "store",
    "stream_options",
    "response_format",
];

const UNSUPPORTED: [&str; 3] = ["unsupported_parameter", "unsupported_value", "unknown_parameter"];

/// Words of servers without codes. A wrong schema («Invalid schema for …») is none
/// of these: that is a mistake of ours and must be seen.
const WORDS: [&str; 7] =
    ["unsupported", "not support", "unknown", "unrecognized", "not permitted", "unexpected", "not allowed"];

/// A record that learns.
#[derive(Debug)]
pub(crate) struct Learnt(Mutex<State>);

#[derive(Debug)]
struct State {
    model: ChatModel,
    /// The name of the limit was changed once: a server that refuses both takes none.
    renamed: bool,
}

impl Learnt {
    pub(crate) const fn new(model: ChatModel) -> Self {
        Self(Mutex::new(State { model, renamed: false }))
    }

    /// What is known now.
    pub(crate) fn model(&self) -> ChatModel {
        self.state().model.clone()
    }

    /// Learns from the refusal of a request that was made with `used`. `true` = ask again.
    pub(crate) fn learn(&self, used: &ChatModel, trouble: &Trouble) -> bool {
        let Some(param) = refused_parameter(trouble) else { return false };
        let mut state = self.state();
        if state.model != *used {
            // another request has learnt meanwhile
            return true;
        }
        let State { model, renamed } = &mut *state;
        let learnt = match param {
            "max_tokens" | "max_completion_tokens" if !*renamed => {
                *renamed = true;
                model.token_field = match model.token_field {
                    TokenField::MaxTokens => TokenField::MaxCompletionTokens,
                    TokenField::MaxCompletionTokens => TokenField::MaxTokens,
                };
                true
            }
            "temperature" => std::mem::take(&mut model.temperature),
            "reasoning_effort" => model.reasoning_effort.take().is_some(),
            "prompt_cache_key" => std::mem::take(&mut model.cache_key),
            "store" => std::mem::take(&mut model.store),
            "stream_options" => std::mem::take(&mut model.stream_usage),
            "response_format" => model.structured.weaker().map(|weaker| model.structured = weaker).is_some(),
            _ => false,
        };
        if learnt {
            tracing::warn!(
                model = model.name,
                param,
                "the server does not take it, asked without from now on"
            );
        }
        learnt
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The parameter that a 400 is about: by its field, else the first that its words name.
fn refused_parameter(trouble: &Trouble) -> Option<&'static str> {
    let OpenAiError::Invalid { code, message, .. } = &trouble.error else { return None };
    let message = message.to_lowercase();
    let says_so = UNSUPPORTED.contains(&code.as_str()) || WORDS.iter().any(|word| message.contains(word));
    if !says_so || message.contains("invalid schema") {
        return None;
    }
    if trouble.param.starts_with("response_format") || trouble.param.starts_with("json_schema") {
        return Some("response_format");
    }
    if let Some(known) = KNOWN.iter().find(|known| **known == trouble.param) {
        return Some(known);
    }
    let named = KNOWN.iter().filter_map(|known| Some((message.find(known)?, *known))).min();
    let schema = message.find("json_schema").map(|at| (at, "response_format"));
    named.into_iter().chain(schema).min().map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ModelTable, Structured};

    fn refusal(code: &str, param: &str, message: &str) -> Trouble {
        let error = OpenAiError::Invalid {
            provider: "p".to_owned(),
            message: message.to_owned(),
            code: code.to_owned(),
        };
        Trouble { error, param: param.to_owned() }
    }

    fn fresh(name: &str) -> Learnt {
        Learnt::new(ModelTable::embedded().unwrap().chat(name))
    }

    fn learn(learnt: &Learnt, trouble: &Trouble) -> bool {
        learnt.learn(&learnt.model(), trouble)
    }

    #[test]
    fn the_limit_is_renamed_once_only() {
        let learnt = fresh("local");
        let words = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.";
        assert!(learn(&learnt, &refusal("unsupported_parameter", "", words)));
        assert_eq!(learnt.model().token_field, TokenField::MaxCompletionTokens);
        let back = refusal("unsupported_parameter", "max_completion_tokens", "no");
        assert!(!learn(&learnt, &back), "no swinging to and fro");
    }

    #[test]
    fn temperature_is_dropped_with_and_without_a_code() {
        for trouble in [
            refusal("unsupported_value", "temperature", "does not support 0.2"),
            refusal("invalid_request", "", "Unsupported parameter: 'temperature' is not supported"),
        ] {
            let learnt = fresh("local");
            assert!(learn(&learnt, &trouble));
            assert!(!learnt.model().temperature);
            assert!(!learn(&learnt, &trouble), "nothing more to learn");
        }
    }

    #[test]
    fn the_shape_of_answers_goes_down_to_plain_text() {
        let learnt = fresh("gpt-6-luna");
        let no_schema = refusal("invalid_request", "", "response_format type json_schema is not supported");
        let mut ways = vec![learnt.model().structured];
        while learn(&learnt, &no_schema) {
            ways.push(learnt.model().structured);
        }
        assert_eq!(
            ways,
            [Structured::Strict, Structured::JsonSchema, Structured::JsonObject, Structured::Text]
        );
    }

    #[test]
    fn our_own_mistakes_are_not_learnt_around() {
        let learnt = fresh("gpt-6-luna");
        let words = "Invalid schema for response_format 'x': 'allOf' is not permitted";
        assert!(!learn(&learnt, &refusal("invalid_request", "response_format", words)));
        assert!(!learn(&learnt, &refusal("context_length_exceeded", "messages", "too long")));
    }

    #[test]
    fn a_request_made_before_the_lesson_is_made_again() {
        let learnt = fresh("local");
        let before = learnt.model();
        let trouble = refusal("unsupported_value", "temperature", "no");
        assert!(learnt.learn(&before, &trouble));
        assert!(learnt.learn(&before, &trouble), "a parallel request");
    }
}
