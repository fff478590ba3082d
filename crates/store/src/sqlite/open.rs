//! Opening: the folder, the pragmas, the migrations, and refusal of files that are not ours.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, SqlitePool};

use super::SqliteStore;
use super::errors::is_foreign_file;
use super::old_analyses::read_old_analyses;
use super::watch::Watch;
use super::worker::{WorkerLock, opening_lock};
use crate::StoreError;

pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// `Zvnr` in the header of the file, set by the first migration.
const APPLICATION_ID: i64 = 1_517_710_962;

/// How a database is opened. The default suits one machine.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Readers at once.
    pub readers: u32,
    /// How long to wait for another process's write.
    pub busy_timeout: Duration,
    /// Page cache of each connection, KiB.
    pub cache_kib: u32,
    /// How much of the file is read through memory mapping, bytes; the system shares and
    /// drops these pages as it likes.
    pub mmap_bytes: u64,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            readers: 4,
            busy_timeout: Duration::from_secs(10),
            cache_kib: 16 * 1024,
            // more was tried: of ten gigabytes two mapped made a search half as dear again
            mmap_bytes: 256 << 20,
        }
    }
}

impl SqliteStore {
    /// Opens or makes the database at `path`, its folder included, and brings it up to date.
    ///
    /// # Errors
    /// [`StoreError::Incompatible`] for a file that is not ours or is newer than this program,
    /// [`StoreError::NotWritable`] for a folder without room or rights.
    pub async fn open(path: &Path, options: StoreOptions) -> Result<Self, StoreError> {
        let folder = path.parent().unwrap_or(Path::new(".")).join("workers");
        let (opening, worker) = {
            let folder = folder.clone();
            tokio::task::spawn_blocking(move || {
                Ok::<_, std::io::Error>((opening_lock(&folder)?, WorkerLock::take(&folder)?))
            })
            .await
            .map_err(|error| StoreError::Unavailable(Box::new(error)))?
            .map_err(|error| StoreError::NotWritable(Box::new(error)))?
        };
        let connect = connect_options(&options).filename(path);
        let writer = file_pool(1).connect_with(connect.clone()).await.map_err(|error| refuse(path, error))?;
        keep_private(path).map_err(|error| StoreError::NotWritable(Box::new(error)))?;
        prepare(&writer, path).await?;
        drop(opening);
        // Readers stay able to write in SQLite's eyes: a WAL reader may have to make its index file.
        let connect = connect.pragma("query_only", "on");
        let readers = file_pool(options.readers.max(1)).connect_lazy_with(connect.clone());
        let watch = Some(Watch::new(connect));
        let (group, turn, path) = (Arc::default(), AtomicUsize::default(), Some(path.to_owned()));
        Ok(Self { writer, readers, group, watch, worker, path, turn })
    }

    /// A database that vanishes with the store: for tests and for looking at one file.
    ///
    /// # Errors
    /// None in practice: memory has no rights and no age.
    pub async fn in_memory() -> Result<Self, StoreError> {
        let connect = connect_options(&StoreOptions::default()).in_memory(true);
        let writer = pool(1).connect_with(connect).await?;
        prepare(&writer, Path::new(":memory:")).await?;
        Ok(Self {
            readers: writer.clone(),
            writer,
            group: Arc::default(),
            watch: None,
            worker: WorkerLock::alone(),
            path: None,
            turn: AtomicUsize::default(),
        })
    }
}

impl SqliteStore {
    /// The journal holds old pages until it is cut; a reader in the middle only puts it off.
    pub(crate) async fn forget_old_pages(&self) {
        if let Err(error) = sqlx::query("pragma wal_checkpoint(truncate)").execute(&self.writer).await {
            tracing::warn!(%error, "erased, but the journal of the database could not be emptied now");
        }
    }
}

fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_mins(1))
        // a closed connection of a database in memory is a lost database
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

/// On a full disk SQLite may roll a transaction back by itself, and sqlx goes on counting it: such a connection
/// would begin no other. It gives its place to a new one.
fn file_pool(connections: u32) -> SqlitePoolOptions {
    pool(connections)
        .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
}

fn connect_options(options: &StoreOptions) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .foreign_keys(true)
        .busy_timeout(options.busy_timeout)
        // an erased call must not live on in free pages
        .pragma("secure_delete", "on")
        // a page asks many questions, and reading one of them costs more than answering it
        .statement_cache_capacity(400)
        // a thread of SQLite that waits until somebody takes its rows costs more than the rows
        .row_buffer_size(1024)
        .pragma("temp_store", "memory")
        .pragma("cache_size", format!("-{}", options.cache_kib))
        .pragma("mmap_size", options.mmap_bytes.to_string())
        // 16 MB between checkpoints instead of 4: a busy run rewrites the same pages over and over
        .pragma("wal_autocheckpoint", "4000")
        .pragma("journal_size_limit", "67108864")
}

async fn prepare(writer: &SqlitePool, path: &Path) -> Result<(), StoreError> {
    let application: i64 = sqlx::query_scalar("pragma application_id").fetch_one(writer).await?;
    let foreign_tables: i64 =
        sqlx::query_scalar("select count(*) from sqlite_master where name not like '\\_sqlx%' escape '\\' and name not like 'sqlite\\_%' escape '\\'")
            .fetch_one(writer)
            .await?;
    if application != APPLICATION_ID && foreign_tables > 0 {
        return Err(incompatible(path, "it belongs to another program; give another path"));
    }
    MIGRATIONS.run(writer).await.map_err(|error| match error {
        MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => {
            incompatible(path, "it was made by a newer zvonar; update this program")
        }
        MigrateError::VersionMismatch(version) => incompatible(
            path,
            &format!(
                "its schema step {version} is not the one of this program; use the program that made it"
            ),
        ),
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => StoreError::from(error),
        other => incompatible(path, &other.to_string()),
    })?;
    read_old_analyses(writer).await
}

/// Conversations are nobody else's: the file is its owner's alone, and SQLite gives its
/// companions (`-wal`, `-shm`) the same rights.
#[cfg(unix)]
pub(crate) fn keep_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    /// Rights of the group and of everybody.
    const OTHERS: u32 = 0o077;
    let rights = std::fs::metadata(path)?.permissions();
    if rights.mode() & OTHERS == 0 {
        return Ok(());
    }
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(rights.mode() & 0o700))
}

#[cfg(not(unix))]
pub(crate) fn keep_private(_: &Path) -> std::io::Result<()> {
    Ok(())
}

fn refuse(path: &Path, error: sqlx::Error) -> StoreError {
    if is_foreign_file(&error) { incompatible(path, "it is no SQLite database") } else { error.into() }
}

fn incompatible(path: &Path, why: &str) -> StoreError {
    StoreError::Incompatible(format!("{}: {why}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{at, call};
    use crate::{CallFilter, Calls as _};

    #[tokio::test]
    async fn writing_goes_on_after_the_database_has_rolled_a_transaction_back_by_itself() {
        let folder = tempfile::tempdir().unwrap();
        let store =
            SqliteStore::open(&folder.path().join("zvonar.db"), StoreOptions::default()).await.unwrap();
        let mut tx = store.writer.begin_with("begin immediate").await.unwrap();
        // as a full disk does
        sqlx::query("rollback").execute(&mut *tx).await.unwrap();
        assert!(tx.commit().await.is_err());

        store.discover(&[call("a", 0)], None, at(0)).await.unwrap();
        assert_eq!(store.count_calls(&CallFilter::default()).await.unwrap(), 1);
    }
}
