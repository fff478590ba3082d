//! UIS over HTTP: the Data API and recordings.

use axum::Router;

use crate::state::SandboxState;

/// The routes, with their full paths (`/uis/…`).
pub(crate) fn router(_state: &SandboxState) -> Router {
    Router::new()
}
