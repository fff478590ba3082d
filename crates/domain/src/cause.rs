//! What a provider said when it did not do what was asked, and the error that this was read from.
//!
//! A stage knows only what it may do about trouble: wait, pause, give up. What a person should do is known to
//! whoever knows the provider's own error; so it travels along, unread, to where words are made.

use std::error::Error;
use std::fmt;

/// Words in English, and the error behind them where there is one.
pub struct Cause {
    words: String,
    error: Option<Box<dyn Error + Send + Sync>>,
}

impl Cause {
    /// `words` for the log, and the error itself for whoever knows its type.
    pub fn of(words: impl Into<String>, error: impl Error + Send + Sync + 'static) -> Self {
        Self { words: words.into(), error: Some(Box::new(error)) }
    }

    /// The error behind it.
    pub fn error(&self) -> Option<&(dyn Error + Send + Sync + 'static)> {
        self.error.as_deref()
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.words)
    }
}

impl From<String> for Cause {
    fn from(words: String) -> Self {
        Self { words, error: None }
    }
}

impl From<&str> for Cause {
    fn from(words: &str) -> Self {
        words.to_owned().into()
    }
}
