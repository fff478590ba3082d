//! Where the database is, and the way in. A program that stays waits for a server that is away: machines start
//! in any order. One that is refused does not: nobody mends a password by waiting.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret as _;
use store::{PostgresOptions, PostgresStore, SqliteStore, Store, StoreError, StoreOptions, WorkerId};
use tokio::time::{Instant, sleep};

use crate::words::store_error;
use crate::{AppError, Config};

/// A server that is started with its machine, or brought up to date, is there by then.
const PATIENCE: Duration = Duration::from_mins(2);
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// Where the database is.
pub(crate) enum DatabasePlace {
    /// A SQLite file.
    File(PathBuf),
    /// A PostgreSQL server, by its address, which holds a password.
    Server(String),
}

/// What `DATABASE_URL` means.
///
/// # Errors
/// For an address of neither kind.
pub(crate) fn database_place(config: &Config) -> Result<DatabasePlace, AppError> {
    let Some(url) = &config.database_url else {
        return Ok(DatabasePlace::File(config.data_dir.join("zvonar.db")));
    };
    let url = url.expose_secret();
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(DatabasePlace::Server(url.to_owned()));
    }
    let path =
        url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")).filter(|path| !path.is_empty());
    path.map(|path| DatabasePlace::File(PathBuf::from(path))).ok_or_else(|| {
        AppError::usage(
            "database_url",
            config.lang.pick(
                "DATABASE_URL: понятны только sqlite: и postgres:",
                "DATABASE_URL: only sqlite: and postgres: are understood",
            ),
            config.lang.pick(
                "например: sqlite:///var/lib/zvonar/zvonar.db или postgres://zvonar:пароль@localhost/zvonar",
                "for example: sqlite:///var/lib/zvonar/zvonar.db or postgres://zvonar:password@localhost/zvonar",
            ),
        )
    })
}

/// The database, and this process as a worker of it.
type Opened = (Arc<dyn Store>, WorkerId);

/// Opens it, with the patience of a person.
///
/// # Errors
/// When it cannot be used.
pub(crate) async fn open(config: &Config) -> Result<Opened, AppError> {
    let opened = match database_place(config)? {
        DatabasePlace::File(path) => open_file(path).await,
        DatabasePlace::Server(url) => open_server(&url).await,
    };
    opened.map_err(|error| store_error(config.lang, &error))
}

/// The same with the patience of a machine.
///
/// # Errors
/// When it cannot be used, and when its server is away for longer than [`PATIENCE`].
pub(crate) async fn open_when_it_answers(config: &Config) -> Result<Opened, AppError> {
    let DatabasePlace::Server(url) = database_place(config)? else { return open(config).await };
    let told = |error| store_error(config.lang, &error);
    let (end, mut pause) = (Instant::now() + PATIENCE, FIRST_PAUSE);
    loop {
        let opened = match PostgresStore::knock(&url).await {
            Ok(()) => open_server(&url).await,
            Err(error) => Err(error),
        };
        match opened {
            Err(error) if error.is_retryable() && Instant::now() + pause < end => {
                tracing::warn!(%error, again_in = ?pause, "waiting for the database");
            }
            opened => return opened.map_err(told),
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn open_file(path: PathBuf) -> Result<Opened, StoreError> {
    let store = SqliteStore::open(&path, StoreOptions::default()).await?;
    let worker = store.worker_id();
    Ok((Arc::new(store), worker))
}

async fn open_server(url: &str) -> Result<Opened, StoreError> {
    let store = PostgresStore::open(url, PostgresOptions::default()).await?;
    let worker = store.worker_id();
    Ok((Arc::new(store), worker))
}
