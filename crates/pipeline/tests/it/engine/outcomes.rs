//! Every row of the table of outcomes that needs no provider.

use std::sync::Arc;

use analyze::{AnalyzeError, FakeAnalyzer};
use domain::{CallStatus, RubricId};
use tokio_util::sync::CancellationToken;

use super::bench::{Bench, status};

#[tokio::test]
async fn each_kind_of_call_ends_where_the_table_says() {
    let bench = Bench::new();
    bench.source.add("good", "a_sale_objection.wav");
    bench.source.add("ringing", "d_missed_ringing.wav");
    bench.source.add("short", "f_short_2s.wav");
    bench.source.add("broken", "n_broken_off.wav");
    bench.source.add("missed", "a_sale_objection.wav");
    bench.source.change("missed", |call| call.missed = true);
    bench.source.add("brief", "a_sale_objection.wav");
    bench.source.change("brief", |call| call.talk_ms = Some(4_999));
    let report = bench.run().await;
    let expected = [
        ("good", CallStatus::Done),
        ("ringing", CallStatus::NoSpeech),
        ("short", CallStatus::TooShort),
        ("broken", CallStatus::RecordingUnavailable),
        ("missed", CallStatus::Missed),
        ("brief", CallStatus::TooShort),
    ];
    for (id, wanted) in expected {
        assert_eq!(status(&report, id), wanted, "{id}");
    }
    assert_eq!(bench.speech.all_calls(), 1, "only the good call is worth decoding");
    assert_eq!(bench.sink.rows.lock().unwrap().len(), 6, "every outcome is a row");
    let broken = report.calls.iter().find(|call| call.call.external_id == "broken").unwrap();
    assert!(!broken.error.as_ref().unwrap().hint.is_empty());
}

#[tokio::test]
async fn a_missed_or_brief_call_is_not_even_fetched() {
    let bench = Bench::new();
    bench.source.add("missed", "a_sale_objection.wav");
    bench.source.change("missed", |call| call.missed = true);
    bench.run().await;
    assert_eq!(*bench.source.fetches.lock().unwrap(), 0);
}

#[tokio::test]
async fn equal_bytes_are_two_calls_and_one_transcription() {
    let bench = Bench::new();
    bench.source.add("one", "b_rude_manager.wav");
    bench.source.add("two", "b_rude_manager.wav");
    let report = bench.run().await;
    assert_eq!(report.calls.len(), 2);
    assert_ne!(report.calls[0].call.id, report.calls[1].call.id);
    assert_eq!(report.calls[0].transcript, report.calls[1].transcript);
    assert_eq!(bench.speech.all_calls(), 1);
    assert_eq!(report.calls.iter().filter(|call| call.cached).count(), 1);
}

#[tokio::test]
async fn another_rubric_judges_the_same_words_without_decoding() {
    let bench = Bench::new();
    bench.source.add("one", "b_rude_manager.wav");
    bench.run_with("manager-plus").await;
    let report = bench.run_with("client-plus").await;
    assert_eq!(report.calls[0].analysis.as_ref().unwrap().rubric.as_str(), "client-plus");
    assert!(report.calls[0].cached, "nothing was decoded or paid");
    assert_eq!(bench.speech.all_calls(), 1);
}

#[tokio::test]
async fn a_changed_recording_is_a_new_work_on_the_same_call() {
    let bench = Bench::new();
    bench.source.add("one", "d_missed_ringing.wav");
    let first = bench.run().await;
    bench.source.calls.lock().unwrap().clear();
    bench.source.add("one", "b_rude_manager.wav");
    bench.source.change("one", |call| call.revision = "2".to_owned());
    let second = bench.run().await;
    assert_eq!(first.calls[0].call.id, second.calls[0].call.id);
    assert_eq!((first.calls[0].status, second.calls[0].status), (CallStatus::NoSpeech, CallStatus::Done));
}

#[tokio::test]
async fn a_limit_takes_no_more_calls_than_it_says() {
    let bench = Bench::new();
    for id in ["1", "2", "3", "4", "5"] {
        bench.source.add(id, "d_missed_ringing.wav");
    }
    let pipeline = bench.pipeline().await;
    let mut request = bench.request("dialog");
    request.limit = Some(4);
    let preview = pipeline.preview(&request).await.unwrap();
    assert_eq!((preview.calls.len(), preview.calls.iter().filter(|call| call.open).count()), (4, 4));
    assert_eq!(*bench.source.fetches.lock().unwrap(), 0, "a preview touches nothing");
    let run = pipeline
        .run(request, std::sync::Arc::new(pipeline::Unobserved), CancellationToken::default())
        .await
        .unwrap();
    assert_eq!(run.calls.len(), 4);
}

#[tokio::test]
async fn what_a_model_said_in_vain_is_kept_until_it_says_something_of_use() {
    let mut bench = Bench::new();
    let model = FakeAnalyzer::named("gpt-fake");
    bench.analyzer = Arc::new(model.clone());
    model.fail_next(|| AnalyzeError::BrokenAnswer {
        engine: "gpt-fake".into(),
        reason: "no JSON".into(),
        raw: "Звонок прошёл хорошо.".into(),
        cost: None,
    });
    let call = bench.source.add("one", "b_rude_manager.wav");
    let report = bench.run().await;
    assert_eq!(status(&report, "one"), CallStatus::AnalysisFailed);
    let pipeline = bench.pipeline().await;
    let (store, rubric) = (pipeline.store(), RubricId::from("manager-plus"));
    let kept = store.failed_analysis(call.id, &rubric).await.unwrap().unwrap();
    assert_eq!(kept.raw, ["Звонок прошёл хорошо."]);
    let now = domain::Clock::now(bench.clock.as_ref());
    store.retry(&store::JobFilter::default(), now).await.unwrap();
    assert_eq!(status(&bench.run().await, "one"), CallStatus::Done);
    assert!(store.failed_analysis(call.id, &rubric).await.unwrap().is_none());
}
