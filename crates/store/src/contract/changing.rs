//! Figures follow what changes: verdicts, conversations, erased calls.

use domain::{CallStatus, Verdict};

use super::figures::{periods, same};
use super::sample::{at, call, erase, finish, phone};
use super::varied;
use crate::{CallFilter, Outcome, ScoreFigures, Stage, Store};

pub async fn an_override_changes_score_figures_and_lists(store: &dyn Store) {
    store.discover(&[call("v4", 0)], None, at(0)).await.unwrap();
    let mut found = varied::judged(4, "r", "1");
    found.total_score = Some(30.0);
    finish(store, "v4", Stage::Analyze, Outcome::Analyzed(Box::new(found)), 1).await;
    let weak = CallFilter { below_score: Some(40.0), ..CallFilter::default() };
    let price =
        |verdict| CallFilter { criterion: Some(("price".to_owned(), verdict)), ..CallFilter::default() };
    same(store, 1, weak.clone(), "as the machine said").await;
    same(store, 1, price(Verdict::CannotTell), "as the machine said").await;
    store.override_verdict(&varied::person(4, "price", Verdict::Met)).await.unwrap();
    store.override_verdict(&varied::person(4, "needs", Verdict::Met)).await.unwrap();
    for _ in 0..2 {
        same(store, 0, weak.clone(), "as people say").await;
        same(store, 1, CallFilter { min_score: Some(100.0), ..CallFilter::default() }, "as people say").await;
        same(store, 1, price(Verdict::Met), "as people say").await;
        same(store, 0, price(Verdict::CannotTell), "as people say").await;
        // and so it stays when the machine judges again
        let again = varied::judged(4, "r", "2");
        finish(store, "v4", Stage::Analyze, Outcome::Analyzed(Box::new(again)), 2).await;
    }
    let machine = store.analysis(varied::id(4), None).await.unwrap().unwrap().analysis;
    assert_ne!(machine.total_score, Some(100.0), "the machine's own stays visible");
}

pub async fn who_was_spoken_with_need_not_be_rung_back(store: &dyn Store) {
    let missed = |name: &str, seconds| {
        let mut missed = call(name, seconds);
        missed.call.missed = true;
        missed.status = CallStatus::Missed;
        missed
    };
    let back = CallFilter { call_back: Some(true), ..CallFilter::default() };
    store.discover(&[missed("a", 0), missed("b", 20)], None, at(0)).await.unwrap();
    same(store, 2, back.clone(), "nobody rang back").await;
    store.discover(&[call("c", 10)], None, at(1)).await.unwrap();
    same(store, 1, back.clone(), "one came before").await;
    store.discover(&[call("d", 30)], None, at(2)).await.unwrap();
    same(store, 0, back.clone(), "somebody did").await;
    let mut silent = call("d", 30);
    silent.call.revision = "2".to_owned();
    silent.call.talk_ms = Some(0);
    store.discover(&[silent], None, at(3)).await.unwrap();
    same(store, 1, back.clone(), "it turned out that nobody spoke").await;
    let mut other = missed("b", 20);
    other.call.revision = "2".to_owned();
    other.call.caller = Some(phone("+79998887766"));
    store.discover(&[other], None, at(4)).await.unwrap();
    same(store, 1, back.clone(), "another client").await;
    erase(store, "+79998887766", 5).await;
    same(store, 0, back, "erased").await;
}

pub async fn erasing_leaves_no_figures(store: &dyn Store) {
    varied::fill(store).await;
    for n in 0..17 {
        erase(store, &format!("+7916000{n:04}"), 20).await;
    }
    let all = &periods()[0];
    let overview = store.overview(all).await.unwrap();
    assert_eq!((overview.calls, overview.scores), (0, ScoreFigures::default()));
    assert_eq!((overview.by_status, overview.needs_review, overview.incomplete), (Vec::new(), 0, 0));
    assert!(!overview.spent.is_empty(), "what was paid stays in the sums");
    assert_eq!(store.by_criterion(all).await.unwrap(), []);
    assert_eq!(store.values(all, None, None).await.unwrap(), []);
    assert_eq!(store.by_manager(all).await.unwrap(), []);
    assert_eq!(store.by_hour(all).await.unwrap(), []);
    assert_eq!(store.promises(all, at(0), 10).await.unwrap().0, []);
    assert_eq!(store.waiting_clients(all, 10).await.unwrap(), (Vec::new(), 0));
}
