//! Providers that refuse, stumble or are not ready.

use std::time::Duration;

use domain::CallStatus;
use pipeline::{Event, SinkError, SourceError};
use store::{JobFilter, Stage};
use transcribe::Fault;

use super::bench::{Bench, status};

#[tokio::test]
async fn a_refused_key_pauses_the_stage_tells_once_and_burns_no_attempt() {
    let bench = Bench::new();
    let one = bench.source.add("one", "b_rude_manager.wav");
    bench.source.add("two", "g_cold_call_refused.wav");
    bench.speech.fail_any(Fault::Unauthorized);
    bench.speech.fail_any(Fault::Unauthorized);
    let report = bench.run().await;
    assert_eq!(report.refused.as_ref().unwrap().code, "stt_unauthorized");
    assert_eq!(report.paused.iter().map(|paused| paused.stage).collect::<Vec<_>>(), [Stage::Transcribe]);
    assert!(report.calls.iter().any(|call| call.status == CallStatus::Paused));
    let told =
        bench.notifier.0.lock().unwrap().iter().filter(|e| matches!(e, Event::StagePaused { .. })).count();
    assert_eq!(told, 1);
    let jobs = bench
        .pipeline()
        .await
        .store()
        .jobs(&JobFilter { call: Some(one.id), ..Default::default() }, 9)
        .await
        .unwrap();
    assert!(jobs.iter().all(|job| job.stage == Stage::Fetch || job.attempt == 0), "{jobs:?}");
}

#[tokio::test]
async fn a_refusing_source_stops_its_run_and_the_next_one_asks_it_again() {
    let bench = Bench::new();
    bench.source.add_failing("one", || SourceError::Refused {
        message: "ключ".into(), hint: "новый".into()
    });
    let report = bench.run().await;
    assert_eq!(report.refused.as_ref().unwrap().code, "source_refused");
    assert_eq!(status(&report, "one"), CallStatus::Paused);
    let paused: Vec<_> = report.paused.iter().map(|pause| (pause.stage, pause.target.as_deref())).collect();
    assert_eq!(paused, [(Stage::Fetch, Some("fake"))], "nobody else's calls wait");
    bench.source.mend("one", "b_rude_manager.wav");
    let mended = bench.run().await;
    assert_eq!(status(&mended, "one"), CallStatus::Done);
    assert!(mended.paused.is_empty() && mended.refused.is_none());
}

#[tokio::test]
async fn rows_that_wait_longer_than_the_run_are_told() {
    let bench = Bench::new();
    bench.source.add("one", "b_rude_manager.wav");
    let silent = || SinkError::Unavailable { place: "sheet".into(), why: "503".into(), retry_after: None };
    bench.sink.refusals.lock().unwrap().push(silent());
    let report = bench.run().await;
    assert_eq!((status(&report, "one"), report.rows_left), (CallStatus::Done, 1));
    bench.clock.advance(Duration::from_hours(1));
    assert_eq!(bench.run().await.rows_left, 0);
}

#[tokio::test]
async fn a_paused_stage_is_probed_by_the_next_run_and_goes_on() {
    let bench = Bench::new();
    bench.source.add("one", "b_rude_manager.wav");
    bench.speech.fail_any(Fault::QuotaSpent);
    let paused = bench.run().await;
    assert_eq!(status(&paused, "one"), CallStatus::Paused);
    assert!(paused.refused.is_none(), "no money is not a refused key");
    let report = bench.run().await;
    assert_eq!(status(&report, "one"), CallStatus::Done);
    assert!(report.paused.is_empty());
}

#[tokio::test]
async fn a_stage_that_a_person_paused_is_not_probed() {
    let bench = Bench::new();
    bench.source.add("one", "b_rude_manager.wav");
    let pipeline = bench.pipeline().await;
    let by_hand = domain::CallError { code: "by_hand".into(), message: String::new(), hint: String::new() };
    pipeline
        .store()
        .pause(Stage::Transcribe, None, &by_hand, domain::Clock::now(bench.clock.as_ref()))
        .await
        .unwrap();
    drop(pipeline);
    assert_eq!(status(&bench.run().await, "one"), CallStatus::Queued);
    assert_eq!(bench.speech.all_calls(), 0);
}

#[tokio::test]
async fn a_stumble_is_tried_again_after_its_backoff_and_not_before() {
    let bench = Bench::new();
    bench.source.add("one", "b_rude_manager.wav");
    bench.speech.fail_any(Fault::RateLimited(Some(Duration::from_mins(2))));
    assert_eq!(status(&bench.run().await, "one"), CallStatus::Queued);
    assert_eq!(status(&bench.run().await, "one"), CallStatus::Queued);
    assert_eq!(bench.speech.all_calls(), 1, "Retry-After is honoured over runs");
    bench.clock.advance(Duration::from_secs(121));
    assert_eq!(status(&bench.run().await, "one"), CallStatus::Done);
}

#[tokio::test]
async fn endless_stumbling_ends_as_a_dead_letter_that_a_person_brings_back() {
    let bench = Bench::new();
    bench.source.add("one", "b_rude_manager.wav");
    for _ in 0..6 {
        bench.speech.fail_any(Fault::Unavailable);
    }
    for _ in 0..6 {
        bench.run().await;
        bench.clock.advance(Duration::from_secs(700));
    }
    let dead = bench.run().await;
    assert_eq!(status(&dead, "one"), CallStatus::Failed);
    assert_eq!(bench.speech.all_calls(), 6);
    let hint = &dead.calls[0].error.as_ref().unwrap().hint;
    assert!(hint.ends_with("zvonar queue retry") && !hint.contains("повторим сами"), "{hint}");
    let pipeline = bench.pipeline().await;
    pipeline.store().retry(&JobFilter::default(), domain::Clock::now(bench.clock.as_ref())).await.unwrap();
    drop(pipeline);
    assert_eq!(status(&bench.run().await, "one"), CallStatus::Done);
}

#[tokio::test]
async fn a_recording_that_is_late_is_asked_for_a_day_and_then_given_up() {
    let bench = Bench::new();
    bench.source.add_failing("late", || SourceError::NotReady("cooking".to_owned()));
    assert_eq!(status(&bench.run().await, "late"), CallStatus::WaitingRecording);
    bench.clock.advance(Duration::from_hours(23));
    assert_eq!(status(&bench.run().await, "late"), CallStatus::WaitingRecording);
    bench.clock.advance(Duration::from_hours(2));
    assert_eq!(status(&bench.run().await, "late"), CallStatus::RecordingUnavailable);
}

#[tokio::test]
async fn a_recording_that_is_gone_is_final() {
    let bench = Bench::new();
    bench.source.add_failing("gone", || SourceError::Gone("deleted".to_owned()));
    assert_eq!(status(&bench.run().await, "gone"), CallStatus::RecordingUnavailable);
    bench.clock.advance(Duration::from_hours(1));
    bench.run().await;
    assert_eq!(*bench.source.fetches.lock().unwrap(), 1);
}

#[tokio::test]
async fn an_open_call_that_its_source_lists_no_more_ends_instead_of_waiting_for_ever() {
    let bench = Bench::new();
    bench.source.add_failing("late", || SourceError::NotReady("cooking".to_owned()));
    bench.run().await;
    bench.source.calls.lock().unwrap().clear();
    bench.source.add_failing("late", || SourceError::Gone("deleted".to_owned()));
    bench.source.calls.lock().unwrap().clear();
    bench.clock.advance(Duration::from_hours(1));
    let report = bench.run().await;
    assert_eq!(status(&report, "late"), CallStatus::RecordingUnavailable);
    assert_eq!(report.failed_now, 1);
    assert!(bench.run().await.calls.is_empty(), "and then it is over");
}

#[tokio::test]
async fn speech_without_a_single_word_is_no_silence() {
    let bench = Bench::new();
    bench.source.add("one", "b_rude_manager.wav");
    bench.speech.fail_any(Fault::Deaf);
    let report = bench.run().await;
    assert_eq!(status(&report, "one"), CallStatus::Failed);
    assert_eq!(report.calls[0].error.as_ref().unwrap().code, "speech_not_recognised");
    let pipeline = bench.pipeline().await;
    pipeline.store().retry(&JobFilter::default(), domain::Clock::now(bench.clock.as_ref())).await.unwrap();
    drop(pipeline);
    assert_eq!(status(&bench.run().await, "one"), CallStatus::Done, "the silence was not kept");
}

#[tokio::test]
async fn a_sink_that_stumbles_keeps_the_analysis_and_gets_the_row_alone_later() {
    let bench = Bench::new();
    bench.source.add("one", "b_rude_manager.wav");
    bench.sink.refusals.lock().unwrap().push(SinkError::Unavailable {
        place: "sheet".into(),
        why: "503".into(),
        retry_after: None,
    });
    assert_eq!(
        status(&bench.run().await, "one"),
        CallStatus::Done,
        "the judgement does not wait for the sheet"
    );
    assert!(bench.sink.rows.lock().unwrap().is_empty());
    bench.clock.advance(Duration::from_secs(5));
    bench.run().await;
    assert_eq!(bench.sink.rows.lock().unwrap()["one"], (CallStatus::Done, 1));
    assert_eq!(bench.speech.all_calls(), 1);
}

#[tokio::test]
async fn a_paused_stage_is_probed_by_one_job_before_it_opens_to_all() {
    let mut bench = Bench::new();
    bench.parallel = 8;
    // unequal sounds, so that none is found in the cache
    let files = ["a_sale_objection.wav", "b_rude_manager.wav", "g_cold_call_refused.wav"];
    for file in files {
        bench.source.add(file, file);
    }
    for _ in files {
        bench.speech.fail_any(Fault::QuotaSpent);
    }
    let dead = bench.run().await;
    let asked = bench.speech.all_calls();
    assert!(asked <= 3, "{asked}");
    let mut left = files.len() - asked;
    if left == 0 {
        bench.speech.fail_any(Fault::QuotaSpent);
        left = 1;
    }
    let mut still = bench.run().await;
    for runs in 1..=left {
        assert_eq!(bench.speech.all_calls(), asked + runs, "a dead quota is asked once a run");
        if runs < left {
            still = bench.run().await;
        }
    }
    assert_eq!((dead.paused.len(), still.paused.len()), (1, 1));
    assert!(still.calls.iter().all(|call| call.status.is_open()), "{:?}", still.calls);
    let told = || {
        let events = bench.notifier.0.lock().unwrap();
        let paused = events.iter().filter(|e| matches!(e, Event::StagePaused { .. })).count();
        (paused, events.iter().filter(|e| matches!(e, Event::StageResumed { .. })).count())
    };
    assert_eq!(told(), (1, 0), "one message until it resumes");
    let report = bench.run().await;
    assert!(report.calls.iter().all(|call| call.status == CallStatus::Done), "{:?}", report.calls);
    assert!(report.paused.is_empty());
    assert_eq!(told(), (1, 1));
}

#[tokio::test]
async fn an_unclear_probe_leaves_the_stage_paused() {
    let bench = Bench::new();
    bench.source.add("one", "b_rude_manager.wav");
    bench.speech.fail_any(Fault::QuotaSpent);
    bench.run().await;
    bench.speech.fail_any(Fault::Unavailable);
    let report = bench.run().await;
    assert_eq!(report.paused.len(), 1, "a moment's silence proves nothing");
    bench.clock.advance(Duration::from_mins(1));
    assert!(bench.run().await.paused.is_empty());
}
