//! Bodies that come from outside: how large, how slow, in what wrapping.
//!
//! The cap and the clock sit on the stream itself, so they hold for every way of reading it. What was
//! cut short is noted beside the request ([`Fate`]): whatever the handler makes of the broken stream,
//! the door answers 413 or 408.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Request};
use axum::response::Response;
use futures::{StreamExt as _, stream};
use http::{StatusCode, header};
use tokio::time::{Instant, timeout};

use crate::problem::Problem;
use crate::rules::Class;

/// JSON and forms. A dialogue of the longest kind fits, each letter escaped.
const SMALL: u64 = 2 << 20;

/// The rest of a form with a recording.
const FORM: u64 = 1 << 20;

/// Nothing came for so long: the sender is gone.
const SILENCE: Duration = Duration::from_secs(30);

/// A body that dawdles is none: after this time it must have come at [`SLOWEST`] at least.
const GRACE: Duration = Duration::from_mins(1);

/// Bytes a second; a poor mobile line is ten times quicker.
const SLOWEST: u64 = 4 << 10;

impl Class {
    /// The most that a body may hold, bytes.
    const fn most(self, recording: u64) -> u64 {
        match self {
            Self::Upload | Self::PageUpload => recording.saturating_add(FORM),
            Self::Page | Self::Api | Self::Slow | Self::Stream | Self::Hook => SMALL,
        }
    }
}

/// So much at once, then the reader has its turn: a reader of forms takes all that is there into memory.
const BREATH: usize = 256 << 10;

/// What became of a body.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fate {
    what: Arc<AtomicU8>,
    /// The most that a recording may hold, for the words of a refusal.
    recording: u64,
}

const TOO_LARGE: u8 = 1;
const TOO_SLOW: u8 = 2;

impl Fate {
    /// The answer, if the body was cut short and nothing good came of it.
    pub(crate) fn judge(&self, response: Response) -> Response {
        use axum::response::IntoResponse as _;
        if response.status().is_success() {
            return response;
        }
        match self.what.load(Ordering::Relaxed) {
            TOO_LARGE => too_large(self.recording).into_response(),
            TOO_SLOW => too_slow().into_response(),
            _ => response,
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum CutShort {
    #[error("the body is over the limit")]
    TooLarge,
    #[error("the body came too slowly")]
    TooSlow,
}

/// The request with its body under guard. Nothing is read yet. `recording` is the most that one may
/// hold, bytes.
///
/// # Errors
/// 413 where the length is told and too much, 415 for a packed body: what it would unpack to is unknown.
pub(crate) fn bounded(class: Class, recording: u64, request: Request) -> Result<Request, Problem> {
    let most = class.most(recording);
    let headers = request.headers();
    let packed = headers.get_all(header::CONTENT_ENCODING).iter().any(|value| value != "identity");
    if packed {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "content_encoding",
            "сжатое тело запроса не принимается",
            "a compressed body is not taken",
        )
        .hint("отправьте без Content-Encoding", "send it without Content-Encoding"));
    }
    let told = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if told.is_some_and(|length| length > most) {
        return Err(too_large(recording));
    }
    let fate = Fate { recording, ..Fate::default() };
    let (mut parts, body) = request.into_parts();
    let body = guarded(body, most, fate.clone());
    parts.extensions.insert(fate);
    let mut request = Request::from_parts(parts, body);
    // our own cap is in force instead of the library's two megabytes
    DefaultBodyLimit::disable().apply(&mut request);
    Ok(request)
}

struct Reading<S> {
    stream: S,
    read: u64,
    began: Option<Instant>,
    ended: bool,
    since_breath: usize,
}

fn guarded(body: Body, most: u64, fate: Fate) -> Body {
    let reading =
        Reading { stream: body.into_data_stream(), read: 0, began: None, ended: false, since_breath: 0 };
    let cut = move |why: CutShort, code: u8| {
        fate.what.store(code, Ordering::Relaxed);
        Err(axum::Error::new(why))
    };
    Body::from_stream(stream::unfold(reading, move |mut reading| {
        let cut = cut.clone();
        async move {
            if reading.ended {
                return None;
            }
            if reading.since_breath >= BREATH {
                reading.since_breath = 0;
                tokio::task::yield_now().await;
            }
            let began = *reading.began.get_or_insert_with(Instant::now);
            let piece = match timeout(SILENCE, reading.stream.next()).await {
                Ok(None) => return None,
                Ok(Some(piece)) => piece,
                Err(_) => {
                    reading.ended = true;
                    return Some((cut(CutShort::TooSlow, TOO_SLOW), reading));
                }
            };
            let size = piece.as_ref().map_or(0, Bytes::len);
            reading.read += size as u64;
            reading.since_breath += size;
            let due = began.elapsed().saturating_sub(GRACE).as_secs() * SLOWEST;
            let piece = if reading.read > most {
                cut(CutShort::TooLarge, TOO_LARGE)
            } else if reading.read < due {
                cut(CutShort::TooSlow, TOO_SLOW)
            } else {
                piece
            };
            reading.ended = piece.is_err();
            Some((piece, reading))
        }
    }))
}

fn too_large(recording: u64) -> Problem {
    let (recording, small) = (recording / 1_000_000, SMALL >> 20);
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too_large",
        "тело запроса больше предела",
        "the body of the request is over the limit",
    )
    .hint(
        format!("записи — до {recording} МБ (ZVONAR_MAX_UPLOAD_MB), остальное — до {small} МБ"),
        format!("recordings may have {recording} MB (ZVONAR_MAX_UPLOAD_MB), everything else {small} MB"),
    )
}

fn too_slow() -> Problem {
    Problem::new(
        StatusCode::REQUEST_TIMEOUT,
        "too_slow",
        "тело запроса шло слишком медленно",
        "the body of the request came too slowly",
    )
    .hint("отправьте ещё раз", "send it again")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dripping(pause: Duration, pieces: u64, size: usize) -> (Body, Fate) {
        let drops = stream::iter(0..pieces).then(move |_| async move {
            tokio::time::sleep(pause).await;
            Ok::<_, std::io::Error>(vec![0; size])
        });
        let fate = Fate::default();
        (guarded(Body::from_stream(drops), 1 << 20, fate.clone()), fate)
    }

    async fn read(body: Body) -> Option<usize> {
        axum::body::to_bytes(body, usize::MAX).await.ok().map(|bytes| bytes.len())
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_dribbles_is_cut_and_a_slow_line_is_not() {
        let (body, fate) = dripping(Duration::from_secs(29), 100, 1);
        assert_eq!((read(body).await, fate.what.load(Ordering::Relaxed)), (None, TOO_SLOW));
        let (body, fate) = dripping(Duration::from_secs(31), 1, 1);
        assert_eq!((read(body).await, fate.what.load(Ordering::Relaxed)), (None, TOO_SLOW));
        let (body, fate) = dripping(Duration::from_secs(1), 200, 5_000);
        assert_eq!((read(body).await, fate.what.load(Ordering::Relaxed)), (Some(1_000_000), 0));
    }

    #[tokio::test]
    async fn a_body_without_a_length_is_cut_at_the_cap() {
        let (body, fate) = dripping(Duration::ZERO, 3, 1 << 19);
        assert_eq!((read(body).await, fate.what.load(Ordering::Relaxed)), (None, TOO_LARGE));
    }
}
