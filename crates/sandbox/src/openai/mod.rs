//! the OpenAI-compatible API over HTTP: transcriptions and chat.

use axum::Router;

use crate::state::SandboxState;

/// The routes, with their full paths (`/openai/…`).
pub(crate) fn router(_state: &SandboxState) -> Router {
    Router::new()
}
