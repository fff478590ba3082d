//! What a failed request to the model means for the call that is judged.

use domain::Cause;
use openai_client::OpenAiError;

use crate::AnalyzeError;

pub(super) fn of(model: &str, error: OpenAiError) -> AnalyzeError {
    let engine = model.to_owned();
    let cost = None;
    let retry_after = error.retry_after();
    match &error {
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
            let reason = Cause::of(format!("{provider}: {message}; {remedy}"), error);
            AnalyzeError::Unauthorized { engine, reason, cost }
        }
        OpenAiError::QuotaSpent { provider, message } => {
            let reason = Cause::of(format!("{provider}: {message}"), error);
            AnalyzeError::QuotaSpent { engine, reason, cost }
        }
        OpenAiError::RateLimited { .. } => AnalyzeError::RateLimited { engine, retry_after, cost },
        OpenAiError::Invalid { provider, message, code } => {
            let code = if code.is_empty() { String::new() } else { format!(" ({code})") };
            let reason = Cause::of(format!("{provider}: {message}{code}"), error);
            AnalyzeError::InvalidRequest { engine, reason, cost }
        }
        OpenAiError::Config(reason) => {
            AnalyzeError::InvalidRequest { engine, reason: Cause::of(reason.clone(), error), cost }
        }
        // an unreadable answer is a fault of the way or of the server: later it may be whole
        _ => AnalyzeError::Unavailable { engine, source: Some(Box::new(error)), retry_after, cost },
    }
}

/// The call does not fit the model's window: it can be judged in smaller parts.
pub(super) fn is_too_long(error: &OpenAiError) -> bool {
    matches!(error, OpenAiError::Invalid { code, .. }
        if matches!(code.as_str(), "context_length_exceeded" | "string_above_max_length" | "tokens_limit_reached"))
}
