//! What sinks remember, and what supervisors say of the machine.

use domain::CallId;

use super::sample::{at, call, erase, phone};
use crate::{Agreement, Calibration, LedgerRow, OpenBatch, Store, StoreError};

fn row(key: &str, digest: &str) -> LedgerRow {
    LedgerRow { key: key.to_owned(), digest: digest.to_owned(), body: format!("{{\"status\":\"{digest}\"}}") }
}

fn batch(id: &str, seconds: i64) -> OpenBatch {
    OpenBatch { id: id.to_owned(), marker: -7, body: "[\"a\"]".to_owned(), created_at: at(seconds) }
}

pub async fn a_sink_remembers_its_rows_and_pages_through_them(store: &dyn Store) {
    let keys = ["a".to_owned(), "b".to_owned(), "nobody".to_owned()];
    assert_eq!(store.rows("sheet", &keys).await.unwrap(), []);
    let written = [row("b", "1"), row("a", "1"), row("c", "1")];
    store.settle_batch("sheet", "none", &written, at(1)).await.unwrap();
    store.settle_batch("other", "none", &[row("a", "9")], at(1)).await.unwrap();
    store.settle_batch("sheet", "none", &[row("a", "2")], at(2)).await.unwrap();
    let mut known = store.rows("sheet", &keys).await.unwrap();
    known.sort_by(|one, two| one.key.cmp(&two.key));
    assert_eq!(known, [row("a", "2"), row("b", "1")]);
    let first = store.all_rows("sheet", None, 2).await.unwrap();
    assert_eq!(first, [row("a", "2"), row("b", "1")]);
    let rest = store.all_rows("sheet", Some("b".to_owned()), 2).await.unwrap();
    assert_eq!(rest, [row("c", "1")]);
    assert_eq!(store.all_rows("other", None, 9).await.unwrap(), [row("a", "9")]);
}

pub async fn a_begun_write_is_known_until_it_is_settled(store: &dyn Store) {
    store.open_batch("sheet", &batch("two", 2)).await.unwrap();
    store.open_batch("sheet", &batch("one", 1)).await.unwrap();
    store.open_batch("other", &batch("one", 1)).await.unwrap();
    assert_eq!(store.open_batches("sheet").await.unwrap(), [batch("one", 1), batch("two", 2)]);
    store.settle_batch("sheet", "one", &[row("a", "1")], at(3)).await.unwrap();
    assert_eq!(store.open_batches("sheet").await.unwrap(), [batch("two", 2)]);
    assert_eq!(store.open_batches("other").await.unwrap().len(), 1, "another sink's batch is not ours");
    assert_eq!(store.rows("sheet", &["a".to_owned()]).await.unwrap(), [row("a", "1")]);
}

pub async fn memos_belong_to_their_sink(store: &dyn Store) {
    assert_eq!(store.memo("sheet", "tab").await.unwrap(), None);
    store.set_memo("sheet", "tab", "1").await.unwrap();
    store.set_memo("sheet", "tab", "2").await.unwrap();
    assert_eq!(store.memo("sheet", "tab").await.unwrap().as_deref(), Some("2"));
    assert_eq!(store.memo("other", "tab").await.unwrap(), None);
}

pub async fn what_sinks_wrote_is_forgotten_by_key(store: &dyn Store) {
    let mut other = call("other", 0);
    other.call.caller = Some(phone("+79990000000"));
    store.discover(&[call("a", 0), other.clone()], None, at(0)).await.unwrap();
    let keys = [CallId::derive("folder", "a").to_string(), other.call.id.to_string()];
    let written: Vec<LedgerRow> = keys.iter().map(|key| row(key, "1")).collect();
    for sink in ["sheet", "other"] {
        store.settle_batch(sink, "none", &written, at(1)).await.unwrap();
    }
    let holding = |id: &str, key: &str| OpenBatch { body: format!("[\"{key}\",\"words\"]"), ..batch(id, 1) };
    store.open_batch("sheet", &holding("erased", &keys[0])).await.unwrap();
    store.open_batch("sheet", &holding("spared", &keys[1])).await.unwrap();
    erase(store, "+79161234567", 2).await;
    assert_eq!(store.open_batches("sheet").await.unwrap().len(), 2, "it says what is to be erased there");
    assert_eq!(store.rows("sheet", &keys).await.unwrap().len(), 2);
    assert_eq!(store.forget_rows(&keys[..1]).await.unwrap(), 2);
    assert_eq!(store.forget_rows(&keys[..1]).await.unwrap(), 0);
    let left = store.open_batches("sheet").await.unwrap();
    assert_eq!(left, [holding("spared", &keys[1])]);
    for sink in ["sheet", "other"] {
        assert_eq!(store.rows(sink, &keys).await.unwrap(), [row(&keys[1], "1")]);
    }
}

fn calibration(name: &str, score: f64, machine_score: Option<f64>, seconds: i64) -> Calibration {
    Calibration {
        call: CallId::derive("folder", name),
        rubric: "r".into(),
        score,
        machine_score,
        source: "sheet".to_owned(),
        at: at(seconds),
    }
}

pub async fn calibrations_are_kept_when_they_change(store: &dyn Store) {
    store.discover(&[call("a", 0), call("b", 0), call("c", 0)], None, at(0)).await.unwrap();
    assert_eq!(store.agreement(&"r".into()).await.unwrap(), Agreement::default());
    let first = calibration("a", 50.0, Some(60.0), 1);
    assert!(store.save_calibration(&first).await.unwrap());
    assert!(!store.save_calibration(&calibration("a", 50.0, Some(61.0), 2)).await.unwrap(), "the same score");
    let second = calibration("a", 55.5, Some(60.0), 3);
    assert!(store.save_calibration(&second).await.unwrap());
    let elsewhere = Calibration { rubric: "q".into(), ..calibration("a", 55.5, None, 4) };
    assert!(store.save_calibration(&elsewhere).await.unwrap());
    assert_eq!(store.calibrations(first.call).await.unwrap(), [elsewhere, second, first]);
    store.save_calibration(&calibration("b", 80.0, Some(70.0), 5)).await.unwrap();
    store.save_calibration(&calibration("c", 10.0, None, 6)).await.unwrap();
    let agreement = store.agreement(&"r".into()).await.unwrap();
    assert_eq!(agreement.calls, 2, "only calls that both judged");
    assert!((agreement.mean_difference.unwrap() - 2.75).abs() < 1e-9, "{agreement:?}");
    assert!((agreement.mean_absolute_difference.unwrap() - 7.25).abs() < 1e-9, "{agreement:?}");
}

pub async fn a_calibration_is_a_score_of_a_known_call(store: &dyn Store) {
    let unknown = store.save_calibration(&calibration("nobody", 1.0, None, 1)).await;
    assert!(matches!(unknown, Err(StoreError::Invalid(_))), "{unknown:?}");
    store.discover(&[call("a", 0)], None, at(0)).await.unwrap();
    for score in [-0.1, 100.1, f64::NAN] {
        let refused = store.save_calibration(&calibration("a", score, None, 1)).await;
        assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
    }
}
