//! `POST /api/v1/calls/erase`: forgets a person, and says what was forgotten.
//!
//! Files are deleted only inside the data folder: others are named, they are not ours.

use std::path::{Path, PathBuf};

use axum::Json;
use axum::extract::State;
use pipeline::RecordingFolder;
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
    let now = web.clock().now();
    let receipt = web.store().erase_phone(&phone, now).await?;
    web.audit(&viewer.name, Deed::Erase, &format!("{} calls", receipt.calls.len())).await;
    let (folder, root) = (web.app().recordings(), web.config().data_dir.clone());
    let locations = receipt.recordings.clone();
    let files =
        tokio::task::spawn_blocking(move || delete(&locations, &folder, &root)).await.map_err(|error| {
            tracing::error!(%error, "recordings were not deleted");
            Problem::internal()
        })?;
    Ok(Json(Erased {
        calls: receipt.calls.len() as u64,
        transcripts: receipt.transcripts,
        analyses: receipt.analyses,
        files_deleted: files.deleted,
        files_left: files.left,
        files_failed: files.failed,
    }))
}

#[derive(Default)]
struct Files {
    deleted: u64,
    left: Vec<String>,
    failed: Vec<String>,
}

fn delete(locations: &[String], folder: &RecordingFolder, root: &Path) -> Files {
    let mut files = Files::default();
    for location in locations {
        let path: PathBuf = folder.path_of(location);
        if !path.exists() {
            continue;
        }
        if !is_inside(&path, root) {
            files.left.push(path.display().to_string());
        } else if std::fs::remove_file(&path).is_ok() {
            files.deleted += 1;
        } else {
            files.failed.push(path.display().to_string());
        }
    }
    files
}

/// After links and `..` are followed.
fn is_inside(path: &Path, folder: &Path) -> bool {
    match (path.canonicalize(), folder.canonicalize()) {
        (Ok(path), Ok(folder)) => path.starts_with(folder),
        _ => false,
    }
}
