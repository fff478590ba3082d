//! The live client against a server that says exactly what a test wants.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use http_client::{CircuitPolicy, HttpClientConfig, RetryPolicy};
use serde_json::{Map, Value, json};
use voximplant_client::testing::FakeKey;
use voximplant_client::{AccountId, Credentials, ServiceAccount, VoximplantClient, VoximplantConfig};
use wiremock::{MockServer, Request, ResponseTemplate};

pub(crate) const API_KEY: &str = "hunter2";

/// A fixed moment: tokens of a test do not depend on the machine's clock.
#[derive(Debug)]
pub(crate) struct Noon;

impl domain::Clock for Noon {
    fn now(&self) -> DateTime<Utc> {
        "2026-11-20T12:00:00Z".parse().unwrap()
    }
}

/// One key for all tests: making one takes its time.
pub(crate) fn key() -> &'static FakeKey {
    static KEY: OnceLock<FakeKey> = OnceLock::new();
    KEY.get_or_init(|| FakeKey::generate().unwrap())
}

pub(crate) fn service() -> Credentials {
    Credentials::ServiceAccount(ServiceAccount::parse(&key().file()).unwrap())
}

pub(crate) fn own_key() -> Credentials {
    Credentials::ApiKey { account: AccountId(10_042_950), key: API_KEY.to_owned().into() }
}

/// A client of the server, as patient as in life, only quicker.
pub(crate) fn client(server: &MockServer, credentials: Credentials) -> VoximplantClient {
    client_at(&server.uri(), credentials)
}

pub(crate) fn client_at(base: &str, credentials: Credentials) -> VoximplantClient {
    let config = VoximplantConfig::new(&format!("{base}/platform_api"), credentials).unwrap();
    let retry = RetryPolicy { first_delay: Duration::from_millis(1), ..RetryPolicy::default() };
    let circuit = CircuitPolicy { failures: 0, ..CircuitPolicy::default() };
    let http = HttpClientConfig { retry, circuit, ..HttpClientConfig::default() };
    VoximplantClient::new(config, &http, Arc::new(Noon)).unwrap()
}

pub(crate) fn success(body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

/// A refusal under status 200.
pub(crate) fn refusal(code: i64) -> ResponseTemplate {
    success(&json!({"error": {"code": code, "msg": format!("about {code} +79161234567")}}))
}

/// The requests that came: method and form, the key checked and taken out.
pub(crate) async fn asked(server: &MockServer) -> Vec<Value> {
    let requests: Vec<Request> = server.received_requests().await.unwrap();
    let read = |request: &Request| {
        assert_eq!(request.method.as_str(), "POST");
        assert_eq!(request.url.query(), None, "nothing travels in the address");
        assert_eq!(request.headers["content-type"], "application/x-www-form-urlencoded; charset=UTF-8");
        let form: Map<String, Value> = url::form_urlencoded::parse(&request.body)
            .map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())))
            .collect();
        let bearer = request.headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
        let signed = bearer.is_some_and(|bearer| bearer.starts_with("Bearer ey"));
        assert!(signed != form.contains_key("api_key"), "exactly one key travels");
        let form: Map<_, _> =
            form.into_iter().filter(|(name, _)| name != "api_key" && name != "account_id").collect();
        json!({"method": request.url.path().strip_prefix("/platform_api/").unwrap(), "form": form})
    };
    requests.iter().map(read).collect()
}
