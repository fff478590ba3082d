//! A database that many machines share: any number of processes claim, work and look at once.
//!
//! One file per trait of [`crate::Store`], as in SQLite's room; those of `../both` are compiled in both,
//! and what differs there stands in `dialect`. What two writers could undo for each other is kept apart
//! by one advisory lock (see [`PostgresStore::begin`]): steps of jobs go side by side, whatever looks at
//! more than its own rows goes alone.

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
#[path = "../both/deliveries.rs"]
mod deliveries;
mod demands;
mod dialect;
#[path = "../both/discover.rs"]
mod discover;
#[path = "../both/disputes.rs"]
mod disputes;
mod ends;
#[path = "../both/erase.rs"]
mod erase;
#[path = "../both/erasures.rs"]
mod erasures;
pub(crate) mod errors;
#[path = "../both/facts.rs"]
mod facts;
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
mod open;
#[path = "../both/outlines.rs"]
mod outlines;
mod presence;
mod providers;
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

use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use sqlx::{AssertSqlSafe, PgPool, Postgres, Transaction};

use crate::{AuditEntry, ChangeMark, StoreError, WorkerId, codec, paging, row};
use presence::Presence;
use watch::Watch;

pub use open::PostgresOptions;
pub(crate) use search_index::keep_words;
pub(crate) use transcripts::Spoken;

/// What the files of `../both` call this room's types.
type Db = Postgres;
type DbConnection = sqlx::PgConnection;
type DbPool = PgPool;
type DbRow = sqlx::postgres::PgRow;
type DbStore = PostgresStore;

/// The store in a PostgreSQL database, version 14 or later.
#[derive(Debug)]
pub struct PostgresStore {
    /// The same pool twice: both names stand in the files that SQLite shares.
    writer: PgPool,
    readers: PgPool,
    presence: Presence,
    /// Steps of jobs written since counts were folded.
    steps: Arc<AtomicU32>,
    /// Whose target comes first at the next claim.
    turn: Arc<AtomicU32>,
    watch: Arc<Watch>,
}

/// Of the advisory lock that keeps writers apart; any number that nobody else uses.
const WRITERS: i64 = 0x5a76_6e72_0001;

impl PostgresStore {
    /// This process as an owner of leases: give it in [`crate::ClaimRequest::worker`], then its
    /// jobs are freed soon after it dies.
    pub fn worker_id(&self) -> WorkerId {
        self.presence.worker.clone()
    }

    /// Lets go of all connections. Dropping the store is safe too.
    pub async fn close(&self) {
        self.presence.end();
        self.writer.close().await;
    }

    /// For a writer that looks at more than its own rows: whoever steps jobs waits until it is done, and it
    /// waits for them. So what it saw is still so when it writes.
    async fn begin(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        Ok(self
            .writer
            .begin_with(AssertSqlSafe(format!("begin; select pg_advisory_xact_lock({WRITERS})")))
            .await?)
    }

    /// For steps of jobs, each of which writes rows of its own.
    async fn begin_beside(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        Ok(self
            .writer
            .begin_with(AssertSqlSafe(format!("begin; select pg_advisory_xact_lock_shared({WRITERS})")))
            .await?)
    }

    /// A line of the log that stands beside everything else: its table tells nobody that it changed (migration 13).
    async fn note_aside(&self, line: &AuditEntry) -> Result<(), StoreError> {
        let mut tx = self.begin_beside().await?;
        runs::write_audit(&mut tx, &line.who, &line.what, &line.target, line.at).await?;
        Ok(tx.commit().await?)
    }

    /// For answers of several questions that must speak of one moment.
    async fn begin_reading(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        Ok(self.readers.begin_with("begin isolation level repeatable read read only").await?)
    }

    async fn mark(&self) -> Result<Option<ChangeMark>, StoreError> {
        let (mark, loose) = self.watch.mark(&self.readers).await?;
        if loose {
            self.fold_counts().await?;
        }
        Ok(Some(mark))
    }

    /// For one who moves everything in.
    pub(crate) async fn alone(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        self.begin().await
    }

    /// After much changed at once: the server looks what there is now, or it would go wrong ways.
    pub(crate) async fn look_around(&self) -> Result<(), StoreError> {
        sqlx::query("analyze").execute(&self.writer).await?;
        Ok(())
    }
}
