//! Where the database is, and the way in. A program that stays waits long for a server that is away: machines
//! start in any order. A person's command waits for seconds. Who is refused does not wait: nobody mends a
//! password by waiting.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use domain::Lang;
use secrecy::ExposeSecret as _;
use store::{PostgresOptions, PostgresStore, SqliteStore, Store, StoreError, StoreOptions, WorkerId};
use tokio::time::{Instant, sleep};

use crate::words::store_error;
use crate::{AppError, Config};

/// A server that is started with its machine, or brought up to date, is there by then.
const PATIENCE: Duration = Duration::from_mins(2);
/// A server that is started again is there by then, and a person is still looking.
const PATIENCE_OF_A_PERSON: Duration = Duration::from_secs(5);
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
/// When it cannot be used, and when its server is away for longer than [`PATIENCE_OF_A_PERSON`].
pub(crate) async fn open(config: &Config) -> Result<Opened, AppError> {
    open_within(config, PATIENCE_OF_A_PERSON).await
}

/// The same with the patience of a machine.
///
/// # Errors
/// When it cannot be used, and when its server is away for longer than [`PATIENCE`].
pub(crate) async fn open_when_it_answers(config: &Config) -> Result<Opened, AppError> {
    open_within(config, PATIENCE).await
}

async fn open_within(config: &Config, patience: Duration) -> Result<Opened, AppError> {
    match database_place(config)? {
        DatabasePlace::File(path) => open_file(path).await.map_err(|error| store_error(config.lang, &error)),
        DatabasePlace::Server(url) => {
            let store = server(config.lang, &url, patience).await?;
            let worker = store.worker_id();
            Ok((Arc::new(store), worker))
        }
    }
}

/// The server at `url`, with the patience of a person.
///
/// # Errors
/// As [`open`].
pub(crate) async fn open_server(config: &Config, url: &str) -> Result<PostgresStore, AppError> {
    server(config.lang, url, PATIENCE_OF_A_PERSON).await
}

/// Knocks first: a pool of connections is asked for with the patience that work under way has.
async fn server(lang: Lang, url: &str, patience: Duration) -> Result<PostgresStore, AppError> {
    let (end, mut pause) = (Instant::now() + patience, FIRST_PAUSE);
    loop {
        let opened = match PostgresStore::knock(url).await {
            Ok(()) => PostgresStore::open(url, PostgresOptions::default()).await,
            Err(error) => Err(error),
        };
        match opened {
            Err(error) if error.is_retryable() && Instant::now() + pause < end => {
                if patience > PATIENCE_OF_A_PERSON {
                    tracing::warn!(%error, again_in = ?pause, "waiting for the database");
                }
            }
            opened => return opened.map_err(|error| on_the_way(lang, url, &error)),
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// A server that is away is named by its address.
fn on_the_way(lang: Lang, url: &str, error: &StoreError) -> AppError {
    let address = PostgresStore::address_of(url).filter(|_| error.is_retryable());
    let Some(address) = address else { return store_error(lang, error) };
    AppError::failed(
        "store",
        match lang {
            Lang::Ru => format!("сервер базы данных {address} не отвечает"),
            Lang::En => format!("the database server {address} does not answer"),
        },
        lang.pick(
            "проверьте, запущен ли он, сеть и адрес в DATABASE_URL",
            "check that it runs, the network, and the address in DATABASE_URL",
        ),
    )
}

async fn open_file(path: PathBuf) -> Result<Opened, StoreError> {
    let store = SqliteStore::open(&path, StoreOptions::default()).await?;
    let worker = store.worker_id();
    Ok((Arc::new(store), worker))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::testing::config_in;

    #[tokio::test]
    async fn a_persons_command_gives_up_on_a_server_that_is_away_and_names_it_without_its_password() {
        let place = tempfile::tempdir().unwrap();
        // one that lets everybody in and never answers, and one that is not there
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let asked = Instant::now();
        let open = async |address: std::net::SocketAddr| {
            let url = format!("postgres://zvonar:hunter2@{address}/zvonar");
            let config = config_in(place.path(), &[("DATABASE_URL", &url)]);
            let error = open(&config).await.unwrap_err();
            assert!(error.message.contains(&address.to_string()), "{error}");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        };
        tokio::join!(open(silent.local_addr().unwrap()), open(gone));
        assert!(asked.elapsed() < Duration::from_secs(7), "{:?}", asked.elapsed());
    }
}
