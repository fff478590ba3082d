//! `/help`: keys, and what the words of the pages mean.

use askama::Template;
use axum::response::Response;

use super::layout::{Frame, Place, page};
use crate::problem::Problem;

/// A key, or keys one after another, and what they do.
type KeyRow = (&'static [&'static str], &'static str);

const PAGES: [KeyRow; 7] = [
    (&["/"], "help-key-search"),
    (&["?"], "help-key-help"),
    (&["g", "d"], "help-key-dashboard"),
    (&["g", "h"], "help-key-history"),
    (&["g", "a"], "help-key-analyze"),
    (&["g", "m"], "help-key-managers"),
    (&["g", "q"], "help-key-queue"),
];
const CALLS: [KeyRow; 9] = [
    (&["j"], "help-key-next"),
    (&["k"], "help-key-previous"),
    (&["Enter"], "help-key-open"),
    (&["Space"], "help-key-play"),
    (&["←", "→"], "help-key-seconds"),
    (&["Shift ←", "Shift →"], "help-key-quote"),
    (&["1", "2", "3", "4"], "help-key-speed"),
    (&["e"], "help-key-override"),
    (&["Esc"], "help-key-close"),
];
/// A word and its meaning.
const WORDS: [(&str, &str); 6] = [
    ("help-word-score", "help-word-score-text"),
    ("help-word-verdict", "help-word-verdict-text"),
    ("help-word-not-applicable", "help-word-not-applicable-text"),
    ("help-word-cannot-tell", "help-word-cannot-tell-text"),
    ("help-word-back", "help-word-back-text"),
    ("help-word-promise", "help-word-promise-text"),
];

#[derive(Template)]
#[template(path = "pages/help.html")]
struct Help {
    f: Frame,
    pages: [KeyRow; 7],
    calls: [KeyRow; 9],
    words: [(&'static str, &'static str); 6],
    version: &'static str,
}

/// `GET /help`.
///
/// # Errors
/// When the page is not rendered.
pub(crate) async fn help(frame: Frame) -> Result<Response, Problem> {
    page(&Help {
        f: frame.at(Place::Help),
        pages: PAGES,
        calls: CALLS,
        words: WORDS,
        version: env!("CARGO_PKG_VERSION"),
    })
}
