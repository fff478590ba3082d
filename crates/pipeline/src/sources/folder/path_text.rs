//! Paths as text and back, without loss.
//!
//! A path that is Unicode is its own text. Any other (Unix allows every byte) becomes
//! `file://` and the path with its odd bytes and `%` written `%FF`: no canonical path begins so.

use std::path::{Path, PathBuf};

const ESCAPED: &str = "file://";

pub(crate) fn path_to_text(path: &Path) -> String {
    match path.to_str() {
        Some(text) => text.to_owned(),
        None => escape(path),
    }
}

pub(crate) fn path_from_text(text: &str) -> PathBuf {
    match text.strip_prefix(ESCAPED) {
        Some(escaped) => unescape(escaped),
        None => PathBuf::from(text),
    }
}

#[cfg(unix)]
fn escape(path: &Path) -> String {
    use std::fmt::Write as _;
    use std::os::unix::ffi::OsStrExt as _;

    let mut text = ESCAPED.to_owned();
    for chunk in path.as_os_str().as_bytes().utf8_chunks() {
        text.push_str(&chunk.valid().replace('%', "%25"));
        for byte in chunk.invalid() {
            // writing to a String cannot fail
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(unix)]
fn unescape(text: &str) -> PathBuf {
    use std::os::unix::ffi::OsStringExt as _;

    let mut bytes = Vec::with_capacity(text.len());
    let mut parts = text.split('%');
    bytes.extend_from_slice(parts.next().unwrap_or_default().as_bytes());
    for part in parts {
        let code = part.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        if let (Some(byte), Some(rest)) = (code, part.get(2..)) {
            bytes.push(byte);
            bytes.extend_from_slice(rest.as_bytes());
        } else {
            bytes.push(b'%');
            bytes.extend_from_slice(part.as_bytes());
        }
    }
    PathBuf::from(std::ffi::OsString::from_vec(bytes))
}

/// Elsewhere a name that is not Unicode can be shown, not found again.
#[cfg(not(unix))]
fn escape(path: &Path) -> String {
    format!("{ESCAPED}{}", path.to_string_lossy())
}

#[cfg(not(unix))]
fn unescape(text: &str) -> PathBuf {
    PathBuf::from(text)
}

#[cfg(all(test, unix))]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    use super::*;

    #[test]
    fn every_path_comes_back_from_its_text() {
        for bytes in [
            b"/calls/one.wav".as_slice(),
            "/звонки/100% наш\nзвонок.mp3".as_bytes(),
            b"/calls/\xff\xfe 50%25 \xd0.wav",
            b"/calls/%41\xff",
        ] {
            let path = Path::new(OsStr::from_bytes(bytes));
            assert_eq!(path_from_text(&path_to_text(path)), path);
        }
        assert_eq!(path_to_text(Path::new("/звонки/100%.mp3")), "/звонки/100%.mp3");
        assert_eq!(path_to_text(Path::new(OsStr::from_bytes(b"/a%\xff"))), "file:///a%25%FF");
    }
}
