//! A body that must be sound: pages and errors that come under a good status are found out before the caller
//! gets a stream, and one that breaks off never looks like a short one.

use std::fmt;

use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{StreamExt as _, TryStreamExt as _};

/// Bytes that tell a format.
const MAGIC: usize = 4;

/// The pieces of a body; the error says why it broke off.
pub type Pieces = BoxStream<'static, Result<Bytes, String>>;

/// What the first bytes of a recording are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SoundFormat {
    /// MPEG audio.
    Mp3,
    /// RIFF WAVE.
    Wav,
    /// Ogg.
    Ogg,
    /// FLAC.
    Flac,
}

impl SoundFormat {
    /// Reads the magic of the first bytes.
    pub fn sniff(start: &[u8]) -> Option<Self> {
        match start {
            [b'R', b'I', b'F', b'F', ..] | [b'R', b'F', b'6', b'4', ..] => Some(Self::Wav),
            [b'I', b'D', b'3', ..] => Some(Self::Mp3),
            // eleven sync bits of an MPEG frame
            [0xFF, second, ..] if second & 0xE0 == 0xE0 => Some(Self::Mp3),
            [b'O', b'g', b'g', b'S', ..] => Some(Self::Ogg),
            [b'f', b'L', b'a', b'C', ..] => Some(Self::Flac),
            _ => None,
        }
    }

    /// The usual extension, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Mp3 => "mp3",
            Self::Wav => "wav",
            Self::Ogg => "ogg",
            Self::Flac => "flac",
        }
    }
}

/// Why a body is no recording. Each provider makes its own error of it (`From`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SoundFault {
    /// Nothing came.
    Empty,
    /// Something else came.
    NotSound {
        /// `an HTML page`, `JSON`, `unknown bytes`.
        found: &'static str,
    },
    /// It broke off: what came is worthless.
    BrokeOff {
        /// Bytes that came.
        received: u64,
        /// What happened.
        reason: String,
    },
    /// It is larger than the limit.
    TooLarge {
        /// Bytes.
        limit: u64,
    },
}

/// A recording on its way. The first bytes have been looked at: it is sound.
pub struct SoundStream<E> {
    /// What it is.
    pub format: SoundFormat,
    /// Its size in bytes, where the host says.
    pub length: Option<u64>,
    /// The bytes. An error ends the stream: what came before is worthless then.
    pub body: BoxStream<'static, Result<Bytes, E>>,
}

impl<E> fmt::Debug for SoundStream<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SoundStream")
            .field("format", &self.format)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

impl<E: From<SoundFault> + Send + 'static> SoundStream<E> {
    /// Reads the first bytes and hands the whole body on. `length` is what the host promises, `limit` the
    /// most that is taken, both in bytes.
    ///
    /// # Errors
    /// Any [`SoundFault`] that shows at once; later ones end the stream.
    pub async fn open(length: Option<u64>, limit: u64, mut pieces: Pieces) -> Result<Self, E> {
        if length.is_some_and(|length| length > limit) {
            return Err(SoundFault::TooLarge { limit }.into());
        }
        let mut start = Vec::new();
        while start.len() < MAGIC {
            match pieces.next().await {
                Some(Ok(piece)) => start.extend_from_slice(&piece),
                Some(Err(reason)) => {
                    return Err(SoundFault::BrokeOff { received: count(start.len()), reason }.into());
                }
                None => break,
            }
        }
        let Some(format) = SoundFormat::sniff(&start) else {
            return Err(looks_like(&start).into());
        };
        let start = stream::once(async { Ok(Bytes::from(start)) });
        let rest = Rest { pieces: start.chain(pieces).boxed(), received: 0, limit };
        let body = stream::try_unfold(rest, Rest::piece).map_err(E::from).boxed();
        Ok(Self { format, length, body })
    }

    /// Reads it to the end.
    ///
    /// # Errors
    /// [`SoundFault::TooLarge`] past `limit` bytes, [`SoundFault::BrokeOff`].
    pub async fn bytes(self, limit: usize) -> Result<Bytes, E> {
        let mut body = self.body;
        let mut whole = Vec::new();
        while let Some(piece) = body.next().await {
            let piece = piece?;
            if whole.len() + piece.len() > limit {
                return Err(SoundFault::TooLarge { limit: count(limit) }.into());
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole.into())
    }
}

struct Rest {
    pieces: Pieces,
    received: u64,
    limit: u64,
}

impl Rest {
    async fn piece(mut self) -> Result<Option<(Bytes, Self)>, SoundFault> {
        match self.pieces.next().await {
            None => Ok(None),
            Some(Err(reason)) => Err(SoundFault::BrokeOff { received: self.received, reason }),
            Some(Ok(piece)) => {
                self.received = self.received.saturating_add(count(piece.len()));
                if self.received > self.limit {
                    return Err(SoundFault::TooLarge { limit: self.limit });
                }
                Ok(Some((piece, self)))
            }
        }
    }
}

fn count(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

fn looks_like(start: &[u8]) -> SoundFault {
    match start.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => SoundFault::Empty,
        Some(b'<') => SoundFault::NotSound { found: "an HTML page" },
        Some(b'{' | b'[') => SoundFault::NotSound { found: "JSON" },
        Some(_) => SoundFault::NotSound { found: "unknown bytes" },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(of: &[Result<&'static [u8], &str>]) -> Pieces {
        let of: Vec<_> =
            of.iter().map(|piece| piece.map(Bytes::from_static).map_err(str::to_owned)).collect();
        stream::iter(of).boxed()
    }

    async fn whole(limit: u64, of: &[Result<&'static [u8], &str>]) -> Result<Bytes, SoundFault> {
        SoundStream::open(None, limit, pieces(of)).await?.bytes(1_000).await
    }

    #[test]
    fn sound_is_told_from_pages_by_its_first_bytes() {
        for (start, format) in [
            (&b"ID3\x03rest"[..], Some(SoundFormat::Mp3)),
            (b"\xFF\xFB\x90d", Some(SoundFormat::Mp3)),
            (b"\xFF\xF3\x40", Some(SoundFormat::Mp3)),
            (b"RIFF....WAVE", Some(SoundFormat::Wav)),
            (b"OggS", Some(SoundFormat::Ogg)),
            (b"fLaC", Some(SoundFormat::Flac)),
            (b"<!DOCTYPE html>", None),
            (b"{\"error\":1}", None),
            (b"\xFF", None),
            (b"", None),
        ] {
            assert_eq!(SoundFormat::sniff(start), format, "{start:?}");
        }
    }

    #[tokio::test]
    async fn a_recording_in_small_pieces_comes_whole() {
        assert_eq!(whole(9, &[Ok(b"O"), Ok(b"gg"), Ok(b"S12345")]).await.unwrap(), &b"OggS12345"[..]);
    }

    #[tokio::test]
    async fn what_is_no_recording_is_told_by_what_it_is() {
        let broke = |received| SoundFault::BrokeOff { received, reason: "reset".into() };
        for (of, fault) in [
            (&[][..], SoundFault::Empty),
            (&[Ok(&b" \n"[..])][..], SoundFault::Empty),
            (&[Ok(b"<html>")], SoundFault::NotSound { found: "an HTML page" }),
            (&[Ok(b"{\"a\":1}")], SoundFault::NotSound { found: "JSON" }),
            (&[Ok(b"PK\x03\x04")], SoundFault::NotSound { found: "unknown bytes" }),
            (&[Ok(b"Og"), Err("reset")], broke(2)),
            (&[Ok(b"OggS"), Ok(b"12"), Err("reset")], broke(6)),
            (&[Ok(b"OggS123456")], SoundFault::TooLarge { limit: 9 }),
        ] {
            assert_eq!(whole(9, of).await.unwrap_err(), fault, "{of:?}");
        }
        let promised = SoundStream::<SoundFault>::open(Some(10), 9, pieces(&[Ok(b"OggS")])).await;
        assert_eq!(promised.unwrap_err(), SoundFault::TooLarge { limit: 9 });
    }
}
