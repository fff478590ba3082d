//! What only a server that many processes share can show.

use std::sync::Arc;
use std::time::Duration;

use domain::CallStatus;
use store::contract::{analysis, at, call};
use store::{
    CallFilter, Calls as _, ClaimRequest, JobFilter, JobState, Jobs as _, NewJob, Outcome, PostgresOptions,
    PostgresStore, Stage, StageResult, StoreError,
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

#[tokio::test]
async fn a_server_that_is_not_there_is_told_without_the_password() {
    let options = PostgresOptions { patience: Duration::from_secs(2), ..PostgresOptions::default() };
    let refused = PostgresStore::open("postgres://zvonar:hush@127.0.0.1:1/zvonar", options.clone()).await;
    let refused = refused.unwrap_err();
    assert!(refused.is_retryable() && !format!("{refused} {refused:?}").contains("hush"), "{refused:?}");
    let strange = PostgresStore::open("postgres://zvonar:hush@[", options).await.unwrap_err();
    assert!(!format!("{strange} {strange:?}").contains("hush"), "{strange:?}");
}
