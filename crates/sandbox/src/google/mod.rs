//! Google over HTTP: token, Sheets and the sheet as a person sees it.

use axum::Router;

use crate::state::SandboxState;

/// The routes, with their full paths (`/google/…`).
pub(crate) fn router(_state: &SandboxState) -> Router {
    Router::new()
}
