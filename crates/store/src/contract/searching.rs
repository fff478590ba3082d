//! Full-text search.

use domain::{CallStatus, TimeWindow};

use super::sample::{analysis, at, call, finish, phone, said};
use crate::{CallFilter, DiscoveredCall, Outcome, SearchHit, SearchQuery, Stage, Store};

fn query(text: &str) -> SearchQuery {
    SearchQuery { text: text.to_owned(), filter: CallFilter::default(), limit: 50, offset: 0 }
}

fn names(hits: &[SearchHit]) -> Vec<&str> {
    hits.iter().map(|hit| hit.call.call.external_id.as_str()).collect()
}

async fn found(store: &dyn Store, text: &str) -> Vec<String> {
    let hits = store.search(&query(text)).await.unwrap();
    assert_eq!(store.count_hits(&query(text)).await.unwrap(), hits.len() as u64, "{text}");
    names(&hits).into_iter().map(ToOwned::to_owned).collect()
}

async fn spoken(store: &dyn Store, calls: &[(&str, i64, &[&str])]) {
    let found: Vec<DiscoveredCall> = calls.iter().map(|(name, second, _)| call(name, *second)).collect();
    store.discover(&found, None, at(0)).await.unwrap();
    for (name, _, texts) in calls {
        said(store, name, texts).await;
    }
}

pub async fn words_are_found_in_any_form(store: &dyn Store) {
    let calls: [(&str, i64, &[&str]); 3] = [
        ("a", 1, &["Здравствуйте.", "Мне нужны Окна и ёлка, два договора!"]),
        ("b", 2, &["Wi-Fi не работает, заказ 451", "Calls"]),
        ("c", 3, &["Совсем другое"]),
    ];
    spoken(store, &calls).await;
    for text in ["окном", "ОКНО", "елки", "Ёлку", "договорами", "окно договор", "«нужны окна»"]
    {
        assert_eq!(found(store, text).await, ["a"], "{text}");
    }
    for text in ["wifi wi-fi", "окно заказ"] {
        assert!(found(store, text).await.is_empty(), "{text}");
    }
    for text in ["wi-fi", "WI FI", "451", "call", "заказы работают"] {
        assert_eq!(found(store, text).await, ["b"], "{text}");
    }
    let hit = store.search(&query("окном")).await.unwrap().remove(0);
    assert_eq!((hit.segment, hit.start_ms), (1, Some(10_000)));
    let marked: Vec<&str> =
        hit.snippet.iter().filter(|part| part.hit).map(|part| part.text.as_str()).collect();
    assert_eq!(marked, ["Окна"], "marked as spoken");
    let text: String = hit.snippet.iter().map(|part| part.text.as_str()).collect();
    assert_eq!(text, "Мне нужны Окна и ёлка, два договора!");
}

pub async fn exact_forms_come_before_others(store: &dyn Store) {
    let calls: [(&str, i64, &[&str]); 4] = [
        ("old exact", 1, &["стоит дорого"]),
        ("other form", 9, &["стоить сто рублей"]),
        ("new exact", 5, &["сколько стоит"]),
        ("oldest other", 0, &["стоили"]),
    ];
    spoken(store, &calls).await;
    let hits = store.search(&query("стоит")).await.unwrap();
    assert_eq!(names(&hits)[..2], ["new exact", "old exact"], "exact forms, the newest first");
    assert!(hits.len() >= 3, "then other forms: {:?}", names(&hits));
}

pub async fn phrases_are_words_in_a_row(store: &dyn Store) {
    let calls: [(&str, i64, &[&str]); 3] = [
        ("row", 3, &["Это очень дорого для нас"]),
        ("apart", 2, &["Дорого, но очень хорошо"]),
        ("two speakers", 1, &["Очень", "дорого"]),
    ];
    spoken(store, &calls).await;
    assert_eq!(found(store, "\"очень дорого\"").await, ["row"]);
    assert_eq!(found(store, "очень дорого").await, ["row", "apart", "two speakers"]);
    assert_eq!(found(store, "\"очень дорого\" нас").await, ["row"]);
    assert!(found(store, "\"дорого очень\"").await.is_empty());
}

pub async fn searches_are_narrowed_by_filters(store: &dyn Store) {
    let mut found = [call("a", 0), call("b", 86_400), call("c", 172_800), call("d", 0)];
    found[1].call.manager = None;
    found[1].call.callee = Some(phone("+79998887766"));
    found[2].status = CallStatus::Done;
    found[3].call.started_at = None;
    let run = store.start_run("r", at(0)).await.unwrap();
    store.discover(&found, None, at(0)).await.unwrap();
    store.discover(&found[..1], Some(run), at(0)).await.unwrap();
    for name in ["a", "b", "c", "d"] {
        said(store, name, &["Одно окно"]).await;
    }
    finish(store, "c", Stage::Analyze, Outcome::Analyzed(Box::new(analysis("r", "1", Some(20.0)))), 1).await;
    let all = CallFilter::default;
    let cases: Vec<(CallFilter, &[&str])> = vec![
        (all(), &["c", "b", "a", "d"]),
        (CallFilter { manager_id: Some("7".to_owned()), ..all() }, &["c", "a", "d"]),
        (CallFilter { phone: Some(phone("+79998887766")), ..all() }, &["b"]),
        (CallFilter { phone: Some(phone("+79161234567")), ..all() }, &["c", "b", "a", "d"]),
        (CallFilter { source: Some("uis".into()), ..all() }, &[]),
        (CallFilter { source: Some("folder".into()), ..all() }, &["c", "b", "a", "d"]),
        (CallFilter { statuses: vec![CallStatus::Done], ..all() }, &["c"]),
        (CallFilter { max_score: Some(30.0), ..all() }, &["c"]),
        (CallFilter { run: Some(run), ..all() }, &["a"]),
        (
            CallFilter { window: TimeWindow { from: Some(at(86_400)), to: Some(at(172_800)) }, ..all() },
            &["b"],
        ),
        (CallFilter { window: TimeWindow { from: None, to: Some(at(1)) }, ..all() }, &["a"]),
    ];
    for (filter, expected) in cases {
        let query = SearchQuery { filter: filter.clone(), ..query("окна") };
        let hits = store.search(&query).await.unwrap();
        assert_eq!(names(&hits), expected, "{filter:?}");
        assert_eq!(store.count_hits(&query).await.unwrap(), expected.len() as u64, "{filter:?}");
    }
}

pub async fn hostile_queries_find_nothing_and_break_nothing(store: &dyn Store) {
    spoken(store, &[("a", 0, &["Обычные слова", "or not near and null"])]).await;
    let long = "очень ".repeat(100_000);
    let letters = "щ".repeat(1_000_000);
    for text in [
        "",
        "   ",
        "\"",
        "\"\"",
        "***",
        "👍",
        "';--",
        "(((",
        ")",
        "form:",
        "stem : x",
        "facet : s666f6c646572",
        "{form stem} : слова)",
        "a* OR b NOT",
        "NEAR(слова, 2",
        "\u{0}",
        "\u{e000}",
        "-слова-но",
        "%",
        "\u{202e}",
        &long,
        &letters,
    ] {
        assert!(store.search(&query(text)).await.unwrap().is_empty(), "{text:.40}");
        assert_eq!(store.count_hits(&query(text)).await.unwrap(), 0, "{text:.40}");
    }
    assert_eq!(found(store, "NOT AND or").await, ["a"], "words of the syntax are words");
    assert_eq!(found(store, "^слова*").await, ["a"]);
}

pub async fn new_words_replace_old_ones_in_the_search(store: &dyn Store) {
    spoken(store, &[("a", 0, &["Старое окно"]), ("b", 1, &["Окно"])]).await;
    said(store, "a", &["Новая дверь"]).await;
    assert_eq!(found(store, "окно").await, ["b"]);
    assert_eq!(found(store, "дверь").await, ["a"]);
    said(store, "a", &["Новая дверь"]).await;
    assert_eq!(found(store, "двери").await, ["a"], "the same words again are no second hit");
}

pub async fn hits_page_without_gaps(store: &dyn Store) {
    // all in one second, so that rows of the index are crowded; every third in the exact form
    let calls: Vec<DiscoveredCall> = (0..60).map(|n| call(&n.to_string(), 0)).collect();
    store.discover(&calls, None, at(0)).await.unwrap();
    for n in 0..60 {
        let text = if n % 3 == 0 { "окна тут" } else { "окном там" };
        said(store, &n.to_string(), &[text]).await;
    }
    let hits = store.search(&SearchQuery { limit: 200, ..query("окна") }).await.unwrap();
    let whole = names(&hits);
    let mut paged = Vec::new();
    for offset in (0..70).step_by(7) {
        let hits = store.search(&SearchQuery { limit: 7, offset, ..query("окна") }).await;
        paged.extend(names(&hits.unwrap()).into_iter().map(ToOwned::to_owned));
    }
    assert_eq!(
        (paged.len(), &paged[..]),
        (60, &whole.into_iter().map(ToOwned::to_owned).collect::<Vec<_>>()[..])
    );
    assert!(paged[..20].iter().all(|name| name.parse::<u32>().is_ok_and(|n| n % 3 == 0)), "exact ones first");
    assert_eq!(store.count_hits(&query("окна")).await.unwrap(), 60);
}
