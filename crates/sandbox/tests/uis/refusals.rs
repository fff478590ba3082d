//! What the Data API refuses, each by its mnemonic, in its own envelope.

use serde_json::{Value, json};
use uis_client::testing::{FakeCall, FakeUis};

async fn post(base: &str, body: String) -> Value {
    let client = reqwest::Client::builder().build().unwrap();
    let answer = client.post(format!("{base}/uis/v2.0")).body(body).send().await.unwrap();
    assert_eq!(answer.status(), 200, "refusals travel under 200");
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}

async fn ask(base: &str, method: &str, params: Value) -> Value {
    let mut params = params;
    params.as_object_mut().unwrap().entry("access_token").or_insert_with(|| FakeUis::KEY.into());
    post(base, json!({"jsonrpc": "2.0", "id": "t", "method": method, "params": params}).to_string()).await
}

fn mnemonic(answer: &Value) -> &str {
    answer.pointer("/error/data/mnemonic").and_then(Value::as_str).unwrap_or_else(|| panic!("{answer}"))
}

fn report(more: &Value) -> Value {
    let mut params = json!({"date_from": "2026-03-02 00:00:00", "date_till": "2026-03-02 23:59:59"});
    params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    params
}

fn world() -> FakeUis {
    let fake = FakeUis::new();
    let start = |time: &str| format!("2026-03-02T{time}").parse().unwrap();
    fake.add_calls([
        FakeCall::incoming(5_139_032_004, start("10:00:00")).lasting(5, 100).talked(7, "Иванова Анна"),
        FakeCall::outgoing(5_139_032_005, start("10:05:00")).lasting(5, 40).contact(None),
        FakeCall::missed(5_139_032_006, start("10:10:00")).number(None),
    ]);
    fake
}

#[tokio::test]
async fn the_envelope_is_checked() {
    let (base, _server) = crate::serve(world()).await;
    for (body, expected, code) in [
        ("{\"jsonrpc\":", "parse_error", -32700),
        ("[]", "batch_opreations_not_supported", -32099),
        ("7", "invalid_request", -32600),
        (r#"{"jsonrpc":"2.0","method":"get.account"}"#, "notifications_not_supported", -32099),
        (r#"{"jsonrpc":"2.0","id":null,"method":"get.account"}"#, "notifications_not_supported", -32099),
        (r#"{"jsonrpc":"1.0","id":1,"method":"get.account"}"#, "invalid_request", -32600),
        (r#"{"jsonrpc":"2.0","id":1,"method":"get.account","params":[]}"#, "invalid_request", -32600),
        (r#"{"jsonrpc":"2.0","id":1,"method":"get.nothing"}"#, "method_not_found", -32601),
        (r#"{"jsonrpc":"2.0","id":1,"method":"get.account"}"#, "access_token_invalid", -32001),
        (r#"{"jsonrpc":"2.0","id":1,"method":"login.user","params":{"login":"a"}}"#, "auth_error", -32001),
    ] {
        let answer = post(&base, body.to_owned()).await;
        assert_eq!((mnemonic(&answer), answer["error"]["code"].as_i64()), (expected, Some(code)), "{body}");
    }
}

#[tokio::test]
async fn reports_refuse_what_they_do_not_know() {
    let (base, _server) = crate::serve(world()).await;
    let leaf = |field: &str, operator: &str, value: Value| json!({"filter": {"field": field, "operator": operator, "value": value}});
    for (more, expected) in [
        (json!({"date_from": "02.03.2026"}), "invalid_parameter_value"),
        (json!({"date_from": "2026-03-03 00:00:00"}), "invalid_parameter_value"),
        (json!({"date_till": "2026-07-02 00:00:00"}), "date_interval_limit_reached"),
        (json!({"date_till": null}), "required_parameter_missed"),
        (json!({"limit": 10_001}), "invalid_parameter_value"),
        (json!({"limit": "10"}), "data_type_error"),
        (json!({"offset": 100_001}), "invalid_parameter_value"),
        (json!({"date_to": "2026-03-02 00:00:00"}), "unexpected_parameters"),
        (json!({"include_ongoing_calls": 1}), "data_type_error"),
        (json!({"fields": ["id", "colour"]}), "unexpected_parameters"),
        (json!({"fields": "id"}), "data_type_error"),
        (json!({"sort": [{"field": "id", "order": "asc"}]}), "sort_prohibited"),
        (json!({"sort": [{"field": "colour"}]}), "unexpected_parameters"),
        (json!({"sort": [{"field": "start_time", "order": "up"}]}), "invalid_parameter_value"),
        (leaf("start_time", ">=", json!("2026-03-02 00:00:00")), "filter_prohibited"),
        (leaf("call_records", "=", json!(null)), "filter_prohibited"),
        (leaf("colour", "=", json!("red")), "unexpected_parameters"),
        (leaf("direction", ">", json!("in")), "invalid_parameter_value"),
        (leaf("direction", "about", json!("in")), "invalid_parameter_value"),
        (leaf("id", "=", json!("5139032004")), "data_type_error"),
        (leaf("contact_phone_number", "regexp", json!("(")), "invalid_parameter_value"),
        (json!({"filter": {"filters": [], "condition": "and"}}), "data_type_error"),
        (json!({"filter": []}), "data_type_error"),
    ] {
        let answer = ask(&base, "get.calls_report", report(&more)).await;
        assert_eq!(mnemonic(&answer), expected, "{more}");
    }
}

#[tokio::test]
async fn filters_take_every_operator() {
    let (base, _server) = crate::serve(world()).await;
    let leaf = |field: &str, operator: &str, value: Value| json!({"field": field, "operator": operator, "value": value});
    let incoming = leaf("direction", "=", json!("in"));
    let long = leaf("talk_duration", ">=", json!(40));
    for (filter, expected) in [
        (incoming.clone(), vec![4, 6]),
        (leaf("direction", "=", json!("IN")), vec![]),
        (leaf("direction", "!=", json!("in")), vec![5]),
        (leaf("talk_duration", ">", json!(40)), vec![4]),
        (leaf("talk_duration", "<=", json!(40)), vec![5, 6]),
        (leaf("talk_duration", "<", json!(40)), vec![6]),
        (leaf("contact_phone_number", "=", json!(null)), vec![5]),
        (json!({"field": "contact_phone_number", "operator": "="}), vec![5]),
        (leaf("contact_phone_number", "!=", json!(null)), vec![4, 6]),
        (leaf("contact_phone_number", "like", json!("7916%")), vec![4, 6]),
        (leaf("contact_phone_number", "regexp", json!("67$")), vec![4, 6]),
        (leaf("id", "in", json!([5_139_032_004_i64, 5_139_032_006_i64])), vec![4, 6]),
        (leaf("employees", "jsquery", json!("#.employee_id = 7")), vec![4]),
        (leaf("is_lost", "=", json!(true)), vec![6]),
        (json!({"filters": [incoming.clone(), long.clone()], "condition": "and"}), vec![4]),
        (json!({"filters": [incoming, long], "condition": "or"}), vec![4, 5, 6]),
    ] {
        let answer = ask(&base, "get.calls_report", report(&json!({"filter": filter}))).await;
        let rows = answer["result"]["data"].as_array().unwrap_or_else(|| panic!("{filter}: {answer}"));
        let ids: Vec<i64> = rows.iter().map(|row| row["id"].as_i64().unwrap() - 5_139_032_000).collect();
        assert_eq!(ids, expected, "{filter}");
    }
}

#[tokio::test]
async fn fields_replace_the_default_set_and_rows_hold_an_undocumented_key() {
    let (base, _server) = crate::serve(world()).await;
    let answer = ask(&base, "get.calls_report", report(&json!({"fields": ["id", "tags"]}))).await;
    let row = answer["result"]["data"][0].as_object().unwrap();
    assert_eq!(row.keys().collect::<Vec<_>>(), ["hold_duration", "id", "tags"]);
    let answer = ask(&base, "get.calls_report", report(&json!({}))).await;
    let row = answer["result"]["data"][0].as_object().unwrap();
    assert!(row.contains_key("finish_reason") && !row.contains_key("tags"));
    assert_eq!(answer["result"]["metadata"]["total_items"], 3);
}

#[tokio::test]
async fn points_are_counted_and_a_spent_minute_says_when() {
    let fake = world();
    fake.set_points(5000, 2);
    let (base, _server) = crate::serve(fake).await;
    let refused = ask(&base, "get.calls_report", report(&json!({"limit": 0}))).await;
    assert_eq!(mnemonic(&refused), "invalid_parameter_value");
    for left in [1, 0] {
        let answer = ask(&base, "get.account", json!({})).await;
        assert_eq!(answer["result"]["metadata"]["limits"]["minute_remaining"], left);
    }
    let spent = ask(&base, "get.account", json!({})).await;
    assert_eq!((mnemonic(&spent), spent["error"]["code"].as_i64()), ("limit_exceeded", Some(-32029)));
    assert_eq!(spent["error"]["data"]["metadata"]["limits"]["minute_reset"], 60);
    assert_eq!(spent["error"]["data"]["params"]["limit_type"], "minute");
}

#[tokio::test]
async fn a_session_ends_in_the_middle() {
    let fake = world();
    fake.set_login("api@firma.ru", "hunter2");
    let (base, _server) = crate::serve(fake.clone()).await;
    let wrong = ask(&base, "login.user", json!({"login": "api@firma.ru", "password": "x"})).await;
    assert_eq!(mnemonic(&wrong), "auth_error");
    let login = ask(&base, "login.user", json!({"login": "api@firma.ru", "password": "hunter2"})).await;
    let token = login["result"]["data"]["access_token"].clone();
    let mine = json!({"access_token": token});
    assert!(ask(&base, "get.account", mine.clone()).await["result"].is_object());
    fake.end_sessions();
    assert_eq!(mnemonic(&ask(&base, "get.account", mine).await), "access_token_invalid");
}

#[tokio::test]
async fn media_refuse_strangers() {
    let (base, _server) = crate::serve(world()).await;
    for (path, status, words) in [
        ("talk/5139032004/2e67/", 404, "404"),
        ("talk/1/2e67/", 404, "404"),
        ("film/5139032004/2e67/", 404, ""),
        ("joined/5139032004/2e67", 400, "no files to concat"),
    ] {
        let client = reqwest::Client::builder().build().unwrap();
        let answer = client.get(format!("{base}/uis/media/{path}")).send().await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
        assert!(answer.text().await.unwrap().contains(words), "{path}");
    }
}
