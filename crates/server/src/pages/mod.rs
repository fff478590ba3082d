//! The pages: rendered here, whole without scripts and quick with them.
//!
//! A page is a handler that takes a [`Frame`](layout::Frame), reads through `VisibleCalls` and fills a
//! template. Nothing inline: the policy of the door forbids styles and scripts in the markup.

mod assets;
mod layout;
mod look;
mod parts;
mod words;

use axum::Router;
use axum::routing::get;

use crate::Web;
use crate::rules::{Class, Rule, Who};

pub(crate) use layout::trouble;

/// Routes of this room, each with who may use it.
pub(crate) const RULES: &[Rule] = &[
    Rule::get("/static/{*path}", Who::Anyone, Class::Page),
    Rule::get("/look", Who::Anyone, Class::Page),
];

/// Handlers of this room.
pub(crate) fn router() -> Router<Web> {
    Router::new().route("/static/{*path}", get(assets::serve)).route("/look", get(look::look))
}
