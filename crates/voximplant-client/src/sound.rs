//! From bytes to sound: what is no sound is found out before the caller gets a stream.

use bytes::Bytes;
use futures::{StreamExt as _, stream, stream::BoxStream};

use crate::{RecordingStream, SoundFormat, VoximplantError};

/// Bytes that tell a format.
const MAGIC: usize = 4;

/// The pieces of a body; the error says why it broke off.
pub(crate) type Pieces = BoxStream<'static, Result<Bytes, String>>;

/// Reads the first bytes and hands the whole body on.
///
/// # Errors
/// [`VoximplantError::RecordingMissing`] for an empty body, [`VoximplantError::NotSound`],
/// [`VoximplantError::RecordingTruncated`] when it breaks off at once, [`VoximplantError::TooLarge`].
pub(crate) async fn open(
    length: Option<u64>,
    limit: u64,
    mut pieces: Pieces,
) -> Result<RecordingStream, VoximplantError> {
    if length.is_some_and(|length| length > limit) {
        return Err(VoximplantError::TooLarge { limit });
    }
    let mut start = Vec::new();
    while start.len() < MAGIC {
        match pieces.next().await {
            Some(Ok(piece)) => start.extend_from_slice(&piece),
            Some(Err(reason)) => {
                return Err(VoximplantError::RecordingTruncated { received: count(start.len()), reason });
            }
            None => break,
        }
    }
    let Some(format) = SoundFormat::sniff(&start) else {
        return Err(match looks_like(&start) {
            None => VoximplantError::RecordingMissing { status: 200 },
            Some(found) => VoximplantError::NotSound { found: found.into() },
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
    async fn piece(mut self) -> Result<Option<(Bytes, Self)>, VoximplantError> {
        match self.pieces.next().await {
            None => Ok(None),
            Some(Err(reason)) => Err(VoximplantError::RecordingTruncated { received: self.received, reason }),
            Some(Ok(piece)) => {
                self.received = self.received.saturating_add(count(piece.len()));
                if self.received > self.limit {
                    return Err(VoximplantError::TooLarge { limit: self.limit });
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

/// What a refusal of the host of recordings means.
pub(crate) fn refused(status: u16) -> VoximplantError {
    match status {
        // no source tells 404 of a file that is not there yet from one whose term is over
        404 => VoximplantError::RecordingMissing { status },
        410 => VoximplantError::RecordingGone,
        401 | 403 => VoximplantError::Forbidden {
            method: "the recording".into(),
            message: format!("HTTP {status}; secure recordings open to a service account alone"),
        },
        _ => VoximplantError::Unavailable {
            what: "the recording".into(),
            reason: format!("HTTP {status}"),
            retry_after: None,
            unsure: false,
        },
    }
}
