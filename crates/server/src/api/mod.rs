//! `/api/v1`: calls, search, figures, jobs, exports, for programs; and the document that describes it all.
//!
//! Handlers carry their part of the document; the router and the document are made of one list, and a
//! test holds both against the table of rules.

mod calls;
mod contract;
mod corrections;
mod disputes;
mod docs;
mod erase;
mod etag;
mod events;
mod examples;
mod exports;
mod extract;
mod figures;
mod filter;
mod jobs;
mod openapi;
mod paging;
mod recording;
mod rescore;
mod rubrics;
mod search;
mod shapes;
mod turns;
mod when;

use axum::Router;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) use corrections::{keep_override, wrong};
pub(crate) use disputes::settle_dispute;
pub(crate) use extract::{Asked, Body, Named};
pub(crate) use filter::CallQuery;
pub(crate) use openapi::ProblemShape;
pub(crate) use paging::{Paging, listing};
pub(crate) use rescore::judge_anew;
pub(crate) use when::{midnight, minute};

use crate::Web;
use crate::rules::{Class, Rule, Who};

/// Chapters of the document.
pub(crate) mod tags {
    pub(crate) const CALLS: &str = "calls";
    pub(crate) const CORRECTIONS: &str = "corrections";
    pub(crate) const FIGURES: &str = "figures";
    pub(crate) const RUBRICS: &str = "rubrics";
    pub(crate) const JOBS: &str = "jobs";
    pub(crate) const OUTGOING: &str = "webhooks";
    pub(crate) const VOICE: &str = "voice";
}

/// Routes of this room, each with who may use it.
pub(crate) const RULES: &[Rule] = &[
    Rule::get("/api/v1/calls", Who::SIGNED_IN, Class::Api),
    Rule::get("/api/v1/calls/{id}", Who::SIGNED_IN, Class::Api),
    Rule::get("/api/v1/calls/{id}/recording", Who::PEOPLE, Class::Stream),
    Rule::get("/api/v1/calls/{id}/turns", Who::SIGNED_IN, Class::Api),
    Rule::get("/api/v1/calls/{id}/overrides", Who::PEOPLE, Class::Api),
    Rule::post("/api/v1/calls/{id}/overrides", Who::LEADERS, Class::Api),
    Rule::delete("/api/v1/calls/{id}/overrides/{criterion}", Who::LEADERS, Class::Api),
    Rule::get("/api/v1/calls/{id}/disputes", Who::PEOPLE, Class::Api),
    Rule::post("/api/v1/calls/{id}/disputes", Who::PEOPLE, Class::Api),
    Rule::get("/api/v1/disputes", Who::PEOPLE, Class::Api),
    Rule::post("/api/v1/disputes/{id}/settle", Who::LEADERS, Class::Api),
    Rule::post("/api/v1/calls/{id}/rescore", Who::LEADERS, Class::Api),
    Rule::post("/api/v1/calls/erase", Who::ADMIN, Class::Api),
    Rule::get("/api/v1/erasures", Who::ADMIN, Class::Api),
    Rule::get("/api/v1/search", Who::PEOPLE, Class::Api),
    Rule::get("/api/v1/stats", Who::PEOPLE, Class::Api),
    Rule::get("/api/v1/managers", Who::PEOPLE, Class::Api),
    Rule::get("/api/v1/rubrics", Who::SIGNED_IN, Class::Api),
    Rule::get("/api/v1/rubrics/{id}", Who::SIGNED_IN, Class::Api),
    Rule::get("/api/v1/jobs", Who::LEADERS, Class::Api),
    Rule::get("/api/v1/jobs/{id}", Who::SIGNED_IN, Class::Api),
    Rule::post("/api/v1/jobs/{id}/retry", Who::LEADERS, Class::Api),
    Rule::get("/api/v1/jobs/{id}/events", Who::SIGNED_IN, Class::Stream),
    Rule::get("/api/v1/events", Who::PEOPLE, Class::Stream),
    Rule::get("/api/v1/exports", Who::PEOPLE, Class::Stream),
    Rule::get("/openapi.json", Who::Anyone, Class::Api),
    Rule::get("/docs", Who::Anyone, Class::Page),
    Rule::get("/docs/{file}", Who::Anyone, Class::Page),
];

/// Handlers of this room.
pub(crate) fn router() -> Router<Web> {
    let document = axum::routing::get(docs::document);
    let (router, _) = described().split_for_parts();
    router
        .route("/openapi.json", document)
        .route("/docs", axum::routing::get(docs::page))
        .route("/docs/{file}", axum::routing::get(docs::file))
}

/// Handlers with their part of the document.
fn described() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(calls::list))
        .routes(routes!(calls::show))
        .routes(routes!(recording::recording))
        .routes(routes!(turns::turns))
        .routes(routes!(corrections::list, corrections::correct))
        .routes(routes!(corrections::withdraw))
        .routes(routes!(disputes::of_call, disputes::open))
        .routes(routes!(disputes::list))
        .routes(routes!(disputes::settle))
        .routes(routes!(rescore::rescore))
        .routes(routes!(erase::erase))
        .routes(routes!(erase::receipts))
        .routes(routes!(search::search))
        .routes(routes!(figures::stats))
        .routes(routes!(figures::managers))
        .routes(routes!(rubrics::list))
        .routes(routes!(rubrics::show))
        .routes(routes!(jobs::list))
        .routes(routes!(jobs::show))
        .routes(routes!(jobs::retry))
        .routes(routes!(events::of_call))
        .routes(routes!(events::of_all))
        .routes(routes!(exports::export))
}
