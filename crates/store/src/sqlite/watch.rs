//! Whether anything was written since: by this program or by another one on the same file.
//!
//! `PRAGMA data_version` tells a connection whether others have committed; it must therefore be one that
//! never writes, and always the same one. <https://www.sqlite.org/pragma.html#pragma_data_version>

use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection, SqlitePool};
use tokio::sync::Mutex;

use super::runs::write_audit;
use crate::{AuditEntry, ChangeMark, StoreError};

/// The connection that looks, and what it saw last.
#[derive(Debug)]
pub(crate) struct Watch {
    options: SqliteConnectOptions,
    /// How many have asked.
    asked: AtomicU64,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// Taken out while it looks: a look that is broken off leaves none behind.
    connection: Option<SqliteConnection>,
    version: Option<i64>,
    mark: u64,
    /// Whoever was among so many askers when the last look began is answered by it.
    answers: u64,
}

async fn version(connection: &mut SqliteConnection) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar("pragma data_version").fetch_one(connection).await?)
}

impl Watch {
    pub(crate) fn new(options: SqliteConnectOptions) -> Self {
        // it reads no page of the file
        let options = options.pragma("mmap_size", "0").pragma("cache_size", "-64");
        Self { options, asked: AtomicU64::new(0), seen: Mutex::default() }
    }

    /// The moment as of now. Those who come while somebody looks share the next look.
    pub(crate) async fn mark(&self) -> Result<ChangeMark, StoreError> {
        let number = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let mut seen = self.seen.lock().await;
        if number <= seen.answers {
            return Ok(ChangeMark(seen.mark));
        }
        let answers = self.asked.load(Ordering::SeqCst);
        let mut connection = if let Some(connection) = seen.connection.take() {
            connection
        } else {
            // versions of two connections cannot be compared
            seen.version = None;
            self.options.connect().await?
        };
        let version = version(&mut connection).await?;
        seen.connection = Some(connection);
        seen.answers = answers;
        if seen.version.replace(version) != Some(version) {
            seen.mark += 1;
        }
        Ok(ChangeMark(seen.mark))
    }

    /// Writes a line of the access log, which nothing that is kept depends on: the moment stays the same, unless
    /// somebody else writes meanwhile.
    ///
    /// A connection's own commits do not change its `data_version`. So when that of the writer is the same
    /// before its commit and after the look that follows, that look saw this line and nothing else.
    pub(crate) async fn passing_over(
        &self,
        writer: &SqlitePool,
        line: &AuditEntry,
    ) -> Result<(), StoreError> {
        let mut connection = writer.acquire().await?;
        let mut tx = connection.begin_with("begin immediate").await?;
        // what was written before this line is seen before it
        self.mark().await?;
        let before = version(&mut tx).await?;
        write_audit(&mut tx, &line.who, &line.what, &line.target, line.at).await?;
        let mut seen = self.seen.lock().await;
        tx.commit().await?;
        let Some(mut looking) = seen.connection.take() else { return Ok(()) };
        let with_line = version(&mut looking).await?;
        seen.connection = Some(looking);
        if version(&mut connection).await? == before {
            seen.version = Some(with_line);
        }
        Ok(())
    }

    pub(crate) async fn close(&self) {
        if let Some(connection) = self.seen.lock().await.connection.take()
            && let Err(error) = connection.close().await
        {
            tracing::debug!(%error, "the connection that looks for changes was not closed");
        }
    }
}
