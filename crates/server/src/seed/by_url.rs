//! `POST /analyze_audio_by_url`: a recording that lies somewhere.
//!
//! The address is fetched by the worker, through the guard of addresses from outside.

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use serde::Deserialize;

use super::answer::{not_taken_in, when_judged};
use super::asked::{Facts, Told, mode, required};
use crate::Web;
use crate::problem::Problem;

#[derive(Debug, Deserialize)]
pub(super) struct AnalyzeByUrl {
    file_url: Option<String>,
    content_mode: Option<String>,
    #[serde(flatten)]
    facts: Facts,
}

pub(super) async fn analyze_audio_by_url(
    State(web): State<Web>,
    headers: HeaderMap,
    Told(asked): Told<AnalyzeByUrl>,
) -> Result<Response, Problem> {
    let rubric = mode(&web, asked.content_mode.as_deref())?;
    let url = required("file_url", asked.file_url)?;
    let submitted = web.app().submit_url(asked.facts.into(), &url, &rubric).await.map_err(not_taken_in)?;
    when_judged(&web, &submitted, &rubric, web.lang(&headers)).await
}
