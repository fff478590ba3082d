//! Styles, scripts and pictures, embedded in the binary (a debug build reads them from the folder).
//!
//! An address carries the hash of the content (`?v=`): with the hash it is kept for a year, without
//! it is asked again each time.

use axum::extract::{Path, RawQuery};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "static"]
struct Files;

fn version(file: &rust_embed::EmbeddedFile) -> String {
    hex::encode(file.metadata.sha256_hash().get(..6).unwrap_or_default())
}

/// The address of a file of `static/`, with its content's hash.
pub(crate) fn url(name: &str) -> String {
    match Files::get(name) {
        Some(file) => format!("/static/{name}?v={}", version(&file)),
        None => format!("/static/{name}"),
    }
}

/// The address of the icons.
pub(crate) fn sprite() -> String {
    url("icons.svg")
}

/// `GET /static/{*path}`.
pub(crate) async fn serve(
    Path(path): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    // the vendored files' licences and notes are served too: they must travel with the files
    let Some(file) = Files::get(&path) else { return StatusCode::NOT_FOUND.into_response() };
    let version = version(&file);
    let tag = format!("\"{version}\"");
    let kept = if query.as_deref() == Some(format!("v={version}").as_str()) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let head = [
        (header::CACHE_CONTROL, kept.to_owned()),
        (header::ETAG, tag.clone()),
        (header::CONTENT_TYPE, content_type(&path)),
    ];
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, head).into_response();
    }
    (head, file.data.into_owned()).into_response()
}

fn content_type(path: &str) -> String {
    let guessed = mime_guess::from_path(path).first_or_octet_stream();
    match guessed.essence_str() {
        text if text.starts_with("text/") => format!("{text}; charset=utf-8"),
        // LICENSE and NOTICE files have no ending that a table knows
        "application/octet-stream" => "text/plain; charset=utf-8".to_owned(),
        other => other.to_owned(),
    }
}
