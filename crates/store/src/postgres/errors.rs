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
    match code.get(..2).unwrap_or_default() {
        // no connection, too many of them, shut down by its keeper
        "08" | "57" => StoreError::Unavailable(Box::new(error)),
        "53" if code == "53100" => StoreError::NotWritable(Box::new(error)),
        "53" => StoreError::Unavailable(Box::new(error)),
        _ if MEETING.contains(&code) => StoreError::Unavailable(Box::new(error)),
        "25" if code == "25006" => StoreError::NotWritable(Box::new(error)),
        "42" if code == "42501" => StoreError::NotWritable(Box::new(error)),
        "58" => StoreError::NotWritable(Box::new(error)),
        // who may not come in, and what is not there
        "28" | "3D" => StoreError::Incompatible(said.message().to_owned()),
        // a constraint, or a text with a letter that no text here can hold
        "23" | "22" => StoreError::Invalid(format!("the database refuses the change: {}", said.message())),
        _ => StoreError::Corrupt { what: "database", why: error.to_string() },
    }
}
