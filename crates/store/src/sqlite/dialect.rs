//! Where the SQL of the two databases parts: SQLite's side.
//!
//! The files of `both` are compiled in each room and say what is alike; these few words differ.

use super::DbConnection;
use crate::StoreError;

/// Joins in this very order: without statistics the planner would now and then begin at the wrong end.
pub(crate) const JOIN: &str = "cross join";
/// Nobody else can hold a row: there is one writer.
pub(crate) const SKIP_LOCKED: &str = "";
/// The function that finds a text in a text, counting from 1.
pub(crate) const PLACE_IN_TEXT: &str = "instr";
/// After a flag that must be set, in the words of the partial indexes.
pub(crate) const IS_SO: &str = " = 1";

/// The texts or numbers of the JSON array that is bound as the n-th parameter, as rows `w (key, value)`;
/// numbers are read as `cast(w.value as bigint)`.
pub(crate) fn each(n: u8) -> String {
    format!("json_each(${n}) w")
}

/// The arrays of a JSON array, as rows `w (key, value)` from key 0: `w.value ->> 0` is the first member of one.
pub(crate) fn each_row(n: u8) -> String {
    each(n)
}

/// Goes along this index: without statistics SQLite would now and then sort a million rows for one page.
pub(crate) fn along(index: &str) -> String {
    format!(" indexed by {index}")
}

/// Waits until nobody else gives numbers; nobody does while there is one writer.
pub(crate) async fn wait_for_turn(_: &mut DbConnection) -> Result<(), StoreError> {
    Ok(())
}
