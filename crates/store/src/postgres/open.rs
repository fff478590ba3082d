//! Opening: the address, the migrations, and refusal of databases that are not ours or too new.

use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection as _, Executor as _, PgConnection, PgPool};
use tokio::time::timeout;

use super::PostgresStore;
use super::presence::Presence;
use crate::StoreError;

pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// The oldest server whose SQL is written here (`14.0` as it numbers itself).
const OLDEST: i32 = 140_000;

/// How long a server may think before it counts as gone.
const FIRST_ANSWER: Duration = Duration::from_secs(5);

/// How a database is opened. The default suits one worker.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// Connections at once, one of them for listening. All workers together must stay below the
    /// server's `max_connections`.
    pub connections: u32,
    /// How long to wait for the server, and for a free connection.
    pub patience: Duration,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self { connections: 8, patience: Duration::from_secs(20) }
    }
}

impl PostgresStore {
    /// Opens the database at `url` (`postgres://user:password@host:5432/name`) and brings it up to date.
    /// The database must exist; its owner needs no rights beyond it.
    ///
    /// Connections must reach the server itself or a pooler in session mode: leases of dead workers are
    /// known by locks that live as long as a session.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a text that is no address, [`StoreError::Incompatible`] for a database
    /// that is another program's or newer than this program, [`StoreError::NotAdmitted`] for one that is
    /// not to be entered, and [`StoreError::Unavailable`] for a server that does not answer. No error names
    /// the password.
    pub async fn open(url: &str, options: PostgresOptions) -> Result<Self, StoreError> {
        let connect = way_to(url)?;
        let pool = PgPoolOptions::new()
            .max_connections(options.connections.max(2))
            .acquire_timeout(options.patience)
            .after_connect(|connection, _| {
                Box::pin(async move {
                    // a crashed client must not hold its locks for the two hours of TCP's patience
                    connection.execute("set idle_in_transaction_session_timeout = '60s'").await?;
                    connection.execute("set client_min_messages = 'warning'").await?;
                    Ok(())
                })
            })
            .connect_with(connect)
            .await
            .map_err(on_the_way)?;
        prepare(&pool).await?;
        let presence = Presence::begin(&pool).await?;
        Ok(Self {
            readers: pool.clone(),
            writer: pool,
            presence,
            steps: Arc::default(),
            turn: Arc::default(),
            watch: Arc::default(),
        })
    }

    /// Where the server of `url` is, for people: `host:port`, or the folder of its socket. Never the password.
    #[must_use]
    pub fn address_of(url: &str) -> Option<String> {
        let way = way_to(url).ok()?;
        let folder = way.get_socket().map(|folder| folder.display().to_string());
        Some(folder.unwrap_or_else(|| format!("{}:{}", way.get_host(), way.get_port())))
    }

    /// Asks the server at `url` whether it lets us in, and takes its first answer.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn knock(url: &str) -> Result<(), StoreError> {
        let connect = way_to(url)?;
        match timeout(FIRST_ANSWER, PgConnection::connect_with(&connect)).await {
            Ok(connected) => Ok(connected.map_err(on_the_way)?.close().await?),
            Err(late) => Err(StoreError::Unavailable(Box::new(late))),
        }
    }

    /// Nothing to do here: rows that nobody sees any more are taken away by the server itself.
    #[expect(clippy::unused_async, reason = "the other database has to cut its journal")]
    pub(crate) async fn forget_old_pages(&self) {}
}

fn way_to(url: &str) -> Result<PgConnectOptions, StoreError> {
    let invalid = |_| StoreError::Invalid("DATABASE_URL is no address of a PostgreSQL database".to_owned());
    Ok(PgConnectOptions::from_str(url).map_err(invalid)?.application_name("zvonar"))
}

/// Whatever the system says before we are let in is said of the way there: a name that is not known yet, too.
fn on_the_way(error: sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::Io(_) => StoreError::Unavailable(Box::new(error)),
        error => error.into(),
    }
}

async fn prepare(pool: &PgPool) -> Result<(), StoreError> {
    let version: i32 =
        sqlx::query_scalar("select current_setting('server_version_num')::int4").fetch_one(pool).await?;
    if version < OLDEST {
        return Err(incompatible("the server is older than PostgreSQL 14; update it"));
    }
    let encoding: String =
        sqlx::query_scalar("select current_setting('server_encoding')").fetch_one(pool).await?;
    if encoding != "UTF8" {
        return Err(incompatible(
            "the database is not in UTF-8; make one with: createdb --encoding UTF8 --template template0 zvonar",
        ));
    }
    let foreign: bool = sqlx::query_scalar(
        "select to_regclass('_sqlx_migrations') is null and exists (select 1 from pg_tables \
         where schemaname = current_schema() and tablename in ('calls', 'jobs'))",
    )
    .fetch_one(pool)
    .await?;
    if foreign {
        return Err(incompatible("its tables belong to another program; give an empty one"));
    }
    MIGRATIONS.run(pool).await.map_err(|error| match error {
        MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => {
            incompatible("it was made by a newer zvonar; update this program")
        }
        MigrateError::VersionMismatch(version) => incompatible(&format!(
            "its schema step {version} is not the one of this program; use the program that made it"
        )),
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => StoreError::from(error),
        other => incompatible(&other.to_string()),
    })
}

fn incompatible(why: &str) -> StoreError {
    StoreError::Incompatible(format!("the PostgreSQL database: {why}"))
}
