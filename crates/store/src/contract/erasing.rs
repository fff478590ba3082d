//! Erasing by number.

use domain::{CallId, Money};

use super::sample::{
    analysis, at, call, done, erase, finish, job, phone, recording, request, said, transcript,
};
use crate::{
    CallFilter, Discovery, ErasureWork, JobFilter, Outcome, PageRequest, SearchQuery, SpendEntry, Stage,
    Store, subject_of,
};

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

    let erasure = erase(store, "8 916 123-45-67", 9).await;
    let gone = ["calls", "transcripts", "analyses", "conversations"].map(|place| erasure.gone(place));
    assert_eq!(gone, [1, 4, 1, 0]);
    assert_eq!((&*erasure.work.calls, &*erasure.work.recordings), (&[id][..], &["file:///a".to_owned()][..]));
    assert_eq!((erasure.ending.as_str(), erasure.who.as_str()), ("67", "admin"));
    let elsewhere = erasure.places.iter().find(|place| place.place == "at_source/folder");
    assert_eq!(elsewhere.map(|place| (place.gone, place.by_hand)), Some((0, 1)));
    assert_eq!(erasure.subject, subject_of(&phone("+79161234567")));
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
    assert_eq!((log.len(), log[0].what.as_str()), (1, "erase"));
    assert!(!format!("{log:?}").contains("916"), "the log does not name the number: {log:?}");
    let again = erase(store, "+79161234567", 10).await;
    assert_eq!((again.gone("calls"), again.work.is_empty()), (0, true));
    assert_eq!(again.subject, erasure.subject);
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
    let first = erase(store, "+79161234567", 9).await;
    assert_eq!((first.gone("calls"), first.gone("transcripts")), (1, 0));
    assert_eq!((first.work.recordings.len(), first.work.sounds.len()), (0, 0));
    assert!(store.transcript(CallId::derive("folder", "other")).await.unwrap().is_some());
    assert_eq!(count_hits(store, "общие").await, 1);
    let last = erase(store, "+79990000000", 10).await;
    assert_eq!((last.gone("transcripts"), &*last.work.recordings), (1, &["shared".to_owned()][..]));
    assert_eq!(store.cached_transcript("k").await.unwrap(), None);
}

pub async fn an_erased_call_is_not_brought_again(store: &dyn Store) {
    store.discover(&[call("a", 0), call("b", 0)], None, at(0)).await.unwrap();
    erase(store, "+79161234567", 1).await;
    let mut other = call("c", 5);
    other.call.revision = "2".to_owned();
    let again = store.discover(&[call("a", 0), other, call("b", 0)], None, at(2)).await.unwrap();
    assert_eq!(again, [Discovery::Known, Discovery::New, Discovery::Known]);
    assert_eq!(store.count_calls(&CallFilter::default()).await.unwrap(), 1);
    assert_eq!(store.jobs(&JobFilter::default(), 10).await.unwrap().len(), 1, "and makes no work");
}

pub async fn an_erasure_is_taken_until_it_is_ended(store: &dyn Store) {
    let minute = std::time::Duration::from_mins(1);
    let mut sent = call("a", 0);
    sent.call.source = "upload".into();
    sent.call.id = CallId::derive("upload", "a");
    sent.call.revision = "ab".repeat(32);
    sent.jobs = Vec::new();
    store.discover(&[sent.clone()], None, at(0)).await.unwrap();
    let begun = erase(store, "+79161234567", 1).await;
    assert_eq!(begun.work.unread, [domain::Sha256::new("ab".repeat(32))]);
    // whoever began it died
    let taken = store.take_erasures(None, minute, at(2)).await.unwrap();
    assert_eq!((taken.len(), taken[0].id, &taken[0].work), (1, begun.id, &begun.work));
    assert_eq!(store.take_erasures(None, minute, at(3)).await.unwrap(), [], "somebody has it");
    let mut late = taken[0].clone();
    let mut mine = store.take_erasures(Some(begun.id), minute, at(4)).await.unwrap().remove(0);
    late.trouble = Some("late".to_owned());
    assert!(!store.save_erasure(&late).await.unwrap(), "another has taken it since");
    mine.set("recordings", 1, 2, at(4));
    mine.ended_at = Some(at(4));
    mine.due_at = Some(at(600));
    assert!(store.save_erasure(&mine).await.unwrap());
    assert_eq!(store.erasure(begun.id).await.unwrap(), Some(mine.clone()));
    assert_eq!(store.take_erasures(None, minute, at(599)).await.unwrap(), []);
    let mut last = store.take_erasures(None, minute, at(600)).await.unwrap().remove(0);
    store.cache_transcript("late", &transcript(&["Поздние слова"])).await.unwrap();
    assert_eq!(store.forget_unclaimed_words().await.unwrap(), 1);
    last.work = ErasureWork::default();
    last.due_at = None;
    assert!(store.save_erasure(&last).await.unwrap());
    assert_eq!(store.take_erasures(None, minute, at(6000)).await.unwrap(), []);
    assert_eq!(store.take_erasures(Some(begun.id), minute, at(6000)).await.unwrap(), []);
}

pub async fn receipts_are_listed_and_forgotten(store: &dyn Store) {
    for second in 1..=3 {
        erase(store, "+79161234567", second).await;
    }
    let page = |after| PageRequest { after, limit: 2 };
    let first = store.erasures(page(None)).await.unwrap();
    let rest = store.erasures(page(first.next)).await.unwrap();
    let begun: Vec<_> = first.items.iter().chain(&rest.items).map(|one| one.begun_at).collect();
    assert_eq!(begun, [at(3), at(2), at(1)]);
    assert_eq!(store.forget_erasures(at(100)).await.unwrap(), 0, "none of them has ended");
    let again = std::time::Duration::from_mins(1);
    for mut taken in store.take_erasures(None, again, at(4)).await.unwrap() {
        (taken.due_at, taken.ended_at) = (None, Some(taken.begun_at));
        assert!(store.save_erasure(&taken).await.unwrap());
    }
    assert_eq!(store.forget_erasures(at(3)).await.unwrap(), 2);
    assert_eq!(store.erasures(page(None)).await.unwrap().items.len(), 1);
}
