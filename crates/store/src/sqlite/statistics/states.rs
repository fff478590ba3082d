//! How many calls stand where: whole days from their sums, the ends of a period from the rows.

use domain::TimeWindow;
use sqlx::SqliteConnection;

use super::{States, sums};
use crate::StoreError;
use crate::sqlite::counting::Split;
use crate::week::DAY_MS;

pub(super) async fn states(
    tx: &mut SqliteConnection,
    window: TimeWindow,
    manager: Option<&str>,
) -> Result<States, StoreError> {
    let mut states = States::default();
    let Split { days, edges } = match manager {
        None => Split::of(window, DAY_MS),
        // an employee's calls are few enough to be counted
        Some(_) => Split { days: None, edges: vec![window] },
    };
    if let Some((first, end)) = days {
        let rows = sqlx::query(
            "select status, review, incomplete, sum(calls) as calls from call_days \
             where day >= ? and day < ? group by 1, 2, 3",
        )
        .bind(first)
        .bind(end)
        .fetch_all(&mut *tx)
        .await?;
        states.add(&rows)?;
    }
    for edge in edges {
        let mut query = sums::raw_query(
            "c.status as status, c.review as review, c.incomplete as incomplete, count(*) as calls",
            manager,
            edge,
        );
        query.push(" group by 1, 2, 3");
        states.add(&query.build().fetch_all(&mut *tx).await?)?;
    }
    Ok(states)
}
