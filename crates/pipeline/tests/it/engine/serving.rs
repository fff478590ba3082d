//! The endless worker: what wakes it, what it waits for, how it ends.

use std::sync::Arc;
use std::time::Duration;

use domain::{CallError, CallStatus};
use pipeline::{DayCap, Event, SourceError, Unobserved};
use store::{DiscoveredCall, JobFilter, JobState, NewJob, Stage, Store};
use tokio_util::sync::CancellationToken;
use transcribe::Fault;

use super::bench::{Bench, FakeSource, Worker};

/// As another process would find a call.
async fn found_by_another(store: &dyn Store, call: &domain::Call, now: chrono::DateTime<chrono::Utc>) {
    let jobs = vec![NewJob { call: call.id, stage: Stage::Fetch, target: String::new() }];
    let found = DiscoveredCall { call: call.clone(), status: CallStatus::Queued, error: None, jobs };
    store.discover(&[found], None, now).await.unwrap();
}

async fn found(bench: &Bench, worker: &Worker, call: &domain::Call) {
    use domain::Clock as _;
    found_by_another(worker.pipeline.store().as_ref(), call, bench.clock.now()).await;
}

/// What people were told until nothing is paused any more. The pause ends a step before it is told that it ended,
/// so the worker is let end first.
async fn told_when_resumed(bench: &Bench, worker: Worker) -> Vec<Event> {
    worker.until("resumed", async |store| store.paused().await.unwrap().is_empty()).await;
    worker.stop().await;
    bench.notifier.0.lock().unwrap().clone()
}

#[tokio::test]
async fn jobs_that_others_made_are_found_within_the_poll_and_delivered() {
    let bench = Bench::new();
    let call = bench.source.add("one", "b_rude_manager.wav");
    let worker = bench.serve(Vec::new()).await;
    found(&bench, &worker, &call).await;
    let report = worker.settled(call.id).await;
    assert_eq!(report.status, CallStatus::Done);
    assert_eq!(report.analysis.unwrap().rubric.as_str(), "manager-plus", "the worker's own rubric");
    worker.until("a row", async |_| bench.sink.rows.lock().unwrap().contains_key("one")).await;
    worker.stop().await;
}

#[tokio::test]
async fn a_worker_that_is_woken_does_not_wait_for_its_round() {
    let mut bench = Bench::new();
    bench.poll = Duration::from_hours(1);
    let call = bench.source.add("one", "b_rude_manager.wav");
    let worker = bench.serve(Vec::new()).await;
    found(&bench, &worker, &call).await;
    worker.pipeline.work().wake();
    assert_eq!(worker.settled(call.id).await.status, CallStatus::Done);
    worker.stop().await;
}

#[tokio::test]
async fn a_backoff_of_any_length_is_waited_out() {
    let bench = Bench::new();
    let call = bench.source.add("one", "b_rude_manager.wav");
    bench.speech.fail_any(Fault::Unavailable);
    let worker = bench.serve(Vec::new()).await;
    found(&bench, &worker, &call).await;
    worker
        .until("a job put off", async |store| {
            let jobs =
                store.jobs(&JobFilter { call: Some(call.id), ..JobFilter::default() }, 9).await.unwrap();
            jobs.iter().any(|job| job.error.is_some() && job.state == JobState::Ready)
        })
        .await;
    bench.clock.advance(Duration::from_hours(1));
    assert_eq!(worker.settled(call.id).await.status, CallStatus::Done);
    assert_eq!(bench.speech.all_calls(), 2);
    worker.stop().await;
}

#[tokio::test]
async fn a_refusing_provider_is_probed_and_people_are_told_twice() {
    let bench = Bench::new();
    let call = bench.source.add("one", "b_rude_manager.wav");
    bench.speech.fail_any(Fault::QuotaSpent);
    let worker = bench.serve(Vec::new()).await;
    found(&bench, &worker, &call).await;
    // the first probe is due at once on this bench
    worker
        .until("done", async |store| store.call(call.id).await.unwrap().unwrap().status == CallStatus::Done)
        .await;
    let told = told_when_resumed(&bench, worker).await;
    let kinds: Vec<bool> = told.iter().map(|event| matches!(event, Event::StagePaused { .. })).collect();
    assert_eq!(kinds, [true, false], "{told:?}");
}

#[tokio::test]
async fn a_source_that_refuses_holds_up_its_own_calls_alone() {
    let bench = Bench::new();
    let refused = || SourceError::Refused { message: "the key".into(), hint: "another".into() };
    bench.source.add_failing("one", refused);
    let other = Arc::new(FakeSource::named("other"));
    let free = other.add("free", "g_cold_call_refused.wav");
    let worker = bench.serve(vec![other]).await;
    let one = bench.source.calls.lock().unwrap()[0].clone();
    found(&bench, &worker, &one).await;
    worker.until("refused", async |store| !store.paused().await.unwrap().is_empty()).await;
    found(&bench, &worker, &free).await;
    assert_eq!(worker.settled(free.id).await.status, CallStatus::Done, "the other source's call goes on");
    let store = Arc::clone(worker.pipeline.store());
    let paused = store.paused().await.unwrap();
    assert_eq!(paused.iter().map(|pause| pause.target.as_deref()).collect::<Vec<_>>(), [Some("fake")]);
    let waits = store.call(one.id).await.unwrap().unwrap();
    assert!(matches!(waits.status, CallStatus::Paused | CallStatus::Queued), "{:?}", waits.status);
    bench.source.mend("one", "b_rude_manager.wav");
    let done =
        async |store: &dyn Store| store.call(one.id).await.unwrap().unwrap().status == CallStatus::Done;
    worker.until("done", done).await;
    let told = told_when_resumed(&bench, worker).await;
    let of_fetch = |event: &&Event| match event {
        Event::StagePaused { stage, .. } | Event::StageResumed { stage, .. } => *stage == Stage::Fetch,
        _ => false,
    };
    assert_eq!(told.iter().filter(of_fetch).count(), 2, "told once each: {told:?}");
}

#[tokio::test]
async fn a_spent_day_stops_paid_work_until_midnight() {
    let mut bench = Bench::new();
    let money = |text: &str| text.parse::<domain::Money>().unwrap();
    bench.price = Some(money("3RUB"));
    bench.day_cap = Some(DayCap { most: money("7RUB"), zone: chrono_tz::Europe::Moscow });
    let files = ["b_rude_manager.wav", "g_cold_call_refused.wav", "a_sale_objection.wav"];
    let calls = files.map(|file| bench.source.add(file, file));
    let worker = bench.serve(Vec::new()).await;
    for call in &calls {
        found(&bench, &worker, call).await;
    }
    worker.until("the day is spent", async |store| !store.paused().await.unwrap().is_empty()).await;
    let store = Arc::clone(worker.pipeline.store());
    let paused = store.paused().await.unwrap();
    assert_eq!((paused[0].stage, paused[0].reason.code.as_str()), (Stage::Transcribe, "daily_budget"));
    let done = async |store: &dyn Store| {
        let mut done = 0;
        for call in &calls {
            done += usize::from(store.call(call.id).await.unwrap().unwrap().status == CallStatus::Done);
        }
        done
    };
    worker.until("two are through", async |store| done(store).await == 2).await;
    assert_eq!(bench.speech.all_calls(), 2, "the third is not asked for");
    bench.clock.advance(Duration::from_hours(24));
    worker.until("all are through", async |store| done(store).await == 3).await;
    worker.stop().await;
}

#[tokio::test]
async fn what_a_person_paused_waits_for_a_person() {
    use domain::Clock as _;
    let bench = Bench::new();
    let call = bench.source.add("one", "b_rude_manager.wav");
    let worker = bench.serve(Vec::new()).await;
    let store = Arc::clone(worker.pipeline.store());
    let reason = CallError { code: "by_hand".into(), message: String::new(), hint: String::new() };
    store.pause(Stage::Transcribe, None, &reason, bench.clock.now()).await.unwrap();
    found(&bench, &worker, &call).await;
    worker
        .until("fetched", async |store| store.call(call.id).await.unwrap().unwrap().recording.is_some())
        .await;
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
    assert_eq!(bench.speech.all_calls(), 0);
    store.resume(Stage::Transcribe, None, bench.clock.now()).await.unwrap();
    assert_eq!(worker.settled(call.id).await.status, CallStatus::Done);
    worker.stop().await;
}

#[tokio::test]
async fn a_stop_lets_work_in_hand_end() {
    let bench = Bench::new();
    let call = bench.source.add("one", "b_rude_manager.wav");
    let worker = bench.serve(Vec::new()).await;
    found(&bench, &worker, &call).await;
    worker.until("fetching", async |_| *bench.source.fetches.lock().unwrap() > 0).await;
    let store = Arc::clone(worker.pipeline.store());
    worker.stop().await;
    let record = store.call(call.id).await.unwrap().unwrap();
    assert!(record.recording.is_some(), "the fetch came to its end");
    let jobs = store.jobs(&JobFilter::default(), 9).await.unwrap();
    assert!(jobs.iter().all(|job| job.state != JobState::Leased), "{jobs:?}");
}

#[tokio::test]
async fn work_that_does_not_end_in_time_goes_back_untouched() {
    let mut bench = Bench::new();
    bench.grace = Duration::ZERO;
    let call = bench.source.add("one", "b_rude_manager.wav");
    bench.speech.fail_any(Fault::Hangs);
    let worker = bench.serve(Vec::new()).await;
    found(&bench, &worker, &call).await;
    worker.until("a hanging engine", async |_| bench.speech.all_calls() == 1).await;
    let store = Arc::clone(worker.pipeline.store());
    worker.stop().await;
    let jobs =
        store.jobs(&JobFilter { stage: Some(Stage::Transcribe), ..JobFilter::default() }, 9).await.unwrap();
    assert_eq!((jobs[0].state, jobs[0].attempt, jobs[0].lease_until), (JobState::Ready, 0, None));
    drop(store);
    let worker = bench.serve(Vec::new()).await;
    assert_eq!(worker.settled(call.id).await.status, CallStatus::Done, "the next worker ends it");
    worker.stop().await;
}

#[tokio::test]
async fn a_run_beside_a_worker_reports_what_the_worker_did() {
    let mut bench = Bench::new();
    // it waits for what the worker holds
    bench.patience = Duration::from_mins(1);
    let call = bench.source.add("one", "b_rude_manager.wav");
    bench.source.add("two", "g_cold_call_refused.wav");
    let worker = bench.serve(Vec::new()).await;
    let run =
        worker.pipeline.run(bench.request("manager-plus"), Arc::new(Unobserved), CancellationToken::new());
    let report = run.await.unwrap();
    assert!(report.calls.iter().all(|call| call.status == CallStatus::Done), "{:?}", report.calls);
    assert_eq!(report.calls.len(), 2);
    assert_eq!(bench.speech.all_calls(), 2, "each once, whoever did it");
    assert_eq!(worker.settled(call.id).await.status, CallStatus::Done);
    worker.stop().await;
}

#[tokio::test]
async fn a_listener_hears_how_far_a_call_is_to_its_end() {
    let bench = Bench::new();
    let call = bench.source.add("one", "b_rude_manager.wav");
    let worker = bench.serve(Vec::new()).await;
    let mut events = worker.pipeline.work().progress();
    found(&bench, &worker, &call).await;
    let mut heard = Vec::new();
    loop {
        let event = events.recv().await.unwrap();
        assert_eq!(event.call, call.id);
        heard.push(event);
        if event.status == CallStatus::Done {
            break;
        }
    }
    let ended: Vec<Stage> = heard.iter().filter(|e| e.fraction == Some(1.0)).map(|e| e.stage).collect();
    let order = [Stage::Fetch, Stage::Transcribe, Stage::Analyze];
    let mut firsts = ended.clone();
    firsts.dedup();
    assert_eq!(firsts, order);
    let speech: Vec<f32> =
        heard.iter().filter(|e| e.stage == Stage::Transcribe).filter_map(|e| e.fraction).collect();
    assert!(speech.len() > 2 && speech.is_sorted() && speech[0] < 1.0, "{speech:?}");
    worker.stop().await;
}

#[tokio::test]
async fn waiting_ends_with_the_patience_and_knows_no_strangers() {
    let bench = Bench::new();
    let call = bench.source.add("one", "b_rude_manager.wav");
    bench.speech.fail_any(Fault::Hangs);
    let mut worker = bench.serve(Vec::new()).await;
    found(&bench, &worker, &call).await;
    let (work, store) = (worker.pipeline.work().clone(), Arc::clone(worker.pipeline.store()));
    let waited = work.wait_for(store.as_ref(), call.id, Duration::from_millis(50)).await.unwrap().unwrap();
    assert!(waited.status.is_open());
    let stranger = domain::CallId::derive("nobody", "knows");
    assert!(work.wait_for(store.as_ref(), stranger, Duration::from_secs(9)).await.unwrap().is_none());
    worker.begin_to_stop();
    worker.pipeline = bench.pipeline().await;
}

#[tokio::test]
async fn what_is_only_discovered_the_worker_takes_to_its_end() {
    let mut bench = Bench::new();
    bench.poll = Duration::from_hours(1);
    let call = bench.source.add("one", "b_rude_manager.wav");
    bench.source.add("missed", "b_rude_manager.wav");
    bench.source.change("missed", |call| call.missed = true);
    let worker = bench.serve(Vec::new()).await;
    let request = bench.request("manager-plus");
    let found =
        worker.pipeline.discover(&request, Arc::new(Unobserved), CancellationToken::new()).await.unwrap();
    assert!(found.is_empty());
    assert_eq!(worker.settled(call.id).await.status, CallStatus::Done);
    worker.until("both rows", async |_| bench.sink.rows.lock().unwrap().len() == 2).await;
    worker.stop().await;
}

#[tokio::test]
async fn a_sink_that_refuses_waits_alone_and_is_asked_again() {
    let bench = Bench::new();
    let refusal = || pipeline::SinkError::Refused {
        place: "sheet".into(),
        why: "no role".into(),
        hint: "share it".into(),
    };
    bench.sink.refusals.lock().unwrap().extend([refusal(), refusal()]);
    let call = bench.source.add("one", "b_rude_manager.wav");
    let worker = bench.serve(Vec::new()).await;
    found(&bench, &worker, &call).await;
    assert_eq!(worker.settled(call.id).await.status, CallStatus::Done, "the call itself is well");
    worker.until("a row", async |_| bench.sink.rows.lock().unwrap().contains_key("one")).await;
    let told = told_when_resumed(&bench, worker).await;
    let target = Some("sheet".to_owned());
    assert!(
        matches!(&told[..], [
            Event::StagePaused { stage: Stage::Deliver, target: paused, .. },
            Event::StageResumed { stage: Stage::Deliver, target: resumed },
        ] if *paused == target && *resumed == target),
        "{told:?}"
    );
}
