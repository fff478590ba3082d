//! Where the SQL of the two databases parts: PostgreSQL's side; see `../sqlite/dialect.rs`.

use super::DbConnection;
use crate::StoreError;

pub(crate) const JOIN: &str = "join";
/// What others are about to take is passed over, not waited for.
pub(crate) const SKIP_LOCKED: &str = " for update skip locked";
pub(crate) const PLACE_IN_TEXT: &str = "strpos";
pub(crate) const IS_SO: &str = "";

/// Of the advisory lock under which places of criteria are given; any number that nobody else uses.
const PLACES_TURN: i64 = 0x5a76_6e72_0002;

/// The texts or numbers of the JSON array that is bound as the n-th parameter, as rows `w (key, value)`;
/// numbers are read as `cast(w.value as bigint)`.
pub(crate) fn each(n: u8) -> String {
    format!("jsonb_array_elements_text(${n}::jsonb) with ordinality w (value, key)")
}

/// The arrays of a JSON array, as rows `w (key, value)` from key 0: `w.value ->> 0` is the first member of one.
pub(crate) fn each_row(n: u8) -> String {
    format!(
        "(select value, key - 1 as key from jsonb_array_elements(${n}::jsonb) with ordinality e (value, key)) w"
    )
}

/// PostgreSQL finds its way by itself.
pub(crate) fn along(_: &str) -> String {
    String::new()
}

/// Waits until nobody else gives numbers, and keeps the turn until the transaction ends.
pub(crate) async fn wait_for_turn(tx: &mut DbConnection) -> Result<(), StoreError> {
    sqlx::query("select pg_advisory_xact_lock($1)").bind(PLACES_TURN).execute(tx).await?;
    Ok(())
}
