//! Sources over the wire: windows that go on, late rows, late recordings, clients rung back.

use std::time::Duration;

use chrono::TimeDelta;
use domain::{CallStatus, Clock as _, Direction, PhoneNumber, TimeWindow};
use pipeline::{SourceError, WindowRequest};
use tokio_util::sync::CancellationToken;

use super::bench::{Bench, status};

const HOURS_48: Duration = Duration::from_hours(48);

fn going_on() -> Bench {
    let mut bench = Bench::new();
    bench.window = WindowRequest::CONTINUE;
    bench
}

/// A call that began so long ago.
fn add(bench: &Bench, id: &str, ago: Duration) {
    let at = bench.clock.now() - ago;
    bench.source.add(id, "d_missed_ringing.wav");
    bench.source.change(id, |call| call.started_at = Some(at.fixed_offset()));
}

#[tokio::test]
async fn a_run_goes_on_where_the_last_whole_one_ended() {
    let bench = going_on();
    let first = bench.clock.now();
    bench.run().await;
    bench.clock.advance(Duration::from_hours(1));
    let second = bench.clock.now();
    *bench.source.silent.lock().unwrap() = 1;
    let pipeline = bench.pipeline().await;
    let request = bench.request("dialog");
    let failed =
        pipeline.run(request, std::sync::Arc::new(pipeline::Unobserved), CancellationToken::new()).await;
    assert!(failed.is_err());
    drop(pipeline);
    bench.clock.advance(Duration::from_hours(1));
    let third = bench.clock.now();
    bench.run().await;
    let windows = bench.source.windows.lock().unwrap().clone();
    let froms: Vec<_> = windows.iter().map(|window| window.from.unwrap()).collect();
    assert_eq!(froms, [first - TimeDelta::days(7), first - HOURS_48, first - HOURS_48]);
    let tos: Vec<_> = windows.iter().map(|window| window.to.unwrap()).collect();
    assert_eq!(tos, [first, second, third]);
    bench.run().await;
    let last = bench.source.windows.lock().unwrap().pop().unwrap();
    assert_eq!(last.from, Some(third - HOURS_48), "a listing that failed moved nothing, a whole one did");
}

#[tokio::test]
async fn an_explicit_window_or_a_cut_one_leaves_the_cursor_alone() {
    let mut bench = going_on();
    add(&bench, "a", Duration::from_hours(5));
    add(&bench, "b", Duration::from_hours(4));
    let first = bench.clock.now();
    bench.run().await;
    bench.clock.advance(Duration::from_hours(10));
    bench.window = WindowRequest::Explicit(TimeWindow::ALL);
    bench.run().await;
    bench.window = WindowRequest::CONTINUE;
    let pipeline = bench.pipeline().await;
    let mut request = bench.request("dialog");
    request.limit = Some(1);
    pipeline.run(request, std::sync::Arc::new(pipeline::Unobserved), CancellationToken::new()).await.unwrap();
    drop(pipeline);
    bench.run().await;
    let last = bench.source.windows.lock().unwrap().pop().unwrap();
    assert_eq!(last.from, Some(first - HOURS_48));
}

#[tokio::test]
async fn a_row_that_arrives_late_is_found_in_the_overlap() {
    let bench = going_on();
    add(&bench, "early", Duration::from_hours(1));
    assert_eq!(bench.run().await.calls.len(), 1);
    bench.clock.advance(Duration::from_hours(6));
    add(&bench, "late", Duration::from_hours(40));
    assert_eq!(status(&bench.run().await, "late"), CallStatus::NoSpeech);
}

#[tokio::test]
async fn an_open_call_older_than_the_window_is_taken_up_all_the_same() {
    let bench = going_on();
    let at = bench.clock.now();
    bench
        .source
        .add_failing("slow", || SourceError::Unavailable { message: "503".into(), retry_after: None });
    bench.source.change("slow", |call| call.started_at = Some(at.fixed_offset() - TimeDelta::hours(1)));
    assert_eq!(status(&bench.run().await, "slow"), CallStatus::Queued);
    for _ in 0..2 {
        bench.clock.advance(Duration::from_hours(47));
        bench.run().await;
    }
    bench.source.calls.lock().unwrap().clear();
    bench.source.add("slow", "b_rude_manager.wav");
    bench.source.calls.lock().unwrap().clear();
    bench.clock.advance(Duration::from_hours(47));
    let report = bench.run().await;
    assert_eq!(status(&report, "slow"), CallStatus::Done);
}

#[tokio::test]
async fn a_recording_that_turns_up_is_taken_at_once() {
    let bench = Bench::new();
    bench.source.add_failing("late", || SourceError::NotReady("cooking".to_owned()));
    bench.source.change("late", |call| call.recording_name = None);
    for _ in 0..8 {
        bench.clock.advance(Duration::from_mins(15));
        assert_eq!(status(&bench.run().await, "late"), CallStatus::WaitingRecording);
    }
    let row = bench.sink.rows.lock().unwrap()["late"];
    assert_eq!(row, (CallStatus::WaitingRecording, 1), "the row says so, once");
    // the pause before the next attempt is minutes long by now
    bench.source.calls.lock().unwrap().clear();
    bench.source.add("late", "b_rude_manager.wav");
    bench.source.change("late", |call| call.recording_name = Some("late.mp3".to_owned()));
    assert_eq!(status(&bench.run().await, "late"), CallStatus::Done);
    assert_eq!(bench.sink.rows.lock().unwrap()["late"], (CallStatus::Done, 2));
}

#[tokio::test]
async fn a_missed_client_is_to_be_rung_back_until_somebody_has() {
    let bench = going_on();
    let client = PhoneNumber::parse("+79161234567");
    add(&bench, "missed", Duration::from_hours(3));
    bench.source.change("missed", |call| {
        call.missed = true;
        call.direction = Direction::In;
        call.caller.clone_from(&client);
    });
    let report = bench.run().await;
    assert_eq!(status(&report, "missed"), CallStatus::Missed);
    assert!(report.calls[0].call_back);
    assert!(bench.sink.call_backs.lock().unwrap().contains("missed"));
    bench.source.calls.lock().unwrap().clear();
    bench.clock.advance(Duration::from_hours(1));
    add(&bench, "back", Duration::from_mins(30));
    bench.source.change("back", |call| {
        call.direction = Direction::Out;
        call.caller = PhoneNumber::parse("+74951234567");
        call.callee.clone_from(&client);
        call.talk_ms = Some(60_000);
    });
    let report = bench.run().await;
    assert_eq!(report.calls.len(), 1, "the missed call is no part of this run's report");
    assert!(bench.sink.call_backs.lock().unwrap().is_empty(), "its row is written again");
    assert_eq!(bench.sink.rows.lock().unwrap()["missed"], (CallStatus::Missed, 2));
}
