//! `POST /analyze_audio_call`: a recording in a form.

use app::CallFacts;
use axum::extract::State;
use axum::response::Response;
use domain::Manager;
use http::HeaderMap;

use super::answer::{not_taken_in, when_judged};
use super::asked::mode;
use super::spool::UploadForm;
use crate::Web;
use crate::problem::Problem;

pub(super) async fn analyze_audio_call(
    State(web): State<Web>,
    headers: HeaderMap,
    mut form: UploadForm,
) -> Result<Response, Problem> {
    let rubric = mode(&web, form.field("content_mode"))?;
    let audio = form.take_audio().ok_or_else(no_audio)?;
    let facts = CallFacts {
        call_id: form.field("call_id").map(|id| id.trim().to_owned()),
        manager: form.field("manager_id").map(|id| Manager { id: id.trim().to_owned(), name: None }),
        recording_name: audio.name.clone(),
        ..CallFacts::default()
    };
    let stream = audio.stream().await.map_err(|error| {
        tracing::error!(%error, "an upload could not be read back");
        Problem::internal()
    })?;
    let submitted = web.app().submit_recording(facts, stream, &rubric).await.map_err(not_taken_in)?;
    drop(audio);
    when_judged(&web, &submitted, &rubric, web.lang(&headers)).await
}

fn no_audio() -> Problem {
    Problem::invalid("audio", "нет файла в поле audio", "there is no file in the field audio")
        .with("field", "audio")
}
