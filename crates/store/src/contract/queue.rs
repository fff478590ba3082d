//! The queue: claims, leases, retries, pauses, runs.

use std::collections::HashSet;
use std::time::Duration;

use domain::{CallId, CallStatus};

use super::sample::{at, call, claimed, done, job, recording, request, trouble};
use crate::{
    Burial, ClaimRequest, ClaimedJob, DiscoveredCall, Job, JobFilter, JobState, NewJob, Outcome, Postpone,
    QueueCount, Stage, Store, StoreError,
};

const MINUTE: Duration = Duration::from_mins(1);

fn burial(status: CallStatus, code: &str) -> Burial {
    Burial { status: Some(status), error: trouble(code), next: Vec::new(), spend: Vec::new() }
}

async fn only_job(store: &dyn Store) -> Job {
    let mut jobs = store.jobs(&JobFilter::default(), 10).await.unwrap();
    assert_eq!(jobs.len(), 1, "{jobs:?}");
    jobs.remove(0)
}

async fn status(store: &dyn Store, name: &str) -> CallStatus {
    store.call(CallId::derive("folder", name)).await.unwrap().unwrap().status
}

pub async fn many_claimers_never_share_a_job(store: &dyn Store) {
    let calls: Vec<DiscoveredCall> = (0..200).map(|n| call(&n.to_string(), n)).collect();
    store.discover(&calls, None, at(0)).await.unwrap();
    let claimers = (0..16).map(|_| async {
        let mut mine = Vec::new();
        loop {
            let claims = store.claim(&request(Stage::Fetch, 3, 1)).await.unwrap();
            if claims.is_empty() {
                return mine;
            }
            mine.extend(claims);
        }
    });
    let claims: Vec<_> = futures::future::join_all(claimers).await.into_iter().flatten().collect();
    let calls: HashSet<CallId> = claims.iter().map(|claim| claim.job.call).collect();
    let tokens: HashSet<_> = claims.iter().map(|claim| claim.token).collect();
    assert_eq!((claims.len(), calls.len(), tokens.len()), (200, 200, 200));
}

pub async fn claims_are_in_order_of_time_and_not_early(store: &dyn Store) {
    store.discover(&[call("b", 0)], None, at(20)).await.unwrap();
    store.discover(&[call("a", 0)], None, at(10)).await.unwrap();
    store.discover(&[call("c", 0)], None, at(30)).await.unwrap();
    assert_eq!(store.next_due(Stage::Fetch, None, None, None).await.unwrap(), Some(at(10)));
    assert_eq!(store.next_due(Stage::Deliver, None, None, None).await.unwrap(), None);
    assert_eq!(store.claim(&request(Stage::Fetch, 10, 9)).await.unwrap(), []);
    assert_eq!(store.claim(&request(Stage::Fetch, 0, 50)).await.unwrap(), []);
    assert_eq!(store.claim(&request(Stage::Analyze, 10, 50)).await.unwrap(), []);
    let claims = store.claim(&request(Stage::Fetch, 10, 20)).await.unwrap();
    let calls: Vec<CallId> = claims.iter().map(|claim| claim.job.call).collect();
    assert_eq!(calls, [CallId::derive("folder", "a"), CallId::derive("folder", "b")]);
    let job = &claims[0].job;
    assert_eq!((job.state, job.attempt, job.lease_until), (JobState::Leased, 1, Some(at(80))));
    assert_eq!(store.next_due(Stage::Fetch, None, None, None).await.unwrap(), Some(at(30)));
    let count = |state, count| QueueCount { stage: Stage::Fetch, state, count };
    assert_eq!(
        store.queue_counts(None).await.unwrap(),
        [count(JobState::Ready, 1), count(JobState::Leased, 2)]
    );
}

pub async fn a_late_worker_is_told_and_writes_nothing(store: &dyn Store) {
    let late = claimed(store, "a").await;
    assert_eq!(store.recover(at(61)).await.unwrap(), 1);
    let lost =
        |result: Result<(), StoreError>| assert!(matches!(result, Err(StoreError::LeaseLost)), "{result:?}");
    let fetched = || done(Outcome::Fetched(Box::new(recording("file:///late"))));
    lost(store.complete(&late, fetched(), at(62)).await);
    let current = store.claim(&request(Stage::Fetch, 1, 62)).await.unwrap().remove(0);
    assert_eq!(current.job.attempt, 2);
    lost(store.complete(&late, fetched(), at(63)).await);
    let later = Postpone {
        run_at: at(99),
        error: trouble("x"),
        status: Some(CallStatus::Paused),
        burn_attempt: true,
        next: Vec::new(),
        spend: Vec::new(),
    };
    lost(store.postpone(&late, later, at(63)).await);
    lost(store.bury(&late, burial(CallStatus::Failed, "x"), at(63)).await);
    store.release(std::slice::from_ref(&late), at(63)).await.unwrap();
    let record = store.call(late.job.call).await.unwrap().unwrap();
    assert_eq!((record.status, record.recording), (CallStatus::Queued, None));
    store.complete(&current, fetched(), at(64)).await.unwrap();
    lost(store.complete(&current, fetched(), at(64)).await);
}

pub async fn a_heartbeat_prolongs_and_names_the_lost(store: &dyn Store) {
    let a = claimed(store, "a").await;
    let b = claimed(store, "b").await;
    store.complete(&b, done(Outcome::Nothing), at(1)).await.unwrap();
    let lost = store.heartbeat(&[a.clone(), b.clone()], MINUTE, at(50)).await.unwrap();
    assert_eq!(lost, [b.token]);
    assert_eq!(store.recover(at(109)).await.unwrap(), 0, "the lease now ends at 110");
    assert_eq!(store.recover(at(110)).await.unwrap(), 1);
    assert_eq!(store.heartbeat(std::slice::from_ref(&a), MINUTE, at(111)).await.unwrap(), [a.token]);
}

pub async fn an_expired_lease_is_recovered_once(store: &dyn Store) {
    claimed(store, "a").await;
    assert_eq!(store.recover(at(59)).await.unwrap(), 0);
    assert_eq!(store.recover(at(60)).await.unwrap(), 1);
    assert_eq!(store.recover(at(61)).await.unwrap(), 0);
    let job = only_job(store).await;
    assert_eq!((job.state, job.attempt, job.lease_until), (JobState::Ready, 1, None));
    assert_eq!(store.claim(&request(Stage::Fetch, 1, 61)).await.unwrap().len(), 1);
}

pub async fn postponing_burns_the_attempt_only_if_told(store: &dyn Store) {
    let claim = claimed(store, "a").await;
    let later = |run_at, status, burn_attempt| Postpone {
        run_at,
        error: trouble("busy"),
        status: Some(status),
        burn_attempt,
        next: Vec::new(),
        spend: Vec::new(),
    };
    store.postpone(&claim, later(at(100), CallStatus::WaitingRecording, false), at(1)).await.unwrap();
    let job = only_job(store).await;
    assert_eq!((job.state, job.attempt, job.run_at), (JobState::Ready, 0, at(100)));
    assert_eq!(job.error, Some(trouble("busy")));
    assert_eq!(status(store, "a").await, CallStatus::WaitingRecording);
    assert_eq!(store.claim(&request(Stage::Fetch, 1, 99)).await.unwrap(), []);
    assert_eq!(store.next_due(Stage::Fetch, None, None, None).await.unwrap(), Some(at(100)));
    let patient = |seconds| Some(std::time::Duration::from_secs(seconds));
    assert_eq!(
        store.next_due(Stage::Fetch, None, None, patient(98)).await.unwrap(),
        None,
        "put off for 99 s"
    );
    assert_eq!(store.next_due(Stage::Fetch, None, None, patient(99)).await.unwrap(), Some(at(100)));
    let claim = store.claim(&request(Stage::Fetch, 1, 100)).await.unwrap().remove(0);
    store.postpone(&claim, later(at(200), CallStatus::Queued, true), at(101)).await.unwrap();
    let job = only_job(store).await;
    assert_eq!((job.attempt, job.run_at, job.updated_at), (1, at(200), at(101)));
}

pub async fn a_buried_job_comes_back_only_by_hand(store: &dyn Store) {
    let claim = claimed(store, "a").await;
    store.bury(&claim, burial(CallStatus::RecordingUnavailable, "gone"), at(1)).await.unwrap();
    let record = store.call(claim.job.call).await.unwrap().unwrap();
    assert_eq!((record.status, record.error), (CallStatus::RecordingUnavailable, Some(trouble("gone"))));
    assert_eq!(store.claim(&request(Stage::Fetch, 1, 1_000_000)).await.unwrap(), []);
    assert_eq!(store.recover(at(1_000_000)).await.unwrap(), 0);
    let other = JobFilter { stage: Some(Stage::Analyze), ..JobFilter::default() };
    assert_eq!(store.retry(&other, at(5)).await.unwrap(), 0);
    let dead = JobFilter { state: Some(JobState::Dead), ..JobFilter::default() };
    assert_eq!(store.jobs(&dead, 10).await.unwrap().len(), 1);
    assert_eq!(store.retry(&dead, at(5)).await.unwrap(), 1);
    let job = only_job(store).await;
    assert_eq!((job.state, job.attempt, job.run_at, job.error), (JobState::Ready, 0, at(5), None));
    let record = store.call(claim.job.call).await.unwrap().unwrap();
    assert_eq!((record.status, record.error), (CallStatus::Queued, None));
}

pub async fn released_jobs_forget_the_attempt(store: &dyn Store) {
    let claim = claimed(store, "a").await;
    store.release(std::slice::from_ref(&claim), at(1)).await.unwrap();
    store.release(&[claim], at(2)).await.unwrap();
    let job = only_job(store).await;
    assert_eq!((job.state, job.attempt, job.run_at, job.updated_at), (JobState::Ready, 0, at(0), at(1)));
}

pub async fn a_paused_stage_gives_nothing_until_resumed(store: &dyn Store) {
    let claim = claimed(store, "a").await;
    store.discover(&[call("b", 0)], None, at(0)).await.unwrap();
    assert!(store.pause(Stage::Fetch, None, &trouble("key_refused"), at(1)).await.unwrap());
    assert!(!store.pause(Stage::Fetch, None, &trouble("other"), at(2)).await.unwrap());
    let paused = store.paused().await.unwrap();
    assert_eq!((paused.len(), paused[0].stage, paused[0].since), (1, Stage::Fetch, at(1)));
    assert_eq!(paused[0].reason, trouble("other"), "the present reason is told");
    let later = Postpone {
        run_at: at(9_000),
        error: trouble("key_refused"),
        status: Some(CallStatus::Paused),
        burn_attempt: false,
        next: Vec::new(),
        spend: Vec::new(),
    };
    store.postpone(&claim, later, at(3)).await.unwrap();
    assert_eq!(store.claim(&request(Stage::Fetch, 9, 10_000)).await.unwrap(), []);
    assert_eq!(store.next_due(Stage::Fetch, None, None, None).await.unwrap(), None, "nothing can be claimed");
    assert!(!store.resume(Stage::Analyze, None, at(10)).await.unwrap());
    assert_eq!(status(store, "a").await, CallStatus::Paused, "another stage's resume moves nothing");
    assert!(store.resume(Stage::Fetch, None, at(10)).await.unwrap());
    assert!(!store.resume(Stage::Fetch, None, at(10)).await.unwrap());
    assert_eq!(status(store, "a").await, CallStatus::Queued);
    assert_eq!(store.paused().await.unwrap(), []);
    assert_eq!(store.claim(&request(Stage::Fetch, 9, 10)).await.unwrap().len(), 2, "and at once");
}

pub async fn a_run_sees_only_its_calls(store: &dyn Store) {
    let run = store.start_run("folder /calls", at(0)).await.unwrap();
    let other = store.start_run("folder /more", at(0)).await.unwrap();
    store.discover(&[call("before", 0), call("both", 0)], None, at(0)).await.unwrap();
    store.discover(&[call("mine", 0), call("both", 0)], Some(run), at(5)).await.unwrap();
    store.discover(&[call("both", 0)], Some(other), at(5)).await.unwrap();
    assert_eq!(store.next_due(Stage::Fetch, None, Some(run), None).await.unwrap(), Some(at(0)));
    let of = |run, now| ClaimRequest { run: Some(run), ..request(Stage::Fetch, 10, now) };
    let claims = store.claim(&of(run, 5)).await.unwrap();
    let names: Vec<CallId> = claims.iter().map(|claim| claim.job.call).collect();
    assert_eq!(names, [CallId::derive("folder", "both"), CallId::derive("folder", "mine")]);
    assert_eq!(store.claim(&of(other, 5)).await.unwrap(), [], "the other run's call is held");
    assert_eq!(store.next_due(Stage::Fetch, None, Some(other), None).await.unwrap(), None);
    let counts = store.queue_counts(Some(other)).await.unwrap();
    assert_eq!(counts, [QueueCount { stage: Stage::Fetch, state: JobState::Leased, count: 1 }]);

    let next = job("both", Stage::Transcribe, "");
    let mut result = done(Outcome::Nothing);
    result.next = vec![next];
    store.complete(&claims[0], result, at(6)).await.unwrap();
    let transcribe = ClaimRequest { run: Some(other), ..request(Stage::Transcribe, 10, 6) };
    let claim = store.claim(&transcribe).await.unwrap();
    assert_eq!(claim.len(), 1, "a job made later belongs to every run of its call");
    store.release(&claim, at(6)).await.unwrap();
    assert_eq!(store.jobs(&JobFilter { run: Some(run), ..JobFilter::default() }, 10).await.unwrap().len(), 3);
    store.finish_run(other, at(7)).await.unwrap();
    assert_eq!(store.claim(&transcribe).await.unwrap(), []);
    assert_eq!(store.claim(&request(Stage::Transcribe, 10, 7)).await.unwrap().len(), 1);
}

pub async fn new_jobs_leave_the_held_alone(store: &dyn Store) {
    let claim = claimed(store, "a").await;
    let again = [job("a", Stage::Fetch, ""), job("a", Stage::Analyze, "r@1")];
    store.enqueue(&again, true, at(5)).await.unwrap();
    store.complete(&claim, done(Outcome::Nothing), at(6)).await.unwrap();
    let jobs =
        store.jobs(&JobFilter { call: Some(claim.job.call), ..JobFilter::default() }, 10).await.unwrap();
    let states: Vec<_> = jobs.iter().map(|job| (job.stage, job.state)).collect();
    assert_eq!(states, [(Stage::Fetch, JobState::Done), (Stage::Analyze, JobState::Ready)]);
    store.enqueue(&[job("a", Stage::Fetch, "")], false, at(7)).await.unwrap();
    let claim = store.claim(&request(Stage::Fetch, 1, 7)).await.unwrap().remove(0);
    assert_eq!(claim.job.attempt, 1, "a done job is ready anew, with no attempts");
    let unknown = store.enqueue(&[job("nobody", Stage::Fetch, "")], false, at(7)).await;
    assert!(matches!(unknown, Err(StoreError::Invalid(_))), "{unknown:?}");
}

pub async fn retry_spares_the_status_behind_a_delivery(store: &dyn Store) {
    let mut found = call("a", 0);
    found.status = CallStatus::Done;
    found.jobs = vec![job("a", Stage::Deliver, "xlsx")];
    store.discover(&[found], None, at(0)).await.unwrap();
    let claim = store.claim(&request(Stage::Deliver, 1, 1)).await.unwrap().remove(0);
    store.bury(&claim, burial(CallStatus::Done, "sink"), at(1)).await.unwrap();
    let failed = JobFilter { call_statuses: vec![CallStatus::Failed], ..JobFilter::default() };
    assert_eq!(store.retry(&failed, at(2)).await.unwrap(), 0);
    assert_eq!(store.retry(&JobFilter::default(), at(2)).await.unwrap(), 1);
    assert_eq!(status(store, "a").await, CallStatus::Done);
}

pub async fn jobs_are_listed_by_last_change(store: &dyn Store) {
    store.discover(&[call("a", 0)], None, at(1)).await.unwrap();
    store.discover(&[call("b", 0)], None, at(2)).await.unwrap();
    store.discover(&[call("c", 0)], None, at(3)).await.unwrap();
    let claim = store.claim(&request(Stage::Fetch, 1, 9)).await.unwrap().remove(0);
    assert_eq!(claim.job.call, CallId::derive("folder", "a"));
    let names = |jobs: Vec<Job>| jobs.into_iter().map(|job| job.call).collect::<Vec<_>>();
    let of = |name| CallId::derive("folder", name);
    assert_eq!(names(store.jobs(&JobFilter::default(), 2).await.unwrap()), [of("a"), of("c")]);
    let ready = JobFilter { state: Some(JobState::Ready), ..JobFilter::default() };
    assert_eq!(names(store.jobs(&ready, 9).await.unwrap()), [of("c"), of("b")]);
    let queued = JobFilter { call_statuses: vec![CallStatus::Queued], ..ready };
    assert_eq!(store.jobs(&queued, 9).await.unwrap().len(), 2);
}

pub async fn a_target_is_claimed_alone(store: &dyn Store) {
    let mut found = call("a", 0);
    found.jobs = vec![job("a", Stage::Deliver, "csv"), job("a", Stage::Deliver, "xlsx")];
    store.discover(&[found], None, at(0)).await.unwrap();
    let only = ClaimRequest { target: Some("xlsx".to_owned()), ..request(Stage::Deliver, 9, 1) };
    let claims = store.claim(&only).await.unwrap();
    assert_eq!((claims.len(), claims[0].job.target.as_str()), (1, "xlsx"));
    assert_eq!(store.claim(&request(Stage::Deliver, 9, 1)).await.unwrap().len(), 1);
}

pub async fn a_long_queue_under_one_rubric_keeps_no_other_waiting(store: &dyn Store) {
    let calls: Vec<DiscoveredCall> =
        (0..220).map(|n| DiscoveredCall { jobs: Vec::new(), ..call(&n.to_string(), n) }).collect();
    store.discover(&calls, None, at(0)).await.unwrap();
    let judged = |n: usize, target: &str| NewJob {
        call: calls[n].call.id,
        stage: Stage::Analyze,
        target: target.to_owned(),
    };
    let long: Vec<NewJob> = (0..200).map(|n| judged(n, "a@1")).collect();
    store.enqueue(&long, false, at(1)).await.unwrap();
    let short: Vec<NewJob> = (200..210).map(|n| judged(n, "b@1")).collect();
    store.enqueue(&short, false, at(2)).await.unwrap();
    let other: Vec<NewJob> = (210..220).map(|n| judged(n, "c@1")).collect();
    store.enqueue(&other, false, at(2)).await.unwrap();
    let of = |claims: &[ClaimedJob], target: &str| claims.iter().filter(|c| c.job.target == target).count();
    let first = store.claim(&request(Stage::Analyze, 12, 5)).await.unwrap();
    assert_eq!([of(&first, "a@1"), of(&first, "b@1"), of(&first, "c@1")], [4, 4, 4]);
    // one at a time they take turns as well
    let mut single = Vec::new();
    for _ in 0..6 {
        single.extend(store.claim(&request(Stage::Analyze, 1, 5)).await.unwrap());
    }
    assert_eq!([of(&single, "a@1"), of(&single, "b@1"), of(&single, "c@1")], [2, 2, 2]);
    // what the short ones leave over goes to the long one
    let rest = store.claim(&request(Stage::Analyze, 60, 5)).await.unwrap();
    assert_eq!([of(&rest, "a@1"), of(&rest, "b@1"), of(&rest, "c@1")], [52, 4, 4]);
    let tokens: HashSet<_> = first.iter().chain(&single).chain(&rest).map(|claim| claim.token).collect();
    assert_eq!(tokens.len(), 78);
}
