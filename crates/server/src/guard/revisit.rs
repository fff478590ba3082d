//! Pages that say the same as long as nothing is written: a browser that has one already is told so, before
//! anything is read.
//!
//! What such a page shows depends on the database, on the reader, and on the minute: waiting times are told to
//! the minute.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request};
use axum::response::{IntoResponse as _, Response};
use axum_extra::extract::CookieJar;
use http::{HeaderValue, Method, StatusCode, header};
use sha2::{Digest as _, Sha256};

use crate::Web;
use crate::access::Viewer;

/// Their routes. Others show what stands in no table: talks under way, progress, the health of the house.
const PAGES: [&str; 5] = ["/dashboard", "/managers", "/managers/{id}", "/history", "/history/{id}"];

/// What names this very page for this very reader; `None` where nobody can tell whether it has changed.
pub(crate) fn tag(web: &Web, request: &Request) -> impl Future<Output = Option<HeaderValue>> + Send + use<> {
    let (seen, store) = (seen(web, request), Arc::clone(web.store()));
    async move {
        let seen = seen?;
        let mark = store.change_mark().await.ok()??;
        let digest = hex::encode(Sha256::digest(format!("{} {seen}", mark.0)));
        HeaderValue::from_str(&format!("W/\"{}\"", digest.get(..32)?)).ok()
    }
}

/// All that the page depends on beside the database.
fn seen(web: &Web, request: &Request) -> Option<String> {
    let path = request.extensions().get::<MatchedPath>()?;
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let jar = CookieJar::from_headers(request.headers());
    // a confirmation is shown once
    if !is_read || !PAGES.contains(&path.as_str()) || jar.get("done").is_some() {
        return None;
    }
    let viewer = request.extensions().get::<Viewer>()?;
    let minute = web.clock().now().timestamp().div_euclid(60);
    let theme = jar.get("theme").map_or("", |cookie| cookie.value());
    let lang = web.lang(request.headers());
    Some(format!(
        "{} {minute} {lang:?} {theme:?} {:?} {:?} {:?} {:?} {:?}",
        web.opening(),
        viewer.name,
        viewer.role,
        viewer.scope,
        viewer.via,
        request.uri().path_and_query()
    ))
}

/// The answer to a browser that has this page already.
pub(crate) fn unchanged(tag: Option<&HeaderValue>, request: &Request) -> Option<Response> {
    let asked = request.headers().get(header::IF_NONE_MATCH)?.to_str().ok()?;
    let known = tag?.to_str().ok()?;
    let mut response =
        asked.split(',').any(|one| one.trim() == known).then(|| StatusCode::NOT_MODIFIED.into_response())?;
    named(tag, &mut response);
    Some(response)
}

/// A page that may be kept by its reader's browser, which asks each time whether it is still so.
pub(crate) fn named(tag: Option<&HeaderValue>, response: &mut Response) {
    let fresh = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
    let Some(tag) = tag.filter(|_| fresh) else { return };
    let headers = response.headers_mut();
    headers.insert(header::ETAG, tag.clone());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("Cookie, Authorization, Accept-Language"));
}
