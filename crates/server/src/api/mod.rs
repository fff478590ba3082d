//! `/api/v1`: calls, search, figures, jobs, exports, for programs.

use axum::Router;

use crate::Web;
use crate::rules::Rule;

/// Routes of this room, each with who may use it.
pub(crate) const RULES: &[Rule] = &[];

/// Handlers of this room.
pub(crate) fn router() -> Router<Web> {
    Router::new()
}
