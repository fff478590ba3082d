//! Forgetting with time.

use domain::{CallId, CriterionKind, Sha256, Value};

use super::sample::{analysis, at, call, finish, said};
use crate::{AuditFilter, CallFilter, DiscoveredCall, Outcome, PageRequest, SearchQuery, Stage, Store};

const DAY: i64 = 86_400;

fn page(limit: u32) -> PageRequest {
    PageRequest { after: None, limit }
}

fn id(name: &str) -> CallId {
    CallId::derive("folder", name)
}

/// A call that came on this day and that nobody works on.
async fn came(store: &dyn Store, name: &str, day: i64) {
    let found = DiscoveredCall { jobs: Vec::new(), ..call(name, day * DAY) };
    store.discover(&[found], None, at(day * DAY)).await.unwrap();
}

async fn fetched(store: &dyn Store, name: &str, sha: char, location: Option<&str>) {
    let sha256: String = std::iter::repeat_n(sha, 64).collect();
    let shelf = format!("{sha}{sha}/{sha256}");
    let mut recording = super::sample::recording(location.unwrap_or(&shelf));
    recording.sha256 = Sha256::new(sha256);
    finish(store, name, Stage::Fetch, Outcome::Fetched(Box::new(recording)), 1).await;
}

pub async fn old_recordings_are_forgotten_and_lengths_stay(store: &dyn Store) {
    for (name, day, sha, location) in [
        ("old", 0, 'a', None),
        ("shared-old", 0, 'b', None),
        ("in place", 0, 'c', Some("/home/anna/calls/1.wav")),
        ("young", 5, 'd', None),
        ("shared-young", 5, 'b', None),
    ] {
        let mut found = DiscoveredCall { jobs: Vec::new(), ..call(name, day * DAY) };
        found.call.duration_ms = None;
        store.discover(&[found], None, at(day * DAY)).await.unwrap();
        fetched(store, name, sha, location).await;
    }
    // read today, though it was long ago
    let mut late = DiscoveredCall { jobs: Vec::new(), ..call("late", 0) };
    late.call.duration_ms = None;
    store.discover(&[late], None, at(5 * DAY)).await.unwrap();
    fetched(store, "late", 'e', None).await;
    // still under work
    store.discover(&[call("at work", 0)], None, at(0)).await.unwrap();

    let before = at(3 * DAY);
    assert_eq!(store.count_old(Some(before), None).await.unwrap().recordings, 1);
    let old = store.old_recordings(before, page(10)).await.unwrap();
    let named: Vec<_> = old.items.iter().map(|old| (old.call, old.location.get(..3).unwrap())).collect();
    assert_eq!((named.as_slice(), old.next), (&[(id("old"), "aa/")][..], None));
    let length = store.call(id("old")).await.unwrap().unwrap().recording.unwrap().survey.duration_ms;
    store.forget_recordings(&[id("old")]).await.unwrap();
    let record = store.call(id("old")).await.unwrap().unwrap();
    assert_eq!((record.recording, record.call.duration_ms), (None, Some(length)));
    assert_eq!(store.old_recordings(before, page(10)).await.unwrap().items, []);
    assert!(store.call(id("young")).await.unwrap().unwrap().recording.is_some());
    let later = store.old_recordings(at(9 * DAY), page(2)).await.unwrap();
    assert_eq!((later.items.len(), later.next.is_some()), (2, true));
}

pub async fn old_words_go_and_verdicts_stay(store: &dyn Store) {
    for (name, day) in [("old", 0), ("young", 5)] {
        came(store, name, day).await;
        said(store, name, &["Одно редкословие"]).await;
        let mut judged = analysis("r", "1", Some(50.0));
        judged.summary = "Клиент сказал редкословие".to_owned();
        for criterion in &mut judged.criteria {
            criterion.comment = "редкословие".to_owned();
        }
        if let Some(listed) = judged.criteria.first_mut() {
            listed.kind = CriterionKind::List;
            listed.value = Some(Value::List(vec!["редкословие".to_owned()]));
        }
        finish(store, name, Stage::Analyze, Outcome::Analyzed(Box::new(judged)), 2).await;
    }
    let before = at(3 * DAY);
    assert_eq!(store.count_old(None, Some(before)).await.unwrap().words, 1);
    assert_eq!(store.forget_words(before, 10).await.unwrap(), 1);
    assert_eq!(store.forget_words(before, 10).await.unwrap(), 0);
    assert_eq!(store.transcript(id("old")).await.unwrap(), None);
    let kept = store.analyses(id("old")).await.unwrap();
    assert_eq!(kept[0].analysis.total_score, Some(50.0));
    assert!(!format!("{kept:?}").contains("редкословие"), "{kept:?}");
    assert!(store.transcript(id("young")).await.unwrap().is_some());
    let query =
        SearchQuery {
            text: "редкословие".to_owned(), filter: CallFilter::default(), limit: 5, offset: 0
        };
    assert_eq!(store.count_hits(&query).await.unwrap(), 1, "the young one");
    let scored = CallFilter { scored: Some(true), ..CallFilter::default() };
    assert_eq!(store.count_calls(&scored).await.unwrap(), 2, "scores stay");
}

pub async fn old_answers_of_models_go(store: &dyn Store) {
    for (name, seconds) in [("old", 1), ("young", 9)] {
        came(store, name, 0).await;
        let mut judged = analysis("r", "1", Some(50.0));
        judged.raw_model_output = vec!["дословно".into()];
        finish(store, name, Stage::Analyze, Outcome::Analyzed(Box::new(judged)), seconds).await;
    }
    store.keep_failed_analysis(id("old"), &"q".into(), &["напрасно".into()], at(1)).await.unwrap();
    assert_eq!(store.forget_raw_answers(at(5)).await.unwrap(), 2);
    assert_eq!(store.forget_raw_answers(at(5)).await.unwrap(), 0);
    let raw = |name: &str| {
        let call = id(name);
        async move { store.analyses(call).await.unwrap().remove(0).analysis.raw_model_output }
    };
    assert_eq!((raw("old").await.len(), raw("young").await.len()), (0, 1));
    assert_eq!(store.forget_raw_answers(at(10)).await.unwrap(), 1, "when its time has come");
}

pub async fn old_lines_of_the_log_go(store: &dyn Store) {
    for second in [1, 5, 9] {
        store.audit("anna", "view", &format!("call {second}"), at(second)).await.unwrap();
    }
    assert_eq!(store.forget_audit(at(6)).await.unwrap(), 2);
    let left = store.audit_lines(&AuditFilter::default(), page(10)).await.unwrap();
    assert_eq!((left.items.len(), left.items[0].at), (1, at(9)));
}

pub async fn a_program_that_has_it_open_is_alive(store: &dyn Store) {
    assert_eq!(store.programs_alive().await.unwrap(), 1);
    let steps = store.schema_steps().await.unwrap();
    assert!(steps.agree(), "{steps:?}");
}
