//! Rubrics as a customer writes them: read, checked, kept in a library.

mod check;
mod library;
mod read;
pub(crate) mod rule;

pub use check::{FindingSeverity, RubricFinding, check};
pub use library::RubricLibrary;
pub use read::parse;

use std::path::PathBuf;

/// A rubric that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RubricError {
    /// The text has mistakes; the first is told, [`check`] tells all.
    #[error("the rubric has a mistake{}: {}", .0.place(), .0.message)]
    Invalid(RubricFinding),
    /// The text is longer than any check-list.
    #[error("the rubric is {bytes} bytes long; at most {limit} are read")]
    TooLong {
        /// Its size.
        bytes: u64,
        /// The most that is read.
        limit: u64,
    },
    /// A file or folder cannot be read.
    #[error("cannot read {path}: {reason}; check the path and its rights")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// Two rubrics with one id.
    #[error("two rubrics have the id {id:?}: {path} repeats it; give it another id")]
    DuplicateId {
        /// The id.
        id: String,
        /// The second file.
        path: PathBuf,
    },
    /// A file of the folder has a mistake.
    #[error("{path}: {source}")]
    InFile {
        /// Which.
        path: PathBuf,
        /// The mistake.
        source: Box<RubricError>,
    },
}
