//! The price before, the cap during, the receipt after.

use domain::{CallStatus, Money};
use pipeline::{Estimate, Unobserved};
use store::JobFilter;
use tokio_util::sync::CancellationToken;

use super::bench::{Bench, status};

const FILES: [&str; 4] =
    ["a_sale_objection.wav", "b_rude_manager.wav", "g_cold_call_refused.wav", "j_indifferent_manager.wav"];

fn rub(amount: &str) -> Money {
    format!("{amount}RUB").parse().unwrap()
}

fn billed(files: usize) -> Bench {
    let mut bench = Bench::new();
    bench.price = Some(rub("3"));
    bench.parallel = 8;
    for file in FILES.iter().take(files) {
        bench.source.add(file, file);
    }
    bench
}

async fn spent(bench: &Bench) -> Vec<Money> {
    let pipeline = bench.pipeline().await;
    pipeline.store().spent_since(chrono::DateTime::UNIX_EPOCH).await.unwrap()
}

#[tokio::test]
async fn jobs_side_by_side_do_not_overrun_the_cap() {
    let mut bench = billed(4);
    bench.max_cost = Some(rub("7"));
    let report = bench.run().await;
    assert!(report.money_ended);
    assert_eq!(spent(&bench).await, [rub("6")], "two calls fit, a third would not");
    assert_eq!(report.calls.iter().filter(|call| call.status == CallStatus::Done).count(), 2);
    assert_eq!(report.calls.iter().filter(|call| call.status == CallStatus::Queued).count(), 2);
    let jobs = bench.pipeline().await.store().jobs(&JobFilter::default(), 99).await.unwrap();
    assert!(jobs.iter().all(|job| job.attempt <= 1 && job.lease_until.is_none()), "{jobs:?}");
    bench.max_cost = Some(rub("7"));
    let report = bench.run().await;
    assert!(!report.money_ended && report.calls.iter().all(|call| call.status == CallStatus::Done));
    assert_eq!(spent(&bench).await, [rub("12")]);
}

#[tokio::test]
async fn a_cap_that_is_just_enough_stops_nothing() {
    let mut bench = billed(2);
    bench.max_cost = Some(rub("6"));
    let report = bench.run().await;
    assert!(!report.money_ended);
    assert!(report.calls.iter().all(|call| call.status == CallStatus::Done));
}

#[tokio::test]
async fn equal_bytes_are_paid_once() {
    let bench = billed(1);
    bench.source.add("twin", FILES[0]);
    let report = bench.run().await;
    assert_eq!(spent(&bench).await, [rub("3")]);
    assert_eq!(report.calls.iter().filter(|call| call.cost.is_some()).count(), 1);
}

#[tokio::test]
async fn what_a_killed_run_paid_is_on_the_bill_of_the_next_once() {
    let bench = billed(1);
    let pipeline = bench.pipeline().await;
    // killed after the words were kept and before the job was: words in the cache, nothing on the bill
    let mut run = Box::pin(pipeline.run(
        bench.request("manager-plus"),
        std::sync::Arc::new(Unobserved),
        CancellationToken::new(),
    ));
    let died = async {
        while bench.words_kept() == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        () = died => {}
        _ = &mut run => {}
    }
    drop(run);
    drop(pipeline);
    let report = bench.run().await;
    assert_eq!(status(&report, FILES[0]), CallStatus::Done);
    assert_eq!(bench.speech.all_calls(), 1, "and nothing is asked for again");
    assert_eq!(spent(&bench).await, [rub("3")]);
    bench.run().await;
    assert_eq!(spent(&bench).await, [rub("3")]);
}

#[tokio::test]
async fn a_preview_says_what_it_will_cost_and_what_it_cannot_know() {
    let bench = billed(3);
    bench.source.change(FILES[0], |call| call.talk_ms = Some(60_000));
    bench.source.change(FILES[1], |call| {
        call.talk_ms = None;
        call.duration_ms = None;
    });
    bench.source.change(FILES[2], |call| call.missed = true);
    let preview = bench.pipeline().await.preview(&bench.request("manager-plus")).await.unwrap();
    let speech: Vec<Estimate> = preview.calls.iter().map(|call| call.speech).collect();
    assert_eq!(speech, [Estimate::About(rub("3")), Estimate::Unknown, Estimate::Free]);
    let price = preview.price();
    assert_eq!((price.speech, price.analysis, price.unknown), (vec![rub("3")], Vec::new(), 1));
    bench.source.change(FILES[1], |call| call.talk_ms = Some(60_000));
    bench.run().await;
    let known = bench.pipeline().await.preview(&bench.request("client-plus")).await.unwrap();
    assert!(known.calls[0].open, "judged under another rubric");
    assert_eq!(known.calls[0].speech, Estimate::Free, "its words are there");
}

#[tokio::test]
async fn a_receipt_is_of_the_run_and_a_calls_cost_of_all_time() {
    let bench = billed(2);
    let first = bench.run().await;
    let paid = first.totals().cost.unwrap();
    assert_eq!((paid.total, paid.items.len()), (rub("6"), 1), "one line for speech");
    bench.source.add(FILES[2], FILES[2]);
    let second = bench.run().await;
    assert_eq!(second.totals().cost.unwrap().total, rub("3"), "what is cached costs nothing now");
    let json = pipeline::run_json(&second);
    assert_eq!(json["totals"]["cost"]["total"]["amount"], "3.00");
    assert_eq!(json["totals"]["calls"], 3);
    let all: Vec<_> = second.calls.iter().map(|call| call.cost.clone().unwrap().total).collect();
    assert_eq!(all, [rub("3"), rub("3"), rub("3")]);
    let third = bench.run().await;
    assert_eq!((third.paid_now.clone(), third.totals().cost), (None, None));
}
