//! Erasing by number.

use domain::{CallId, Money};

use super::sample::{analysis, at, call, done, finish, job, phone, recording, request, said, transcript};
use crate::{CallFilter, EraseReceipt, JobFilter, Outcome, SearchQuery, SpendEntry, Stage, Store};

async fn count_hits(store: &dyn Store, text: &str) -> u64 {
    let filter = CallFilter::default();
    store.count_hits(&SearchQuery { text: text.to_owned(), filter, limit: 10, offset: 0 }).await.unwrap()
}

pub async fn erasing_leaves_nothing_of_a_number(store: &dyn Store) {
    let mut other = call("other", 0);
    other.call.caller = Some(phone("+79990000000"));
    store.discover(&[call("a", 0), other], None, at(0)).await.unwrap();
    for name in ["a", "other"] {
        let location = format!("file:///{name}");
        finish(store, name, Stage::Fetch, Outcome::Fetched(Box::new(recording(&location))), 1).await;
        said(store, name, &["Одно окно"]).await;
        let judged = Outcome::Analyzed(Box::new(analysis("r", "1", Some(50.0))));
        finish(store, name, Stage::Analyze, judged, 2).await;
    }
    // an earlier recording of the same call, and words whose job never ended
    said(store, "a", &["Прежние слова"]).await;
    said(store, "a", &["Последние слова"]).await;
    store.cache_transcript("unused", &transcript(&["Ничьи слова"])).await.unwrap();
    let id = CallId::derive("folder", "a");
    store.enqueue(&[job("a", Stage::Deliver, "xlsx")], false, at(3)).await.unwrap();
    let claim = store.claim(&request(Stage::Deliver, 1, 3)).await.unwrap().remove(0);
    let mut result = done(Outcome::Delivered);
    let amount: Money = "2RUB".parse().unwrap();
    result.spend = vec![SpendEntry { call: id, item: "speech".to_owned(), amount, key: None }];
    store.complete(&claim, result, at(3)).await.unwrap();

    let receipt = store.erase_phone(&phone("8 916 123-45-67"), at(9)).await.unwrap();
    let expected = EraseReceipt {
        calls: vec![id],
        transcripts: 4,
        analyses: 1,
        recordings: vec!["file:///a".to_owned()],
    };
    assert_eq!(receipt, expected);
    assert_eq!(store.call(id).await.unwrap(), None);
    assert_eq!(store.transcript(id).await.unwrap(), None);
    assert_eq!(store.analyses(id).await.unwrap(), []);
    assert_eq!(store.cached_transcript("unused").await.unwrap(), None);
    assert_eq!(store.jobs(&JobFilter { call: Some(id), ..JobFilter::default() }, 10).await.unwrap(), []);
    assert_eq!(count_hits(store, "слова").await, 0);
    assert_eq!(count_hits(store, "окно").await, 1, "the other call is still found");
    assert_eq!(store.count_calls(&CallFilter::default()).await.unwrap(), 1);
    assert_eq!(store.spent_since(at(0)).await.unwrap(), [amount], "the bill stays");
    let log = store.audit_log(10).await.unwrap();
    assert_eq!((log.len(), log[0].what.as_str()), (1, "erase_phone"));
    assert!(!format!("{log:?}").contains("916"), "the log does not name the number: {log:?}");
    let again = store.erase_phone(&phone("+79161234567"), at(10)).await.unwrap();
    assert_eq!(again, EraseReceipt::default());
}

pub async fn erasing_spares_what_others_share(store: &dyn Store) {
    let mut other = call("other", 0);
    other.call.caller = Some(phone("+79990000000"));
    store.discover(&[call("a", 0), other], None, at(0)).await.unwrap();
    for name in ["a", "other"] {
        finish(store, name, Stage::Fetch, Outcome::Fetched(Box::new(recording("shared"))), 1).await;
        let words = Box::new(transcript(&["Общие слова"]));
        let outcome = Outcome::Transcribed { transcript: words, cache_key: "k".to_owned() };
        finish(store, name, Stage::Transcribe, outcome, 1).await;
    }
    let receipt = store.erase_phone(&phone("+79161234567"), at(9)).await.unwrap();
    assert_eq!((receipt.calls.len(), receipt.transcripts, receipt.recordings.len()), (1, 0, 0));
    assert!(store.transcript(CallId::derive("folder", "other")).await.unwrap().is_some());
    assert_eq!(count_hits(store, "общие").await, 1);
    let last = store.erase_phone(&phone("+79990000000"), at(10)).await.unwrap();
    assert_eq!((last.transcripts, last.recordings), (1, vec!["shared".to_owned()]));
    assert_eq!(store.cached_transcript("k").await.unwrap(), None);
}
