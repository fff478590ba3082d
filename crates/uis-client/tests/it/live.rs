//! The live client against a server that says exactly what a test wants.

use std::time::Duration;

use http_client::{CircuitPolicy, HttpClientConfig, RetryPolicy};
use serde_json::{Value, json};
use uis_client::{Credentials, UisClient, UisConfig};
use wiremock::{MockServer, Request, ResponseTemplate};

pub(crate) const KEY: &str = "hunter2";

/// A client of the server, as patient as in life, only quicker.
pub(crate) fn client(server: &MockServer) -> UisClient {
    client_with(server, Credentials::Key(KEY.to_owned().into()))
}

pub(crate) fn client_with(server: &MockServer, credentials: Credentials) -> UisClient {
    let media = format!("{}/system/media/talk", server.uri());
    let config = UisConfig::new(&format!("{}/v2.0", server.uri()), &media, credentials).unwrap();
    let retry = RetryPolicy { first_delay: Duration::from_millis(1), ..RetryPolicy::default() };
    let circuit = CircuitPolicy { failures: 0, ..CircuitPolicy::default() };
    let http = HttpClientConfig { retry, circuit, ..HttpClientConfig::default() };
    UisClient::new(config, &http).unwrap()
}

/// A success with these rows.
pub(crate) fn rows(rows: &Value) -> ResponseTemplate {
    let total = rows.as_array().map_or(0, Vec::len);
    let result = json!({"data": rows, "metadata": {"total_items": total, "limits": {}, "version": null}});
    ResponseTemplate::new(200).set_body_json(json!({"jsonrpc": "2.0", "id": 1, "result": result}))
}

/// A refusal under status 200.
pub(crate) fn refusal(code: i64, mnemonic: &str, limits: &Value) -> ResponseTemplate {
    let data = json!({"mnemonic": mnemonic, "field": "limit", "value": null, "params": {},
        "metadata": {"limits": limits}});
    ResponseTemplate::new(200).set_body_json(json!({"jsonrpc": "2.0", "id": null,
        "error": {"code": code, "message": format!("about {mnemonic} +79161234567"), "data": data}}))
}

/// The bodies that came, the key checked and taken out.
pub(crate) async fn asked(server: &MockServer) -> Vec<Value> {
    let requests: Vec<Request> = server.received_requests().await.unwrap();
    requests
        .iter()
        .map(|request| {
            assert_eq!((request.method.as_str(), request.url.path()), ("POST", "/v2.0"));
            assert_eq!(request.headers["content-type"], "application/json; charset=UTF-8");
            let mut body: Value = serde_json::from_slice(&request.body).unwrap();
            let key = body["params"].as_object_mut().unwrap().remove("access_token");
            if body["method"] != "login.user" {
                assert!(key.is_some(), "{body}");
            }
            body
        })
        .collect()
}
