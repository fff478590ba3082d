//! Whatever happens on the way, each row is there once.

use std::time::Duration;

use sheets_sink::testing::contract::{row, with};
use sheets_sink::testing::{GoogleFault, On};
use sheets_sink::{CellValue, RowSink as _, SheetError};

use crate::stage::{Stage, TAB};

const ALL: [GoogleFault; 10] = [
    GoogleFault::Unavailable,
    GoogleFault::UnavailableAfter,
    GoogleFault::LostBefore,
    GoogleFault::LostAfter,
    GoogleFault::Cut,
    GoogleFault::Html,
    GoogleFault::Quota,
    GoogleFault::Unauthorized,
    GoogleFault::Late,
    GoogleFault::Slow(Duration::from_secs(30)),
];

#[tokio::test(start_paused = true)]
async fn no_row_is_lost_or_doubled_by_any_fault_of_a_write() {
    for fault in ALL {
        let stage = Stage::new();
        stage.sink.prepare().await.unwrap();
        stage.google.fail_next(On::Write, fault);
        let receipt = stage.sink.write(&[row(1), row(2)]).await.unwrap();
        assert_eq!(receipt.added, 2, "{fault:?}");
        assert_eq!(stage.keys(), ["call-00001", "call-00002"], "{fault:?}");
        assert_eq!(stage.sink.write(&[row(1), row(2)]).await.unwrap().unchanged, 2, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_header_is_doubled_by_any_fault_of_its_making() {
    for fault in ALL {
        let stage = Stage::new();
        stage.google.fail_next(On::Write, fault);
        let report = stage.sink.prepare().await.unwrap();
        assert_eq!(report.columns.len(), 10, "{fault:?}");
        assert_eq!(stage.google.tabs(crate::stage::BOOK), ["Лист1", TAB], "{fault:?}");
        assert_eq!(stage.view().columns.len(), 10, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_late_change_survives_any_fault_of_either_of_its_writes() {
    for fault in ALL {
        for skipped in 0..2 {
            let stage = Stage::new();
            let _ = stage.sink.write(&[row(1), row(2)]).await.unwrap();
            if skipped == 1 {
                stage.google.fail_next(On::Write, GoogleFault::Slow(Duration::ZERO));
            }
            stage.google.fail_next(On::Write, fault);
            let link = CellValue::Link { url: "https://zvonar.test/1".into(), text: "Слушать".into() };
            let late = with(with(row(1), "recording", link), "status", CellValue::Text("Готово".into()));
            let receipt = stage.sink.write(&[late]).await.unwrap();
            assert_eq!(receipt.updated, 1, "{fault:?}");
            assert_eq!(stage.words("call-00001", "status").as_deref(), Some("Готово"), "{fault:?}");
            assert_eq!(stage.words("call-00001", "recording").as_deref(), Some("Слушать"), "{fault:?}");
            assert_eq!(stage.words("call-00002", "status").as_deref(), Some("Ожидает запись"), "{fault:?}");
            assert_eq!(stage.keys().len(), 2, "{fault:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn faults_of_reads_and_tokens_pass() {
    for fault in ALL.into_iter().filter(|fault| *fault != GoogleFault::Late) {
        for on in [On::Read, On::Token] {
            if on == On::Token && fault == GoogleFault::Unauthorized {
                continue;
            }
            let stage = Stage::new();
            stage.google.fail_next(on, fault);
            let receipt = stage.sink.write(&[row(1)]).await.unwrap();
            assert_eq!(receipt.added, 1, "{on:?} {fault:?}");
            assert_eq!(stage.keys().len(), 1, "{on:?} {fault:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_process_that_died_between_sending_and_hearing_doubles_nothing() {
    for applied in [true, false] {
        let stage = Stage::new();
        stage.sink.prepare().await.unwrap();
        // every attempt is lost: the delivery ends without knowing
        let fault = if applied { GoogleFault::UnavailableAfter } else { GoogleFault::Unavailable };
        for _ in 0..3 {
            stage.google.fail_next(On::Write, fault);
        }
        stage.google.fail_next(On::Read, GoogleFault::Slow(Duration::ZERO));
        for _ in 0..3 {
            stage.google.fail_next(On::Read, GoogleFault::Unavailable);
        }
        let outcome = stage.sink.write(&[row(1), row(2)]).await;
        if let Err(error) = &outcome {
            assert!(error.is_retryable() && error.may_have_applied(), "{error:?}");
        }
        assert!(outcome.is_err(), "applied: {applied}");
        let again = stage.restarted();
        let receipt = again.write(&[row(1), row(2), row(3)]).await.unwrap();
        assert_eq!(receipt.added + receipt.unchanged, 3);
        let mut keys = stage.keys();
        keys.sort();
        assert_eq!(keys, ["call-00001", "call-00002", "call-00003"], "applied: {applied}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_kill_between_the_two_writes_of_a_late_change_loses_nothing() {
    let stage = Stage::new();
    let _ = stage.sink.write(&[row(1), row(2)]).await.unwrap();
    let late = with(row(1), "status", CellValue::Text("Готово".into()));
    // the batch with the tags goes through, the values never leave
    stage.google.fail_next(On::Write, GoogleFault::Slow(Duration::ZERO));
    for _ in 0..3 {
        stage.google.fail_next(On::Write, GoogleFault::LostBefore);
    }
    stage.sink.write(std::slice::from_ref(&late)).await.unwrap_err();
    assert_eq!(stage.words("call-00001", "status").as_deref(), Some("Ожидает запись"));
    let receipt = stage.restarted().write(&[late]).await.unwrap();
    assert_eq!(receipt.updated + receipt.unchanged, 1);
    assert_eq!(stage.words("call-00001", "status").as_deref(), Some("Готово"));
    assert_eq!(stage.keys().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_late_landing_of_a_refused_batch_is_waited_for() {
    let stage = Stage::new();
    stage.sink.prepare().await.unwrap();
    let start = tokio::time::Instant::now();
    // lost, then refused for good: nobody may say yet that it did not land
    stage.google.fail_next(On::Write, GoogleFault::LostBefore);
    stage.google.set(|state| state.poison = Some("яд".into()));
    let receipt = stage.sink.write(&[with(row(1), "status", CellValue::Text("яд".into()))]).await.unwrap();
    assert_eq!(receipt.refused.len(), 1);
    assert!(start.elapsed() >= Duration::from_secs(200), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn the_fence_holds_in_any_language() {
    let stage = Stage::new();
    stage.sink.prepare().await.unwrap();
    stage.google.set(|state| state.localized = true);
    stage.google.fail_next(On::Write, GoogleFault::LostAfter);
    assert_eq!(stage.sink.write(&[row(1)]).await.unwrap().added, 1);
    assert_eq!(stage.keys().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn many_faults_at_once_end_as_if_there_were_none() {
    let stage = Stage::new();
    stage.sink.prepare().await.unwrap();
    let mut error = None;
    for round in 0..12_u32 {
        let on = if round % 3 == 0 { On::Read } else { On::Write };
        let fault = ALL[usize::try_from(round * 7 % 10).unwrap()];
        if on == On::Write || fault != GoogleFault::Late {
            stage.google.fail_next(on, fault);
        }
        let late = |n: u32| with(row(n), "status", CellValue::Text(format!("Готово {round}")));
        let rows: Vec<_> = (0..5).map(late).chain((round * 10..round * 10 + 20).map(row)).collect();
        if let Err(failed) = stage.sink.write(&rows).await {
            assert!(failed.is_retryable(), "{failed}");
            error = Some(failed);
        }
    }
    drop::<Option<SheetError>>(error);
    let all: Vec<_> = (0..130).map(row).collect();
    let _ = stage.restarted().write(&all).await.unwrap();
    let mut keys = stage.keys();
    keys.sort();
    let count = keys.len();
    keys.dedup();
    assert_eq!((keys.len(), count), (130, 130), "none lost, none doubled");
    assert_eq!(stage.words("call-00003", "status").as_deref(), Some("Ожидает запись"));
}
