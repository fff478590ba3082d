//! `GET /login`: the form; what it does is the door's. A refused try comes back with `?trouble=`.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use super::layout::{Frame, page};
use crate::Web;
use crate::access::local_path;
use crate::problem::Problem;

#[derive(Debug, Deserialize)]
pub(crate) struct Try {
    trouble: Option<String>,
    seconds: Option<u64>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "login.html")]
struct Login {
    f: Frame,
    next: String,
    trouble: String,
    wrong: bool,
    house: String,
    version: &'static str,
}

/// `GET /login`.
pub(crate) async fn login(
    State(web): State<Web>,
    frame: Frame,
    Query(tried): Query<Try>,
) -> Result<Response, Problem> {
    let next = local_path(tried.next.as_deref().unwrap_or("/")).to_owned();
    if frame.viewer.is_some() && tried.trouble.is_none() {
        return Ok(Redirect::to(&next).into_response());
    }
    let t = &frame.t;
    let trouble = match (tried.trouble.as_deref(), tried.seconds) {
        (None, _) => String::new(),
        (Some("wait"), Some(seconds)) => {
            let time = chrono::TimeDelta::seconds(i64::try_from(seconds.min(86_400)).unwrap_or(60) + 59);
            t.put("login-wait", "time", t.waiting(time))
        }
        (Some(_), _) => t.say("login-wrong"),
    };
    page(&Login {
        wrong: tried.trouble.as_deref().is_some_and(|trouble| trouble != "wait"),
        house: web.config().backend_url.as_deref().and_then(host).unwrap_or_default(),
        version: env!("CARGO_PKG_VERSION"),
        trouble,
        next,
        f: frame,
    })
}

/// The name in an address.
fn host(url: &str) -> Option<String> {
    url::Url::parse(url).ok()?.host_str().map(str::to_owned)
}
