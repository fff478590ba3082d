//! Why nothing was moved.

use crate::StoreError;

/// Nothing was moved.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// What another program writes to the file meanwhile would stay behind: stop it first.
    #[error("another program has the file open")]
    InUse,
    /// Everything is moved into an empty database: give another one.
    #[error("the PostgreSQL database is not empty")]
    NotEmpty,
    /// A table reads back otherwise than it was sent.
    #[error("table {table} reads back otherwise than it was sent: {kept} rows of {sent}")]
    Unequal {
        /// Which.
        table: &'static str,
        /// Rows that went.
        sent: u64,
        /// Rows that came.
        kept: u64,
    },
    /// One of the databases failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for MoveError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}
