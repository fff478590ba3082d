//! Who is alive: each open store is a row of `workers`, and its listening connection holds the advisory
//! lock of that row's number.
//!
//! The server drops the lock with the connection, however its process ends. But connections end for
//! other reasons too, so a worker is taken for dead only when nobody has the lock *and* it was not seen
//! for a while *and* the server itself has been up for a while: after a restart of the server the living
//! come back first. All of it goes by the server's clock. Leases end by themselves besides.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, timeout};

use super::PostgresStore;
use crate::{StoreError, WorkerId};

/// How often a worker shows itself.
const SHOWN_EVERY: Duration = Duration::from_secs(5);
/// Three times that: nobody is seen for so long without being dead or cut off.
pub(crate) const GONE_AFTER_S: i32 = 15;
/// How long the server must be up before anybody is taken for dead.
const SETTLED_AFTER_S: i32 = 30;
/// How long to wait before knocking again at a server that is gone.
const KNOCK_AGAIN: Duration = Duration::from_secs(1);
/// The first half of the advisory locks of workers; any number that nobody else uses.
const LOCK_CLASS: i32 = 0x5a76_6e72;
/// Between two words of one worker.
const WORDS_APART: Duration = Duration::from_millis(100);
/// Told when jobs become ready.
const CHANNEL: &str = "zvonar_jobs";

/// The life of this process's store; let go when dropped.
#[derive(Debug)]
pub(crate) struct Presence {
    pub(crate) worker: WorkerId,
    pub(crate) told: Arc<Notify>,
    last_word: Mutex<Option<Instant>>,
    task: AbortHandle,
}

impl Presence {
    pub(crate) async fn begin(pool: &PgPool) -> Result<Self, StoreError> {
        // drawn as in SQLite's room: two processes may not agree on a counter before they share a database
        let worker = WorkerId(uuid::Uuid::new_v4().simple().to_string());
        let number: i64 = sqlx::query_scalar("insert into workers (name) values ($1) returning number")
            .bind(&worker.0)
            .fetch_one(pool)
            .await?;
        let told = Arc::new(Notify::new());
        let listener = listen(pool, number).await?;
        let task = tokio::spawn(live(pool.clone(), number, listener, Arc::clone(&told))).abort_handle();
        Ok(Self { worker, told, last_word: Mutex::default(), task })
    }

    /// Tells all who wait that there are jobs, at most so often: who is told too late looks by himself
    /// before long. Not part of any transaction: telling is serialized by the server, and a step of a
    /// job must not wait for that.
    pub(crate) async fn tell(&self, pool: &PgPool) -> Result<(), StoreError> {
        let now = Instant::now();
        {
            let mut last = self.last_word.lock().unwrap_or_else(PoisonError::into_inner);
            if last.is_some_and(|last| now < last + WORDS_APART) {
                return Ok(());
            }
            *last = Some(now);
        }
        sqlx::query("select pg_notify($1, '')").bind(CHANNEL).execute(pool).await?;
        Ok(())
    }

    pub(crate) fn end(&self) {
        self.task.abort();
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A connection that hears of ready jobs and holds the lock of the worker.
async fn listen(pool: &PgPool, number: i64) -> Result<PgListener, StoreError> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    sqlx::query("select pg_advisory_lock($1, $2)")
        .bind(LOCK_CLASS)
        .bind(lock_number(number))
        .execute(&mut listener)
        .await?;
    Ok(listener)
}

/// Numbers of workers begin anew after four thousand million of them.
fn lock_number(number: i64) -> i32 {
    i32::try_from(number.rem_euclid(i64::from(i32::MAX))).unwrap_or_default()
}

async fn live(pool: PgPool, number: i64, mut listener: PgListener, told: Arc<Notify>) {
    loop {
        // whatever became ready while nobody listened
        told.notify_one();
        while hear(&mut listener, number, &told).await.is_some() {}
        drop(listener);
        listener = loop {
            sleep(KNOCK_AGAIN).await;
            match listen(&pool, number).await {
                Ok(listener) => break listener,
                Err(error) => tracing::warn!(%error, "the database does not answer; knocking again"),
            }
        };
    }
}

/// One word from the server, or one sign of life; `None` when the connection is gone.
async fn hear(listener: &mut PgListener, number: i64, told: &Notify) -> Option<()> {
    match timeout(SHOWN_EVERY, listener.try_recv()).await {
        Ok(Ok(Some(_))) => {
            // keeps the word for whoever is about to wait
            told.notify_one();
            Some(())
        }
        Ok(Ok(None) | Err(_)) => None,
        Err(_) => {
            let shown = sqlx::query("update workers set seen_at = now() where number = $1")
                .bind(number)
                .execute(&mut *listener)
                .await;
            shown.ok().map(|_| ())
        }
    }
}

impl PostgresStore {
    pub(crate) async fn dead_workers(&self) -> Result<Vec<WorkerId>, StoreError> {
        let names: Vec<String> = sqlx::query_scalar(
            "select w.name from workers w where w.name <> $1 \
             and w.seen_at < now() - make_interval(secs => $2) \
             and pg_postmaster_start_time() < now() - make_interval(secs => $3) \
             and not exists (select 1 from pg_locks l where l.locktype = 'advisory' and l.objsubid = 2 \
             and l.database = (select oid from pg_database where datname = current_database()) \
             and l.classid::bigint = $4 and l.objid::bigint = w.number % 2147483647)",
        )
        .bind(&self.presence.worker.0)
        .bind(f64::from(GONE_AFTER_S))
        .bind(f64::from(SETTLED_AFTER_S))
        .bind(i64::from(LOCK_CLASS))
        .fetch_all(&self.readers)
        .await?;
        Ok(names.into_iter().map(WorkerId).collect())
    }

    pub(crate) async fn forget_worker(&self, dead: &WorkerId) -> Result<(), StoreError> {
        sqlx::query("delete from workers where name = $1").bind(&dead.0).execute(&self.writer).await?;
        Ok(())
    }
}
