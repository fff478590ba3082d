//! AI calls: placing them, the addresses that Voximplant's scenarios ask, and the page that follows them.
//!
//! Scenarios show the backend's secret (`Who::Scenario`); no role of ours opens their addresses, and the
//! secret opens nothing else.

mod account;
mod calls;
mod line;
mod live;
mod live_events;
mod media;
mod refused;
mod scenario;
mod talk;

use axum::Router;
use axum::routing::{get, post};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Web;
use crate::rules::{Class, Rule, Who};

pub(crate) use refused::memory;
pub(crate) use scenario::is_scenario;
pub(crate) use talk::seconds;

/// Routes of this room, each with who may use it.
pub(crate) const RULES: &[Rule] = &[
    Rule::post("/calls", Who::INTAKE, Class::Api),
    Rule::post("/calls/{call_id}/hangup", Who::INTAKE, Class::Api),
    Rule::get("/api/v1/personas", Who::INTAKE, Class::Api),
    Rule::get("/api/v1/live/events", Who::LEADERS, Class::Stream),
    Rule::post("/voximplant/process_audio", Who::Scenario, Class::Hook),
    Rule::get("/voximplant/next/{call_id}/{part}", Who::Scenario, Class::Hook),
    Rule::post("/voximplant/events", Who::Scenario, Class::Hook),
    Rule::post("/voximplant/account", Who::Anyone, Class::Hook),
    Rule::get("/voximplant/media/{call_id}", Who::Scenario, Class::Stream),
];

/// Pages of this room.
pub(crate) const PAGES: &[Rule] = &[
    Rule::get("/live", Who::LEADERS, Class::Page),
    Rule::post("/live/call", Who::LEADERS, Class::Page),
    Rule::post("/live/hangup", Who::LEADERS, Class::Page),
];

/// Handlers of this room.
pub(crate) fn router() -> Router<Web> {
    let (router, _) = described().split_for_parts();
    router
        .route("/live", get(live::live))
        .route("/live/call", post(live::call))
        .route("/live/hangup", post(live::hang_up))
}

/// Handlers with their part of the document.
pub(crate) fn described() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(calls::place))
        .routes(routes!(calls::hang_up))
        .routes(routes!(calls::personas))
        .routes(routes!(live_events::follow))
        .routes(routes!(scenario::process_audio))
        .routes(routes!(scenario::next))
        .routes(routes!(line::event))
        .routes(routes!(account::account))
        .routes(routes!(media::media))
}
