//! What only a file can show.

use chrono::{DateTime, Utc};
use domain::{Call, CallId, CallStatus, Direction};
use store::{CallFilter, Calls as _, DiscoveredCall, Discovery, PageRequest, SqliteStore};

#[tokio::test]
async fn smoke() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("a/b/zvonar.db"), store::StoreOptions::default())
        .await
        .unwrap();
    let now: DateTime<Utc> = "2026-11-20T10:00:00Z".parse().unwrap();
    let calls: Vec<DiscoveredCall> = (0..5)
        .map(|n| DiscoveredCall {
            call: Call {
                id: CallId::derive("folder", &n.to_string()),
                source: "folder".into(),
                external_id: n.to_string(),
                started_at: None,
                caller: None,
                callee: None,
                direction: Direction::In,
                duration_ms: None,
                talk_ms: None,
                manager: None,
                missed: false,
                tags: vec![],
                recording_name: None,
                recording_url: None,
                revision: "1".into(),
            },
            status: CallStatus::Queued,
            error: None,
            jobs: vec![store::NewJob {
                call: CallId::derive("a", "b"),
                stage: store::Stage::Fetch,
                target: String::new(),
            }],
        })
        .collect();
    let run = store::Runs::start_run(&store, "x", now).await.unwrap();
    assert_eq!(store.discover(&calls, Some(run), now).await.unwrap(), vec![Discovery::New; 5]);
    assert_eq!(store.discover(&calls, Some(run), now).await.unwrap(), vec![Discovery::Known; 5]);
    let page = store.calls(&CallFilter::default(), PageRequest { after: None, limit: 10 }).await.unwrap();
    assert_eq!(page.items.len(), 5);
    let claims = store::Jobs::claim(
        &store,
        &store::ClaimRequest {
            stage: store::Stage::Fetch,
            target: None,
            run: Some(run),
            worker: store.worker_id(),
            lease: std::time::Duration::from_secs(60),
            limit: 3,
            now,
        },
    )
    .await
    .unwrap();
    assert_eq!(claims.len(), 3);
}
