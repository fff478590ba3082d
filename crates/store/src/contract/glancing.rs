//! Short ways to what longer ones tell as well, and the mark by which a reader knows that nothing changed.

use std::time::Duration;

use domain::{CallId, TimeWindow};

use super::figures::listed;
use super::sample::at;
use super::varied::{self, begun};
use crate::{CallFilter, Gist, ScoreEnd, Store, WorkerId};

pub async fn outlines_say_what_results_say(store: &dyn Store) {
    varied::fill(store).await;
    let calls = listed(store, &CallFilter::default()).await;
    let mut ids: Vec<CallId> = calls.iter().map(|record| record.call.id).collect();
    ids.push(CallId::derive("folder", "nobody's"));
    let (mut judged, mut waiting) = (0, 0);
    for rubric in [None, Some("r".into()), Some("unheard".into())] {
        let results = store.results_of(&ids, rubric.as_ref()).await.unwrap();
        let outlines = store.outlines_of(&ids, rubric.as_ref()).await.unwrap();
        assert_eq!(outlines.len(), ids.len());
        let gists = store.gists_of(&ids, rubric.as_ref()).await.unwrap();
        for (gist, outline) in gists.iter().zip(&outlines) {
            let judgement = outline.analysis.as_ref().map(|stored| Gist::from(&stored.analysis));
            assert_eq!((&gist.judgement, gist.call_back), (&judgement, outline.call_back));
        }
        for (outline, result) in outlines.into_iter().zip(results) {
            judged += usize::from(outline.analysis.is_some());
            waiting += usize::from(outline.call_back);
            assert_eq!((outline.analysis, outline.call_back), (result.analysis, result.call_back));
        }
    }
    assert!(judged > 50 && waiting > 3, "{judged} judged, {waiting} waiting");
    let records = store.records_of(&ids).await.unwrap();
    assert_eq!(records.last(), Some(&None));
    assert_eq!(records.into_iter().flatten().collect::<Vec<_>>(), calls);
}

pub async fn extremes_are_the_ends_of_the_list(store: &dyn Store) {
    varied::fill(store).await;
    let all = CallFilter::default;
    let window = TimeWindow { from: Some(begun(10)), to: Some(begun(70)) };
    let filters = [
        all(),
        CallFilter { window, ..all() },
        CallFilter { below_score: Some(40.0), window, ..all() },
        CallFilter { manager_id: Some("m2".to_owned()), ..all() },
        CallFilter { rubric: Some("r".into()), window, ..all() },
        CallFilter { rubric: Some("r".into()), manager_id: Some("m1".to_owned()), ..all() },
        CallFilter { rubric: Some("q".into()), tag: Some("сайт".to_owned()), ..all() },
        CallFilter { needs_review: Some(true), ..all() },
        CallFilter { rubric: Some("unheard".into()), ..all() },
    ];
    let mut met = 0;
    for filter in filters {
        let scored = CallFilter { scored: Some(true), ..filter.clone() };
        let mut calls = Vec::new();
        for record in listed(store, &scored).await {
            let outlines = store.outlines_of(&[record.call.id], filter.rubric.as_ref()).await.unwrap();
            let score = outlines[0].analysis.as_ref().and_then(|stored| stored.analysis.total_score);
            calls.push((record.call.id, score.unwrap()));
        }
        met += calls.len();
        for end in [ScoreEnd::Lowest, ScoreEnd::Highest] {
            let mut expected = calls.clone();
            // stable: the list is newest first
            expected.sort_by(|(_, a), (_, b)| match end {
                ScoreEnd::Lowest => a.total_cmp(b),
                ScoreEnd::Highest => b.total_cmp(a),
            });
            expected.truncate(7);
            let found = store.extremes(&filter, end, 7).await.unwrap();
            let found: Vec<CallId> = found.into_iter().map(|record| record.call.id).collect();
            let expected: Vec<CallId> = expected.into_iter().map(|(id, _)| id).collect();
            assert_eq!(found, expected, "{end:?} of {filter:?}");
        }
    }
    assert!(met > 100, "only {met} scores were met");
}

/// A store that gives no marks holds this too.
pub async fn a_mark_changes_with_what_is_kept(store: &dyn Store) {
    let Some(before) = store.change_mark().await.unwrap() else { return };
    assert_eq!(store.change_mark().await.unwrap(), Some(before), "nothing was written");
    varied::fill(store).await;
    let filled = store.change_mark().await.unwrap().unwrap();
    assert!(filled > before);
    listed(store, &CallFilter::default()).await;
    assert_eq!(store.change_mark().await.unwrap(), Some(filled), "reading changes nothing");
    store.audit("anna", "view", "1", at(9)).await.unwrap();
    assert_eq!(store.audit_log(1).await.unwrap()[0].who, "anna");
    assert_eq!(store.change_mark().await.unwrap(), Some(filled), "that somebody read changes nothing");
    store.set_setting("k", "v").await.unwrap();
    store.audit("anna", "view", "2", at(9)).await.unwrap();
    let set = store.change_mark().await.unwrap().unwrap();
    assert!(set > filled, "what was written before the line is no part of it");
    let verdict = varied::person(5, "price", domain::Verdict::Met);
    store.override_verdict(&verdict).await.unwrap();
    let corrected = store.change_mark().await.unwrap().unwrap();
    assert!(corrected > set);
    assert!(store.withdraw_override(verdict.call, &verdict.rubric, "price").await.unwrap());
    assert!(store.change_mark().await.unwrap().unwrap() > corrected);
}

/// A program that leads and looks whether it could write asks every few seconds: what is kept must outlast that.
pub async fn leading_and_trying_to_write_change_nothing(store: &dyn Store) {
    let lead = async |seconds: i64| {
        let lease = Duration::from_secs(90);
        store.lead("mark", &WorkerId("a".to_owned()), lease, at(seconds)).await.unwrap().unwrap()
    };
    let first = lead(0).await;
    let before = store.change_mark().await.unwrap();
    assert_eq!(lead(44).await, first);
    store.try_write().await.unwrap();
    assert_eq!(store.setting("probe").await.unwrap(), None, "it is taken back");
    assert_eq!(store.change_mark().await.unwrap(), before);
    assert_eq!(lead(46).await, first);
    assert_eq!(store.leader("mark", at(130)).await.unwrap(), Some(first.holder), "it was prolonged");
}
