//! The pages: rendered here, whole without scripts and quick with them.
//!
//! A page is a handler that takes a [`Frame`](layout::Frame), reads through `VisibleCalls` and fills a
//! template. Nothing inline: the policy of the door forbids styles and scripts in the markup.

pub(crate) mod assets;
mod call;
mod dashboard;
mod done;
mod help;
mod history;
mod home;
mod hours;
mod layout;
mod login;
mod look;
mod managers;
pub(crate) mod parts;
mod queue;
mod reports;
mod rubrics;
mod settings;
mod trouble;
mod words;

use axum::Router;
use axum::routing::{get, post};

use crate::Web;
use crate::rules::{Class, Rule, Who};

pub(crate) use done::said;
pub(crate) use layout::{Frame, Place, page};
pub(crate) use parts::StatusMark;
pub(crate) use trouble::trouble;
pub(crate) use words::Words;

/// Routes of this room, each with who may use it.
pub(crate) const RULES: &[Rule] = &[
    Rule::get("/static/{*path}", Who::Unasked, Class::Page),
    Rule::get("/look", Who::Anyone, Class::Page),
    Rule::get("/login", Who::Anyone, Class::Page),
    Rule::get("/", Who::PEOPLE, Class::Page),
    Rule::post("/analyze", Who::PEOPLE, Class::PageUpload),
    Rule::get("/history", Who::PEOPLE, Class::Page),
    Rule::get("/history/{id}", Who::PEOPLE, Class::Page),
    Rule::post("/history/{id}/verdict", Who::LEADERS, Class::Page),
    Rule::post("/history/{id}/dispute", Who::PEOPLE, Class::Page),
    Rule::post("/history/{id}/settle", Who::LEADERS, Class::Page),
    Rule::post("/history/{id}/rescore", Who::LEADERS, Class::Page),
    Rule::get("/dashboard", Who::PEOPLE, Class::Page),
    Rule::get("/managers", Who::PEOPLE, Class::Page),
    Rule::get("/managers/{id}", Who::PEOPLE, Class::Page),
    Rule::get("/queue", Who::LEADERS, Class::Page),
    Rule::post("/queue/retry", Who::LEADERS, Class::Page),
    Rule::post("/queue/pause", Who::LEADERS, Class::Page),
    Rule::post("/queue/resume", Who::LEADERS, Class::Page),
    Rule::get("/queue/schedule", Who::LEADERS, Class::Page),
    Rule::post("/queue/schedule", Who::LEADERS, Class::Page),
    Rule::post("/queue/schedule/price", Who::LEADERS, Class::Slow),
    Rule::post("/queue/schedule/period", Who::LEADERS, Class::Page),
    Rule::post("/queue/schedule/{deed}", Who::LEADERS, Class::Page),
    Rule::get("/rubrics", Who::LEADERS, Class::Page),
    Rule::get("/rubrics/new", Who::LEADERS, Class::Page),
    Rule::get("/rubrics/{id}", Who::LEADERS, Class::Page),
    Rule::post("/rubrics/check", Who::LEADERS, Class::Page),
    Rule::post("/rubrics/save", Who::LEADERS, Class::Page),
    Rule::post("/rubrics/trial", Who::LEADERS, Class::Slow),
    Rule::get("/settings", Who::LEADERS, Class::Page),
    Rule::get("/settings/users", Who::ADMIN, Class::Page),
    Rule::post("/settings/users", Who::ADMIN, Class::Page),
    Rule::post("/settings/users/door", Who::ADMIN, Class::Page),
    Rule::post("/settings/users/remove", Who::ADMIN, Class::Page),
    Rule::get("/settings/tokens", Who::ADMIN, Class::Page),
    Rule::post("/settings/tokens", Who::ADMIN, Class::Page),
    Rule::post("/settings/tokens/remove", Who::ADMIN, Class::Page),
    Rule::get("/settings/delivery", Who::ADMIN, Class::Page),
    Rule::post("/settings/delivery", Who::ADMIN, Class::Slow),
    Rule::get("/settings/webhooks", Who::ADMIN, Class::Page),
    Rule::post("/settings/webhooks", Who::ADMIN, Class::Page),
    Rule::post("/settings/webhooks/remove", Who::ADMIN, Class::Page),
    Rule::post("/settings/webhooks/retry", Who::ADMIN, Class::Page),
    Rule::get("/settings/health", Who::ADMIN, Class::Page),
    Rule::post("/settings/health", Who::ADMIN, Class::Slow),
    Rule::get("/settings/audit", Who::ADMIN, Class::Page),
    Rule::get("/settings/privacy", Who::ADMIN, Class::Page),
    Rule::post("/settings/privacy", Who::ADMIN, Class::Slow),
    Rule::get("/help", Who::PEOPLE, Class::Page),
];

/// Handlers of this room.
pub(crate) fn router() -> Router<Web> {
    Router::new()
        .route("/static/{*path}", get(assets::serve))
        .route("/look", get(look::look))
        .route("/login", get(login::login))
        .route("/", get(home::home))
        .route("/analyze", post(home::analyze))
        .route("/history", get(history::history))
        .route("/history/{id}", get(call::call))
        .route("/history/{id}/verdict", post(call::override_verdict))
        .route("/history/{id}/dispute", post(call::dispute))
        .route("/history/{id}/settle", post(call::settle))
        .route("/history/{id}/rescore", post(call::rescore))
        .route("/dashboard", get(dashboard::dashboard))
        .route("/managers", get(managers::managers))
        .route("/managers/{id}", get(managers::manager))
        .route("/queue", get(queue::queue))
        .route("/queue/retry", post(queue::retry))
        .route("/queue/pause", post(queue::pause))
        .route("/queue/resume", post(queue::resume))
        .route("/queue/schedule", get(hours::hours).post(hours::add))
        .route("/queue/schedule/price", post(hours::price))
        .route("/queue/schedule/period", post(hours::period))
        .route("/queue/schedule/{deed}", post(hours::change))
        .route("/rubrics", get(rubrics::rubrics))
        .route("/rubrics/new", get(rubrics::new))
        .route("/rubrics/{id}", get(rubrics::edit))
        .route("/rubrics/check", post(rubrics::check))
        .route("/rubrics/save", post(rubrics::save))
        .route("/rubrics/trial", post(rubrics::trial))
        .route("/help", get(help::help))
        .merge(settings::router())
}
