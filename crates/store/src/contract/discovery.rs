//! Discovery.

use domain::{CallId, CallStatus};

use super::sample::{analysis, at, call, claimed, done, finish, recording, request, said, trouble};
use crate::{CallFilter, Discovery, JobFilter, JobState, Outcome, SearchQuery, Stage, Store, StoreError};

pub async fn discovery_is_idempotent(store: &dyn Store) {
    let slice = [call("a", 0), call("b", 1)];
    assert_eq!(store.discover(&slice, None, at(0)).await.unwrap(), [Discovery::New, Discovery::New]);
    let before = store.call(slice[0].call.id).await.unwrap().unwrap();
    assert_eq!(store.discover(&slice, None, at(9)).await.unwrap(), [Discovery::Known, Discovery::Known]);
    assert_eq!(store.call(slice[0].call.id).await.unwrap().unwrap(), before, "nothing is written");
    assert_eq!(store.count_calls(&CallFilter::default()).await.unwrap(), 2);
    assert_eq!(store.jobs(&JobFilter::default(), 100).await.unwrap().len(), 2);
}

pub async fn a_call_twice_in_a_slice_is_one_call(store: &dyn Store) {
    let mut changed = call("a", 0);
    changed.call.revision = "2".to_owned();
    let slice = [call("a", 0), call("b", 0), call("a", 0), changed];
    let found = store.discover(&slice, None, at(0)).await.unwrap();
    assert_eq!(found, [Discovery::New, Discovery::New, Discovery::Known, Discovery::Changed]);
    assert_eq!(store.count_calls(&CallFilter::default()).await.unwrap(), 2);
    assert_eq!(store.jobs(&JobFilter::default(), 100).await.unwrap().len(), 2);
}

pub async fn what_is_kept_reads_back_equal(store: &dyn Store) {
    let mut found = call("a", 5);
    found.status = CallStatus::Failed;
    found.error = Some(trouble("odd"));
    found.call.recording_url = Some("https://example.org/1?a=b".to_owned());
    let mut bare = call("bare", 0);
    bare.call.started_at = None;
    bare.call.caller = None;
    bare.call.callee = None;
    bare.call.manager = None;
    bare.call.talk_ms = None;
    bare.call.missed = true;
    store.discover(&[found.clone(), bare.clone()], None, at(7)).await.unwrap();
    let kept = store.call(found.call.id).await.unwrap().unwrap();
    assert_eq!((&kept.call, kept.status, &kept.error), (&found.call, found.status, &found.error));
    assert_eq!((kept.discovered_at, kept.updated_at, kept.recording), (at(7), at(7), None));
    assert_eq!(kept.call.started_at.unwrap().offset().local_minus_utc(), 3 * 3600);
    assert_eq!(store.call(bare.call.id).await.unwrap().unwrap().call, bare.call);
    assert_eq!(store.call(CallId::derive("folder", "none")).await.unwrap(), None);
}

pub async fn a_changed_revision_begins_anew(store: &dyn Store) {
    let old = call("a", 0);
    store.discover(std::slice::from_ref(&old), None, at(0)).await.unwrap();
    finish(store, "a", Stage::Fetch, Outcome::Fetched(Box::new(recording("file:///a"))), 1).await;
    said(store, "a", &["Окно готово"]).await;
    finish(store, "a", Stage::Analyze, Outcome::Analyzed(Box::new(analysis("r", "1", Some(50.0)))), 2).await;

    let mut new = call("a", 60);
    new.call.revision = "2".to_owned();
    assert_eq!(store.discover(&[new.clone()], None, at(100)).await.unwrap(), [Discovery::Changed]);
    let record = store.call(new.call.id).await.unwrap().unwrap();
    assert_eq!(record.call, new.call, "the description is the new one");
    assert_eq!((record.recording, record.status), (None, CallStatus::Queued));
    assert_eq!((record.discovered_at, record.updated_at), (at(0), at(100)));
    assert_eq!(store.transcript(new.call.id).await.unwrap(), None);
    assert_eq!(store.analyses(new.call.id).await.unwrap(), []);
    let scored = CallFilter { min_score: Some(0.0), ..CallFilter::default() };
    assert_eq!(store.count_calls(&scored).await.unwrap(), 0, "the old score is gone");
    let jobs = store.jobs(&JobFilter::default(), 100).await.unwrap();
    assert_eq!(jobs.len(), 1, "only the jobs of a beginning: {jobs:?}");
    assert_eq!((jobs[0].stage, jobs[0].state, jobs[0].attempt), (Stage::Fetch, JobState::Ready, 0));
    let query =
        SearchQuery { text: "окно".to_owned(), filter: CallFilter::default(), limit: 10, offset: 0 };
    assert_eq!(store.search(&query).await.unwrap(), [], "old words are not found");
}

pub async fn a_changed_revision_dismisses_the_worker(store: &dyn Store) {
    let claim = claimed(store, "a").await;
    let mut new = call("a", 0);
    new.call.revision = "2".to_owned();
    store.discover(&[new], None, at(1)).await.unwrap();
    let late = store.complete(&claim, done(Outcome::Nothing), at(2)).await;
    assert!(matches!(late, Err(StoreError::LeaseLost)), "{late:?}");
    assert_eq!(store.claim(&request(Stage::Fetch, 10, 3)).await.unwrap().len(), 1, "the work is there anew");
}

pub async fn a_call_with_a_foreign_id_is_refused(store: &dyn Store) {
    let mut odd = call("a", 0);
    odd.call.id = CallId::derive("folder", "b");
    let refused = store.discover(&[odd], None, at(0)).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
}

pub async fn a_slice_is_kept_whole_or_not_at_all(store: &dyn Store) {
    let no_such_run = Some(crate::RunId(404));
    assert!(store.discover(&[call("a", 0)], no_such_run, at(0)).await.is_err());
    assert_eq!(store.count_calls(&CallFilter::default()).await.unwrap(), 0);
    assert_eq!(store.queue_counts(None).await.unwrap(), []);
}
