//! Errors in words for the person who reads the report: what happened and what to do next.

use audio::AudioError;
use domain::{CallError, Lang};

use crate::SourceError;
use crate::recordings::ShelfError;

/// An error with its texts in the run's language.
pub(crate) fn error(code: &str, message: impl Into<String>, hint: impl Into<String>) -> CallError {
    CallError { code: code.to_owned(), message: message.into(), hint: hint.into() }
}

/// What hints begin with that promise another try without anybody's doing.
const PROMISES: [&str; 6] = [
    "повторим сами",
    "спросим",
    "скачаем заново сами",
    "we will try again",
    "we will ask again",
    "try again later",
];

/// The error of a job that nobody but a person takes up again: a promise of another try would keep people
/// waiting for ever. What else was advised stays, and comes first.
pub(crate) fn given_up(lang: Lang, mut error: CallError) -> CallError {
    const BY_HAND: &str = "zvonar queue retry";
    if error.hint.contains(BY_HAND) {
        return error;
    }
    let first = match error.hint.as_str() {
        hint if hint.is_empty() || PROMISES.iter().any(|promise| hint.starts_with(promise)) => {
            lang.pick("проверьте, что мешает: zvonar doctor", "see what is in the way: zvonar doctor")
        }
        advice => advice,
    };
    let then = lang.pick(
        "затем нажмите «Повторить» в разделе «Очередь» или:",
        "then press Retry on the queue page, or:",
    );
    error.hint = format!("{first}; {then} {BY_HAND}");
    error
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
            format!("файл не читается: {}", io_words(lang, io)),
            "проверьте, что файл на месте и доступен для чтения",
        ),
        (_, cause) => (cause.to_string(), "mend the file, then: zvonar queue retry"),
    };
    error(cause.code(), message, hint)
}

/// What the system says of a file.
pub fn io_words(lang: Lang, error: &std::io::Error) -> String {
    use std::io::ErrorKind as Kind;
    if lang == Lang::En {
        // the name of a temporary file tells nobody anything
        return error.to_string().split(" at path ").next().unwrap_or_default().to_owned();
    }
    let known = match error.kind() {
        Kind::NotFound => "нет такого файла или папки",
        Kind::PermissionDenied => "нет прав",
        Kind::IsADirectory => "это папка",
        Kind::NotADirectory => "часть пути — не папка",
        Kind::TimedOut => "диск не ответил вовремя",
        Kind::StorageFull | Kind::QuotaExceeded => "на диске кончилось место",
        Kind::ReadOnlyFilesystem => "диск только для чтения",
        Kind::InvalidData => "содержимое повреждено",
        Kind::UnexpectedEof => "файл обрывается",
        Kind::InvalidFilename => "такое имя файла не годится",
        Kind::ResourceBusy => "файл занят другой программой",
        _ => {
            let english = error.to_string();
            return format!("система сообщает: {}", english.split(" at path ").next().unwrap_or_default());
        }
    };
    known.to_owned()
}

/// Why a source has no calls to give, for the person who named it.
pub fn source_error(lang: Lang, cause: &SourceError) -> CallError {
    let russian = lang == Lang::Ru;
    match cause {
        SourceError::Invalid { message, hint } => error("source_invalid", message, hint),
        SourceError::Refused { message, hint } if russian => {
            error("source_refused", format!("источник отказал в доступе: {message}"), hint)
        }
        SourceError::Refused { hint, .. } => error("source_refused", cause.to_string(), hint),
        SourceError::Unavailable { message, .. } if russian => {
            error("source_unavailable", format!("источник не отвечает: {message}"), "повторите позже")
        }
        SourceError::NotReady(what) if russian => {
            error("recording_not_ready", format!("запись ещё не готова: {what}"), "повторите позже")
        }
        SourceError::Gone(what) if russian => {
            error("recording_gone", format!("записи больше нет: {what}"), "проверьте источник")
        }
        other => error("source_unavailable", other.to_string(), "try again later"),
    }
}

/// Why the storage of recordings does not help, for the person who keeps it.
pub fn shelf_error(lang: Lang, cause: &ShelfError) -> CallError {
    let hint = lang.pick("проверьте: zvonar doctor", "check: zvonar doctor");
    let again = lang.pick("повторим сами", "we will try again");
    let said = |russian: &str, why: &str| match lang {
        Lang::Ru => format!("{russian}: {why}"),
        Lang::En => cause.to_string(),
    };
    match cause {
        ShelfError::Refused(why) => error("storage_refused", said("хранилище записей отказало", why), hint),
        ShelfError::NoBucket => error(
            "storage_no_bucket",
            lang.pick(
                "в хранилище записей нет такого бакета",
                "the storage of recordings has no such bucket",
            ),
            hint,
        ),
        ShelfError::Unavailable(why) => {
            error("storage_unavailable", said("хранилище записей не отвечает", why), again)
        }
        ShelfError::Damaged(name) => {
            error("storage_damaged", said("запись из хранилища пришла повреждённой", name), again)
        }
        ShelfError::Disk(io) => error("recordings_not_writable", io_words(lang, io), hint),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_gives_up_promises_nothing_and_keeps_what_was_advised() {
        let given = |lang, hint: &str| given_up(lang, error("x", "y", hint)).hint;
        for (lang, promise) in [
            (Lang::Ru, "повторим сами"),
            (Lang::Ru, ""),
            (Lang::Ru, "скачаем заново сами"),
            (Lang::En, "we will try again"),
        ] {
            let hint = given(lang, promise);
            assert!(hint.contains("zvonar doctor") && hint.ends_with("zvonar queue retry"), "{hint}");
            assert!(!hint.contains("сами") && !hint.contains("we will"), "{hint}");
        }
        let advised = given(Lang::Ru, "проверьте сеть и прокси (UIS_PROXY)");
        assert!(advised.starts_with("проверьте сеть и прокси (UIS_PROXY); затем"), "{advised}");
        let own = "скачайте запись заново, затем: zvonar queue retry";
        assert_eq!(given(Lang::Ru, own), own);
    }
}
