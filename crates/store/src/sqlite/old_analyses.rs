//! Analyses that were made before figures were kept.

use domain::RubricId;

use super::judged::judge_anew;
use crate::StoreError;

/// Reads analyses that were made before figures were kept into them, a slice in each transaction, so
/// that a killed program goes on where it was.
pub(crate) async fn read_old_analyses(pool: &sqlx::SqlitePool) -> Result<(), StoreError> {
    loop {
        let mut tx = pool.begin_with("begin immediate").await?;
        let calls: Vec<i64> =
            sqlx::query_scalar("select call_id from unread_analyses order by call_id limit 500")
                .fetch_all(&mut *tx)
                .await?;
        if calls.is_empty() {
            return Ok(());
        }
        for call in calls {
            let rubrics: Vec<String> =
                sqlx::query_scalar("select distinct rubric from analyses where call_id = ?")
                    .bind(call)
                    .fetch_all(&mut *tx)
                    .await?;
            for rubric in rubrics {
                judge_anew(&mut tx, call, &RubricId::new(rubric)).await?;
            }
            sqlx::query("delete from unread_analyses where call_id = ?").bind(call).execute(&mut *tx).await?;
        }
        tx.commit().await?;
    }
}
