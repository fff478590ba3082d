//! How many calls stand where, counted.

use domain::TimeWindow;
use sqlx::QueryBuilder;

use super::{States, push_scope};
use crate::StoreError;
use crate::postgres::{Db, DbConnection};

pub(super) async fn states(
    tx: &mut DbConnection,
    window: TimeWindow,
    manager: Option<&str>,
) -> Result<States, StoreError> {
    let mut query = QueryBuilder::<Db>::new(
        "select c.status, c.review, c.incomplete, count(*) as calls from calls c where true",
    );
    push_scope(&mut query, "c", "started_at", manager, window);
    query.push(" group by 1, 2, 3");
    let mut states = States::default();
    states.add(&query.build().fetch_all(tx).await?)?;
    Ok(states)
}
