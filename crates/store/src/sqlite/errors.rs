//! What SQLite says, in the words of [`StoreError`].
//! Primary result codes: <https://www.sqlite.org/rescode.html>; the low byte of an extended code.

use crate::StoreError;

const BUSY: u32 = 5;
const LOCKED: u32 = 6;
const PERM: u32 = 3;
const READONLY: u32 = 8;
const IOERR: u32 = 10;
const FULL: u32 = 13;
const CANTOPEN: u32 = 14;
const CONSTRAINT: u32 = 19;
const NOTADB: u32 = 26;

pub(crate) fn told(error: sqlx::Error) -> StoreError {
    let code = error.as_database_error().and_then(primary_code);
    match code {
        Some(BUSY | LOCKED) => StoreError::Unavailable(Box::new(error)),
        Some(PERM | READONLY | IOERR | FULL | CANTOPEN) => StoreError::NotWritable(Box::new(error)),
        Some(CONSTRAINT) => {
            let said = error.as_database_error().map(|said| said.message().to_owned()).unwrap_or_default();
            StoreError::Invalid(format!("the database refuses the change: {said}"))
        }
        _ => StoreError::Corrupt { what: "database", why: error.to_string() },
    }
}

/// Whether the file is no SQLite database at all.
pub(crate) fn is_foreign_file(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(database) if primary_code(database.as_ref()) == Some(NOTADB))
}

fn primary_code(error: &dyn sqlx::error::DatabaseError) -> Option<u32> {
    error.code()?.parse::<u32>().ok().map(|code| code & 0xff)
}
