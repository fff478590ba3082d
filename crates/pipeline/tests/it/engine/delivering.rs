//! Rows: many at once, once each, and a sink in trouble alone.

use std::sync::Arc;
use std::time::Duration;

use domain::CallStatus;
use pipeline::SinkError;
use store::Stage;

use super::bench::{Bench, FakeSink, status};

fn unavailable() -> SinkError {
    SinkError::Unavailable { place: "sheet".into(), why: "503".into(), retry_after: None }
}

fn unshared() -> SinkError {
    SinkError::Refused { place: "sheet".into(), why: "403".into(), hint: "share it".into() }
}

#[tokio::test]
async fn calls_that_end_one_by_one_are_one_delivery() {
    let bench = Bench::new();
    for n in 0..25 {
        bench
            .source
            .add(&n.to_string(), ["d_missed_ringing.wav", "f_short_2s.wav", "n_broken_off.wav"][n % 3]);
    }
    bench.source.add("done", "b_rude_manager.wav");
    bench.run().await;
    assert_eq!(*bench.sink.batches.lock().unwrap(), [26]);
    assert!(bench.sink.rows.lock().unwrap().values().all(|(_, writes)| *writes == 1));
}

#[tokio::test]
async fn rows_that_failed_go_apart_from_fresh_ones() {
    let bench = Bench::new();
    bench.source.add("one", "d_missed_ringing.wav");
    bench.sink.refusals.lock().unwrap().push(unavailable());
    bench.run().await;
    bench.source.add("two", "d_missed_ringing.wav");
    bench.source.add("three", "f_short_2s.wav");
    bench.clock.advance(Duration::from_secs(5));
    bench.run().await;
    assert_eq!(*bench.sink.batches.lock().unwrap(), [2, 1]);
    assert_eq!(bench.sink.rows.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn a_sink_that_refuses_pauses_alone_and_is_probed_with_one_row() {
    let mut bench = Bench::new();
    let crm = Arc::new(FakeSink::named("crm"));
    bench.more_sinks.push(crm.clone());
    for n in 0..5 {
        bench.source.add(&n.to_string(), "d_missed_ringing.wav");
    }
    bench.sink.refusals.lock().unwrap().push(unshared());
    let report = bench.run().await;
    assert_eq!(report.refused.as_ref().unwrap().code, "sink_refused");
    assert_eq!((report.paused[0].stage, report.paused[0].target.as_deref()), (Stage::Deliver, Some("sheet")));
    assert!(report.calls.iter().all(|call| call.status == CallStatus::NoSpeech && call.error.is_none()));
    assert_eq!(crm.rows.lock().unwrap().len(), 5, "the other sink has its rows");
    bench.sink.refusals.lock().unwrap().push(unshared());
    assert_eq!(bench.run().await.paused.len(), 1);
    assert!(bench.sink.rows.lock().unwrap().is_empty());
    let mended = bench.run().await;
    assert!(mended.paused.is_empty() && mended.refused.is_none());
    assert_eq!(*bench.sink.batches.lock().unwrap(), [1, 4], "one row finds out, the rest follows");
    assert!(crm.rows.lock().unwrap().values().all(|(_, writes)| *writes == 1));
}

#[tokio::test]
async fn a_sink_that_comes_later_gets_what_is_finished() {
    let mut bench = Bench::new();
    bench.source.add("one", "b_rude_manager.wav");
    bench.source.add("two", "d_missed_ringing.wav");
    bench.run().await;
    let crm = Arc::new(FakeSink::named("crm"));
    bench.more_sinks.push(crm.clone());
    for _ in 0..2 {
        bench.run().await;
    }
    assert_eq!(crm.rows.lock().unwrap().values().copied().collect::<Vec<_>>().len(), 2);
    assert_eq!(*crm.batches.lock().unwrap(), [2], "and once");
    assert_eq!(*bench.sink.batches.lock().unwrap(), [2], "the first sink has nothing new");
    assert_eq!(bench.speech.all_calls(), 1);
}

#[tokio::test]
async fn rows_of_a_sink_that_this_run_does_not_have_wait_quietly() {
    let mut bench = Bench::new();
    bench.more_sinks.push(Arc::new(FakeSink::named("crm")));
    bench.more_sinks[0].refusals.lock().unwrap().push(unavailable());
    bench.source.add("one", "d_missed_ringing.wav");
    bench.run().await;
    bench.clock.advance(Duration::from_secs(5));
    bench.more_sinks.clear();
    let report = bench.run().await;
    assert_eq!(status(&report, "one"), CallStatus::NoSpeech, "the run ends");
}

#[tokio::test]
async fn a_changed_call_is_written_again_in_its_place() {
    let bench = Bench::new();
    bench.source.add("one", "d_missed_ringing.wav");
    bench.run().await;
    bench.source.calls.lock().unwrap().clear();
    bench.source.add("one", "b_rude_manager.wav");
    bench.source.change("one", |call| call.revision = "2".to_owned());
    bench.run().await;
    assert_eq!(bench.sink.rows.lock().unwrap()["one"], (CallStatus::Done, 2));
}
