//! An older database is brought up to date with everything that is counted now.

use domain::{Analysis, CallStatus, CriterionKind, CriterionResult, TimeWindow, Verdict};
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use store::contract::analysis;
use store::{CallFilter, Calls as _, Period, SqliteStore, Statistics as _, StoreOptions};

fn judged() -> Analysis {
    let mut judged = analysis("r", "1", Some(20.0));
    judged.criteria = vec![CriterionResult {
        key: "price".to_owned(),
        title: "Цена".to_owned(),
        kind: CriterionKind::Score,
        verdict: Verdict::NotMet,
        value: None,
        score: Some(0.0),
        max_score: Some(2.0),
        weight: 10.0,
        comment: String::new(),
        needs_review: true,
        critical: false,
        evidence: Vec::new(),
    }];
    judged
}

#[tokio::test]
async fn figures_of_an_old_database_are_counted_when_it_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zvonar.db");
    std::fs::write(&path, include_bytes!("../fixtures/first.db")).unwrap();
    let options = SqliteConnectOptions::new().filename(&path);
    let mut old = SqliteConnection::connect_with(&options).await.unwrap();
    let body = serde_json::to_string(&judged()).unwrap();
    for call in [1, 2] {
        sqlx::query(
            "insert into analyses (call_id, rubric, revision, engine, total_score, body, analyzed_at) \
             values (?, 'r', '1', 'rules', 20.0, ?, 0)",
        )
        .bind(call)
        .bind(&body)
        .execute(&mut old)
        .await
        .unwrap();
    }
    for sql in [
        "update calls set score = 20.0",
        "insert into overrides (call_id, rubric, criterion, verdict, reason, author, at) \
         values (2, 'r', 'price', '\"met\"', 'слышно', 'РОП', 0)",
        "insert into spend (call_id, item, currency, micros, at) values (1, 'speech', 'RUB', 740000, 0)",
        "insert into calls (uid, source, external_id, started_at, client_phone, direction, missed, tags, \
         revision, status, discovered_at, updated_at) values ('11111111-1111-8111-9111-111111111111', \
         'folder', 'x', 1763632999000, '+79990001122', 'in', 1, '[\"сайт\"]', '1', 'missed', 0, 0)",
    ] {
        sqlx::query(sql).execute(&mut old).await.unwrap();
    }
    old.close().await.unwrap();

    let store = SqliteStore::open(&path, StoreOptions::default()).await.unwrap();
    let zone = chrono_tz::Europe::Moscow;
    let period = Period { window: TimeWindow::ALL, zone, manager_id: None, rubric: None };
    let overview = store.overview(&period).await.unwrap();
    assert_eq!((overview.calls, overview.not_rung_back, overview.needs_review), (3, 1, 1));
    assert_eq!((overview.scores.scored, overview.scores.weak, overview.scores.good), (2, 1, 1));
    assert_eq!(overview.scores.mean, Some(60.0), "a person's verdict made 100 of the other 20");
    assert_eq!(overview.spent[0].micros, 740_000);
    assert!(overview.by_status.contains(&(CallStatus::Missed, 1)));
    let criteria = store.by_criterion(&period).await.unwrap();
    assert_eq!((criteria[0].count(Verdict::Met), criteria[0].count(Verdict::NotMet)), (1, 1));
    let all = CallFilter::default;
    let filters = [
        CallFilter { call_back: Some(true), ..all() },
        CallFilter { tag: Some("сайт".to_owned()), ..all() },
        CallFilter { criterion: Some(("price".to_owned(), Verdict::Met)), ..all() },
        CallFilter { min_score: Some(60.0), ..all() },
        CallFilter { client: Some("0001122".to_owned()), ..all() },
    ];
    for filter in filters {
        assert_eq!(store.count_calls(&filter).await.unwrap(), 1, "{filter:?}");
    }
}
