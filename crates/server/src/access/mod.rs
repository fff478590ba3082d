//! Who is it, and may they: the door of the service.

mod door;
mod host;
mod role;
mod viewer;

pub(crate) use door::door;
pub(crate) use role::{Role, Scope};
pub(crate) use viewer::{Via, Viewer};

use crate::Web;
use crate::rules::Rule;

/// Routes of this room.
pub(crate) const RULES: &[Rule] = &[];

/// Routes of this room.
pub(crate) fn router() -> axum::Router<Web> {
    axum::Router::new()
}
