//! Every figure is the count of a filter.

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use domain::{Analysis, CallStatus, RubricId, TimeWindow};

use super::sample::at;
use super::varied::{self, VERDICTS, begun};
use crate::{
    CallFilter, CallRecord, HourOfWeek, PageRequest, Period, PromiseDemand, PromiseState, ScoreFigures,
    Store, with_overrides,
};

const CHATHAM: Tz = chrono_tz::Pacific::Chatham;

pub(super) fn periods() -> Vec<Period> {
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

pub(super) async fn listed(store: &dyn Store, filter: &CallFilter) -> Vec<CallRecord> {
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
pub(super) async fn counted(store: &dyn Store, figure: u64, filter: &CallFilter, what: &str) {
    assert_eq!(store.count_calls(filter).await.unwrap(), figure, "{what}: the count of {filter:?}");
}

/// The figure, the count and the list of the filter are one number.
pub(super) async fn same(store: &dyn Store, figure: u64, filter: CallFilter, what: &str) {
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
        assert_eq!(overview.scores.scored, totals.len() as u64, "{period:?}");
        let mean = totals.iter().sum::<f64>() / f64::from(u32::try_from(totals.len().max(1)).unwrap());
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
        assert!(
            managers.is_sorted_by(|a, b| a.scores.mean.unwrap_or(101.0) <= b.scores.mean.unwrap_or(101.0))
        );
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
