//! What can be wrong with a model, by what a person does about it.

use std::path::{Path, PathBuf};

use http_client::HttpError;

/// A model cannot be listed, fetched, imported or checked.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// Not in the catalogue, so it cannot be downloaded by name.
    #[error(
        "model {name:?} is not in the catalogue ({known}); a file of your own comes in with `zvonar model import`"
    )]
    Unknown {
        /// The name that was asked for.
        name: String,
        /// Names that would do.
        known: String,
    },
    /// Not on this machine.
    #[error("model {name:?} is not installed; {hint}")]
    Missing {
        /// The name that was asked for.
        name: String,
        /// The command that brings it.
        hint: String,
    },
    /// The name would not do as a file's name.
    #[error(
        "model name {name:?} is not usable; take 1 to 64 of a-z, 0-9, '.', '_', '-', beginning with a letter or digit"
    )]
    BadName {
        /// The name.
        name: String,
    },
    /// The file is no model that we can use.
    #[error("{path}: not a usable speech model: {reason}", path = path.display())]
    Invalid {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The installed bytes are not the recorded ones.
    #[error(
        "model {name:?} is damaged: SHA-256 is {actual}, expected {expected}; bring it anew with `zvonar model pull` or `zvonar model import`"
    )]
    Damaged {
        /// The model.
        name: String,
        /// The digest on record.
        expected: String,
        /// The digest found.
        actual: String,
    },
    /// The download failed.
    #[error("cannot download the model: {0}")]
    Download(#[from] HttpError),
    /// The disk refuses.
    #[error("{path}: {source}", path = path.display())]
    Disk {
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
}

impl ModelError {
    /// Whether the same call may succeed later, unchanged.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Download(error) if error.is_retryable())
    }

    pub(super) fn disk(path: &Path, source: std::io::Error) -> Self {
        Self::Disk { path: path.to_owned(), source }
    }

    pub(super) fn invalid(path: &Path, reason: impl Into<String>) -> Self {
        Self::Invalid { path: path.to_owned(), reason: reason.into() }
    }
}
