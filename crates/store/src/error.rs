//! What a caller can do about a failing store.

use std::io::ErrorKind;

use sqlx::postgres::PgDatabaseError;

use crate::{postgres, sqlite};

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database is busy or gone for a moment: try again.
    #[error("the database does not answer: {0}; the work is safe, try again")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No room or no right to write: a person must act.
    #[error("the database cannot be written: {0}; check free space and the rights of the data folder")]
    NotWritable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The lease ran out and another worker holds the job: drop the result.
    #[error("the lease on the job ran out; another worker has it, this result is dropped")]
    LeaseLost,
    /// The database was made by a newer zvonar, or is no database of zvonar.
    #[error("the database cannot be opened: {0}")]
    Incompatible(String),
    /// The server knows no such name, password or database: a person must act.
    #[error("the database server lets nobody in: {0}; check the name, password and database in DATABASE_URL")]
    NotAdmitted(String),
    /// A stored row cannot be read back.
    #[error("a stored {what} cannot be read: {why}")]
    Corrupt {
        /// Which kind of row.
        what: &'static str,
        /// What the reader said.
        why: String,
    },
    /// The caller asked for something that cannot be.
    #[error("{0}")]
    Invalid(String),
}

impl StoreError {
    /// Whether the same call may succeed a moment later.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed
            | sqlx::Error::InvalidSavePointStatement
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_) => Self::Unavailable(Box::new(error)),
            sqlx::Error::Io(io) if is_of_the_line(io.kind()) => Self::Unavailable(Box::new(error)),
            sqlx::Error::Io(_) => Self::NotWritable(Box::new(error)),
            sqlx::Error::Database(said) if said.try_downcast_ref::<PgDatabaseError>().is_some() => {
                postgres::errors::told(error)
            }
            sqlx::Error::Database(_) => sqlite::errors::told(error),
            _ => Self::Corrupt { what: "row", why: error.to_string() },
        }
    }
}

/// Of the way to a server, not of a disk.
fn is_of_the_line(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ConnectionRefused
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::NotConnected
            | ErrorKind::BrokenPipe
            | ErrorKind::UnexpectedEof
            | ErrorKind::TimedOut
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NetworkDown
            | ErrorKind::NotFound
    )
}
