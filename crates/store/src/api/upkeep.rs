//! How the database itself is: who has it open, how old its schema is, a copy of it.

use std::path::Path;

use async_trait::async_trait;

use crate::StoreError;

/// Steps of the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SchemaSteps {
    /// The last one that this program knows.
    pub known: i64,
    /// The last one that the database has.
    pub made: i64,
}

impl SchemaSteps {
    /// Whether this program and the database are of one age.
    pub fn agree(&self) -> bool {
        self.known == self.made
    }
}

/// The database as a thing that is looked after.
#[async_trait]
pub trait Upkeep: Send + Sync {
    /// Programs that have the database open now, this one included.
    async fn programs_alive(&self) -> Result<u64, StoreError>;

    /// Whether somebody has brought the schema further than this program knows.
    async fn schema_steps(&self) -> Result<SchemaSteps, StoreError>;

    /// A whole copy as of one moment in a new file, while others go on writing.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] where the database is no file of ours: its server has its own tools;
    /// [`StoreError::NotWritable`] for a place without room or rights, or where something lies already.
    async fn copy_to(&self, path: &Path) -> Result<(), StoreError>;
}
