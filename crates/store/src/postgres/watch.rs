//! Whether anything was written since: every statement that changes what people see adds one to `changes`, in
//! its own transaction (migration 8), so the sum is another exactly when the change can be seen.

use std::sync::{Mutex, PoisonError};

use sqlx::PgPool;

use crate::{ChangeMark, StoreError};

/// Rows that are summed at a look: with more of them they are folded first. Workers fold as they go; where only
/// people change something, whoever looks does it.
const LOOSE: i64 = 1_000;

/// What was seen last.
#[derive(Debug, Default)]
pub(crate) struct Watch(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    sum: Option<i64>,
    mark: u64,
}

impl Watch {
    /// The moment as of now, and whether there is much to fold.
    pub(crate) async fn mark(&self, pool: &PgPool) -> Result<(ChangeMark, bool), StoreError> {
        let (sum, rows): (i64, i64) =
            sqlx::query_as("select coalesce(sum(n), 0)::bigint, count(*) from changes")
                .fetch_one(pool)
                .await?;
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.sum.replace(sum) != Some(sum) {
            seen.mark += 1;
        }
        Ok((ChangeMark(seen.mark), rows > LOOSE))
    }
}
