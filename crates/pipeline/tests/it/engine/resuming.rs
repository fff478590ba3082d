//! Runs that are repeated, stopped, killed.

use std::sync::Arc;
use std::time::Duration;

use domain::CallStatus;
use pipeline::Unobserved;
use tokio_util::sync::CancellationToken;
use transcribe::Fault;

use super::bench::{Bench, status};

#[tokio::test]
async fn a_second_run_does_nothing_twice_and_reports_the_same() {
    let bench = Bench::new();
    bench.source.add("good", "a_sale_objection.wav");
    bench.source.add("ringing", "d_missed_ringing.wav");
    bench.source.add("broken", "n_broken_off.wav");
    let first = bench.run().await;
    let fetches = *bench.source.fetches.lock().unwrap();
    bench.clock.advance(Duration::from_hours(1));
    let second = bench.run().await;
    assert_eq!((bench.speech.all_calls(), *bench.source.fetches.lock().unwrap()), (1, fetches));
    assert!(second.calls.iter().all(|call| call.cached));
    for (one, two) in first.calls.iter().zip(&second.calls) {
        assert_eq!(
            (&one.call, one.status, &one.analysis, one.processed_at),
            (&two.call, two.status, &two.analysis, two.processed_at)
        );
    }
    assert!(bench.sink.rows.lock().unwrap().values().all(|(_, writes)| *writes == 1));
}

#[tokio::test]
async fn a_clean_stop_gives_the_work_back_and_the_next_run_ends_it() {
    let bench = Bench::new();
    let call = bench.source.add("one", "b_rude_manager.wav");
    bench.speech.fail_any(Fault::Hangs);
    let stop = CancellationToken::new();
    let pipeline = bench.pipeline().await;
    let run = pipeline.run(bench.request("manager-plus"), Arc::new(Unobserved), stop.clone());
    let stopper = async {
        while bench.speech.all_calls() == 0 {
            tokio::task::yield_now().await;
        }
        stop.cancel();
    };
    let (stopped, ()) = tokio::join!(run, stopper);
    let stopped = stopped.unwrap();
    assert!(stopped.interrupted);
    assert_eq!(status(&stopped, "one"), CallStatus::Queued);
    let job = &pipeline
        .store()
        .jobs(&store::JobFilter { call: Some(call.id), ..Default::default() }, 9)
        .await
        .unwrap()[0];
    assert_eq!((job.attempt, job.lease_until), (0, None), "a stop costs no attempt");
    drop(pipeline);
    assert_eq!(status(&bench.run().await, "one"), CallStatus::Done);
}

#[tokio::test]
async fn a_run_that_dies_in_the_middle_is_taken_up_by_the_next() {
    let bench = Bench::new();
    bench.source.add("one", "b_rude_manager.wav");
    bench.source.add("two", "g_cold_call_refused.wav");
    bench.speech.fail_any(Fault::Hangs);
    {
        let pipeline = bench.pipeline().await;
        let run = pipeline.run(bench.request("manager-plus"), Arc::new(Unobserved), CancellationToken::new());
        let died = async {
            while bench.speech.all_calls() == 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            _ = run => panic!("a hanging engine cannot end"),
            () = died => {}
        }
    }
    let report = bench.run().await;
    assert_eq!((status(&report, "one"), status(&report, "two")), (CallStatus::Done, CallStatus::Done));
    assert!(bench.sink.rows.lock().unwrap().values().all(|(_, writes)| *writes == 1));
}
