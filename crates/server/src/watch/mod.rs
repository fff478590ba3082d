//! How the service is: alive, ready, in figures.

mod ready;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::header;
use http::request::Parts;

pub(crate) use ready::Readiness;

use crate::Web;
use crate::access::may_see_figures;
use crate::problem::Problem;
use crate::rules::{Class, Rule, Who};

/// Routes of this room. They answer while the database is away: then they are looked at.
pub(crate) const RULES: &[Rule] = &[
    Rule::get("/healthz", Who::Unasked, Class::Api),
    Rule::get("/readyz", Who::Unasked, Class::Api),
    // an admin, or this machine: looked at in the handler, for this machine has no role
    Rule::get("/metrics", Who::Unasked, Class::Api),
];

/// Handlers of this room.
pub(crate) fn router() -> Router<Web> {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready::readyz))
        .route("/metrics", get(metrics))
}

async fn metrics(State(web): State<Web>, head: Parts) -> Result<Response, Problem> {
    may_see_figures(&web, &head).await?;
    let text = web.app().figures_text().await;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}
