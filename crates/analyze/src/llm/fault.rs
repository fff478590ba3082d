//! What a failed request to the model means for the call that is judged.

use openai_client::OpenAiError;

use crate::AnalyzeError;

pub(super) fn of(model: &str, error: OpenAiError) -> AnalyzeError {
    let engine = model.to_owned();
    let cost = None;
    let retry_after = error.retry_after();
    match error {
        OpenAiError::Unauthorized { provider, message, code } => {
            let remedy = match code.as_str() {
                "unsupported_country_region_territory" => {
                    "this address is not served: go through a proxy (OPENAI_PROXY) or use another provider \
                     (LLM_BASE_URL)"
                }
                "model_not_found" => {
                    "there is no such model or the key has no right to it: choose another (OPENAI_CHAT_MODEL)"
                }
                _ => "check the key (LLM_API_KEY, OPENAI_API_KEY) and its rights",
            };
            AnalyzeError::Unauthorized { engine, reason: format!("{provider}: {message}; {remedy}"), cost }
        }
        OpenAiError::QuotaSpent { provider, message } => {
            AnalyzeError::QuotaSpent { engine, reason: format!("{provider}: {message}"), cost }
        }
        OpenAiError::RateLimited { .. } => AnalyzeError::RateLimited { engine, retry_after, cost },
        OpenAiError::Invalid { provider, message, code } => {
            let code = if code.is_empty() { String::new() } else { format!(" ({code})") };
            AnalyzeError::InvalidRequest { engine, reason: format!("{provider}: {message}{code}"), cost }
        }
        OpenAiError::Config(reason) => AnalyzeError::InvalidRequest { engine, reason, cost },
        // an unreadable answer is a fault of the way or of the server: later it may be whole
        error => AnalyzeError::Unavailable { engine, source: Some(Box::new(error)), retry_after, cost },
    }
}

/// The call does not fit the model's window: it can be judged in smaller parts.
pub(super) fn is_too_long(error: &OpenAiError) -> bool {
    matches!(error, OpenAiError::Invalid { code, .. }
        if matches!(code.as_str(), "context_length_exceeded" | "string_above_max_length" | "tokens_limit_reached"))
}
