//! How fast a PostgreSQL queue gives jobs out and writes their ends, what that costs in processor time, and
//! whether history or a long queue slows it down.
//!
//! `cargo run --release -p store --features testing --example queue_bench -- HISTORY WAITING JOBS` starts a
//! server of its own that is as careful as an ordinary one (every commit reaches the disk). For 1, 2 and 4
//! workers: JOBS jobs claimed in batches and ended one by one, beside HISTORY finished ones and in
//! front of WAITING others. Prints `name value` lines; processor time is of this process and of the server.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use sqlx::{Connection as _, Executor as _, PgConnection};
use store::contract::at;
use store::{ClaimRequest, Jobs as _, PostgresOptions, PostgresStore, Stage, StageResult};
use test_support::PostgresServer;

/// Jobs of one claim, as a worker of this many recognisers takes them.
const BATCH: u32 = 16;
/// Settings of a careful server on a small machine.
const CAREFUL: &[&str] = &["fsync=on", "full_page_writes=on", "shared_buffers=256MB", "max_wal_size=4GB"];

type Outcomes<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Calls with one job each, past all triggers: what they count is not looked at here.
async fn fill(url: &str, first: u32, count: u32, state: &str, run_at: i64) -> Outcomes<()> {
    if count == 0 {
        return Ok(());
    }
    let mut connection = PgConnection::connect(url).await?;
    connection.execute("set session_replication_role = replica").await?;
    let (from, to) = (i64::from(first), i64::from(first + count - 1));
    sqlx::query(
        "insert into calls (uid, source, external_id, direction, missed, tags, revision, status, discovered_at, \
         updated_at) select md5(n::text)::uuid::text, 'folder', n::text, 'in', false, '[]', '1', 'queued', 0, 0 \
         from generate_series($1::bigint, $2::bigint) n",
    )
    .bind(from)
    .bind(to)
    .execute(&mut connection)
    .await?;
    sqlx::query(
        "insert into jobs (call_id, stage, target, state, run_at, updated_at) \
         select c.id, 'fetch', '', $3, $4, 0 from generate_series($1::bigint, $2::bigint) n \
         join calls c on c.uid = md5(n::text)::uuid::text order by n",
    )
    .bind(from)
    .bind(to)
    .bind(state)
    .bind(run_at)
    .execute(&mut connection)
    .await?;
    connection.execute("vacuum analyze").await?;
    connection.execute("checkpoint").await?;
    Ok(())
}

/// Claims and ends until so many are done by all together.
async fn work(store: Arc<PostgresStore>, left: Arc<AtomicU32>) -> Outcomes<u32> {
    let mut ended = 0;
    loop {
        let take =
            left.fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| Some(left.saturating_sub(BATCH)));
        let wanted = take.unwrap_or_default().min(BATCH);
        if wanted == 0 {
            return Ok(ended);
        }
        let request = ClaimRequest {
            stage: Stage::Fetch,
            target: None,
            run: None,
            worker: store.worker_id(),
            lease: Duration::from_mins(1),
            limit: wanted,
            probe: false,
            now: at(0),
        };
        let claims = store.claim(&request).await?;
        let ends = claims.iter().map(|claim| store.complete(claim, StageResult::default(), at(0)));
        for end in futures::future::join_all(ends).await {
            end?;
            ended += 1;
        }
    }
}

/// Processor time of a server's processes so far, seconds; nothing where there is no `/proc`.
fn server_seconds(postmaster: u32) -> f64 {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let stats = entries.filter_map(|entry| std::fs::read_to_string(entry.path().join("stat")).ok());
    // ended backends stand in the figures of the one that they belonged to
    let own = |stat: &String| [pid_of(stat), parent_of(stat)].contains(&Some(postmaster));
    stats.filter(own).map(|stat| seconds_of(&stat, 4)).sum()
}

fn pid_of(stat: &str) -> Option<u32> {
    stat.split_whitespace().next()?.parse().ok()
}

fn parent_of(stat: &str) -> Option<u32> {
    stat.rsplit(')').next()?.split_whitespace().nth(1)?.parse().ok()
}

fn own_seconds() -> f64 {
    std::fs::read_to_string("/proc/self/stat").map_or(f64::NAN, |stat| seconds_of(&stat, 2))
}

/// The first so many of utime, stime, cutime, cstime (proc(5)), at the usual hundred ticks a second.
fn seconds_of(stat: &str, fields: usize) -> f64 {
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(fields);
    ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "figures are for people")]
async fn main() -> Outcomes<()> {
    let mut arguments = std::env::args().skip(1).map(|number| number.parse::<u32>());
    let mut number = |name: &'static str| arguments.next().ok_or(name)?.map_err(|_| name);
    let (history, waiting, jobs) = (number("HISTORY")?, number("WAITING")?, number("JOBS")?);
    let server = PostgresServer::with_settings(CAREFUL);
    let url = server.url();
    let told = server.ask("select split_part(pg_read_file('postmaster.pid'), chr(10), 1)")?;
    let postmaster: u32 = told.first().ok_or("the server tells no number of its process")?.trim().parse()?;
    drop(PostgresStore::open(&url, PostgresOptions::default()).await?);
    fill(&url, 1, history, "done", 0).await?;
    fill(&url, history + 1, waiting, "ready", 1).await?;
    let mut next = history + waiting + 1;
    for workers in [1_u32, 2, 4] {
        fill(&url, next, jobs, "ready", 0).await?;
        next += jobs;
        let left = Arc::new(AtomicU32::new(jobs));
        let mut stores = Vec::new();
        for _ in 0..workers {
            stores.push(Arc::new(PostgresStore::open(&url, PostgresOptions::default()).await?));
        }
        let (begun, own, others) = (Instant::now(), own_seconds(), server_seconds(postmaster));
        let tasks: Vec<_> =
            stores.iter().map(|store| tokio::spawn(work(Arc::clone(store), Arc::clone(&left)))).collect();
        let mut ended = 0;
        for task in tasks {
            ended += task.await??;
        }
        let (took, each) = (begun.elapsed().as_secs_f64(), 1e6 / f64::from(ended));
        println!("jobs_{workers} {ended}");
        println!("per_second_{workers} {:.1}", f64::from(ended) / took);
        println!("cpu_us_{workers} {:.1}", (own_seconds() - own) * each);
        println!("server_us_{workers} {:.1}", (server_seconds(postmaster) - others) * each);
    }
    Ok(())
}
