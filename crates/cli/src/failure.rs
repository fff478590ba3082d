//! Why a command could not do its work: what happened, what to do next, with which code it ends.

use app::{AppError, ConfigError};
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
}

impl Failure {
    /// The person asked for something that cannot be.
    pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, message: message.into(), hint: Some(hint.into()) }
    }

    /// It did not work out.
    pub(crate) fn trouble(message: impl Into<String>) -> Self {
        Self { exit: Exit::Trouble, message: message.into(), hint: None }
    }

    /// Adds what to do next.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Stopped by a person.
    pub(crate) fn interrupted() -> Self {
        Self { exit: Exit::Interrupted, message: String::new(), hint: None }
    }

    /// The reader of our output has gone (`zvonar … | head`): nobody is left to complain to.
    pub(crate) fn nobody_reads() -> Self {
        Self { exit: Exit::Good, message: String::new(), hint: None }
    }

    /// Says it on stderr.
    pub(crate) fn say(&self, terminal: &Terminal) {
        if self.message.is_empty() {
            return;
        }
        let sign = terminal.paint_err(Tone::Bad, terminal.sign(Sign::Bad));
        terminal.say(&format!("{sign} {}", self.message));
        if let Some(hint) = self.hint.as_deref().filter(|hint| !hint.is_empty()) {
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
        Self { exit, message: error.message, hint: Some(error.hint) }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self { exit: Exit::Usage, message: error.to_string(), hint: Some("zvonar config show".to_owned()) }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::trouble(error.to_string())
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        let (exit, hint) = match &error {
            RunError::Source { cause: SourceError::Refused { hint, .. }, .. } => {
                (Exit::Refused, Some(hint.clone()))
            }
            RunError::Source { cause: SourceError::Invalid { hint, .. }, .. } => {
                (Exit::Usage, Some(hint.clone()))
            }
            _ => (Exit::Trouble, None),
        };
        Self { exit, message: error.to_string(), hint }
    }
}
