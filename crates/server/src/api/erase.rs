//! `POST /api/v1/calls/erase`: forgets a person, and says what was forgotten.
//!
//! Files are deleted only inside the data folder: others are named, they are not ours.

use std::path::PathBuf;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::corrections::wrong;
use super::extract::Body;
use super::tags;
use crate::Web;
use crate::access::{Deed, Viewer};
use crate::problem::Problem;
use domain::PhoneNumber;

/// Who is to be forgotten.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Erase {
    #[schema(example = "+79161234567")]
    phone: String,
}

/// What was forgotten.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Erased {
    /// Calls with the number at either end.
    calls: u64,
    transcripts: u64,
    analyses: u64,
    files_deleted: u64,
    /// Recordings outside the data folder: they are yours to delete.
    files_left: Vec<String>,
    /// Recordings that could not be deleted.
    files_failed: Vec<String>,
}

/// Erase a person
///
/// Every call with the number at either end, with recordings, words, judgements and rows of the queue.
#[utoipa::path(
    post, path = "/api/v1/calls/erase", tag = tags::CALLS, operation_id = "erase_phone",
    request_body(content = Erase, example = json!({ "phone": "+79161234567" })),
    responses((status = 200, description = "The receipt", body = Erased)),
)]
pub(crate) async fn erase(
    State(web): State<Web>,
    viewer: Viewer,
    Body(wish): Body<Erase>,
) -> Result<Json<Erased>, Problem> {
    let phone = PhoneNumber::parse(&wish.phone).ok_or_else(|| {
        wrong("phone", "это не номер, например +79161234567", "this is no number, for example +79161234567")
    })?;
    let erased = web.app().erase_phone(&phone).await?;
    let receipt = &erased.receipt;
    web.audit(&viewer.name, Deed::Erase, &format!("{} calls", receipt.calls.len())).await;
    let named = |paths: &[PathBuf]| paths.iter().map(|path| path.display().to_string()).collect();
    Ok(Json(Erased {
        calls: receipt.calls.len() as u64,
        transcripts: receipt.transcripts,
        analyses: receipt.analyses,
        files_deleted: erased.deleted.len() as u64,
        files_left: named(&erased.left),
        files_failed: named(&erased.failed),
    }))
}
