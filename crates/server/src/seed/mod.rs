//! The addresses that the product began with, kept to the letter: a text, a recording or an address in,
//! a score with its reasons out; and notices of telephony.

mod answer;
mod asked;
mod by_url;
mod recording;
mod spool;
mod text;
mod uis;
mod webhook;

use axum::Router;
use axum::routing::{any, post};

pub(crate) use asked::{Told, mode};
pub(crate) use spool::{UploadForm, sweep};
pub(crate) use uis::UisHints;

use crate::Web;
use crate::rules::{Class, Rule, Who};

/// Routes of this room, each with who may use it.
pub(crate) const RULES: &[Rule] = &[
    Rule::post("/analyze_call", Who::INTAKE, Class::Slow),
    Rule::post("/analyze_audio_call", Who::INTAKE, Class::Upload),
    Rule::post("/analyze_audio_by_url", Who::INTAKE, Class::Slow),
    Rule::post("/webhook/new_call_recording", Who::INTAKE, Class::Hook),
    Rule::get("/webhook/uis", Who::INTAKE, Class::Hook),
    Rule::post("/webhook/uis", Who::INTAKE, Class::Hook),
    // the key in the path is looked at in the handlers: these senders cannot send a header
    Rule::post("/webhook/{key}/new_call_recording", Who::Anyone, Class::Hook),
    Rule::get("/webhook/{key}/uis", Who::Anyone, Class::Hook),
    Rule::post("/webhook/{key}/uis", Who::Anyone, Class::Hook),
];

/// Handlers of this room.
pub(crate) fn router() -> Router<Web> {
    Router::new()
        .route("/analyze_call", post(text::analyze_call))
        .route("/analyze_audio_call", post(recording::analyze_audio_call))
        .route("/analyze_audio_by_url", post(by_url::analyze_audio_by_url))
        .route("/webhook/new_call_recording", post(webhook::new_call_recording))
        .route("/webhook/{key}/new_call_recording", post(webhook::new_call_recording_with_key))
        .route("/webhook/uis", any(uis::uis))
        .route("/webhook/{key}/uis", any(uis::uis_with_key))
}
