//! Requests as they travel, and answers as the documentation and live accounts show them.

use chrono::{DateTime, Utc};
use serde_json::json;
use voximplant_client::{
    Amount, ApplicationId, FinishReason, HistoryRequest, NewRule, PageRequest, RecordId, RuleId, ScenarioId,
    SecretId, SessionHistoryId, StartRequest, VoximplantApi as _, VoximplantError,
};
use wiremock::{Mock, MockServer, matchers::any};

use crate::live::{asked, client, own_key, service, success};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[tokio::test]
async fn requests_have_their_documented_shape() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(success(&json!({"result": 1}))).mount(&server).await;
    let api = client(&server, service());
    let app = ApplicationId(47_277_483);
    let _ = api.account().await;
    let _ = api.applications().await;
    let _ = api.add_application("zvonar", true).await;
    let _ = api.scenarios(app).await;
    let _ = api.scenario_script(app, ScenarioId(5)).await;
    let _ = api.add_scenario(app, "OutboundCallStreaming", "// «привет»\nlet a = 1 + 1;").await;
    let _ = api.set_scenario_script(ScenarioId(5), "1").await;
    let _ = api.rules(app).await;
    let rule = NewRule {
        name: "zvonar-turns".into(),
        pattern: ".*".into(),
        scenarios: vec![ScenarioId(5), ScenarioId(6)],
    };
    let _ = api.add_rule(app, &rule).await;
    let _ = api.set_rule_pattern(RuleId(9), "^x$").await;
    let _ = api.bind_scenarios(app, RuleId(9), &[ScenarioId(5)], false).await;
    let _ = api.bind_scenarios(app, RuleId(9), &[], true).await;
    let _ = api.secrets(app).await;
    let _ = api.secret_value(app, SecretId(3)).await;
    let _ = api.add_secret(app, "zvonar_backend_secret", &"s3cret".to_owned().into()).await;
    let _ = api.set_secret(app, SecretId(3), &"s3cret".to_owned().into()).await;
    let start = StartRequest::new(RuleId(9), "turns|c_7f3a|+79161234567");
    let _ = api.start(&start).await;
    let _ = api.start(&StartRequest { server_location: Some("ru".into()), ..start }).await;
    let window = HistoryRequest::new(at("2026-02-16T00:00:00Z"), at("2026-02-16T23:59:59Z"));
    let _ = api.history_page(&window).await;
    let chosen = HistoryRequest {
        application: Some(app),
        custom_data: Some("turns|c_7f3a|+79161234567".into()),
        remote: domain::PhoneNumber::parse("+79161234567"),
        page: PageRequest { count: 1000, offset: 2000 },
        ..window
    };
    let _ = api.history_page(&chosen).await;
    let _ = api.session(SessionHistoryId(4_000_000_001)).await;
    let _ = api.delete_recording(RecordId(77)).await;
    let _ = api.set_callback("https://calls.example.ru/x", &"salt".to_owned().into()).await;
    insta::assert_json_snapshot!(asked(&server).await);
}

#[tokio::test]
async fn an_accounts_own_key_travels_in_the_body_and_a_token_in_the_header() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(success(&json!({"result": {"account_id": "1"}}))).mount(&server).await;
    client(&server, own_key()).account().await.unwrap();
    client(&server, service()).account().await.unwrap();
    let requests = server.received_requests().await.unwrap();
    assert_eq!(String::from_utf8_lossy(&requests[0].body), "account_id=10042950&api_key=hunter2");
    assert!(requests[0].headers.get("authorization").is_none());
    assert_eq!(requests[1].body, b"");
}

#[tokio::test]
async fn a_documented_session_is_read() {
    let server = MockServer::start().await;
    let body = json!({"result": [{"call_session_history_id": 4_000_000_001_i64, "application_id": 2,
        "application_name": "app", "rule_name": "bot", "start_date": "2026-02-16 18:38:19", "duration": 61,
        "custom_data": "rt|c_7f3a|+49...", "log_file_url": "https://…", "finish_reason": "Normal termination",
        "calls": [{"call_id": 9, "start_time": "2026-02-16 18:38:20", "duration": 40, "local_number": "4930123456",
            "remote_number": "4915112345678", "incoming": false, "successful": true, "cost": 0.02,
            "end_reason": "…", "record_url": "https://storage.voximplant.com/a.mp3"}],
        "records": [{"record_id": 77, "start_time": "…", "duration": 38,
            "record_url": "https://storage.voximplant.com/b.mp3", "file_size": 150_000, "cost": 0.001}]}],
        "total_count": 1, "count": 1, "timezone": "Etc/GMT"});
    Mock::given(any()).respond_with(success(&body)).mount(&server).await;
    let session = client(&server, service()).session(SessionHistoryId(4_000_000_001)).await.unwrap().unwrap();
    assert_eq!(session.started_at, at("2026-02-16T18:38:19Z"));
    assert_eq!(session.finish_reason, Some(FinishReason::Normal));
    assert_eq!(session.calls[0].remote.as_ref().unwrap().as_str(), "+4915112345678");
    assert_eq!(session.cost(), Some(Amount { micros: 21_000 }));
    let urls: Vec<_> = session.recordings().iter().map(|url| url.expose().to_owned()).collect();
    assert_eq!(urls, ["https://storage.voximplant.com/b.mp3", "https://storage.voximplant.com/a.mp3"]);
}

#[tokio::test]
async fn a_row_is_read_whatever_its_spelling_and_a_broken_one_hides_no_other() {
    let server = MockServer::start().await;
    let loose = json!({"call_session_history_id": "4000000002", "start_date": "2026-02-16T18:38:19.123",
        "duration": "7.0", "calls": [{"call_id": 1, "remote_number": "anonymous", "incoming": "true", "cost": "0.5"}, 7],
        "records": null, "of_tomorrow": {}});
    let body = json!({"result": [loose, {"call_session_history_id": 3, "start_date": "yesterday"}, 7], "total_count": "3"});
    Mock::given(any()).respond_with(success(&body)).mount(&server).await;
    let window = HistoryRequest::new(at("2026-02-16T00:00:00Z"), at("2026-02-17T00:00:00Z"));
    let page = client(&server, service()).history_page(&window).await.unwrap();
    assert_eq!((page.rows.len(), page.received(), page.total), (1, 3, Some(3)));
    let call = &page.rows[0].calls[0];
    assert_eq!(
        (call.remote.as_ref(), call.incoming, call.cost),
        (None, true, Some(Amount { micros: 500_000 }))
    );
    assert_eq!(page.rows[0].calls.len(), 1);
}

#[tokio::test]
async fn a_started_session_is_read_and_an_address_alone_is_none() {
    let server = MockServer::start().await;
    let body = json!({"result": 1, "call_session_history_id": 4_000_000_001_i64,
        "media_session_access_url": "http://203.0.113.7:12092/request/S/T",
        "media_session_access_secure_url": "https://www-us-01-7.voximplant.com:12093/request/S/T"});
    Mock::given(any()).respond_with(success(&body)).up_to_n_times(1).mount(&server).await;
    let api = client(&server, service());
    let started = api.start(&StartRequest::new(RuleId(9), "x")).await.unwrap();
    assert_eq!(started.id, SessionHistoryId(4_000_000_001));
    assert_eq!(started.commands.expose(), "https://www-us-01-7.voximplant.com:12093/request/S/T");
    let alone = json!({"result": 1, "media_session_access_secure_url": "https://x"});
    Mock::given(any()).respond_with(success(&alone)).mount(&server).await;
    let error = api.start(&StartRequest::new(RuleId(9), "x")).await.unwrap_err();
    assert!(matches!(error, VoximplantError::Unknown { .. }), "{error:?}");
}
