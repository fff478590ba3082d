//! Recognises a file by its first bytes; the extension is never asked.

use std::io::{self, Read, Seek, SeekFrom};

use crate::AudioError;
use crate::mpeg;

/// The container, and where it begins (`ID3v2` tags and junk in front are skipped).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sniffed {
    pub(crate) kind: Kind,
    /// Byte offset of the container's first byte.
    pub(crate) base: u64,
}

/// Containers that are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Wav,
    Mpeg,
    Adts,
    Ogg,
    Flac,
    Matroska,
    Mp4,
}

/// How far an MPEG frame is looked for behind leading junk: recorders that cut a stream
/// leave the rest of a frame in front.
const JUNK_BYTES: usize = 16 * 1024;
/// Tags may follow each other; more than these is no music file.
const MAX_TAGS: usize = 4;

/// Looks at the content.
///
/// # Errors
/// `Empty` for no bytes, `NotAudio` with what it looks like, `Unsupported` for known sound formats
/// that are not decoded, `Io`.
pub(crate) fn sniff<R: Read + Seek>(source: &mut R) -> Result<Sniffed, AudioError> {
    let mut base = 0;
    let mut tagged = false;
    for _ in 0..=MAX_TAGS {
        let head = read_at(source, base, JUNK_BYTES)?;
        if head.is_empty() {
            return Err(if tagged {
                AudioError::Empty { what: "an ID3 tag and nothing behind it" }
            } else {
                AudioError::Empty { what: "the file has 0 bytes" }
            });
        }
        if let Some(tag_bytes) = id3v2_bytes(&head) {
            base += tag_bytes;
            tagged = true;
            continue;
        }
        return recognise(&head, base, tagged);
    }
    Err(AudioError::corrupt("more ID3 tags than a real file has"))
}

fn recognise(head: &[u8], base: u64, tagged: bool) -> Result<Sniffed, AudioError> {
    let at = |offset: usize, magic: &[u8]| head.get(offset..).is_some_and(|h| h.starts_with(magic));
    let kind = if (at(0, b"RIFF") || at(0, b"RF64") || at(0, b"BW64")) && at(8, b"WAVE") {
        Some(Kind::Wav)
    } else if at(0, b"OggS") {
        Some(Kind::Ogg)
    } else if at(0, b"fLaC") {
        Some(Kind::Flac)
    } else if at(0, &[0x1a, 0x45, 0xdf, 0xa3]) {
        Some(Kind::Matroska)
    } else if at(4, b"ftyp") || at(4, b"moov") && at(12, b"mvhd") {
        Some(Kind::Mp4)
    } else if mpeg::adts_stream(head) {
        Some(Kind::Adts)
    } else if mpeg::audio_stream(head) {
        Some(Kind::Mpeg)
    } else {
        None
    };
    if let Some(kind) = kind {
        return Ok(Sniffed { kind, base });
    }
    refuse_known(head)?;
    if let Some(offset) = mpeg::find_audio_stream(head) {
        return Ok(Sniffed { kind: Kind::Mpeg, base: base + crate::units::count(offset) });
    }
    Err(AudioError::NotAudio {
        looks_like: if tagged { "an ID3 tag before no sound" } else { looks_like(head) },
    })
}

/// Known formats that are no recordings, or none that is decoded here.
fn refuse_known(head: &[u8]) -> Result<(), AudioError> {
    const CONVERT: &str = "convert it to WAV, MP3, OGG, M4A or FLAC";
    let unsupported = |what: &str| Err(AudioError::Unsupported { what: what.to_owned(), hint: CONVERT });
    let not_audio = |looks_like| Err(AudioError::NotAudio { looks_like });
    let starts = |magic: &[u8]| head.starts_with(magic);
    if starts(b"RIFX") {
        unsupported("big-endian RIFF (RIFX)")
    } else if starts(b"#!AMR") {
        unsupported("AMR")
    } else if starts(b"FORM") && head.get(8..).is_some_and(|h| h.starts_with(b"AIF")) {
        unsupported("AIFF")
    } else if starts(&[0x30, 0x26, 0xb2, 0x75]) {
        unsupported("WMA (ASF)")
    } else if starts(b".snd") {
        unsupported("AU (.snd)")
    } else if starts(b"RIFF") {
        not_audio("a RIFF file that is not WAVE")
    } else if starts(b"\x89PNG") || starts(b"GIF8") || starts(&[0xff, 0xd8, 0xff]) || starts(b"BM") {
        not_audio("an image")
    } else if starts(b"%PDF") {
        not_audio("a PDF document")
    } else if starts(b"PK\x03\x04") || starts(&[0x1f, 0x8b]) || starts(b"Rar!") || starts(b"7z\xbc\xaf") {
        not_audio("an archive")
    } else if starts(b"\x7fELF") || starts(b"MZ") {
        not_audio("a program")
    } else {
        looks_like_text(head).map_or(Ok(()), not_audio)
    }
}

/// Text, if the first bytes are only text.
fn looks_like_text(head: &[u8]) -> Option<&'static str> {
    let head = head.get(..head.len().min(512)).unwrap_or(head);
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text,
        // a letter cut at the end of the window is still text
        Err(e) if head.len() - e.valid_up_to() < 4 => {
            std::str::from_utf8(head.get(..e.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    if valid.chars().any(|c| c.is_control() && !c.is_whitespace()) {
        return None;
    }
    let lower = valid.trim_start().to_lowercase();
    Some(if lower.starts_with("<!doctype html") || lower.starts_with("<html") || lower.contains("<head") {
        "an HTML page"
    } else if lower.starts_with("<?xml") {
        "an XML document"
    } else if lower.starts_with('{') || lower.starts_with('[') {
        "a JSON document"
    } else {
        "a text file"
    })
}

fn looks_like(head: &[u8]) -> &'static str {
    if head.iter().all(|b| *b == 0) { "zero bytes only" } else { "unknown binary data" }
}

/// Length of an `ID3v2` tag (header, body, footer), where one begins here.
fn id3v2_bytes(head: &[u8]) -> Option<u64> {
    let &[b'I', b'D', b'3', major, minor, flags, a, b, c, d, ..] = head else { return None };
    if major == 0xff || minor == 0xff || [a, b, c, d].iter().any(|x| *x >= 0x80) {
        return None;
    }
    let body = [a, b, c, d].iter().fold(0_u64, |sum, x| sum << 7 | u64::from(*x));
    let footer = if flags & 0x10 == 0 { 0 } else { 10 };
    Some(10 + body + footer)
}

fn read_at<R: Read + Seek>(source: &mut R, at: u64, bytes: usize) -> io::Result<Vec<u8>> {
    source.seek(SeekFrom::Start(at))?;
    let mut head = Vec::with_capacity(bytes);
    source.take(crate::units::count(bytes)).read_to_end(&mut head)?;
    Ok(head)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn kind_of(bytes: &[u8]) -> Result<Sniffed, AudioError> {
        sniff(&mut Cursor::new(bytes.to_vec()))
    }

    #[test]
    fn strangers_are_named_for_what_they_are() {
        for (bytes, name) in [
            (&b"<!DOCTYPE html><html><body>403</body></html>"[..], "an HTML page"),
            (b"{\"error\": \"expired\"}", "a JSON document"),
            ("Запись ещё не готова".as_bytes(), "a text file"),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "an image"),
            (b"PK\x03\x04\x14\0", "an archive"),
            (&[0; 64], "zero bytes only"),
        ] {
            match kind_of(bytes) {
                Err(AudioError::NotAudio { looks_like }) => assert_eq!(looks_like, name),
                other => panic!("{name}: {other:?}"),
            }
        }
        assert!(matches!(kind_of(b""), Err(AudioError::Empty { .. })));
        assert!(matches!(kind_of(b"#!AMR\n<q"), Err(AudioError::Unsupported { .. })));
    }

    #[test]
    fn tags_in_front_are_skipped() {
        let mut bytes = b"ID3\x04\0\0\0\0\x01\x02".to_vec();
        bytes.extend([0; 130]);
        bytes.extend(b"fLaC");
        assert_eq!(kind_of(&bytes).unwrap(), Sniffed { kind: Kind::Flac, base: 140 });
        bytes.truncate(140);
        assert!(matches!(kind_of(&bytes), Err(AudioError::Empty { .. })));
    }
}
