//! A text that a person hands over: a file, or stdin for `-`.

use std::io::Read as _;
use std::path::Path;

use crate::failure::Failure;
use crate::texts::{Texts, t};
use crate::wording;

/// What to say where the file cannot be used.
pub(crate) struct TextHints {
    /// It cannot be read.
    pub(crate) unreadable: String,
    /// It is no text.
    pub(crate) no_text: String,
}

/// The text, at most `most` bytes and one more, so that the reader of it sees that it is too long.
pub(crate) fn read_text(
    file: &Path,
    most: usize,
    texts: Texts,
    hints: &TextHints,
) -> Result<String, Failure> {
    let name = file.display().to_string();
    let unreadable = |error: std::io::Error| {
        let reason = wording::io_error(texts, &error);
        Failure::usage(
            t!(texts, "file-not-read", path = name.clone(), reason = reason),
            hints.unreadable.clone(),
        )
    };
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes).map_err(unreadable)?;
    } else {
        let source = std::fs::File::open(file).map_err(unreadable)?;
        source.take(limit).read_to_end(&mut bytes).map_err(unreadable)?;
    }
    let text = String::from_utf8(bytes).map_err(|_| {
        Failure::usage(t!(texts, "analyze-no-text", path = name.clone()), hints.no_text.clone())
    })?;
    // editors of Windows put a mark before the first word
    Ok(text.strip_prefix('\u{feff}').map(ToOwned::to_owned).unwrap_or(text))
}
