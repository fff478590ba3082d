//! One machine's database: a single writer, readers that never wait for it (WAL).
//!
//! One file per trait of [`crate::Store`]; larger ones are split by what they do. Those of `../both` are
//! compiled here and in PostgreSQL's room alike: what differs there stands in `dialect`. A method that
//! reads what it will write does both inside `begin immediate`: a transaction that begins by
//! reading and upgrades later fails with `SQLITE_BUSY` at once, whatever the timeout.

#[path = "../both/accounts.rs"]
mod accounts;
#[path = "../both/analyses.rs"]
mod analyses;
#[path = "../both/asked.rs"]
mod asked;
#[path = "../both/audit.rs"]
mod audit;
#[path = "../both/calibrations.rs"]
mod calibrations;
#[path = "../both/calls.rs"]
mod calls;
#[path = "../both/campaigns.rs"]
mod campaigns;
mod claim;
#[path = "../both/complete.rs"]
mod complete;
#[path = "../both/conversations.rs"]
mod conversations;
mod counting;
#[path = "../both/deliveries.rs"]
mod deliveries;
mod demands;
mod dialect;
#[path = "../both/discover.rs"]
mod discover;
#[path = "../both/disputes.rs"]
mod disputes;
#[path = "../both/erase.rs"]
mod erase;
#[path = "../both/erasures.rs"]
mod erasures;
pub(crate) mod errors;
mod extremes;
#[path = "../both/facts.rs"]
mod facts;
mod group;
#[path = "../both/jobs.rs"]
mod jobs;
#[path = "../both/judged.rs"]
mod judged;
#[path = "../both/leads.rs"]
mod leads;
#[path = "../both/leases.rs"]
mod leases;
mod listing;
#[path = "../both/making.rs"]
mod making;
mod old_analyses;
mod open;
#[path = "../both/outlines.rs"]
mod outlines;
#[cfg(test)]
mod plans;
#[path = "../both/queue.rs"]
mod queue;
#[path = "../both/results.rs"]
mod results;
#[path = "../both/retention.rs"]
mod retention;
#[path = "../both/runs.rs"]
mod runs;
#[path = "../both/schedules.rs"]
mod schedules;
mod search;
mod search_index;
#[path = "../both/sinks.rs"]
mod sinks;
mod statistics;
#[path = "../both/steps.rs"]
mod steps;
#[path = "../both/transcripts.rs"]
mod transcripts;
mod upkeep;
mod watch;
mod worker;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use sqlx::{Sqlite, SqlitePool, Transaction};

use crate::{AuditEntry, ChangeMark, ProviderLimits, StoreError, WorkerId, codec, paging, row};
use group::Group;
use watch::Watch;
use worker::WorkerLock;

pub use open::StoreOptions;

/// What the files of `../both` call this room's types.
type Db = Sqlite;
type DbConnection = sqlx::SqliteConnection;
type DbPool = SqlitePool;
type DbRow = sqlx::sqlite::SqliteRow;
type DbStore = SqliteStore;

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
    /// Whose target comes first at the next claim.
    turn: AtomicUsize,
}

/// One machine's own limits hold.
impl ProviderLimits for SqliteStore {}

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

    /// For writes that others may do at the same time; here there is one writer.
    async fn begin_beside(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.begin().await
    }

    /// For answers of several questions that must speak of one moment.
    async fn begin_reading(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.readers.begin().await?)
    }

    /// Changes whenever anybody writes.
    async fn mark(&self) -> Result<Option<ChangeMark>, StoreError> {
        match &self.watch {
            Some(watch) => Ok(Some(watch.mark().await?)),
            None => Ok(None),
        }
    }

    /// A line of the log that stands beside everything else: [`Self::mark`] stays as it is.
    async fn note_aside(&self, line: &AuditEntry) -> Result<(), StoreError> {
        if let Some(watch) = &self.watch {
            return watch.passing_over(&self.writer, line).await;
        }
        let mut tx = self.begin().await?;
        runs::write_audit(&mut tx, &line.who, &line.what, &line.target, line.at).await?;
        Ok(tx.commit().await?)
    }

    /// For one who moves everything out.
    pub(crate) fn reading(&self) -> &SqlitePool {
        &self.readers
    }
}
