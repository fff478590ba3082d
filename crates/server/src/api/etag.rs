//! Answers that a client need not fetch twice: `ETag` and `If-None-Match` (RFC 9110 §8.8.3, §13.1.2).

use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::problem::Problem;

/// An answer may be kept, but only by the one who asked, and only after asking again.
pub(crate) const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");

/// JSON with its tag, or 304 where the client has it.
///
/// # Errors
/// When the answer cannot be written as JSON.
pub(crate) fn json(headers: &HeaderMap, answer: &impl Serialize) -> Result<Response, Problem> {
    let body = serde_json::to_vec(answer).map_err(|error| {
        tracing::error!(%error, "an answer cannot be written as JSON");
        Problem::internal()
    })?;
    let tag = tag(&hex::encode(Sha256::digest(&body).iter().take(16).copied().collect::<Vec<u8>>()));
    let known = matches(headers, &tag);
    let fixed = [(header::ETAG, tag), (header::CACHE_CONTROL, PRIVATE)];
    if known {
        return Ok((StatusCode::NOT_MODIFIED, fixed).into_response());
    }
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    Ok((kind, fixed, body).into_response())
}

/// `"text"`; the text is hex.
pub(crate) fn tag(text: &str) -> HeaderValue {
    HeaderValue::try_from(format!("\"{text}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

/// Whether `If-None-Match` names the tag; a weak comparison, as for `GET`.
pub(crate) fn matches(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let own = tag.to_str().unwrap_or_default();
    headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|list| {
        list.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == own)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_weak_tags_and_stars_are_understood() {
        let own = tag("abc");
        let asked = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_NONE_MATCH, value.parse().unwrap());
            matches(&headers, &own)
        };
        assert!(asked("\"abc\"") && asked("W/\"abc\"") && asked("\"x\", \"abc\"") && asked("*"));
        assert!(!asked("\"ab\"") && !asked("abc") && !asked(""));
        assert!(!matches(&HeaderMap::new(), &own));
    }
}
