//! How far the schema has come.

use super::DbStore;
use super::open::MIGRATIONS;
use crate::{SchemaSteps, StoreError};

impl DbStore {
    pub(crate) async fn steps_made(&self) -> Result<SchemaSteps, StoreError> {
        let made: i64 = sqlx::query_scalar("select max(version) from _sqlx_migrations where success")
            .fetch_one(&self.readers)
            .await?;
        let known = MIGRATIONS.iter().map(|step| step.version).max().unwrap_or(0);
        Ok(SchemaSteps { known, made })
    }
}
