//! [`Upkeep`] of a server's database.

use std::path::Path;

use async_trait::async_trait;

use super::PostgresStore;
use super::presence::GONE_AFTER_S;
use crate::{SchemaSteps, StoreError, Upkeep};

#[async_trait]
impl Upkeep for PostgresStore {
    async fn programs_alive(&self) -> Result<u64, StoreError> {
        let alive: i64 = sqlx::query_scalar(
            "select count(*) from workers where seen_at > now() - make_interval(secs => $1)",
        )
        .bind(f64::from(GONE_AFTER_S))
        .fetch_one(&self.readers)
        .await?;
        Ok(u64::try_from(alive).unwrap_or(0))
    }

    async fn schema_steps(&self) -> Result<SchemaSteps, StoreError> {
        self.steps_made().await
    }

    async fn copy_to(&self, _: &Path) -> Result<(), StoreError> {
        Err(StoreError::Invalid(
            "the database is on a PostgreSQL server: copy it with pg_dump --format custom".to_owned(),
        ))
    }
}
