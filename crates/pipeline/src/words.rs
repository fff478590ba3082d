//! Errors in words for the person who reads the report: what happened and what to do next.

use audio::AudioError;
use domain::{CallError, Lang};

/// An error with its texts in the run's language.
pub(crate) fn error(code: &str, message: impl Into<String>, hint: impl Into<String>) -> CallError {
    CallError { code: code.to_owned(), message: message.into(), hint: hint.into() }
}

/// Why a recording cannot be read, for the person who has it.
pub fn audio_error(lang: Lang, cause: &AudioError) -> CallError {
    let (message, hint) = match (lang, cause) {
        (Lang::Ru, AudioError::Empty { .. }) => (
            "в файле нет ни одной секунды звука".to_owned(),
            "дождитесь, пока запись допишется, или скачайте её заново",
        ),
        (Lang::Ru, AudioError::NotAudio { .. }) => {
            ("это не звук: под именем записи лежит другой файл".to_owned(), "проверьте, что прислал источник")
        }
        (Lang::Ru, AudioError::Unsupported { what, .. }) => {
            (format!("формат {what} не поддерживается"), "переведите запись в WAV, MP3, OGG, M4A или FLAC")
        }
        (Lang::Ru, AudioError::Truncated { decoded_ms, expected_ms }) => (
            format!("читается {} из {}", clock(*decoded_ms), clock(*expected_ms)),
            "скачайте запись заново, затем: zvonar queue retry",
        ),
        (Lang::Ru, AudioError::TooLong { limit_ms }) => {
            (format!("запись длиннее {} ч", limit_ms / 3_600_000), "разделите её на части")
        }
        (Lang::Ru, AudioError::TooLarge { bytes, limit_bytes }) => (
            format!("файл больше предела: {} МБ из {} МБ", bytes / 1_000_000, limit_bytes / 1_000_000),
            "сожмите или разделите запись",
        ),
        (Lang::Ru, AudioError::TooManyChannels { channels, limit }) => {
            (format!("каналов {channels}, понимаем не больше {limit}"), "сведите запись в моно или стерео")
        }
        (Lang::Ru, AudioError::Corrupt { .. }) => {
            ("запись повреждена".to_owned(), "скачайте запись заново, затем: zvonar queue retry")
        }
        (Lang::Ru, AudioError::Io(io)) => (
            format!("файл не читается: {}", io_words(io.kind())),
            "проверьте, что файл на месте и доступен для чтения",
        ),
        (_, cause) => (cause.to_string(), "mend the file, then: zvonar queue retry"),
    };
    error(cause.code(), message, hint)
}

/// What the system says of a file, in Russian.
fn io_words(kind: std::io::ErrorKind) -> String {
    use std::io::ErrorKind as Kind;
    match kind {
        Kind::NotFound => "его нет".to_owned(),
        Kind::PermissionDenied => "нет прав на чтение".to_owned(),
        Kind::IsADirectory => "это папка".to_owned(),
        Kind::TimedOut => "диск не ответил вовремя".to_owned(),
        other => other.to_string(),
    }
}

/// `3:40`, `1:04:07`.
pub(crate) fn clock(ms: u64) -> String {
    let seconds = ms / 1000;
    match seconds / 3600 {
        0 => format!("{}:{:02}", seconds / 60, seconds % 60),
        hours => format!("{hours}:{:02}:{:02}", seconds / 60 % 60, seconds % 60),
    }
}
