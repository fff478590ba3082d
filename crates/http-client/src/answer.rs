//! An answer whose body is yet to come, under the policy's limits to its end.
//!
//! The place of the exchange is held until the answer, or the stream made of it, is dropped.

use std::{sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use futures::{
    StreamExt as _, TryStreamExt as _,
    stream::{self, BoxStream},
};
use http::{HeaderMap, Method, StatusCode, header::CONTENT_LENGTH};
use reqwest::{Response, ResponseBuilderExt as _};
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use crate::{HttpError, moment::after, pace::Place, refusal::printable_id, transport::root_cause};

/// A success, its body unread.
#[derive(Debug)]
pub struct Answer {
    response: Response,
    limits: BodyLimits,
}

/// What holds for the rest of the exchange.
#[derive(Debug)]
pub(crate) struct BodyLimits {
    pub(crate) what: String,
    pub(crate) request_id: Uuid,
    pub(crate) method: Method,
    pub(crate) read_timeout: Duration,
    pub(crate) deadline: Option<Instant>,
    #[expect(dead_code, reason = "held for its end")]
    pub(crate) place: Arc<Place>,
}

/// A success, its body read.
#[derive(Debug, Clone)]
pub struct Whole {
    /// The status, 2xx or 3xx.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl Answer {
    pub(crate) fn new(response: Response, limits: BodyLimits) -> Self {
        Self { response, limits }
    }

    /// The status, 2xx or 3xx.
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// Where the answer came from, redirects followed.
    pub fn url(&self) -> &url::Url {
        self.response.url()
    }

    /// The body's length as far as it is told before, bytes.
    pub fn content_length(&self) -> Option<u64> {
        self.response.content_length().or_else(|| self.promised())
    }

    /// The server's id of this exchange (`x-request-id`).
    pub fn request_id(&self) -> Option<&str> {
        printable_id(self.headers())
    }

    /// The id we sent as `X-Client-Request-Id`.
    pub fn client_request_id(&self) -> Uuid {
        self.limits.request_id
    }

    /// The whole body, of `cap` bytes at most (counted after decompression).
    ///
    /// # Errors
    /// [`HttpError::TooLarge`]; [`HttpError::Unavailable`] with `unsure` when the body
    /// breaks off, falls silent or is shorter than its `Content-Length`.
    pub async fn bytes(self, cap: usize) -> Result<Bytes, HttpError> {
        let limit = u64::try_from(cap).unwrap_or(u64::MAX);
        let too_large = HttpError::TooLarge { what: self.limits.what.clone(), limit };
        if self.content_length().is_some_and(|length| length > limit) {
            return Err(too_large);
        }
        let (mut body, mut read) = (self.stream(), BytesMut::new());
        while let Some(piece) = body.next().await {
            let piece = piece?;
            if piece.len() > cap.saturating_sub(read.len()) {
                return Err(too_large);
            }
            read.extend_from_slice(&piece);
        }
        Ok(read.freeze())
    }

    /// Status, headers and the whole body, of `cap` bytes at most.
    ///
    /// # Errors
    /// As [`Self::bytes`].
    pub async fn whole(self, cap: usize) -> Result<Whole, HttpError> {
        let (status, headers) = (self.status(), self.headers().clone());
        Ok(Whole { status, headers, body: self.bytes(cap).await? })
    }

    /// As much of the body as comes, of `cap` bytes at most: for refusals, where less will do.
    pub(crate) async fn beginning(self, cap: usize) -> Bytes {
        let (mut body, mut read) = (self.stream(), BytesMut::new());
        while let Some(Ok(piece)) = body.next().await {
            let room = cap.saturating_sub(read.len());
            read.extend_from_slice(piece.get(..room).unwrap_or(&piece));
            if read.len() >= cap {
                break;
            }
        }
        read.freeze()
    }

    /// The body as it comes; bounded in time, not in size. Nothing follows an error, which
    /// is [`HttpError::Unavailable`] with `unsure`.
    pub fn stream(self) -> BoxStream<'static, Result<Bytes, HttpError>> {
        let promised = self.promised();
        let body = self.response.bytes_stream().boxed();
        let reading = Reading { body, limits: self.limits, promised, read: 0 };
        stream::try_unfold(reading, Reading::piece).boxed()
    }

    /// The same as `reqwest` knows it, for libraries that want that; limits and the held
    /// place stay with its body.
    pub fn into_response(self) -> Response {
        let (url, status) = (self.url().clone(), self.status());
        let (headers, version) = (self.headers().clone(), self.response.version());
        let body = reqwest::Body::wrap_stream(self.stream().map_err(std::io::Error::other));
        let builder = http::Response::builder().status(status).version(version).url(url);
        let mut response = builder.body(body).unwrap_or_default();
        *response.headers_mut() = headers;
        response.into()
    }

    /// `Content-Length`, where it is a promise of bytes (`reqwest` removes it when it decompresses).
    fn promised(&self) -> Option<u64> {
        let bodiless = self.limits.method == Method::HEAD
            || matches!(self.status(), StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        let length = self.headers().get(CONTENT_LENGTH).filter(|_| !bodiless)?;
        length.to_str().ok()?.trim().parse().ok()
    }
}

struct Reading {
    body: BoxStream<'static, reqwest::Result<Bytes>>,
    limits: BodyLimits,
    promised: Option<u64>,
    read: u64,
}

impl Reading {
    /// The next piece and what is left.
    async fn piece(mut self) -> Result<Option<(Bytes, Self)>, HttpError> {
        let silence = after(self.limits.read_timeout);
        let until = self.limits.deadline.map_or(silence, |deadline| deadline.min(silence));
        let Ok(next) = timeout_at(until, self.body.next()).await else {
            return Err(self.broken(if until < silence { "the time is over" } else { "silence" }));
        };
        match next {
            Some(Ok(piece)) => {
                self.read += u64::try_from(piece.len()).unwrap_or(u64::MAX);
                Ok(Some((piece, self)))
            }
            Some(Err(error)) => Err(self.broken(&root_cause(&error.without_url()))),
            None => match self.promised.filter(|promised| self.read < *promised) {
                Some(promised) => Err(self.broken(&format!("{} of {promised} bytes came", self.read))),
                None => Ok(None),
            },
        }
    }

    fn broken(&self, why: &str) -> HttpError {
        HttpError::Unavailable {
            what: self.limits.what.clone(),
            reason: format!("the answer broke off: {why}"),
            retry_after: None,
            unsure: true,
        }
    }
}
