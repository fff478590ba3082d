//! One machine's database: a single writer, readers that never wait for it (WAL).
//!
//! One file per trait of [`crate::Store`]; larger ones are split by what they do. A method that
//! reads what it will write does both inside `begin immediate`: a transaction that begins by
//! reading and upgrades later fails with `SQLITE_BUSY` at once, whatever the timeout.

mod accounts;
mod analyses;
mod audit;
mod calibrations;
mod calls;
mod codec;
mod complete;
mod counting;
mod deliveries;
mod demands;
mod discover;
mod disputes;
mod erase;
mod errors;
mod extremes;
mod group;
mod jobs;
mod judged;
mod leases;
mod listing;
mod making;
mod open;
mod outlines;
mod paging;
#[cfg(test)]
mod plans;
mod queue;
mod results;
mod row;
mod runs;
mod search;
mod search_index;
mod sinks;
mod statistics;
mod transcripts;
mod watch;
mod worker;

use std::path::PathBuf;
use std::sync::Arc;

use sqlx::{Sqlite, SqlitePool, Transaction};

use crate::{StoreError, WorkerId};
use group::Group;
use watch::Watch;
use worker::WorkerLock;

pub use open::StoreOptions;

/// The store in one SQLite file, or in memory.
///
/// One open store is one worker: share it as `Arc<dyn Store>`, do not open it twice.
#[derive(Debug)]
pub struct SqliteStore {
    /// One connection: SQLite knows one writer at a time, and queueing here is fair.
    writer: SqlitePool,
    /// In memory the same pool as `writer`: never hold a transaction while reading.
    readers: SqlitePool,
    group: Arc<Group>,
    /// `None` in memory: nobody sees there what others wrote.
    watch: Option<Watch>,
    worker: WorkerLock,
    path: Option<PathBuf>,
}

impl SqliteStore {
    /// This process as an owner of leases: give it in [`crate::ClaimRequest::worker`], then its
    /// jobs are freed at once when it dies.
    pub fn worker_id(&self) -> WorkerId {
        self.worker.id.clone()
    }

    /// Where the database lies; `None` in memory.
    pub fn path(&self) -> Option<&std::path::Path> {
        self.path.as_deref()
    }

    /// Finishes what is under way and closes the file. Dropping the store is safe too.
    pub async fn close(&self) {
        if let Some(watch) = &self.watch {
            watch.close().await;
        }
        self.readers.close().await;
        self.writer.close().await;
    }

    async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.writer.begin_with("begin immediate").await?)
    }
}
