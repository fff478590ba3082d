//! What a person waits for.

use std::time::{Duration, Instant};

use chrono::Duration as Span;
use domain::{CallStatus, Direction, TimeWindow, Verdict};
use store::{
    Analyses as _, CallFilter, Calls as _, Cursor, HourOfWeek, Jobs as _, PageRequest, Period, PromiseDemand,
    Search as _, SearchQuery, SqliteStore, Stage, Statistics as _,
};

use crate::company::{Company, Dice, Outcomes, RUBRIC};

const ZONE: chrono_tz::Tz = chrono_tz::Europe::Moscow;

fn percentiles(name: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    for (label, share) in [("p50", 50), ("p99", 99)] {
        let at = times.get((times.len() * share / 100).min(times.len().saturating_sub(1)));
        println!("{name}_{label} {:.2} ms", at.copied().unwrap_or_default().as_secs_f64() * 1_000.0);
    }
}

/// Runs a question so many times.
macro_rules! time {
    ($name:expr, $times:expr, $question:expr) => {{
        let mut times = Vec::new();
        for _ in 0..$times {
            let began = Instant::now();
            $question;
            times.push(began.elapsed());
        }
        percentiles($name, times);
    }};
}

fn filters(company: Company) -> Vec<(&'static str, CallFilter)> {
    let all = CallFilter::default;
    let last = |days| TimeWindow { from: Some(company.until - Span::days(days)), to: Some(company.until) };
    let objections = Some(("objections".to_owned(), "Дорого".to_owned()));
    let hour_of_week = Some(HourOfWeek { weekday: 2, hour: 12, zone: ZONE });
    let manager_id = Some("m5".to_owned());
    let rubric = Some(RUBRIC.into());
    vec![
        ("all", all()),
        ("week", CallFilter { window: last(7), ..all() }),
        ("quarter", CallFilter { window: last(90), ..all() }),
        ("manager", CallFilter { manager_id: manager_id.clone(), ..all() }),
        ("statuses", CallFilter { statuses: vec![CallStatus::Done, CallStatus::Missed], ..all() }),
        ("weak", CallFilter { below_score: Some(40.0), ..all() }),
        ("weak_rubric", CallFilter { below_score: Some(40.0), rubric: rubric.clone(), ..all() }),
        ("weak_manager", CallFilter { below_score: Some(40.0), manager_id: manager_id.clone(), ..all() }),
        ("odd_score", CallFilter { max_score: Some(55.0), ..all() }),
        ("direction", CallFilter { direction: Some(Direction::Out), ..all() }),
        ("tag", CallFilter { tag: Some("сайт".to_owned()), ..all() }),
        ("client", CallFilter { client: Some("1234".to_owned()), ..all() }),
        ("criterion", CallFilter { criterion: Some(("needs".to_owned(), Verdict::NotMet)), rubric, ..all() }),
        ("answer", CallFilter { value: objections.clone(), ..all() }),
        ("answer_week", CallFilter { value: objections, window: last(7), ..all() }),
        ("review", CallFilter { needs_review: Some(true), ..all() }),
        ("call_back", CallFilter { call_back: Some(true), ..all() }),
        ("incomplete", CallFilter { incomplete: Some(true), ..all() }),
        ("longer", CallFilter { min_duration_ms: Some(20_000), ..all() }),
        ("longer_quarter", CallFilter { min_duration_ms: Some(20_000), window: last(90), ..all() }),
        ("hour", CallFilter { hour_of_week, ..all() }),
        ("hour_quarter", CallFilter { hour_of_week, window: last(90), ..all() }),
        (
            "promise_quarter",
            CallFilter { promise: Some(PromiseDemand::Overdue(company.until)), window: last(90), ..all() },
        ),
        (
            "mixed",
            CallFilter {
                direction: Some(Direction::In),
                statuses: vec![CallStatus::Done],
                below_score: Some(60.0),
                needs_review: Some(true),
                ..all()
            },
        ),
    ]
}

async fn lists(store: &SqliteStore, company: Company) -> Outcomes<()> {
    let mut dice = Dice(11);
    let first = company.begins().timestamp_millis();
    let length = u64::try_from(company.until.timestamp_millis() - first)?;
    for (name, filter) in filters(company) {
        time!(&format!("list_{name}"), 100, {
            // a place anywhere in the years, as after much paging; bounded windows from their beginning
            let at = first + i64::try_from(dice.roll(length))?;
            let after = filter.window.from.is_none().then(|| Cursor(format!("{at}.0")));
            store.calls(&filter, PageRequest { after, limit: 50 }).await?
        });
        time!(&format!("count_{name}"), 20, store.count_calls(&filter).await?);
    }
    time!("call", 300, {
        let id = Company::id(dice.roll(company.calls));
        store.call(id).await?;
        store.analysis(id, None).await?
    });
    time!("queue", 300, {
        store.queue_counts(None).await?;
        store.next_due(Stage::Analyze, None, None, None).await?
    });
    Ok(())
}

async fn statistics(store: &SqliteStore, company: Company) -> Outcomes<()> {
    for days in [7, 90] {
        for (scope, manager_id, rubric) in [
            ("all", None, None),
            ("rubric", None, Some(RUBRIC.into())),
            ("manager", Some("m5".to_owned()), None),
        ] {
            // not at midnight, so that both ends are parts of days
            let to = company.until - Span::hours(9) - Span::minutes(17);
            let window = TimeWindow { from: Some(to - Span::days(days)), to: Some(to) };
            let period = Period { window, zone: ZONE, manager_id, rubric };
            let name = |what: &str| format!("{what}_{scope}_{days}d");
            time!(&name("overview"), 20, store.overview(&period).await?);
            time!(&name("trend"), 20, store.trend(&period).await?);
            time!(&name("by_manager"), 20, store.by_manager(&period).await?);
            time!(&name("by_criterion"), 20, store.by_criterion(&period).await?);
            time!(&name("by_hour"), 20, store.by_hour(&period).await?);
            time!(&name("values"), 20, store.values(&period, None, None).await?);
            let beside = Some("objection");
            time!(&name("objections"), 20, store.values(&period, Some("objections"), beside).await?);
            time!(&name("waiting"), 20, store.waiting_clients(&period, 5).await?);
            time!(&name("spend"), 20, store.spend_by_day(&period).await?);
            time!(&name("promises"), 20, store.promises(&period, company.until, 50).await?);
            time!(&name("agreement"), 20, store.agreement_by_criterion(&period).await?);
        }
    }
    Ok(())
}

async fn search(store: &SqliteStore, company: Company) -> Outcomes<()> {
    let mut dice = Dice(13);
    let month =
        TimeWindow { from: Some(company.until - Span::days(210)), to: Some(company.until - Span::days(180)) };
    let manager = CallFilter { manager_id: Some("m5".to_owned()), ..CallFilter::default() };
    let window = CallFilter { window: month, ..CallFilter::default() };
    let low = CallFilter { max_score: Some(5.0), ..CallFilter::default() };
    let cases = [
        ("search_common", "договор", CallFilter::default()),
        ("search_common_exact", "договором", CallFilter::default()),
        ("search_two_words", "договор дорого", CallFilter::default()),
        ("search_rare", "рекламации", CallFilter::default()),
        ("search_phrase", "\"очень дорого\"", CallFilter::default()),
        ("search_none", "паровоз", CallFilter::default()),
        ("search_common_manager", "договор", manager),
        ("search_common_window", "договор", window),
        ("search_common_low_scores", "договор", low),
    ];
    for (name, text, filter) in cases {
        let query = |offset| SearchQuery { text: text.to_owned(), filter: filter.clone(), limit: 20, offset };
        time!(name, 100, {
            let offset = u32::try_from(dice.roll(5) * 20)?;
            store.search(&query(offset)).await?
        });
        time!(&format!("count_{name}"), 50, store.count_hits(&query(0)).await?);
    }
    Ok(())
}

pub(crate) async fn measure(store: &SqliteStore, company: Company) -> Outcomes<()> {
    statistics(store, company).await?;
    lists(store, company).await?;
    search(store, company).await
}
