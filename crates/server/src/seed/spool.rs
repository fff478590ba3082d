//! A form with a file, read as it comes: the file goes to disk, the fields stay.
//!
//! What is to be done with a recording may stand behind it in the form, so it waits in the data folder
//! until the form is whole. A form that breaks off leaves nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Multipart, Request};
use chrono::{DateTime, Utc};
use futures::Stream;
use http::StatusCode;
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt as _;
use tokio_util::io::ReaderStream;

use crate::Web;
use crate::problem::Problem;

/// A form has few fields.
const FIELDS: usize = 30;

/// A text field: a dialogue may be typed into the form that takes files too.
const FIELD_BYTES: usize = 512 << 10;

/// Pieces are handed on in this size.
const PIECE: usize = 256 << 10;

/// What a killed process left behind is swept after so long.
const STALE: Duration = Duration::from_hours(24);

/// A form that may hold a recording in its field `audio` (or `file`).
pub(crate) struct UploadForm {
    fields: BTreeMap<String, String>,
    audio: Option<Spooled>,
}

/// A recording that waits on disk; gone when dropped.
pub(crate) struct Spooled {
    file: NamedTempFile,
    /// The sender's name of the file, fit to be shown.
    pub(crate) name: Option<String>,
    /// How long it is.
    pub(crate) bytes: u64,
}

impl UploadForm {
    /// A field's text, unless it is empty.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str).filter(|text| !text.trim().is_empty())
    }

    /// The recording, unless no file was chosen.
    pub(crate) fn take_audio(&mut self) -> Option<Spooled> {
        self.audio.take()
    }
}

impl Spooled {
    /// The bytes, piece by piece.
    ///
    /// # Errors
    /// When the file cannot be read back.
    pub(crate) async fn stream(
        &self,
    ) -> std::io::Result<impl Stream<Item = Result<Bytes, std::io::Error>> + Send + Unpin + use<>> {
        let file = tokio::fs::File::open(self.file.path()).await?;
        Ok(ReaderStream::with_capacity(file, PIECE))
    }
}

impl FromRequest<Web> for UploadForm {
    type Rejection = Problem;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Problem> {
        let mut form = Multipart::from_request(request, web).await.map_err(|_| no_form())?;
        let folder = folder(&web.config().data_dir);
        let mut read = Self { fields: BTreeMap::new(), audio: None };
        for _ in 0..FIELDS {
            let Some(field) = form.next_field().await.map_err(|error| broken(&error))? else {
                return Ok(read);
            };
            let name = field.name().unwrap_or_default().to_owned();
            let is_file = field.file_name().is_some();
            if is_file || matches!(name.as_str(), "audio" | "file") {
                let spooled = spool(field, &folder).await?;
                if spooled.bytes > 0 {
                    read.audio = Some(spooled);
                }
            } else {
                read.fields.insert(name, text(field).await?);
            }
        }
        Err(Problem::invalid("form", "в форме слишком много полей", "the form has too many fields"))
    }
}

async fn text(mut field: Field<'_>) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(|error| broken(&error))? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > FIELD_BYTES {
            return Err(Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too_large",
                "поле формы слишком длинное",
                "a field of the form is too long",
            ));
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

async fn spool(mut field: Field<'_>, folder: &Path) -> Result<Spooled, Problem> {
    let name = field.file_name().and_then(shown_name);
    let folder = folder.to_owned();
    let made = tokio::task::spawn_blocking(move || new_file(&folder)).await;
    let file = made.map_err(std::io::Error::other).flatten().map_err(|error| no_room(&error))?;
    let mut sink = tokio::fs::File::from_std(file.reopen().map_err(|error| no_room(&error))?);
    let mut bytes = 0;
    while let Some(piece) = field.chunk().await.map_err(|error| broken(&error))? {
        bytes += piece.len() as u64;
        sink.write_all(&piece).await.map_err(|error| no_room(&error))?;
    }
    sink.flush().await.map_err(|error| no_room(&error))?;
    Ok(Spooled { file, name, bytes })
}

fn folder(data: &Path) -> PathBuf {
    data.join("uploads")
}

fn new_file(folder: &Path) -> std::io::Result<NamedTempFile> {
    std::fs::create_dir_all(folder)?;
    NamedTempFile::new_in(folder)
}

/// The last part of a path in either notation, without what could break a line or a header. It names no
/// file of ours.
fn shown_name(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last.chars().filter(|letter| !letter.is_control()).take(150).collect();
    let kept = kept.trim().to_owned();
    (!kept.is_empty() && kept != "." && kept != "..").then_some(kept)
}

/// Removes what a killed process left behind.
pub(crate) fn sweep(data: &Path, now: DateTime<Utc>) {
    let Ok(entries) = std::fs::read_dir(folder(data)) else { return };
    for entry in entries.flatten() {
        let age = entry.metadata().and_then(|meta| meta.modified()).ok();
        if age
            .and_then(|changed| (now - DateTime::<Utc>::from(changed)).to_std().ok())
            .is_some_and(|age| age > STALE)
            && let Err(error) = std::fs::remove_file(entry.path())
        {
            tracing::warn!(%error, "a stale upload was not removed");
        }
    }
}

fn no_form() -> Problem {
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "content_type",
        "нужна форма multipart/form-data с полями audio и content_mode",
        "a form multipart/form-data with the fields audio and content_mode is needed",
    )
    .hint(
        "curl -F audio=@call.mp3 -F content_mode=Manager+ …",
        "curl -F audio=@call.mp3 -F content_mode=Manager+ …",
    )
}

fn broken(_: &MultipartError) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "form",
        "форма оборвалась или собрана неверно",
        "the form broke off or is not well made",
    )
    .hint("отправьте её ещё раз", "send it again")
}

fn no_room(error: &std::io::Error) -> Problem {
    tracing::error!(%error, "an upload could not be written");
    Problem::new(
        StatusCode::INSUFFICIENT_STORAGE,
        "disk",
        "записать файл не вышло",
        "the file could not be written",
    )
    .hint("проверьте место на диске и права", "check free space and rights")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_a_file_is_for_people_and_leads_nowhere() {
        assert_eq!(shown_name("звонок 1.mp3").as_deref(), Some("звонок 1.mp3"));
        assert_eq!(shown_name("../../etc/passwd").as_deref(), Some("passwd"));
        assert_eq!(shown_name("C:\\calls\\one.wav").as_deref(), Some("one.wav"));
        assert_eq!(shown_name("a\r\nSet-Cookie: x=1.wav").as_deref(), Some("aSet-Cookie: x=1.wav"));
        assert_eq!(shown_name(".."), None);
        assert_eq!(shown_name("calls/"), None);
        assert_eq!(shown_name(&"а".repeat(999)).map(|name| name.chars().count()), Some(150));
    }
}
