//! Lists of calls.

use domain::{CallStatus, TimeWindow};

use super::sample::{analysis, at, call, finish, phone, recording};
use crate::{CallFilter, CallSort, Cursor, DiscoveredCall, Outcome, PageRequest, Stage, Store, StoreError};

/// Names of the calls that the filter holds, page by page.
async fn names(store: &dyn Store, filter: &CallFilter, limit: u32) -> Vec<String> {
    let mut names = Vec::new();
    let mut after = None;
    loop {
        let page = store.calls(filter, PageRequest { after, limit }).await.unwrap();
        assert!(page.items.len() <= limit as usize);
        names.extend(page.items.into_iter().map(|record| record.call.external_id));
        after = page.next;
        if after.is_none() {
            return names;
        }
    }
}

pub async fn pages_do_not_shift_when_calls_arrive(store: &dyn Store) {
    let calls: Vec<DiscoveredCall> = (0..10).map(|n| call(&n.to_string(), n)).collect();
    store.discover(&calls, None, at(0)).await.unwrap();
    let filter = CallFilter::default();
    let first = store.calls(&filter, PageRequest { after: None, limit: 4 }).await.unwrap();
    store.discover(&[call("newest", 100), call("oldest", -100)], None, at(1)).await.unwrap();
    let second = store.calls(&filter, PageRequest { after: first.next, limit: 4 }).await.unwrap();
    let seen: Vec<String> =
        first.items.into_iter().chain(second.items).map(|record| record.call.external_id).collect();
    assert_eq!(seen, ["9", "8", "7", "6", "5", "4", "3", "2"]);
}

pub async fn calls_without_a_time_come_last_in_both_orders(store: &dyn Store) {
    let untimed = |name| {
        let mut call = call(name, 0);
        call.call.started_at = None;
        call
    };
    // three of one second, to page through the middle of a tie
    let calls =
        [untimed("x"), call("1", 1), call("2", 2), call("2b", 2), call("2c", 2), untimed("y"), call("3", 3)];
    store.discover(&calls, None, at(0)).await.unwrap();
    for limit in [1, 2, 3, 50] {
        let newest = names(store, &CallFilter::default(), limit).await;
        assert_eq!(newest, ["3", "2c", "2b", "2", "1", "y", "x"], "{limit} a page");
        let filter = CallFilter { sort: CallSort::StartedAsc, ..CallFilter::default() };
        assert_eq!(names(store, &filter, limit).await, ["1", "2", "2b", "2c", "3", "x", "y"]);
    }
}

pub async fn filters_narrow_and_counts_agree(store: &dyn Store) {
    let run = store.start_run("folder /calls", at(0)).await.unwrap();
    let mut b = call("b", 20);
    b.call.callee = Some(phone("+79998887766"));
    b.call.caller = Some(phone("+79998887766"));
    b.call.manager = None;
    b.status = CallStatus::Failed;
    let mut c = call("c", 30);
    c.status = CallStatus::Missed;
    store.discover(&[call("a", 10), b, c], None, at(0)).await.unwrap();
    store.discover(&[call("a", 10)], Some(run), at(0)).await.unwrap();
    let mut untimed = call("d", 0);
    untimed.call.started_at = None;
    store.discover(&[untimed], Some(run), at(0)).await.unwrap();
    finish(store, "a", Stage::Analyze, Outcome::Analyzed(Box::new(analysis("r", "1", Some(40.0)))), 1).await;
    finish(store, "c", Stage::Analyze, Outcome::Analyzed(Box::new(analysis("q", "1", Some(90.0)))), 1).await;

    let all = CallFilter::default();
    let window = |from, to| CallFilter { window: TimeWindow { from, to }, ..CallFilter::default() };
    let statuses =
        |statuses: &[CallStatus]| CallFilter { statuses: statuses.to_vec(), ..CallFilter::default() };
    let scores = |min_score, max_score, rubric: Option<&str>| CallFilter {
        min_score,
        max_score,
        rubric: rubric.map(Into::into),
        ..CallFilter::default()
    };
    let cases: Vec<(CallFilter, &[&str])> = vec![
        (all.clone(), &["c", "b", "a", "d"]),
        (window(Some(at(10)), Some(at(30))), &["b", "a"]),
        (window(Some(at(11)), None), &["c", "b"]),
        (window(None, Some(at(20))), &["a"]),
        (statuses(&[CallStatus::Failed]), &["b"]),
        (statuses(&[CallStatus::Missed, CallStatus::Failed, CallStatus::Missed]), &["c", "b"]),
        (statuses(&[CallStatus::Done]), &[]),
        (CallFilter { manager_id: Some("7".to_owned()), ..all.clone() }, &["c", "a", "d"]),
        (CallFilter { phone: Some(phone("+79998887766")), ..all.clone() }, &["b"]),
        (CallFilter { phone: Some(phone("+74951234567")), ..all.clone() }, &["c", "a", "d"]),
        (CallFilter { source: Some("folder".into()), ..all.clone() }, &["c", "b", "a", "d"]),
        (CallFilter { source: Some("uis".into()), ..all.clone() }, &[]),
        (CallFilter { run: Some(run), ..all.clone() }, &["a", "d"]),
        (scores(Some(40.0), None, None), &["c", "a"]),
        (scores(None, Some(40.0), None), &["a"]),
        (scores(Some(0.0), None, Some("q")), &["c"]),
        (scores(Some(0.0), None, Some("none")), &[]),
        (CallFilter { source: Some("folder".into()), ..statuses(&[CallStatus::Failed]) }, &["b"]),
    ];
    for (filter, expected) in cases {
        assert_eq!(names(store, &filter, 2).await, expected, "{filter:?}");
        assert_eq!(store.count_calls(&filter).await.unwrap(), expected.len() as u64, "{filter:?}");
    }
    store.finish_run(run, at(1)).await.unwrap();
    assert_eq!(store.count_calls(&CallFilter { run: Some(run), ..all }).await.unwrap(), 0);
}

pub async fn a_listing_is_light_and_a_call_is_whole(store: &dyn Store) {
    let found = call("a", 0);
    store.discover(std::slice::from_ref(&found), None, at(0)).await.unwrap();
    let whole = recording("file:///a");
    finish(store, "a", Stage::Fetch, Outcome::Fetched(Box::new(whole.clone())), 1).await;
    assert_eq!(store.call(found.call.id).await.unwrap().unwrap().recording, Some(whole.clone()));
    let page = store.calls(&CallFilter::default(), PageRequest { after: None, limit: 10 }).await.unwrap();
    let light = page.items[0].recording.clone().unwrap();
    assert_eq!((light.survey.utterances.len(), light.survey.peaks.channels.len()), (0, 0));
    assert_eq!((light.location, light.survey.duration_ms), (whole.location, whole.survey.duration_ms));
}

pub async fn a_strange_cursor_is_refused(store: &dyn Store) {
    for text in ["", "x", "1.", "n.x", "1.2.3", "' or 1=1"] {
        let page = PageRequest { after: Some(Cursor(text.to_owned())), limit: 10 };
        let refused = store.calls(&CallFilter::default(), page).await;
        assert!(matches!(refused, Err(StoreError::Invalid(_))), "{text:?}: {refused:?}");
    }
}

pub async fn calls_of_a_client_are_oldest_first(store: &dyn Store) {
    let mut out = call("out", 15);
    out.call.direction = domain::Direction::Out;
    out.call.caller = Some(phone("+74951234567"));
    out.call.callee = Some(phone("+79161234567"));
    store.discover(&[call("c", 30), call("a", 10), out, call("b", 20)], None, at(0)).await.unwrap();
    let calls = store.calls_of_client(&phone("+79161234567"), 3).await.unwrap();
    let names: Vec<&str> = calls.iter().map(|record| record.call.external_id.as_str()).collect();
    assert_eq!(names, ["a", "out", "b"]);
    assert_eq!(store.calls_of_client(&phone("+74951234567"), 3).await.unwrap(), [], "our own number");
}
