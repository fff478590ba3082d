//! What a program tells its user when the parts cannot be put together.

/// An error with a stable code and the next step.
#[derive(Debug, thiserror::Error)]
#[error("{message}{}{hint}", if hint.is_empty() { "" } else { " → " })]
pub struct AppError {
    /// Stable, for scripts: `model_missing`, `rubric_unknown`, …
    pub code: &'static str,
    /// What happened and why.
    pub message: String,
    /// What to do next; may be empty.
    pub hint: String,
    /// The user asked for something that cannot be, or configured it wrong: exit code 2.
    pub usage: bool,
    /// A provider refused us: exit code 3.
    pub refused: bool,
}

impl AppError {
    /// Wrong usage or configuration.
    pub(crate) fn usage(code: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: hint.into(), usage: true, refused: false }
    }

    /// Something failed.
    pub(crate) fn failed(code: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: hint.into(), usage: false, refused: false }
    }

    /// The same, blamed on what was asked for.
    pub(crate) fn usage_if(mut self, asked_wrong: bool) -> Self {
        self.usage = asked_wrong;
        self
    }

    /// Exit code 2.
    pub fn is_usage(&self) -> bool {
        self.usage
    }

    /// Exit code 3.
    pub fn is_refused(&self) -> bool {
        self.refused
    }
}
