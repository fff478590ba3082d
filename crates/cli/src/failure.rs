//! Why a command could not do its work: what happened, what to do next, with which code it ends.

use app::AppError;
use domain::Lang;
use pipeline::{RunError, SourceError};
use store::StoreError;

use crate::exit::Exit;
use crate::terminal::{Sign, Terminal, Tone};

/// A command's failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    /// Message and hint for an English screen, of errors that are made where no screen is known.
    english: Option<(String, String)>,
}

impl Failure {
    /// An error of a part: which language it is told in is known only where it is told.
    fn in_both(exit: Exit, told: impl Fn(Lang) -> (String, String)) -> Self {
        let (message, hint) = told(Lang::Ru);
        Self { exit, message, hint: Some(hint), english: Some(told(Lang::En)) }
    }

    /// The person asked for something that cannot be.
    pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, message: message.into(), hint: Some(hint.into()), english: None }
    }

    /// It did not work out.
    pub(crate) fn trouble(message: impl Into<String>) -> Self {
        Self { exit: Exit::Trouble, message: message.into(), hint: None, english: None }
    }

    /// Adds what to do next.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Stopped by a person.
    pub(crate) fn interrupted() -> Self {
        Self { exit: Exit::Interrupted, message: String::new(), hint: None, english: None }
    }

    /// The reader of our output has gone (`zvonar … | head`): nobody is left to complain to.
    pub(crate) fn nobody_reads() -> Self {
        Self { exit: Exit::Good, message: String::new(), hint: None, english: None }
    }

    /// Says it on stderr.
    pub(crate) fn say(&self, terminal: &Terminal) {
        if self.message.is_empty() {
            return;
        }
        let sign = terminal.paint_err(Tone::Bad, terminal.sign(Sign::Bad));
        let (message, hint) = match &self.english {
            Some((message, hint)) if terminal.texts.lang == Lang::En => (message, Some(hint.as_str())),
            _ => (&self.message, self.hint.as_deref()),
        };
        terminal.say(&format!("{sign} {message}"));
        if let Some(hint) = hint.filter(|hint| !hint.is_empty()) {
            terminal.say(&format!("  {} {hint}", terminal.sign(Sign::Arrow)));
        }
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        let exit = match (error.is_refused(), error.is_usage()) {
            (true, _) => Exit::Refused,
            (false, true) => Exit::Usage,
            (false, false) => Exit::Trouble,
        };
        Self { exit, message: error.message, hint: Some(error.hint), english: None }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        // a place in a listing is the only thing that a person hands to the store as it is
        let exit = if matches!(error, StoreError::Invalid(_)) { Exit::Usage } else { Exit::Trouble };
        Self::in_both(exit, |lang| {
            let told = app::store_error(lang, &error);
            (told.message, told.hint)
        })
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Store(error) => Self::from(error),
            RunError::Source { cause, .. } => {
                let exit = match &cause {
                    SourceError::Refused { .. } => Exit::Refused,
                    SourceError::Invalid { .. } => Exit::Usage,
                    _ => Exit::Trouble,
                };
                Self::in_both(exit, |lang| {
                    let told = pipeline::source_error(lang, &cause);
                    (told.message, told.hint)
                })
            }
        }
    }
}
