//! How fast a PostgreSQL queue gives jobs out, and whether its history slows it down.
//!
//! `cargo run --release -p store --features testing --example queue_bench -- URL HISTORY` on an empty
//! database whose owner is a superuser. For 1, 2 and 4 workers: jobs claimed one by one and ended a second,
//! beside so many finished ones.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::{Connection as _, Executor as _, PgConnection};
use store::contract::at;
use store::{ClaimRequest, Jobs as _, PostgresOptions, PostgresStore, Stage, StageResult};

/// Jobs of each round.
const JOBS: u32 = 2_000;

type Outcomes<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Calls with one job each: finished ones make the history, the others wait.
async fn fill(url: &str, first: u32, count: u32, state: &str) -> Outcomes<()> {
    let mut connection = PgConnection::connect(url).await?;
    connection.execute("set session_replication_role = replica").await?;
    sqlx::query(
        "insert into calls (uid, source, external_id, direction, missed, tags, revision, status, discovered_at, \
         updated_at) select md5(n::text)::uuid::text, 'folder', n::text, 'in', false, '[]', '1', 'queued', 0, 0 \
         from generate_series($1::bigint, $2::bigint) n",
    )
    .bind(i64::from(first))
    .bind(i64::from(first + count - 1))
    .execute(&mut connection)
    .await?;
    sqlx::query(
        "insert into jobs (call_id, stage, target, state, run_at, updated_at) \
         select id, 'fetch', '', $3, 0, 0 from calls where external_id::bigint between $1 and $2",
    )
    .bind(i64::from(first))
    .bind(i64::from(first + count - 1))
    .bind(state)
    .execute(&mut connection)
    .await?;
    connection.execute("analyze calls; analyze jobs").await?;
    Ok(())
}

async fn work(store: Arc<PostgresStore>) -> Outcomes<u32> {
    let mut ended = 0;
    loop {
        let request = ClaimRequest {
            stage: Stage::Fetch,
            target: None,
            run: None,
            worker: store.worker_id(),
            lease: Duration::from_mins(1),
            limit: 1,
            probe: false,
            now: at(0),
        };
        let claims = store.claim(&request).await?;
        if claims.is_empty() {
            return Ok(ended);
        }
        for claim in claims {
            store.complete(&claim, StageResult::default(), at(0)).await?;
            ended += 1;
        }
    }
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "figures are for people")]
async fn main() -> Outcomes<()> {
    let mut arguments = std::env::args().skip(1);
    let (url, history) = (arguments.next().ok_or("URL")?, arguments.next().ok_or("HISTORY")?.parse()?);
    let options = || PostgresOptions { connections: 3, ..PostgresOptions::default() };
    drop(PostgresStore::open(&url, options()).await?);
    fill(&url, 1, history, "done").await?;
    let mut next = history + 1;
    for workers in [1_u32, 2, 4] {
        fill(&url, next, JOBS, "ready").await?;
        next += JOBS;
        let mut tasks = Vec::new();
        let mut stores = Vec::new();
        for _ in 0..workers {
            stores.push(Arc::new(PostgresStore::open(&url, options()).await?));
        }
        let begun = Instant::now();
        for store in stores {
            tasks.push(tokio::spawn(work(store)));
        }
        let mut ended = 0;
        for task in tasks {
            ended += task.await??;
        }
        let took = begun.elapsed().as_secs_f64();
        println!(
            "history {history:>8}  workers {workers}  {ended} jobs  {:.0} a second",
            f64::from(ended) / took
        );
    }
    Ok(())
}
