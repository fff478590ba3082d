//! Fields of a request: of its address, and of a body that is urlencoded (the Python client) or
//! multipart (the Node client).

use axum::RequestExt as _;
use axum::body::to_bytes;
use axum::extract::{Multipart, Request};
use axum::http::header::CONTENT_TYPE;
use url::form_urlencoded;

/// A script of 128 KB, every letter of it escaped, and some more.
const MOST_BYTES: usize = 2 * 1024 * 1024;

/// All fields; `None` for a body that cannot be read.
pub(super) async fn read(request: Request) -> Option<Vec<(String, String)>> {
    let owned =
        |text: &[u8]| -> Vec<(String, String)> { form_urlencoded::parse(text).into_owned().collect() };
    let mut form = owned(request.uri().query().unwrap_or_default().as_bytes());
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.starts_with("multipart/form-data") {
        let mut parts: Multipart = request.extract().await.ok()?;
        while let Some(part) = parts.next_field().await.ok()? {
            let name = part.name().unwrap_or_default().to_owned();
            form.push((name, part.text().await.ok()?));
        }
    } else {
        form.extend(owned(&to_bytes(request.into_body(), MOST_BYTES).await.ok()?));
    }
    Some(form)
}
