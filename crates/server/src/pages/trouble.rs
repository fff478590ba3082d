//! What went wrong, as a page: with the menu where the reader is known, alone where not. Codes are for programs;
//! people read words.

use askama::Template;
use axum::extract::FromRequestParts as _;
use axum::response::{Html, IntoResponse as _, Response};
use http::request::Parts;
use http::{Method, StatusCode, header};

use super::layout::{Frame, Place};
use crate::Web;
use crate::access::recognise;
use crate::problem::{Problem, title};

#[derive(Template)]
#[template(path = "pages/trouble.html")]
struct InTheHouse<'a> {
    f: &'a Frame,
    told: &'a Told,
}

#[derive(Template)]
#[template(path = "trouble.html")]
struct Alone<'a> {
    f: &'a Frame,
    told: &'a Told,
}

/// What is said of a problem.
struct Told {
    icon: &'static str,
    title: &'static str,
    detail: String,
    hint: String,
    /// For whoever looks after programs: in the markup, not on the page.
    code: &'static str,
    again: bool,
}

/// A problem as a page; the door adds its headers. `asked` is the head of the request.
pub(crate) async fn trouble(web: &Web, problem: &Problem, mut asked: Parts) -> Response {
    let lang = web.lang(&asked.headers);
    let status = problem.status;
    if let Some(viewer) = reader(web, status, &asked).await {
        asked.extensions.insert(viewer);
    }
    let Ok(mut f) = Frame::from_request_parts(&mut asked, web).await;
    f.place = Place::Nowhere;
    if asked.method != Method::GET {
        // what was sent cannot be gone back to
        "/".clone_into(&mut f.path);
    }
    let told = Told {
        icon: match status.as_u16() {
            401 | 403 => "lock",
            404 => "search",
            _ => "warning",
        },
        title: title(status, lang),
        detail: sentence(problem.detail.pick(lang)),
        hint: sentence(problem.hint.pick(lang)),
        code: problem.code,
        again: status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS,
    };
    let shown = if f.viewer.is_some() {
        InTheHouse { f: &f, told: &told }.render()
    } else {
        Alone { f: &f, told: &told }.render()
    };
    match shown {
        Ok(html) => (status, Html(html)).into_response(),
        Err(_) => problem.respond(lang),
    }
}

/// Who reads, asked anew: the door may have refused before it said. Nobody is asked for where the answer is
/// known, where it would count as another try of a wrong token, or where the house has no strength for it.
async fn reader(web: &Web, status: StatusCode, asked: &Parts) -> Option<crate::access::Viewer> {
    let spared = [StatusCode::UNAUTHORIZED, StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE];
    if spared.contains(&status) || asked.headers.contains_key(header::AUTHORIZATION) {
        return None;
    }
    let authority = asked.uri.authority().map(ToString::to_string);
    recognise(web, &asked.headers, &asked.extensions, authority.as_deref()).await.ok().flatten()
}

/// What is said in a line of a terminal, as a sentence of a page.
fn sentence(said: &str) -> String {
    let mut letters = said.chars();
    let Some(first) = letters.next() else { return String::new() };
    let whole: String = first.to_uppercase().chain(letters).collect();
    if whole.ends_with(['.', '…', ':', '?']) { whole } else { format!("{whole}.") }
}
