//! Every demand of a filter, in lists, counts and searches.

use domain::{CallStatus, Direction, TimeWindow, Verdict};

use super::figures::{listed, same};
use super::varied::{self, begun};
use crate::{CallFilter, CallRecord, PaidFor, SearchQuery, Store};

/// Whether a call is one that the filter means.
type Demand = Box<dyn Fn(&CallRecord) -> bool>;

pub async fn every_demand_of_a_filter_holds(store: &dyn Store) {
    varied::fill(store).await;
    let all = CallFilter::default;
    let calls = listed(store, &all()).await;
    let length = |call: &CallRecord| call.call.talk_ms.or(call.call.duration_ms);
    let cases: Vec<(CallFilter, Demand)> = vec![
        (
            CallFilter { direction: Some(Direction::Out), ..all() },
            Box::new(|c| c.call.direction == Direction::Out),
        ),
        (
            CallFilter { tag: Some("сайт".to_owned()), ..all() },
            Box::new(|c| c.call.tags.contains(&"сайт".to_owned())),
        ),
        (CallFilter { tag: Some("%".to_owned()), ..all() }, Box::new(|_| false)),
        (
            CallFilter { client: Some("+7 (916) 000-00-0".to_owned()), ..all() },
            Box::new(|c| c.call.client_phone().is_some_and(|p| p.as_str().contains("7916000000"))),
        ),
        (
            CallFilter { client: Some("0012".to_owned()), ..all() },
            Box::new(|c| c.call.client_phone().is_some_and(|p| p.as_str().contains("0012"))),
        ),
        (CallFilter { client: Some("нет цифр".to_owned()), ..all() }, Box::new(|_| true)),
        (CallFilter { client: Some("99999".to_owned()), ..all() }, Box::new(|_| false)),
        (CallFilter { min_duration_ms: Some(20_000), ..all() }, Box::new(move |c| length(c) >= Some(20_000))),
        (
            CallFilter { max_duration_ms: Some(20_000), direction: Some(Direction::In), ..all() },
            Box::new(move |c| length(c).is_some_and(|l| l <= 20_000) && c.call.direction == Direction::In),
        ),
        (
            CallFilter {
                statuses: vec![CallStatus::Done, CallStatus::Queued],
                manager_id: Some("m1".to_owned()),
                ..all()
            },
            Box::new(|c| {
                matches!(c.status, CallStatus::Done | CallStatus::Queued)
                    && c.call.manager.as_ref().is_some_and(|m| m.id == "m1")
            }),
        ),
        (CallFilter { criterion: Some(("nobody's".to_owned(), Verdict::Met)), ..all() }, Box::new(|_| false)),
        (
            CallFilter { value: Some(("stage".to_owned(), "nowhere".to_owned())), ..all() },
            Box::new(|_| false),
        ),
        (
            CallFilter { call_back: Some(false), statuses: vec![CallStatus::Queued], ..all() },
            Box::new(|c| c.status == CallStatus::Queued),
        ),
    ];
    for (filter, demand) in cases {
        let expected: Vec<_> = calls.iter().filter(|call| demand(call)).map(|call| call.call.id).collect();
        let found: Vec<_> = listed(store, &filter).await.iter().map(|call| call.call.id).collect();
        assert_eq!(found, expected, "{filter:?}");
        assert_eq!(store.count_calls(&filter).await.unwrap(), expected.len() as u64, "{filter:?}");
        let query =
            SearchQuery { text: "окно".to_owned(), filter: filter.clone(), limit: 200, offset: 0 };
        let hits = store.search(&query).await.unwrap();
        assert!(hits.iter().all(|hit| demand(&hit.call)), "{filter:?}");
        assert_eq!(store.count_hits(&query).await.unwrap(), hits.len() as u64);
    }
    let halves = [
        (CallFilter { scored: Some(true), ..all() }, CallFilter { scored: Some(false), ..all() }),
        (CallFilter { needs_review: Some(true), ..all() }, CallFilter { needs_review: Some(false), ..all() }),
        (CallFilter { call_back: Some(true), ..all() }, CallFilter { call_back: Some(false), ..all() }),
        (CallFilter { incomplete: Some(true), ..all() }, CallFilter { incomplete: Some(false), ..all() }),
        (
            CallFilter { scored: Some(true), rubric: Some("q".into()), ..all() },
            CallFilter { scored: Some(false), rubric: Some("q".into()), ..all() },
        ),
        (CallFilter { min_score: Some(33.0), ..all() }, CallFilter { below_score: Some(33.0), ..all() }),
    ];
    for (yes, no) in halves {
        let (yes_count, no_count) =
            (store.count_calls(&yes).await.unwrap(), store.count_calls(&no).await.unwrap());
        let whole = if yes.min_score.is_some() {
            store.count_calls(&CallFilter { scored: Some(true), ..all() }).await.unwrap()
        } else {
            calls.len() as u64
        };
        assert!(yes_count > 0 && no_count > 0, "{yes:?}");
        assert_eq!(yes_count + no_count, whole, "{yes:?}");
        same(store, yes_count, yes, "half").await;
        same(store, no_count, no, "half").await;
    }
    let windows = [TimeWindow::ALL, TimeWindow { from: Some(begun(20)), to: Some(begun(60)) }];
    for window in windows {
        for item in [None, Some("speech".to_owned()), Some("telephony".to_owned())] {
            let filter = CallFilter { paid: Some(PaidFor { item: item.clone(), window }), ..all() };
            let count = store.count_calls(&filter).await.unwrap();
            same(store, count, filter, "paid").await;
            assert_eq!(count > 0, item.as_deref() != Some("telephony"));
        }
    }
}
