//! What we tell others: signed webhooks, results written back to a CRM.

use axum::Router;

use crate::Web;
use crate::rules::Rule;

/// Routes of this room, each with who may use it.
pub(crate) const RULES: &[Rule] = &[];

/// Handlers of this room.
pub(crate) fn router() -> Router<Web> {
    Router::new()
}
