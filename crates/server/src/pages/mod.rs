//! The pages.

use axum::Router;
use axum::response::{Html, IntoResponse as _, Response};
use domain::Lang;

use crate::Web;
use crate::problem::{Problem, title};
use crate::rules::Rule;

/// Routes of this room, each with who may use it.
pub(crate) const RULES: &[Rule] = &[];

/// Handlers of this room.
pub(crate) fn router() -> Router<Web> {
    Router::new()
}

/// A problem as a page; the door adds its headers.
pub(crate) fn trouble(problem: &Problem, lang: Lang) -> Response {
    let page = format!(
        "<!doctype html><html lang=\"{}\"><meta charset=\"utf-8\"><title>{}</title><h1>{}</h1>",
        lang.pick("ru", "en"),
        problem.status.as_u16(),
        title(problem.status, lang),
    );
    (problem.status, Html(page)).into_response()
}
