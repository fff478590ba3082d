//! From an answer of the media host to sound: what is no sound is found out before the caller
//! gets a stream.

use bytes::Bytes;
use futures::{StreamExt as _, stream, stream::BoxStream};

use crate::{RecordingStream, SoundFormat, UisError};

/// Bytes that tell a format.
const MAGIC: usize = 4;

/// The pieces of a body; the error says why it broke off.
pub(crate) type Pieces = BoxStream<'static, Result<Bytes, String>>;

/// Reads the first bytes and hands the whole body on.
///
/// # Errors
/// [`UisError::RecordingNotReady`] for an empty body, [`UisError::NotSound`],
/// [`UisError::RecordingTruncated`] when it breaks off at once, [`UisError::TooLarge`].
pub(crate) async fn open(
    length: Option<u64>,
    limit: u64,
    mut pieces: Pieces,
) -> Result<RecordingStream, UisError> {
    if length.is_some_and(|length| length > limit) {
        return Err(UisError::TooLarge { limit });
    }
    let mut start = Vec::new();
    while start.len() < MAGIC {
        match pieces.next().await {
            Some(Ok(piece)) => start.extend_from_slice(&piece),
            Some(Err(reason)) => {
                return Err(UisError::RecordingTruncated { received: count(start.len()), reason });
            }
            None => break,
        }
    }
    let Some(format) = SoundFormat::sniff(&start) else {
        return Err(match looks_like(&start) {
            None => UisError::RecordingNotReady,
            Some(found) => UisError::NotSound { found: found.into() },
        });
    };
    let rest = Rest { pieces, received: 0, limit };
    let start = stream::once(async { Ok(Bytes::from(start)) }).boxed();
    let rest = Rest { pieces: start.chain(rest.pieces).boxed(), ..rest };
    Ok(RecordingStream { format, length, body: stream::try_unfold(rest, Rest::piece).boxed() })
}

struct Rest {
    pieces: Pieces,
    received: u64,
    limit: u64,
}

impl Rest {
    async fn piece(mut self) -> Result<Option<(Bytes, Self)>, UisError> {
        match self.pieces.next().await {
            None => Ok(None),
            Some(Err(reason)) => Err(UisError::RecordingTruncated { received: self.received, reason }),
            Some(Ok(piece)) => {
                self.received = self.received.saturating_add(count(piece.len()));
                if self.received > self.limit {
                    return Err(UisError::TooLarge { limit: self.limit });
                }
                Ok(Some((piece, self)))
            }
        }
    }
}

fn count(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

/// `None` for nothing at all.
fn looks_like(start: &[u8]) -> Option<&'static str> {
    match start.iter().find(|byte| !byte.is_ascii_whitespace())? {
        b'<' => Some("an HTML page"),
        b'{' | b'[' => Some("JSON"),
        _ => Some("unknown bytes"),
    }
}

/// What a refusal of the media host means.
pub(crate) fn refused(status: u16, body: &[u8]) -> UisError {
    let says = |words: &[u8]| body.windows(words.len()).any(|part| part.eq_ignore_ascii_case(words));
    match status {
        404 | 410 => UisError::RecordingGone { reason: "it has expired or never was".into() },
        400 if says(b"no files to concat") => {
            UisError::RecordingGone { reason: "there is no sound in it".into() }
        }
        400 => {
            UisError::RecordingGone { reason: "the media host does not take its address (HTTP 400)".into() }
        }
        401 | 403 => UisError::Forbidden {
            message: format!(
                "the media host refuses recordings (HTTP {status}); foreign addresses are often refused, a proxy in Russia (UIS_PROXY) helps"
            ),
        },
        _ => UisError::Unavailable {
            what: "the UIS media host".into(),
            reason: format!("HTTP {status}"),
            retry_after: None,
            unsure: false,
        },
    }
}
