//! A recording on its way: what kind of sound, how long, and its bytes.

use bytes::Bytes;
use futures::stream::BoxStream;

use crate::VoximplantError;

/// What the first bytes of a recording are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SoundFormat {
    /// MPEG audio.
    Mp3,
    /// RIFF WAVE.
    Wav,
    /// Ogg.
    Ogg,
    /// FLAC (`lossless`).
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

/// A recording on its way. The first bytes have been looked at: it is sound.
pub struct RecordingStream {
    /// What it is.
    pub format: SoundFormat,
    /// Its size in bytes, where the host says.
    pub length: Option<u64>,
    /// The bytes. An error ends the stream: what came before is worthless then.
    pub body: BoxStream<'static, Result<Bytes, VoximplantError>>,
}

impl std::fmt::Debug for RecordingStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecordingStream")
            .field("format", &self.format)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

impl RecordingStream {
    /// Reads it to the end.
    ///
    /// # Errors
    /// [`VoximplantError::TooLarge`] past `limit` bytes, [`VoximplantError::RecordingTruncated`] when it breaks off.
    pub async fn bytes(self, limit: usize) -> Result<Bytes, VoximplantError> {
        let mut body = self.body;
        let mut whole = Vec::new();
        while let Some(piece) = futures::StreamExt::next(&mut body).await {
            let piece = piece?;
            if whole.len() + piece.len() > limit {
                return Err(VoximplantError::TooLarge { limit: u64::try_from(limit).unwrap_or(u64::MAX) });
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
