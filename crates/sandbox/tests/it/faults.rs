//! Faults as a client meets them, the journal, the clock: over real sockets. Until a provider's own
//! routes are asked, its answer is 404: the layer around them is what is tested here.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use domain::Clock as _;
use sandbox::{Fault, FaultKind, Latency, Provider, Sandbox, SandboxOptions};
use serde_json::{Value, json};

fn options() -> SandboxOptions {
    let end = "2026-11-20T12:00:00Z".parse().unwrap();
    SandboxOptions { calls: 20, ..SandboxOptions::new(end) }
}

async fn sandbox() -> Sandbox {
    Sandbox::start(options()).await.unwrap()
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build().unwrap()
}

fn at(sandbox: &Sandbox, path: &str) -> String {
    format!("{}{path}", sandbox.base_url())
}

async fn lay(sandbox: &Sandbox, fault: Value) -> u16 {
    let request = client().post(at(sandbox, "_sandbox/faults")).body(fault.to_string());
    request.send().await.unwrap().status().as_u16()
}

/// A request to a provider that costs nothing and answers with a body.
async fn ask(sandbox: &Sandbox) -> Result<reqwest::Response, reqwest::Error> {
    client().get(at(sandbox, "openai/v1/models")).bearer_auth("sandbox-openai-key").send().await
}

#[tokio::test]
async fn resets_before_and_after_the_effect_are_transport_errors_and_the_journal_tells_them_apart() {
    let sandbox = sandbox().await;
    assert_eq!(lay(&sandbox, json!({"kind": "reset_before", "times": 1})).await, 204);
    assert!(ask(&sandbox).await.unwrap_err().is_request());
    assert_eq!(lay(&sandbox, json!({"kind": "reset_after", "times": 1})).await, 204);
    assert!(ask(&sandbox).await.unwrap_err().is_request());
    assert!(ask(&sandbox).await.is_ok());
    let report = sandbox.journal().report(10);
    assert_eq!((report.requests, report.faults), (3, 2));
    assert_eq!(report.last[0].status, None);
    assert!(report.last[1].status.is_some(), "the provider did its work");
    sandbox.shutdown().await;
}

#[tokio::test]
async fn a_reset_is_a_reset_and_no_polite_end() {
    let sandbox = sandbox().await;
    sandbox.play(Fault::new(FaultKind::ResetBefore)).unwrap();
    let error = ask(&sandbox).await.unwrap_err();
    let mut source: Option<&dyn std::error::Error> = Some(&error);
    let mut told = Vec::new();
    while let Some(one) = source {
        told.push(one.to_string());
        source = one.source();
    }
    assert!(told.iter().any(|text| text.contains("reset")), "{told:?}");
}

#[tokio::test]
async fn refusals_have_the_provider_s_own_shape() {
    let sandbox = sandbox().await;
    lay(&sandbox, json!({"kind": "429_retry_after", "times": 1, "retry_after_s": 2.5})).await;
    let answer = ask(&sandbox).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (429, "2.5"));
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["error"]["code"], "rate_limit_exceeded");

    lay(&sandbox, json!({"kind": "429", "times": 1, "provider": "google"})).await;
    assert_ne!(ask(&sandbox).await.unwrap().status().as_u16(), 429, "another provider is left alone");
    let answer = client().get(at(&sandbox, "google/v4/spreadsheets/x")).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers().get("retry-after")), (429, None));
    assert_eq!(answer.json::<Value>().await.unwrap()["error"]["status"], "RESOURCE_EXHAUSTED");

    lay(&sandbox, json!({"kind": "502_html", "times": 1})).await;
    let answer = ask(&sandbox).await.unwrap();
    assert_eq!(answer.status().as_u16(), 502);
    assert!(answer.text().await.unwrap().contains("<html>"));
    lay(&sandbox, json!({"kind": "500", "times": 1})).await;
    assert_eq!(ask(&sandbox).await.unwrap().status().as_u16(), 500);
}

#[tokio::test]
async fn a_truncated_body_breaks_off_and_a_slow_one_arrives_whole() {
    let sandbox = sandbox().await;
    let whole = ask(&sandbox).await.unwrap().bytes().await.unwrap();
    sandbox
        .play(Fault {
            times: Some(1),
            more: [("slow_ms".to_owned(), json!(200))].into_iter().collect(),
            ..Fault::new(FaultKind::SlowBody)
        })
        .unwrap();
    let began = Instant::now();
    let slow = ask(&sandbox).await.unwrap().bytes().await.unwrap();
    assert_eq!(slow, whole);
    if !whole.is_empty() {
        assert!(began.elapsed() > Duration::from_millis(50));
        sandbox.play(Fault { times: Some(1), ..Fault::new(FaultKind::TruncatedBody) }).unwrap();
        let cut = ask(&sandbox).await.unwrap();
        assert_eq!(cut.content_length(), Some(whole.len() as u64));
        cut.bytes().await.unwrap_err();
    }
}

#[tokio::test]
async fn faults_are_listed_with_their_hits_and_go_when_they_are_deleted() {
    let sandbox = sandbox().await;
    assert_eq!(lay(&sandbox, json!({"kind": "500", "share": 0.5, "path": "models"})).await, 204);
    let mut failed = 0;
    for _ in 0..40 {
        failed += u64::from(ask(&sandbox).await.unwrap().status().as_u16() == 500);
    }
    assert!((8..32).contains(&failed), "{failed} of 40 at a half");
    let listed: Value =
        client().get(at(&sandbox, "_sandbox/faults")).send().await.unwrap().json().await.unwrap();
    assert_eq!(listed["faults"][0]["seen"], 40);
    assert_eq!(listed["faults"][0]["hit"], failed);
    client().delete(at(&sandbox, "_sandbox/faults")).send().await.unwrap();
    for _ in 0..10 {
        assert_ne!(ask(&sandbox).await.unwrap().status().as_u16(), 500);
    }
}

#[tokio::test]
async fn a_fault_that_nobody_knows_is_refused_with_the_names_of_those_that_exist() {
    let sandbox = sandbox().await;
    let request = client().post(at(&sandbox, "_sandbox/faults")).body(r#"{"kind":"earthquake"}"#);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 422);
    let told = answer.text().await.unwrap();
    assert!(told.contains("earthquake") && told.contains("reset_after"), "{told}");
    assert_eq!(lay(&sandbox, json!({"kind": "500", "share": 2})).await, 422);
    assert_eq!(lay(&sandbox, json!({"share": 0.1})).await, 422);
}

#[tokio::test]
async fn the_journal_counts_by_operation_and_starts_anew_when_it_is_deleted() {
    let sandbox = sandbox().await;
    let rpc = |method: &str| json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": {}}).to_string();
    for method in ["get.calls_report", "get.calls_report", "get.account"] {
        client().post(at(&sandbox, "uis/v2.0")).body(rpc(method)).send().await.unwrap();
    }
    client().get(at(&sandbox, "uis/media/talk/1/2/")).send().await.unwrap();
    client().post(at(&sandbox, "openai/v1/chat/completions")).body("{}").send().await.unwrap();
    client().get(at(&sandbox, "google/sheet/x")).send().await.unwrap();
    let report: Value =
        client().get(at(&sandbox, "_sandbox/journal?last=2")).send().await.unwrap().json().await.unwrap();
    assert_eq!(report["requests"], 5, "a page for people is no request");
    let expected = json!({"uis get.calls_report": 2, "uis get.account": 1, "uis media": 1, "openai chat": 1});
    assert_eq!(report["operations"], expected);
    assert_eq!(report["billed"], 0, "what is refused is not billed");
    assert_eq!(report["last"].as_array().unwrap().len(), 2);
    client().delete(at(&sandbox, "_sandbox/journal")).send().await.unwrap();
    assert_eq!(sandbox.journal().report(10).requests, 0);
}

#[tokio::test]
async fn the_clock_runs_and_can_be_pushed_ahead() {
    let sandbox = sandbox().await;
    let before = sandbox.clock().now();
    let answer =
        client().post(at(&sandbox, "_sandbox/clock")).json(&json!({"advance_s": 3600})).send().await.unwrap();
    assert!(answer.status().is_success());
    let ahead = sandbox.clock().now() - before;
    assert!(ahead >= chrono::Duration::hours(1) && ahead < chrono::Duration::minutes(61), "{ahead}");
}

#[tokio::test]
async fn each_provider_is_as_slow_as_it_is_told_to_be() {
    let latency = Latency { google: Duration::from_millis(200), ..Latency::default() };
    let sandbox = Sandbox::start(SandboxOptions { latency, ..options() }).await.unwrap();
    let began = Instant::now();
    client().get(at(&sandbox, "google/v4/spreadsheets/x")).send().await.unwrap();
    assert!(began.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn the_environment_points_every_provider_at_this_port_and_the_key_file_exists() {
    let sandbox = sandbox().await;
    let environment: BTreeMap<_, _> = sandbox.environment().into_iter().collect();
    let base = sandbox.base_url().as_str();
    for name in ["UIS_DATA_API_URL", "UIS_MEDIA_URL", "OPENAI_BASE_URL", "GOOGLE_SHEETS_URL"] {
        assert!(environment[name].starts_with(base), "{name}");
    }
    let key = std::fs::read_to_string(&environment["GOOGLE_APPLICATION_CREDENTIALS"]).unwrap();
    let key: Value = serde_json::from_str(&key).unwrap();
    assert_eq!(key["token_uri"], format!("{base}google/token"));
    assert!(key["private_key"].as_str().unwrap().starts_with("-----BEGIN PRIVATE KEY-----\n"));
    assert!(!environment["OPENAI_API_KEY"].is_empty() && !environment["UIS_ACCESS_TOKEN"].is_empty());
}

#[tokio::test]
async fn a_taken_port_is_refused_with_its_address() {
    let first = sandbox().await;
    let told = match Sandbox::start(SandboxOptions { bind: first.addr(), ..options() }).await {
        Ok(_) => panic!("the port is taken"),
        Err(error) => error.to_string(),
    };
    assert!(told.contains(&first.addr().to_string()) && told.contains("another port"), "{told}");
}

#[tokio::test]
async fn the_switches_of_no_provider_are_asked_for_the_transport_s_faults() {
    let sandbox = sandbox().await;
    sandbox.play(Fault { provider: Some(Provider::Openai), ..Fault::new(FaultKind::ServerError) }).unwrap();
    assert_eq!(ask(&sandbox).await.unwrap().status().as_u16(), 500);
    sandbox.mend();
    assert_ne!(ask(&sandbox).await.unwrap().status().as_u16(), 500);
}
