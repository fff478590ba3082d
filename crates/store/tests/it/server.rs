//! What only a server that many processes share can show.

use std::sync::Arc;
use std::time::Duration;

use domain::{CallId, CallStatus};
use sqlx::{Connection as _, Executor as _, PgConnection};
use store::contract::{analysis, at, call, finish, recording};
use store::{
    CallFilter, Calls as _, ClaimRequest, JobFilter, JobState, Jobs as _, NewJob, Outcome, PostgresOptions,
    PostgresStore, ProviderAsk, ProviderLimits as _, Stage, StageResult, StoreError,
};
use test_support::PostgresDatabase;

async fn open(database: &PostgresDatabase) -> PostgresStore {
    PostgresStore::open(&database.url(), PostgresOptions::default()).await.unwrap()
}

fn request(store: &PostgresStore, stage: Stage, limit: u32, seconds: i64) -> ClaimRequest {
    ClaimRequest {
        stage,
        target: None,
        run: None,
        worker: store.worker_id(),
        lease: Duration::from_mins(1),
        limit,
        probe: false,
        now: at(seconds),
    }
}

/// Fetches and judges whatever there is; says how many jobs it ended.
async fn work(store: Arc<PostgresStore>) -> usize {
    let mut ended = 0;
    loop {
        let mut idle = true;
        for stage in [Stage::Analyze, Stage::Fetch] {
            for claim in store.claim(&request(&store, stage, 7, 1)).await.unwrap() {
                idle = false;
                ended += 1;
                let mut result = StageResult { status: Some(CallStatus::Queued), ..StageResult::default() };
                if stage == Stage::Fetch {
                    let target = "r@1".to_owned();
                    result.next = vec![NewJob { call: claim.job.call, stage: Stage::Analyze, target }];
                } else {
                    result.outcome = Outcome::Analyzed(Box::new(analysis("r", "1", Some(50.0))));
                    result.status = Some(CallStatus::Done);
                }
                store.complete(&claim, result, at(1)).await.unwrap();
            }
        }
        if idle {
            return ended;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_of_many_processes_do_every_job_once() {
    let database = PostgresDatabase::new();
    let stores: Vec<Arc<PostgresStore>> =
        futures::future::join_all((0..4).map(|_| async { Arc::new(open(&database).await) })).await;
    let calls: Vec<_> = (0..150).map(|n| call(&n.to_string(), n)).collect();
    stores[0].discover(&calls[..100], None, at(0)).await.unwrap();
    let workers: Vec<_> = stores.iter().map(|store| tokio::spawn(work(Arc::clone(store)))).collect();
    // meanwhile somebody finds more of them, and people look and retry
    stores[1].discover(&calls, None, at(0)).await.unwrap();
    stores[2].retry(&JobFilter::default(), at(0)).await.unwrap();
    let mut ended = 0;
    for worker in workers {
        ended += worker.await.unwrap();
    }
    ended += work(Arc::clone(&stores[3])).await;
    assert_eq!(ended, 300, "each call is fetched once and judged once");
    let counts = stores[3].queue_counts(None).await.unwrap();
    assert!(counts.iter().all(|count| count.state == JobState::Done && count.count == 150), "{counts:?}");
    let done = CallFilter { statuses: vec![CallStatus::Done], ..CallFilter::default() };
    assert_eq!(stores[3].count_calls(&done).await.unwrap(), 150);
}

/// A claim waits in the middle for whoever writes alone; what that one makes must come whole or not at all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_was_made_while_a_claim_waited_comes_with_what_it_is_done_with() {
    let database = PostgresDatabase::new();
    let store = Arc::new(open(&database).await);
    store.discover(&[call("a", 0), call("b", 0)], None, at(0)).await.unwrap();
    let fetched = Outcome::Fetched(Box::new(recording("a.mp3")));
    finish(store.as_ref(), "a", Stage::Fetch, fetched, 1).await;
    let next =
        NewJob { call: CallId::derive("folder", "a"), stage: Stage::Transcribe, target: String::new() };
    store.enqueue(&[next], false, at(1)).await.unwrap();

    let mut writer = PgConnection::connect(&database.url()).await.unwrap();
    writer.execute("begin; select pg_advisory_xact_lock(99464705605633)").await.unwrap();
    let claimer = Arc::clone(&store);
    let claiming =
        tokio::spawn(
            async move { claimer.claim(&request(&claimer, Stage::Transcribe, 10, 2)).await.unwrap() },
        );
    let mut looker = PgConnection::connect(&database.url()).await.unwrap();
    let waits = "select exists (select 1 from pg_locks where locktype = 'advisory' and not granted \
                 and database = (select oid from pg_database where datname = current_database()))";
    while !sqlx::query_scalar::<_, bool>(waits).fetch_one(&mut looker).await.unwrap() {
        tokio::task::yield_now().await;
    }
    for step in [
        "insert into recordings (call_id, sha256, location, summary) select b.id, r.sha256, r.location, r.summary \
         from calls b, recordings r where b.external_id = 'b'",
        "insert into recording_bodies (call_id, body) select b.id, r.body from calls b, recording_bodies r \
         where b.external_id = 'b'",
        "insert into jobs (call_id, stage, target, state, run_at, updated_at) select b.id, 'transcribe', '', \
         'ready', 0, 0 from calls b where b.external_id = 'b'",
        "commit",
    ] {
        writer.execute(step).await.unwrap();
    }
    let claims = claiming.await.unwrap();
    assert_eq!(claims.len(), 2);
    assert!(claims.iter().all(|claim| claim.record.recording.is_some()), "{claims:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_waits_is_told_of_work_by_another_process() {
    let database = PostgresDatabase::new();
    let (maker, waiter) = (open(&database).await, Arc::new(open(&database).await));
    // words of the opening itself are heard first
    waiter.wait_for_work(Duration::from_millis(1)).await;
    let waiting = Arc::clone(&waiter);
    let told = tokio::spawn(async move { waiting.wait_for_work(Duration::from_mins(5)).await });
    maker.discover(&[call("a", 0)], None, at(0)).await.unwrap();
    tokio::time::timeout(Duration::from_secs(20), told).await.unwrap().unwrap();
    assert_eq!(waiter.claim(&request(&waiter, Stage::Fetch, 1, 0)).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_living_worker_keeps_its_jobs_and_a_lease_that_ran_out_frees_them() {
    let database = PostgresDatabase::new();
    let (one, other) = (open(&database).await, open(&database).await);
    one.discover(&[call("a", 0)], None, at(0)).await.unwrap();
    let held = one.claim(&request(&one, Stage::Fetch, 1, 0)).await.unwrap().remove(0);
    assert_eq!(other.recover(at(30)).await.unwrap(), 0);
    assert_eq!(other.recover(at(61)).await.unwrap(), 1);
    let taken = other.claim(&request(&other, Stage::Fetch, 1, 61)).await.unwrap();
    assert_eq!(taken.len(), 1);
    let late = one.complete(&held, StageResult::default(), at(62)).await;
    assert!(matches!(late, Err(StoreError::LeaseLost)), "{late:?}");
}

fn ask(starts: u32, busy: u32, wanted: u32) -> ProviderAsk {
    ProviderAsk {
        provider: "llm".to_owned(),
        apart: Duration::from_millis(5),
        starts,
        concurrent: Some(8),
        busy,
        wanted,
        lease: Duration::from_secs(10),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_workers_share_the_places_of_a_provider_and_never_have_more() {
    let database = PostgresDatabase::new();
    let stores: Vec<PostgresStore> = futures::future::join_all((0..4).map(|_| open(&database))).await;
    let turn = async |at: usize, busy: u32, wanted: u32| {
        stores[at].provider_turn(&ask(0, busy, wanted)).await.unwrap().unwrap().places
    };
    assert_eq!(turn(0, 0, 8).await, 8, "who is alone has all");
    assert_eq!(turn(1, 0, 8).await, 0, "all are taken, and the other hears of it");
    assert_eq!(turn(0, 6, 8).await, 6, "what is on its way stays");
    assert_eq!(turn(1, 0, 8).await, 2);
    assert_eq!(turn(0, 3, 8).await, 4, "an equal share while somebody has less");
    assert_eq!(turn(1, 2, 8).await, 4);
    for _ in 0..4 {
        let mut all = 0;
        for at in 0..4 {
            all = turn(at, 0, 8).await;
        }
        assert!(all <= 8);
    }
    let mut places = Vec::new();
    for at in 0..4 {
        places.push(turn(at, 2, 8).await);
    }
    assert_eq!(places, [2, 2, 2, 2]);
    for at in 1..4 {
        assert_eq!(turn(at, 0, 0).await, 0, "done for now");
    }
    assert_eq!(turn(0, 2, 8).await, 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_two_workers_get_the_same_moment() {
    let database = PostgresDatabase::new();
    let stores = futures::future::join_all((0..4).map(|_| open(&database))).await;
    let begun = std::time::Instant::now();
    let asked = stores.into_iter().map(|store| {
        tokio::spawn(async move {
            let mut moments = Vec::new();
            for _ in 0..25 {
                let turn = store.provider_turn(&ask(3, 0, 0)).await.unwrap().unwrap();
                // as early as it can be meant
                let first = begun.elapsed() + turn.first_in;
                moments.extend((0..3).map(|n| first + Duration::from_millis(5) * n));
            }
            moments
        })
    });
    let mut moments = Vec::new();
    for one in asked.collect::<Vec<_>>() {
        moments.extend(one.await.unwrap());
    }
    moments.sort();
    let took = moments[moments.len() - 1].saturating_sub(moments[0]);
    assert!(took >= Duration::from_millis(5 * 299 - 200), "300 moments, 5 ms apart: {took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_worker_goes_on_beside_a_newer_schema_and_an_old_program_is_refused_at_its_start() {
    let database = PostgresDatabase::new();
    let running = open(&database).await;
    running.discover(&[call("a", 0), call("b", 0)], None, at(0)).await.unwrap();
    let held = running.claim(&request(&running, Stage::Fetch, 1, 0)).await.unwrap().remove(0);
    // what a later release does: it only adds
    let mut later = PgConnection::connect(&database.url()).await.unwrap();
    for step in [
        "alter table jobs add column later_column text not null default 'x'",
        "alter table calls add column later_column text",
        "insert into _sqlx_migrations (version, description, installed_on, success, checksum, execution_time) \
         values (9999, 'later', now(), true, ''::bytea, 0)",
    ] {
        later.execute(step).await.unwrap();
    }
    running.complete(&held, StageResult::default(), at(1)).await.unwrap();
    assert_eq!(running.claim(&request(&running, Stage::Fetch, 5, 1)).await.unwrap().len(), 1);
    running.discover(&[call("c", 0)], None, at(1)).await.unwrap();
    let refused = PostgresStore::open(&database.url(), PostgresOptions::default()).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Incompatible(why) if why.contains("newer zvonar")), "{refused:?}");
    for step in [
        "delete from _sqlx_migrations where version = 9999",
        "alter table jobs drop column later_column",
        "alter table calls drop column later_column",
    ] {
        later.execute(step).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_table_tells_that_it_changed() {
    let database = PostgresDatabase::new();
    drop(open(&database).await);
    let mut connection = PgConnection::connect(&database.url()).await.unwrap();
    let silent: Vec<String> = sqlx::query_scalar(
        "select tablename::text from pg_tables t where schemaname = current_schema() and not exists (select 1 \
         from pg_trigger g join pg_class c on c.oid = g.tgrelid where c.relname = t.tablename \
         and g.tgname = t.tablename || '_changed') order by 1",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    // what is counted from others, or tells nobody anything
    let known = [
        "_sqlx_migrations",
        "audit",
        "call_counts",
        "changes",
        "job_counts",
        "leads",
        "provider_lines",
        "provider_places",
        "run_ready",
        "workers",
    ];
    assert_eq!(silent, known, "a later migration calls watch_changes for its tables");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_without_the_password() {
    let options = PostgresOptions { patience: Duration::from_secs(2), ..PostgresOptions::default() };
    let refused = PostgresStore::open("postgres://zvonar:hush@127.0.0.1:1/zvonar", options.clone()).await;
    let refused = refused.unwrap_err();
    assert!(refused.is_retryable() && !format!("{refused} {refused:?}").contains("hush"), "{refused:?}");
    let strange = PostgresStore::open("postgres://zvonar:hush@[", options).await.unwrap_err();
    assert!(!format!("{strange} {strange:?}").contains("hush"), "{strange:?}");
}
