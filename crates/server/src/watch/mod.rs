//! How the service is: alive, ready, in figures.

mod ready;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::header;

pub(crate) use ready::Readiness;

use crate::Web;
use crate::access::{Role, Viewer, is_local, sign_in_first};
use crate::problem::Problem;
use crate::rules::{Class, Rule, Who};

/// Routes of this room.
pub(crate) const RULES: &[Rule] = &[
    Rule::get("/healthz", Who::Anyone, Class::Api),
    Rule::get("/readyz", Who::Anyone, Class::Api),
    // an admin, or this machine: looked at in the handler, for this machine has no role
    Rule::get("/metrics", Who::Anyone, Class::Api),
];

/// Handlers of this room.
pub(crate) fn router() -> Router<Web> {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready::readyz))
        .route("/metrics", get(metrics))
}

async fn metrics(
    State(web): State<Web>,
    viewer: Option<Viewer>,
    request: Request,
) -> Result<Response, Problem> {
    let authority = request.uri().authority().map(http::uri::Authority::as_str);
    let local = is_local(&web, request.headers(), request.extensions(), authority);
    let admin = viewer.as_ref().is_some_and(|viewer| viewer.is(&[Role::Admin]));
    if !local && !admin {
        return Err(sign_in_first());
    }
    let text = web.app().figures_text().await?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}
