//! `POST /analyze_call`: a typed dialogue.

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use serde::Deserialize;

use super::answer::{not_taken_in, when_judged};
use super::asked::{Facts, Told, mode, required};
use crate::Web;
use crate::problem::Problem;

#[derive(Debug, Deserialize)]
pub(super) struct AnalyzeCall {
    dialog_text: Option<String>,
    content_mode: Option<String>,
    #[serde(flatten)]
    facts: Facts,
}

pub(super) async fn analyze_call(
    State(web): State<Web>,
    headers: HeaderMap,
    Told(asked): Told<AnalyzeCall>,
) -> Result<Response, Problem> {
    let rubric = mode(&web, asked.content_mode.as_deref())?;
    let text = required("dialog_text", asked.dialog_text)?;
    let submitted =
        web.app().submit_dialogue(asked.facts.into(), &text, &rubric).await.map_err(not_taken_in)?;
    when_judged(&web, &submitted, &rubric, web.lang(&headers)).await
}
