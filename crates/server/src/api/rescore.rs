//! `POST /api/v1/calls/{id}/rescore`: judge anew, without paying for the speech again.

use axum::Json;
use axum::extract::State;
use domain::{CallId, Rubric};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use store::{NewJob, Stage};
use utoipa::ToSchema;

use super::corrections::wrong;
use super::extract::{Body, Named, call_id};
use super::tags;
use crate::Web;
use crate::access::{Deed, Viewer};
use crate::problem::Problem;

/// Under which rubric.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
pub(crate) struct Rescore {
    /// The rubric's id; nothing = the installation's own.
    #[serde(default)]
    #[schema(example = "sales-full")]
    rubric: Option<String>,
}

/// Work that was begun.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Begun {
    /// The call's id, and the work's.
    #[schema(format = Uuid)]
    job_id: String,
    #[schema(example = "/api/v1/jobs/6f1a1d0e-5a2b-8c3d-9e4f-0a1b2c3d4e5f")]
    status_url: String,
}

/// Judge a call anew
///
/// Its words stay, people's verdicts stay, nothing is paid for speech.
#[utoipa::path(
    post, path = "/api/v1/calls/{id}/rescore", tag = tags::CORRECTIONS, operation_id = "rescore_call",
    params(("id" = String, Path, format = Uuid, description = "The call")),
    request_body(content = Rescore, example = json!({ "rubric": "sales-full" })),
    responses(
        (status = 202, description = "It is queued", body = Begun),
        (status = 409, description = "The call has no words", body = super::ProblemShape, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn rescore(
    State(web): State<Web>,
    viewer: Viewer,
    Named(id): Named<String>,
    Body(wish): Body<Rescore>,
) -> Result<(StatusCode, Json<Begun>), Problem> {
    let call = web.visible(&viewer).call(call_id(&id)?).await?.call.id;
    judge_anew(&web, &viewer, call, wish.rubric.as_deref()).await?;
    let status_url = format!("/api/v1/jobs/{call}");
    Ok((StatusCode::ACCEPTED, Json(Begun { job_id: call.to_string(), status_url })))
}

/// Queues another judgement of a call that has words, under the newest revision.
pub(crate) async fn judge_anew(
    web: &Web,
    viewer: &Viewer,
    call: CallId,
    rubric: Option<&str>,
) -> Result<(), Problem> {
    let rubric = named(web, rubric)?;
    if web.store().transcript(call).await?.is_none() {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "no_words",
            "разбирать нечего: у звонка нет текста",
            "there is nothing to judge: the call has no words",
        ));
    }
    let now = web.clock().now();
    web.store().save_rubric(&rubric, now).await?;
    let target = format!("{}@{}", rubric.id, rubric.revision);
    web.store().enqueue(&[NewJob { call, stage: Stage::Analyze, target: target.clone() }], true, now).await?;
    web.audit(&viewer.name, Deed::Queue, &format!("rescore {call} {target}")).await;
    web.app().work().wake();
    Ok(())
}

/// The installation's own rubric may be a file; a name from outside never becomes a path.
fn named(web: &Web, name: Option<&str>) -> Result<Rubric, Problem> {
    let wanted = name.unwrap_or(&web.config().rubric);
    if let Some(rubric) = web.app().rubrics()?.into_iter().find(|rubric| rubric.id.as_str() == wanted) {
        return Ok(rubric);
    }
    let own = web.app().rubric(&web.config().rubric)?;
    if name.is_none_or(|name| own.id.as_str() == name) {
        return Ok(own);
    }
    Err(wrong("rubric", "таких критериев нет", "there is no such rubric"))
}
