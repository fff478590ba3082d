//! [`Upkeep`] of one file.

use std::path::Path;

use async_trait::async_trait;

use super::SqliteStore;
use crate::{SchemaSteps, StoreError, Upkeep};

#[async_trait]
impl Upkeep for SqliteStore {
    async fn programs_alive(&self) -> Result<u64, StoreError> {
        Ok(self.worker.alive())
    }

    async fn schema_steps(&self) -> Result<SchemaSteps, StoreError> {
        self.steps_made().await
    }

    async fn copy_to(&self, path: &Path) -> Result<(), StoreError> {
        // <https://www.sqlite.org/lang_vacuum.html#vacuuminto>: refuses a file that is there
        let Some(name) = path.to_str() else {
            return Err(StoreError::Invalid("the name of the copy is no text".to_owned()));
        };
        sqlx::query("vacuum into $1")
            .bind(name)
            .execute(&self.writer)
            .await
            .map_err(|error| StoreError::NotWritable(Box::new(error)))?;
        super::open::keep_private(path).map_err(|error| StoreError::NotWritable(Box::new(error)))
    }
}
