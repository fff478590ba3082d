//! The way back from a form: a redirect, and a word of confirmation that the next page shows.

use axum::response::{IntoResponse as _, Redirect, Response};
use http::header::SET_COOKIE;

/// To `path`, where the text of `key` (`done-…`) is shown once.
pub(crate) fn said(path: &str, key: &'static str) -> Response {
    // the page's script puts it out; without scripts it fades by itself
    let cookie = format!("done={key}; Path=/; Max-Age=5; SameSite=Strict");
    ([(SET_COOKIE, cookie)], Redirect::to(path)).into_response()
}
