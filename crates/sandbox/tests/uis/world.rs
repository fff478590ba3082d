//! The sandbox's own month through the live client.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::Clock as _;
use http_client::{HttpClientConfig, RetryPolicy};
use sandbox::{Fault, Sandbox, SandboxOptions, world::Situation};
use uis_client::{
    CallsFilter, CallsReader, Credentials, RecordingKind, RecordingsState, SessionId, UisApi as _, UisClient,
    UisConfig, UisError, all_employees, all_legs,
};

async fn sandbox() -> (Sandbox, UisClient) {
    let end: DateTime<Utc> = "2026-11-20T12:00:00Z".parse().unwrap();
    let sandbox = Sandbox::start(SandboxOptions { calls: 120, ..SandboxOptions::new(end) }).await.unwrap();
    let told = sandbox.environment();
    let value = |name: &str| told.iter().find(|(told, _)| told == name).unwrap().1.clone();
    let key = Credentials::Key(value("UIS_ACCESS_TOKEN").into());
    let config = UisConfig::new(&value("UIS_DATA_API_URL"), &value("UIS_MEDIA_URL"), key).unwrap();
    let retry = RetryPolicy { first_delay: Duration::from_millis(1), ..RetryPolicy::default() };
    let http = HttpClientConfig { retry, ..HttpClientConfig::default() };
    (sandbox, UisClient::new(config, &http).unwrap())
}

#[tokio::test]
async fn the_month_is_read_to_its_end_and_is_true() {
    let (sandbox, uis) = sandbox().await;
    let account = uis.account().await.unwrap();
    let now = sandbox.clock().now();
    let window = account.window(now - chrono::Duration::days(31), now);
    let found = CallsReader::new(&uis, window, CallsFilter::default()).page_size(50).collect().await.unwrap();
    assert_eq!(found.warnings, Vec::<String>::new());
    let finished = sandbox.world().calls().iter().filter(|call| call.finished_at() <= now).count();
    assert_eq!(found.calls.len(), finished);
    for call in &found.calls {
        let truth = sandbox.world().call(call.id.0).unwrap();
        assert_eq!(account.instant(call.start_time), truth.started_at);
        assert_eq!((call.is_lost, call.talk_duration), (truth.lost, truth.talk_s));
        assert_eq!(call.communication_id.0, truth.communication_id);
        let listed = call.call_records.len() + call.wav_call_records.len();
        assert_eq!(listed, truth.records_at(sandbox.clock().now()).len(), "{:?}", truth.situation);
    }
    assert_eq!(all_employees(&uis).await.unwrap().len(), sandbox.world().employees().len());
}

#[tokio::test]
async fn a_conversation_has_its_sound_its_legs_and_uis_own_words() {
    let (sandbox, uis) = sandbox().await;
    let account = uis.account().await.unwrap();
    let now = sandbox.clock().now();
    let truth = sandbox.world().calls().iter().find(|call| {
        call.situation == Situation::Conversation && call.records_appear_at < now && call.records.len() > 2
    });
    let truth = truth.unwrap();
    let window = account.window(truth.started_at, truth.started_at);
    let call = uis.call(SessionId(truth.id), window).await.unwrap().unwrap();
    let RecordingsState::Ready(recordings) = call.recordings() else { panic!("{call:?}") };
    for recording in &recordings {
        let sound = uis.recording(recording).await.unwrap().bytes(64 << 20).await.unwrap();
        let expected = match &recording.record {
            Some(record) => sandbox.world().sound(record.as_str()),
            None => sandbox.world().joined_sound(truth.id),
        };
        assert!(expected == Some(sound), "{recording:?}");
    }
    assert!(recordings.iter().any(|recording| recording.kind == RecordingKind::Joined));
    let day = account.window(truth.started_at, truth.finished_at());
    assert_eq!(all_legs(&uis, day, Some(call.id)).await.unwrap().len(), truth.legs.len());
    let heard = uis.recognition(call.id).await.unwrap().unwrap();
    assert_eq!(heard.phrases.len(), sandbox.world().spoken(truth.id).len());
}

#[tokio::test]
async fn switches_refuse_until_they_are_mended() {
    let (sandbox, uis) = sandbox().await;
    let order = |text: &str| serde_json::from_str::<Fault>(text).unwrap();
    sandbox.play(order(r#"{"kind": "revoked_key", "provider": "uis"}"#)).unwrap();
    assert!(matches!(uis.account().await, Err(UisError::Unauthorized { .. })));
    sandbox.mend();
    sandbox.play(order(r#"{"kind": "ip_not_whitelisted", "provider": "uis"}"#)).unwrap();
    assert!(matches!(uis.account().await, Err(UisError::ForbiddenIp { ip: Some(_) })));
    sandbox.mend();
    sandbox.play(order(r#"{"kind": "internal_error", "provider": "uis", "times": 2}"#)).unwrap();
    uis.account().await.unwrap();
}
