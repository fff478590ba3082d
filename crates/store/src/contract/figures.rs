//! Every figure is the count of a filter.

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use domain::{Analysis, CallStatus, Direction, RubricId, TimeWindow, Verdict};

use super::sample::{at, call, finish, phone};
use super::varied::{self, VERDICTS, begun};
use crate::{
    CallFilter, CallRecord, HourOfWeek, Outcome, PageRequest, PaidFor, Period, PromiseDemand, PromiseState,
    ScoreFigures, SearchQuery, Stage, Store, with_overrides,
};

const CHATHAM: Tz = chrono_tz::Pacific::Chatham;

fn periods() -> Vec<Period> {
    let window = |from: DateTime<Utc>, to: DateTime<Utc>| TimeWindow { from: Some(from), to: Some(to) };
    let moscow =
        Period { window: TimeWindow::ALL, zone: chrono_tz::Europe::Moscow, manager_id: None, rubric: None };
    let midnight = at(0) + Duration::hours(11);
    vec![
        moscow.clone(),
        Period { window: window(midnight, midnight + Duration::days(3)), ..moscow.clone() },
        Period { window: window(begun(3), begun(60)), zone: CHATHAM, ..moscow.clone() },
        Period { window: window(begun(3) + Duration::milliseconds(1), begun(5)), ..moscow.clone() },
        Period {
            window: TimeWindow { from: Some(begun(20)), to: None },
            manager_id: Some("m2".to_owned()),
            ..moscow.clone()
        },
        Period {
            window: TimeWindow { from: None, to: Some(begun(50)) },
            rubric: Some("r".into()),
            ..moscow.clone()
        },
        Period {
            window: window(begun(10), begun(80)),
            zone: chrono_tz::America::New_York,
            manager_id: Some("m1".to_owned()),
            rubric: Some("r".into()),
        },
        Period { rubric: Some("q".into()), ..moscow.clone() },
        Period { rubric: Some("unheard".into()), ..moscow.clone() },
        Period { window: window(begun(9), begun(9)), ..moscow },
    ]
}

async fn listed(store: &dyn Store, filter: &CallFilter) -> Vec<CallRecord> {
    let mut calls = Vec::new();
    let mut after = None;
    loop {
        let page = store.calls(filter, PageRequest { after, limit: 40 }).await.unwrap();
        calls.extend(page.items);
        after = page.next;
        if after.is_none() {
            return calls;
        }
    }
}

/// The figure and the count of the filter are one number.
async fn counted(store: &dyn Store, figure: u64, filter: &CallFilter, what: &str) {
    assert_eq!(store.count_calls(filter).await.unwrap(), figure, "{what}: the count of {filter:?}");
}

/// The figure, the count and the list of the filter are one number.
async fn same(store: &dyn Store, figure: u64, filter: CallFilter, what: &str) {
    counted(store, figure, &filter, what).await;
    assert_eq!(listed(store, &filter).await.len() as u64, figure, "{what}: the list of {filter:?}");
}

async fn same_scores(store: &dyn Store, scores: &ScoreFigures, base: &CallFilter, what: &str) {
    let f = || base.clone();
    same(store, scores.scored, CallFilter { scored: Some(true), ..f() }, what).await;
    same(store, scores.weak, CallFilter { below_score: Some(40.0), ..f() }, what).await;
    let fair = CallFilter { min_score: Some(40.0), below_score: Some(60.0), ..f() };
    same(store, scores.fair, fair, what).await;
    same(store, scores.good, CallFilter { min_score: Some(60.0), ..f() }, what).await;
    assert_eq!(scores.mean.is_some(), scores.scored > 0);
}

/// What people are shown of the call's newest analysis.
async fn shown(store: &dyn Store, call: &CallRecord, rubric: Option<&RubricId>) -> Option<Analysis> {
    let id = call.call.id;
    let found = store.analysis(id, rubric).await.unwrap()?.analysis;
    let people = store.overrides(id, &found.rubric).await.unwrap();
    let asked = store.rubric(&found.rubric, &found.revision).await.unwrap();
    Some(with_overrides(&found, &people, asked.as_ref()))
}

pub async fn the_overview_counts_what_lists_show(store: &dyn Store) {
    varied::fill(store).await;
    for period in periods() {
        let base = period.filter();
        let overview = store.overview(&period).await.unwrap();
        same(store, overview.calls, base.clone(), "calls").await;
        for status in CallStatus::ALL {
            let figure = overview.by_status.iter().find(|(known, _)| *known == status);
            let figure = figure.map_or(0, |(_, count)| *count);
            same(store, figure, CallFilter { statuses: vec![status], ..base.clone() }, "status").await;
        }
        same_scores(store, &overview.scores, &base, "overview").await;
        let f = |filter: CallFilter| filter;
        let review = f(CallFilter { needs_review: Some(true), ..base.clone() });
        same(store, overview.needs_review, review, "review").await;
        let back = f(CallFilter { call_back: Some(true), ..base.clone() });
        same(store, overview.not_rung_back, back, "not rung back").await;
        same(store, overview.incomplete, CallFilter { incomplete: Some(true), ..base.clone() }, "incomplete")
            .await;

        let calls = listed(store, &base).await;
        let mut totals = Vec::new();
        for call in &calls {
            let analysis = shown(store, call, period.rubric.as_ref()).await;
            totals.extend(analysis.and_then(|analysis| analysis.total_score));
        }
        assert_eq!(overview.scores.scored as usize, totals.len(), "{period:?}");
        let mean = totals.iter().sum::<f64>() / totals.len().max(1) as f64;
        assert!((overview.scores.mean.unwrap_or(0.0) - mean).abs() < 1e-5, "{period:?} {overview:?} {mean}");
        if let Some(window) = period.previous() {
            let before = store.overview(&Period { window, ..period.clone() }).await.unwrap();
            assert_eq!(overview.previous_mean, before.scores.mean);
        }
    }
    let all = store.overview(&periods()[0]).await.unwrap();
    assert!(all.calls > 70 && all.not_rung_back > 0 && all.needs_review > 0 && all.incomplete > 0, "{all:?}");
    assert!(all.scores.weak > 0 && all.scores.fair > 0 && all.scores.good > 0, "{all:?}");
    assert!(all.talk_share.is_some_and(|share| share > 0.0 && share < 1.0));
    assert_eq!(all.spent, store.spent_since(at(-10_000)).await.unwrap());
}

pub async fn days_hours_and_managers_add_up(store: &dyn Store) {
    varied::fill(store).await;
    for period in periods() {
        let base = period.filter();
        let mut calls = 0;
        for day in store.trend(&period).await.unwrap() {
            let filter = CallFilter { window: day.window, ..base.clone() };
            counted(store, day.calls, &filter, "day").await;
            let scored = CallFilter { scored: Some(true), ..filter.clone() };
            counted(store, day.scores.scored, &scored, "day").await;
            if day.calls % 4 == 1 {
                same_scores(store, &day.scores, &filter, "day").await;
            }
            let from = day.window.from.unwrap();
            assert_eq!(from.with_timezone(&period.zone).date_naive(), day.day);
            assert_eq!(
                day.before,
                period.window.from.is_some_and(|begin| from < begin)
                    || day.before && period.window.from.is_none()
            );
            calls += if day.before { 0 } else { day.calls };
        }
        let timed = listed(store, &base).await.iter().filter(|call| call.call.started_at.is_some()).count();
        assert_eq!(calls, timed as u64, "{period:?}");

        let mut calls = 0;
        for hour in store.by_hour(&period).await.unwrap() {
            let (weekday, hour_of_day) = (hour.weekday, hour.hour);
            let hour_of_week = HourOfWeek { weekday, hour: hour_of_day, zone: period.zone };
            let filter = CallFilter { hour_of_week: Some(hour_of_week), ..base.clone() };
            counted(store, hour.calls, &filter, "hour").await;
            let scored = CallFilter { scored: Some(true), ..filter.clone() };
            counted(store, hour.scores.scored, &scored, "hour").await;
            if hour.hour % 5 == 1 {
                same_scores(store, &hour.scores, &filter, "hour").await;
                let missed = CallFilter { statuses: vec![CallStatus::Missed], ..filter };
                same(store, hour.missed, missed, "hour").await;
            }
            calls += hour.calls;
        }
        assert_eq!(calls, timed as u64, "{period:?}");

        let managers = store.by_manager(&period).await.unwrap();
        assert!(managers.is_sorted_by_key(|m| m.scores.mean.map_or(i64::MAX, |mean| (mean * 1e6) as i64)));
        for manager in managers {
            let filter = CallFilter { manager_id: Some(manager.id.clone()), ..base.clone() };
            same(store, manager.calls, filter.clone(), "manager").await;
            same_scores(store, &manager.scores, &filter, "manager").await;
            let missed = CallFilter { statuses: vec![CallStatus::Missed], ..filter.clone() };
            same(store, manager.missed, missed, "manager").await;
            same(store, manager.not_rung_back, CallFilter { call_back: Some(true), ..filter }, "manager")
                .await;
        }
    }
    let managers = store.managers().await.unwrap();
    assert_eq!(managers.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>().len(), 4, "{managers:?}");
}

pub async fn criteria_and_answers_are_counted_as_people_see_them(store: &dyn Store) {
    varied::fill(store).await;
    for period in periods() {
        let base = period.filter();
        let under = |rubric: &RubricId| CallFilter { rubric: Some(rubric.clone()), ..base.clone() };
        let calls = listed(store, &base).await;
        for figures in store.by_criterion(&period).await.unwrap() {
            let (mut earned, mut possible) = (0.0, 0);
            let mut seen = std::collections::HashMap::new();
            for call in &calls {
                let Some(analysis) = shown(store, call, Some(&figures.rubric)).await else { continue };
                let Some(result) = analysis.criteria.iter().find(|result| result.key == figures.key) else {
                    continue;
                };
                *seen.entry(result.verdict).or_insert(0_u64) += 1;
                if let (Some(score), Some(max)) = (result.score, result.max_score) {
                    earned += score / max;
                    possible += 1;
                }
            }
            for verdict in VERDICTS {
                let count = figures.count(verdict);
                assert_eq!(count, seen.get(&verdict).copied().unwrap_or(0), "{period:?} {figures:?}");
                let criterion = Some((figures.key.clone(), verdict));
                same(store, count, CallFilter { criterion, ..under(&figures.rubric) }, "verdict").await;
            }
            assert_eq!(figures.earned.is_some(), possible > 0, "{figures:?}");
            let share = earned / f64::from(possible.max(1));
            assert!((figures.earned.unwrap_or(0.0) - share).abs() < 1e-5, "{figures:?} {share}");
        }
        for figures in store.values(&period, None, Some("price")).await.unwrap() {
            let value = Some((figures.key.clone(), figures.value.clone()));
            let filter = CallFilter { value, ..under(&figures.rubric) };
            same(store, figures.calls, filter.clone(), "answer").await;
            for (verdict, count) in &figures.beside {
                let criterion = Some(("price".to_owned(), *verdict));
                same(store, *count, CallFilter { criterion, ..filter.clone() }, "answer beside").await;
            }
        }
        for figures in store.agreement_by_criterion(&period).await.unwrap() {
            let filter = CallFilter { overridden: Some(figures.key.clone()), ..under(&figures.rubric) };
            same(store, figures.people, filter, "agreement").await;
            assert!(figures.agreed <= figures.people);
        }
    }
    let all = &periods()[0];
    let doubts = store.values(all, Some("doubts"), None).await.unwrap();
    assert!(doubts.iter().any(|figures| figures.value == "Дорого"), "{doubts:?}");
    assert!(doubts.iter().all(|figures| figures.key == "doubts" && figures.value != " "), "{doubts:?}");
    assert!(!store.agreement_by_criterion(all).await.unwrap().is_empty());
    let criteria = store.criteria(Some(&"r".into())).await.unwrap();
    let keys: Vec<&str> = criteria.iter().map(|(_, key, _)| key.as_str()).collect();
    assert_eq!(keys, ["price", "stage", "doubts", "rude", "needs"]);
    assert_eq!(store.rubrics().await.unwrap()[1], ("r".into(), "Manager+".to_owned(), 1));
}

pub async fn clients_promises_and_money_are_counted(store: &dyn Store) {
    varied::fill(store).await;
    let now = begun(40);
    for period in periods() {
        let base = period.filter();
        let (waiting, clients) = store.waiting_clients(&period, 100).await.unwrap();
        assert_eq!(waiting.len() as u64, clients);
        assert!(waiting.is_sorted_by(|a, b| a.last_at >= b.last_at));
        let mut rang = 0;
        for client in &waiting {
            let filter =
                CallFilter { call_back: Some(true), client: Some(client.phone.to_string()), ..base.clone() };
            same(store, client.rang, filter, "client").await;
            rang += client.rang;
        }
        assert_eq!(rang, store.overview(&period).await.unwrap().not_rung_back, "{period:?}");
        let few = store.waiting_clients(&period, 1).await.unwrap();
        assert_eq!((few.0.len(), few.1), (waiting.len().min(1), clients));

        let (promises, counts) = store.promises(&period, now, 1_000).await.unwrap();
        let given = CallFilter { promise: Some(PromiseDemand::Given), ..base.clone() };
        same(store, counts.given, given, "promises").await;
        let overdue = CallFilter { promise: Some(PromiseDemand::Overdue(now)), ..base.clone() };
        same(store, counts.overdue, overdue, "promises").await;
        let late: std::collections::HashSet<_> =
            promises.iter().filter(|p| p.state == PromiseState::Overdue).map(|p| p.call).collect();
        assert_eq!(late.len() as u64, counts.overdue);
        for promise in &promises {
            let later = store.calls_of_client(promise.client.as_ref().unwrap(), 1_000).await.unwrap();
            let spoken = later.iter().filter(|call| !call.call.missed && call.call.talk_ms.unwrap_or(1) > 0);
            let spoken = spoken.filter_map(|call| call.call.started_at);
            let kept = spoken.filter(|at| *at > promise.made_at).min();
            let expected = match kept {
                Some(at) if at <= promise.due => PromiseState::Kept,
                Some(_) => PromiseState::Late,
                None if promise.due <= now => PromiseState::Overdue,
                None => PromiseState::Open,
            };
            assert_eq!(promise.state, expected, "{promise:?}");
        }

        let days = store.spend_by_day(&period).await.unwrap();
        let mut sums = std::collections::BTreeMap::new();
        for day in &days {
            *sums.entry(day.amount.currency).or_insert(0) += day.amount.micros;
        }
        let overview = store.overview(&period).await.unwrap();
        let spent: Vec<_> = overview.spent.iter().map(|money| (money.currency, money.micros)).collect();
        assert_eq!(sums.into_iter().collect::<Vec<_>>(), spent, "{period:?}");
    }
    let all = store.promises(&periods()[0], begun(200), 1_000).await.unwrap();
    assert!(all.1.given > 0 && all.1.overdue > 0 && all.0.iter().any(|p| p.state == PromiseState::Kept));
    assert!(all.0.iter().all(|p| p.due - p.made_at >= Duration::hours(1)), "vague ones have no time");
}

pub async fn every_demand_of_a_filter_holds(store: &dyn Store) {
    varied::fill(store).await;
    let all = CallFilter::default;
    let calls = listed(store, &all()).await;
    type Demand = Box<dyn Fn(&CallRecord) -> bool>;
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
    store.erase_phone(&phone("+79998887766"), at(5)).await.unwrap();
    same(store, 0, back, "erased").await;
}

pub async fn erasing_leaves_no_figures(store: &dyn Store) {
    varied::fill(store).await;
    for n in 0..17 {
        store.erase_phone(&phone(&format!("+7916000{n:04}")), at(20)).await.unwrap();
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
