//! A large file, whole or not at all: resumed after a cut, checked, then renamed into place.
//!
//! A cut download goes on with `Range` + `If-Range`; if the file changed meanwhile the
//! server answers with all of it and we begin anew. An attempt that brought a fair piece
//! does not count as a failure: a poor line gets there in the end.

use std::path::PathBuf;

use futures::StreamExt as _;
use http::{
    HeaderMap, Method, StatusCode,
    header::{ACCEPT_ENCODING, CONTENT_RANGE, ETAG, IF_RANGE, LAST_MODIFIED, RANGE},
};
use reqwest::Request;
use url::Url;

use crate::{Answer, ByStatus, Exchange, HttpClient, HttpError, Repeat, client::public, part::PartFile};

/// Default of [`Download::max_bytes`]: larger than any model in use.
const MOST_BYTES: u64 = 4 << 30;
/// An attempt that brought this much resets the count of failures.
const FAIR_PIECE: u64 = 64 << 10;

/// Reading does no harm; the failures are counted here, for what came is kept.
const EXCHANGE: Exchange<'static> =
    Exchange { name: "download", repeat: Repeat::Freely, classify: &ByStatus, timeout: None };

/// What to fetch and where to put it.
#[derive(Debug, Clone)]
pub struct Download {
    /// From where.
    pub url: Url,
    /// The file's final name; its folder is made when missing.
    pub dest: PathBuf,
    /// Lower-case hex digest that the bytes must have.
    pub sha256: Option<String>,
    /// Size that the file must have, bytes.
    pub bytes: Option<u64>,
    /// Size past which the server is not believed, bytes.
    pub max_bytes: u64,
}

impl Download {
    /// A download without checks; set the fields to add them.
    ///
    /// # Errors
    /// [`HttpError::InvalidRequest`] when the address is not http or https.
    pub fn new(url: &str, dest: impl Into<PathBuf>) -> Result<Self, HttpError> {
        let url = Url::parse(url)
            .map_err(|error| HttpError::InvalidRequest { reason: format!("not an address: {error}") })?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(HttpError::InvalidRequest { reason: format!("{}: not http or https", public(&url)) });
        }
        Ok(Self { url, dest: dest.into(), sha256: None, bytes: None, max_bytes: MOST_BYTES })
    }
}

/// What came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Downloaded {
    /// Size, bytes.
    pub bytes: u64,
    /// Lower-case hex digest of the file.
    pub sha256: String,
}

/// Told how far a download is. Any `Fn(u64, Option<u64>)` will do.
pub trait DownloadProgress: Send + Sync {
    /// `done` bytes are on the disk, of `of` if known. Falls back to 0 when the server's
    /// file has changed.
    fn advanced(&self, done: u64, of: Option<u64>);
}

impl<F: Fn(u64, Option<u64>) + Send + Sync> DownloadProgress for F {
    fn advanced(&self, done: u64, of: Option<u64>) {
        self(done, of);
    }
}

/// Nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProgress;

impl DownloadProgress for NoProgress {
    fn advanced(&self, _done: u64, _of: Option<u64>) {}
}

impl HttpClient {
    /// Fetches the file, resuming what an earlier attempt (of any process) left.
    ///
    /// # Errors
    /// [`HttpError::Mismatch`] when the bytes are wrong (nothing is kept then); transport
    /// and server errors after the policy's attempts (what came is kept for the next try).
    pub async fn download(
        &self,
        download: &Download,
        progress: &dyn DownloadProgress,
    ) -> Result<Downloaded, HttpError> {
        let what = public(&download.url);
        let mut part = PartFile::open(&download.dest)?;
        let mut resumed = part.len() > 0;
        let mut failures = 0;
        loop {
            let before = part.len();
            match self.attempt(download, &what, &mut part, progress, failures + 1).await {
                Ok(()) => match check(download, &what, &part).await {
                    Ok(downloaded) => {
                        part.finish(&download.dest)?;
                        return Ok(downloaded);
                    }
                    // bytes of an earlier run may be the broken ones: once more from the start
                    Err(error) if resumed => {
                        tracing::warn!(%what, %error, "resumed download is wrong, starting again");
                        resumed = false;
                        part.restart(None).await?;
                    }
                    Err(error) => {
                        part.discard()?;
                        return Err(error);
                    }
                },
                Err(error) => {
                    part.sync().await?;
                    if matches!(error, HttpError::Mismatch { .. } | HttpError::TooLarge { .. }) {
                        part.discard()?;
                        return Err(error);
                    }
                    failures = if part.len() >= before + FAIR_PIECE { 1 } else { failures + 1 };
                    let Some(pause) = self.retry.delay(failures, &error, self.jitter.as_ref()) else {
                        return Err(error);
                    };
                    tracing::warn!(%what, %error, failures, ?pause, "download interrupted");
                    tokio::time::sleep(pause).await;
                }
            }
        }
    }

    /// One request: appends what comes until the body ends.
    async fn attempt(
        &self,
        download: &Download,
        what: &str,
        part: &mut PartFile,
        progress: &dyn DownloadProgress,
        attempt: u32,
    ) -> Result<(), HttpError> {
        if download.bytes.is_some_and(|bytes| bytes == part.len()) {
            return Ok(());
        }
        if download.bytes.is_some_and(|bytes| bytes < part.len()) {
            part.restart(None).await?;
        }
        let request = self.part_request(download, part)?;
        let answer = match self.once(&EXCHANGE, what, request, attempt).await {
            Ok(answer) => answer,
            Err(HttpError::Refused(refusal)) => match refusal.status {
                // our part is longer than the file is now: the next attempt begins anew
                416 => return begin_anew(what, part).await,
                _ => return Err(refusal.plain()),
            },
            Err(error) => return Err(error),
        };
        begin(&answer, what, part).await?;
        let of = answer.content_length().map(|rest| rest.saturating_add(part.len()));
        if let (Some(of), Some(expected)) = (of, download.bytes)
            && of != expected
        {
            return Err(wrong_size(what, expected, of));
        }
        let limit = download.bytes.unwrap_or(download.max_bytes);
        let too_large = || HttpError::TooLarge { what: what.to_owned(), limit };
        if of.is_some_and(|of| of > limit) {
            return Err(too_large());
        }
        progress.advanced(part.len(), of);
        let mut body = answer.stream();
        while let Some(piece) = body.next().await {
            let piece = piece?;
            if part.len().saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX)) > limit {
                return Err(too_large());
            }
            part.append(&piece).await?;
            progress.advanced(part.len(), of);
        }
        part.sync().await
    }

    fn part_request(&self, download: &Download, part: &PartFile) -> Result<Request, HttpError> {
        // compressed bytes have other positions
        let mut request = self.request(Method::GET, download.url.clone()).header(ACCEPT_ENCODING, "identity");
        // without a validator only the digest can tell a wrong splice
        if part.len() > 0 && (part.tag().is_some() || download.sha256.is_some()) {
            request = request.header(RANGE, format!("bytes={}-", part.len()));
            if let Some(tag) = part.tag() {
                request = request.header(IF_RANGE, tag);
            }
        }
        Ok(request.build()?)
    }
}

/// Reads the head of the answer: go on, begin anew, or fail.
async fn begin(answer: &Answer, what: &str, part: &mut PartFile) -> Result<(), HttpError> {
    match answer.status() {
        StatusCode::OK => part.restart(validator(answer.headers()).as_deref()).await,
        StatusCode::PARTIAL_CONTENT if range_start(answer.headers()) == Some(part.len()) => Ok(()),
        StatusCode::PARTIAL_CONTENT => begin_anew(what, part).await,
        status => Err(HttpError::UnexpectedResponse { what: what.to_owned(), reason: status.to_string() }),
    }
}

async fn begin_anew(what: &str, part: &mut PartFile) -> Result<(), HttpError> {
    part.restart(None).await?;
    Err(HttpError::Unavailable {
        what: what.to_owned(),
        reason: "the server cannot go on where we stood".into(),
        retry_after: None,
        unsure: false,
    })
}

async fn check(download: &Download, what: &str, part: &PartFile) -> Result<Downloaded, HttpError> {
    if let Some(expected) = download.bytes.filter(|bytes| *bytes != part.len()) {
        return Err(wrong_size(what, expected, part.len()));
    }
    let sha256 = part.sha256().await?;
    match &download.sha256 {
        Some(expected) if !expected.eq_ignore_ascii_case(&sha256) => Err(HttpError::Mismatch {
            what: what.to_owned(),
            expected: format!("SHA-256 {expected}"),
            actual: sha256,
        }),
        _ => Ok(Downloaded { bytes: part.len(), sha256 }),
    }
}

fn wrong_size(what: &str, expected: u64, actual: u64) -> HttpError {
    HttpError::Mismatch {
        what: what.to_owned(),
        expected: format!("{expected} bytes"),
        actual: format!("{actual} bytes"),
    }
}

/// What names these very bytes. `If-Range` takes no weak tag (RFC 9110 §13.1.5).
fn validator(headers: &HeaderMap) -> Option<String> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned);
    text(ETAG).filter(|tag| !tag.starts_with("W/")).or_else(|| text(LAST_MODIFIED))
}

/// `N` of `Content-Range: bytes N-M/T`.
fn range_start(headers: &HeaderMap) -> Option<u64> {
    let range = headers.get(CONTENT_RANGE)?.to_str().ok()?.strip_prefix("bytes ")?;
    range.split_once('-')?.0.trim().parse().ok()
}
