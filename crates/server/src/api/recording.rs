//! `GET /api/v1/calls/{id}/recording`: the sound, from where it lies as it is read, whole or a stretch of it.
//!
//! One range at a time (RFC 9110 §14): players ask so. Several at once get the whole, as the RFC allows.

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use domain::Recording;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use pipeline::{OpenRecording, ShelfError};

use super::etag::{self, PRIVATE};
use super::extract::{Named, call_id};
use super::tags;
use crate::Web;
use crate::access::{Deed, Viewer};
use crate::problem::Problem;

/// The recording of a call
///
/// Streamed from where it lies; `Range` gives a stretch of it, `If-Range` only while it is still the same
/// recording, `HEAD` its length.
#[utoipa::path(
    get, path = "/api/v1/calls/{id}/recording", tag = tags::CALLS, operation_id = "call_recording",
    params(
        ("id" = String, Path, format = Uuid, description = "The call"),
        ("Range" = Option<String>, Header, description = "`bytes=0-1023`", example = "bytes=0-1023"),
        ("If-Range" = Option<String>, Header, description = "The `ETag` that the range is meant of"),
    ),
    responses(
        (status = 200, description = "The whole recording", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 206, description = "The stretch that was asked for", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 304, description = "Nothing has changed since `If-None-Match`"),
        (status = 416, description = "The range lies outside", body = super::openapi::ProblemShape, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn recording(
    State(web): State<Web>,
    viewer: Viewer,
    method: Method,
    headers: HeaderMap,
    Named(id): Named<String>,
) -> Result<Response, Problem> {
    let id = call_id(&id)?;
    let record = web.visible(&viewer).call(id).await?;
    let recording = record.recording.ok_or_else(no_recording)?;
    let opened = web.app().recordings().open(&recording.location).await.map_err(|error| away(&error))?;
    let opened = opened.ok_or_else(no_recording)?;
    let length = opened.length();
    let tag = etag::tag(recording.sha256.as_str());
    let fixed = [
        (header::ETAG, tag.clone()),
        (header::CACHE_CONTROL, PRIVATE),
        (header::ACCEPT_RANGES, HeaderValue::from_static("bytes")),
    ];
    if etag::matches(&headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, fixed).into_response());
    }
    let asked = asked(&headers, &tag, length);
    // a player asks for one recording in many pieces: listening begins at its beginning
    if method == Method::GET && matches!(asked, Asked::Whole | Asked::Part { from: 0, .. }) {
        web.audit(&viewer.name, Deed::Listen, &id.to_string()).await;
    }
    let kind = content_type(&recording);
    let named = disposition(record.call.recording_name.as_deref(), &id.to_string(), kind);
    let described =
        [(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CONTENT_DISPOSITION, named)];
    match asked {
        Asked::Whole => {
            let whole = [(header::CONTENT_LENGTH, HeaderValue::from(length))];
            Ok((fixed, described, whole, body(opened, 0, length).await?).into_response())
        }
        Asked::Part { from, to } => {
            let count = to - from + 1;
            let part = [
                (header::CONTENT_LENGTH, HeaderValue::from(count)),
                (header::CONTENT_RANGE, text(format!("bytes {from}-{to}/{length}"))),
            ];
            let body = body(opened, from, count).await?;
            Ok((StatusCode::PARTIAL_CONTENT, fixed, described, part, body).into_response())
        }
        Asked::Outside => Ok(outside(length, &web, &headers)),
    }
}

async fn body(opened: OpenRecording, from: u64, count: u64) -> Result<Body, Problem> {
    Ok(Body::from_stream(opened.bytes(from, count).await.map_err(|_| no_recording())?))
}

/// It is kept, and its storage does not give it now.
fn away(error: &ShelfError) -> Problem {
    tracing::warn!(%error, "a recording cannot be played");
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "storage_unavailable",
        "хранилище записей не отвечает, повторите позже",
        "the storage of recordings does not answer, try again later",
    )
}

fn outside(length: u64, web: &Web, headers: &HeaderMap) -> Response {
    let problem = Problem::new(
        StatusCode::RANGE_NOT_SATISFIABLE,
        "range",
        "такого места в записи нет",
        "the recording has no such place",
    );
    let mut response = problem.respond(web.lang(headers));
    response.headers_mut().insert(header::CONTENT_RANGE, text(format!("bytes */{length}")));
    response
}

fn no_recording() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "no_recording",
        "у этого звонка нет записи",
        "this call has no recording",
    )
}

fn text(text: String) -> HeaderValue {
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Whole,
    /// Both ends inside.
    Part {
        from: u64,
        to: u64,
    },
    Outside,
}

/// A range that is none is passed over (RFC 9110 §14.2).
fn asked(headers: &HeaderMap, tag: &HeaderValue, length: u64) -> Asked {
    let Some(range) = headers.get(header::RANGE).and_then(|value| value.to_str().ok()) else {
        return Asked::Whole;
    };
    // strong comparison: another recording, or a date, gives the whole
    if headers.get(header::IF_RANGE).is_some_and(|same| same != tag) {
        return Asked::Whole;
    }
    let Some((from, to)) = range.trim().strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Asked::Whole;
    };
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse::<u64>().unwrap_or(u64::MAX))
    };
    let last = length.saturating_sub(1);
    match (number(from.trim()), number(to.trim()), from.trim().is_empty(), to.trim().is_empty()) {
        (Some(from), Some(to), ..) if from > to => Asked::Whole,
        (Some(from), ..) if from >= length && (to.trim().is_empty() || number(to.trim()).is_some()) => {
            Asked::Outside
        }
        (Some(from), Some(to), ..) => Asked::Part { from, to: to.min(last) },
        (Some(from), None, _, true) => Asked::Part { from, to: last },
        (None, Some(0), true, _) => Asked::Outside,
        (None, Some(_), true, _) if length == 0 => Asked::Outside,
        (None, Some(count), true, _) => Asked::Part { from: length.saturating_sub(count), to: last },
        _ => Asked::Whole,
    }
}

/// By what the recording was found to be when it was decoded, never by its name.
fn content_type(recording: &Recording) -> &'static str {
    match recording.survey.format.split('/').next().unwrap_or_default() {
        "wav" => "audio/wav",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "flac" => "audio/flac",
        "mp4" => "audio/mp4",
        "matroska" => "audio/webm",
        "adts" => "audio/aac",
        _ => "application/octet-stream",
    }
}

/// `inline`, under a name without anything that a header or a file system could trip over
/// (RFC 6266, RFC 8187).
fn disposition(name: Option<&str>, id: &str, kind: &str) -> HeaderValue {
    let harmless = |c: &char| !c.is_control() && !"/\\:*?\"<>|\u{202e}\u{202d}\u{2066}\u{2067}".contains(*c);
    let name: String = name.unwrap_or_default().chars().filter(harmless).take(120).collect();
    let name = name.trim().trim_start_matches('.');
    let ending = kind.strip_prefix("audio/").unwrap_or("bin");
    let named = if name.is_empty() { format!("{id}.{ending}") } else { name.to_owned() };
    let encoded: String = named
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect();
    text(format!("inline; filename=\"{id}.{ending}\"; filename*=UTF-8''{encoded}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(range: &str, length: u64) -> Asked {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, range.parse().unwrap());
        asked(&headers, &etag::tag("a"), length)
    }

    #[test]
    fn ranges_are_read_as_the_standard_has_them() {
        assert_eq!(range("bytes=0-0", 10), Asked::Part { from: 0, to: 0 });
        assert_eq!(range("bytes=2-", 10), Asked::Part { from: 2, to: 9 });
        assert_eq!(range("bytes=2-99", 10), Asked::Part { from: 2, to: 9 });
        assert_eq!(range("bytes=-3", 10), Asked::Part { from: 7, to: 9 });
        assert_eq!(range("bytes=-99", 10), Asked::Part { from: 0, to: 9 });
        assert_eq!(range("bytes=0-18446744073709551616", 10), Asked::Part { from: 0, to: 9 });
        for outside in ["bytes=10-", "bytes=10-11", "bytes=-0", "bytes=99999999999999999999-"] {
            assert_eq!(range(outside, 10), Asked::Outside, "{outside}");
        }
        assert_eq!(range("bytes=0-", 0), Asked::Outside);
        assert_eq!(range("bytes=-1", 0), Asked::Outside);
        for whole in [
            "bytes=5-2",
            "bytes=a-b",
            "bytes=",
            "bytes=-",
            "items=0-1",
            "bytes=0-1,3-4",
            "bytes=+1-2",
            "bytes=1-x",
        ] {
            assert_eq!(range(whole, 10), Asked::Whole, "{whole}");
        }
    }

    #[test]
    fn another_recording_meanwhile_gives_the_whole() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, "bytes=0-1".parse().unwrap());
        headers.insert(header::IF_RANGE, "\"b\"".parse().unwrap());
        assert_eq!(asked(&headers, &etag::tag("a"), 10), Asked::Whole);
        headers.insert(header::IF_RANGE, "\"a\"".parse().unwrap());
        assert_eq!(asked(&headers, &etag::tag("a"), 10), Asked::Part { from: 0, to: 1 });
    }

    #[test]
    fn no_name_breaks_out_of_its_header() {
        let shown = |name| disposition(Some(name), "id", "audio/wav").to_str().unwrap().to_owned();
        assert_eq!(
            shown("Звонок 1.wav"),
            "inline; filename=\"id.wav\"; filename*=UTF-8''%D0%97%D0%B2%D0%BE%D0%BD%D0%BE%D0%BA%201.wav"
        );
        for hostile in ["a\"; x=\"b", "a\r\nSet-Cookie: b", "../../etc/passwd", "\u{202e}gpj.exe", ""] {
            let header = shown(hostile);
            assert!(
                !header.contains('\n') && !header.contains("../") && header.matches('"').count() == 2,
                "{header}"
            );
        }
    }
}
