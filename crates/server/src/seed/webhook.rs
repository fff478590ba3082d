//! `POST /webhook/new_call_recording`: a telephony or CRM says that a recording lies somewhere.
//!
//! Taken in at once (202), fetched by the worker. The call is known by its `call_id`: a repeat, late or
//! hostile, makes nothing twice; a newer signed address replaces the old one until the recording has come.

use std::net::IpAddr;

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Response};
use domain::CallStatus;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::answer::not_taken_in;
use super::asked::{Facts, Told, required};
use crate::Web;
use crate::access::{Role, by_secret, peer};
use crate::problem::Problem;

#[derive(Debug, Deserialize)]
pub(super) struct NewRecording {
    recording_url: Option<String>,
    content_mode: Option<String>,
    #[serde(flatten)]
    facts: Facts,
}

pub(super) async fn new_call_recording(
    State(web): State<Web>,
    Told(notice): Told<NewRecording>,
) -> Result<Response, Problem> {
    taken_in(&web, notice).await
}

pub(super) async fn new_call_recording_with_key(
    State(web): State<Web>,
    Path(key): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let peer = peer(request.headers(), request.extensions());
    check_key(&web, &key, peer).await?;
    let Told(notice) = axum::RequestExt::extract(request).await?;
    taken_in(&web, notice).await
}

/// The key in the path is the configured one, or a token of a program. A wrong one tells nothing: the
/// address is not there.
pub(super) async fn check_key(web: &Web, key: &str, peer: Option<IpAddr>) -> Result<(), Problem> {
    if web.access().is_webhook_key(key) {
        return Ok(());
    }
    match by_secret(web, key, peer).await {
        Ok(viewer) if viewer.is(&[Role::Integration, Role::Admin]) => Ok(()),
        Err(problem) if problem.status != StatusCode::UNAUTHORIZED => Err(problem),
        Ok(_) | Err(_) => Err(Problem::not_found()),
    }
}

async fn taken_in(web: &Web, notice: NewRecording) -> Result<Response, Problem> {
    let call_id = required("call_id", notice.facts.call_id.clone())?;
    let url = required("recording_url", notice.recording_url)?;
    let rubric = match &notice.content_mode {
        Some(mode) => super::mode(web, Some(mode))?,
        None => web.app().rubric(&web.config().rubric)?,
    };
    let submitted =
        web.app().submit_webhook(notice.facts.into(), &url, &rubric).await.map_err(not_taken_in)?;
    let record = web.store().call(submitted.call).await?;
    let status = record.map_or(CallStatus::Queued, |record| record.status);
    let body = json!({ "job_id": submitted.call.to_string(), "call_id": call_id, "status": status });
    Ok((StatusCode::ACCEPTED, Json(body)).into_response())
}
