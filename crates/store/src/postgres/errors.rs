//! What PostgreSQL says, in the words of [`StoreError`].
//! Codes: <https://www.postgresql.org/docs/current/errcodes-appendix.html>; the first two letters are the class.

use sqlx::postgres::PgDatabaseError;

use crate::StoreError;

/// Statements that met each other: a deadlock, a serialization failure, a lock that was not had in time.
const MEETING: [&str; 3] = ["40P01", "40001", "55P03"];

pub(crate) fn told(error: sqlx::Error) -> StoreError {
    let said = match &error {
        sqlx::Error::Database(database) => database.try_downcast_ref::<PgDatabaseError>(),
        _ => None,
    };
    let Some(said) = said else {
        return StoreError::Corrupt { what: "row", why: error.to_string() };
    };
    let code = said.code();
    match (code.get(..2).unwrap_or_default(), code) {
        // full disk, a standby, no right, a failing disk
        (_, "53100" | "25006" | "42501") | ("58", _) => StoreError::NotWritable(Box::new(error)),
        // no connection, too many of them, shut down by its keeper
        ("08" | "53" | "57", _) => StoreError::Unavailable(Box::new(error)),
        _ if MEETING.contains(&code) => StoreError::Unavailable(Box::new(error)),
        // who may not come in, and what is not there
        ("28" | "3D", _) => StoreError::NotAdmitted(said.message().to_owned()),
        // a constraint, or a text with a letter that no text here can hold
        ("22" | "23", _) => {
            StoreError::Invalid(format!("the database refuses the change: {}", said.message()))
        }
        _ => StoreError::Corrupt { what: "database", why: error.to_string() },
    }
}
