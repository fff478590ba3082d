//! The envelope and the doors: who may ask what, before any method is looked at.

use bytes::Bytes;
use chrono::{DateTime, Duration, Utc};
use serde_json::{Map, Value, json};

use super::{Component, FakeAnswer, FakeUis, Fault, fault::Refused, reads, state, writes};
use state::{KeyState, State};

/// A session's life, s (documentation of `login.user`).
const SESSION: i64 = 3600;

type Handler = fn(&mut State, &Map<String, Value>, DateTime<Utc>) -> Result<Value, Refused>;

/// A method: its parameters besides `access_token` and `user_id`, required ones marked `!`.
struct Door {
    name: &'static str,
    params: &'static [&'static str],
    component: Component,
    run: Handler,
}

const LIST: &[&str] = &["limit", "offset", "filter", "sort", "fields"];
const REPORT: &[&str] =
    &["!date_from", "!date_till", "include_ongoing_calls", "limit", "offset", "filter", "sort", "fields"];
const TAGGING: &[&str] = &["!communication_id", "!communication_type", "!tag_id"];

const DOORS: &[Door] = &[
    read("get.account", LIST, reads::account),
    read("get.calls_report", REPORT, reads::calls_report),
    read("get.call_legs_report", REPORT, reads::legs_report),
    read("get.employees", LIST, reads::employees),
    read("get.tags", LIST, reads::tags),
    write("create.tags", &["!name"], writes::create_tag),
    write("set.tag_communications", TAGGING, writes::set_tag),
    write("unset.tag_communications", TAGGING, writes::unset_tag),
    write(
        "update.tags_communication",
        &["!communication_id", "!communication_type", "!tag_ids"],
        writes::update_tags,
    ),
    write(
        "create.communication_comment",
        &["!communication_id", "!communication_type", "!comment"],
        writes::comment,
    ),
    write("create.call_session_recognition_task", &["!call_session_id"], writes::order_recognition),
    write("getobj.call_session_recognition_info", &["!call_session_id", "search_text"], reads::recognition),
];

const fn read(name: &'static str, params: &'static [&'static str], run: Handler) -> Door {
    Door { name, params, component: Component::DataApi, run }
}

const fn write(name: &'static str, params: &'static [&'static str], run: Handler) -> Door {
    Door { name, params, component: Component::Settings, run }
}

fn page(status: u16, words: &str) -> FakeAnswer {
    let body = format!("<html><head><title>{words}</title></head><body><h1>{words}</h1></body></html>");
    FakeAnswer { status, content_type: "text/html", body: body.into() }
}

fn answer(value: &Value) -> FakeAnswer {
    FakeAnswer {
        status: 200,
        content_type: "application/json; charset=UTF-8",
        body: value.to_string().into(),
    }
}

impl FakeUis {
    /// Answers the body of a `POST` to the Data API, refusing what UIS refuses.
    pub fn answer(&self, body: &[u8]) -> FakeAnswer {
        let refused = |refused: &Refused| answer(&refused.json(&Value::Null));
        let Ok(request) = serde_json::from_slice::<Value>(body) else {
            return refused(&Refused::new("parse_error", "Invalid JSON was received by the server"));
        };
        let Some(request) = request.as_object() else {
            // the Russian page spells it so
            let batch = Refused::new("batch_opreations_not_supported", "Batch operations not supported");
            let other = Refused::new("invalid_request", "The JSON sent is not a valid Request object");
            return refused(if request.is_array() { &batch } else { &other });
        };
        let id = match request.get("id") {
            Some(id @ (Value::String(_) | Value::Number(_))) => id.clone(),
            _ => return refused(&Refused::new("notifications_not_supported", "Notifications not supported")),
        };
        let params = match request.get("params") {
            None => Map::new(),
            Some(Value::Object(params)) => params.clone(),
            Some(_) => return refused(&Refused::new("invalid_request", "params must be an object")),
        };
        let (Some("2.0"), Some(method)) =
            (request.get("jsonrpc").and_then(Value::as_str), request.get("method").and_then(Value::as_str))
        else {
            return refused(&Refused::new("invalid_request", "The JSON sent is not a valid Request object"));
        };
        self.dispatch(&id, method, &params)
    }

    fn dispatch(&self, id: &Value, method: &str, params: &Map<String, Value>) -> FakeAnswer {
        let now = self.clock.now();
        let mut state = self.lock();
        *state.requests.entry(method.to_owned()).or_default() += 1;
        let fault = state.take_fault(method);
        match &fault {
            Some(Fault::BadGateway) => return page(502, "502 Bad Gateway"),
            Some(Fault::Mnemonic(mnemonic)) => {
                return answer(&Refused::new(mnemonic, format!("scripted {mnemonic}")).json(&Value::Null));
            }
            Some(Fault::LimitMinute(reset)) => {
                return answer(&scripted_limit("minute", *reset).json(&Value::Null));
            }
            Some(Fault::LimitDay(reset)) => return answer(&scripted_limit("day", *reset).json(&Value::Null)),
            Some(Fault::LimitWithoutFigures) => {
                return answer(&Refused::new("limit_exceeded", "Limit has been exceeded").json(&Value::Null));
            }
            _ => {}
        }
        let result = match run(&mut state, method, params, now) {
            Ok(result) => result,
            Err(refused) => return answer(&refused.json(id)),
        };
        let mut whole = json!({"jsonrpc": "2.0", "id": id, "result": result});
        match fault {
            Some(Fault::AnswerLost) => page(502, "502 Bad Gateway"),
            Some(Fault::CutJson) => {
                let text = whole.to_string().into_bytes();
                let half = text.get(..text.len() / 2).unwrap_or_default();
                FakeAnswer { body: Bytes::copy_from_slice(half), ..answer(&whole) }
            }
            Some(Fault::ShortPage) => {
                if let Some(rows) = whole.pointer_mut("/result/data").and_then(Value::as_array_mut) {
                    rows.truncate(rows.len().div_ceil(2));
                }
                answer(&whole)
            }
            _ => answer(&whole),
        }
    }
}

fn scripted_limit(kind: &str, reset: u32) -> Refused {
    let (minute, day) = if kind == "minute" { (0, 3120) } else { (77, 0) };
    let limits = json!({"minute_limit": 100, "minute_remaining": minute, "minute_reset": reset,
        "day_limit": 5000, "day_remaining": day, "day_reset": reset});
    state::spent(kind, if kind == "minute" { 100 } else { 5000 }, Some(limits))
}

fn run(
    state: &mut State,
    method: &str,
    params: &Map<String, Value>,
    now: DateTime<Utc>,
) -> Result<Value, Refused> {
    match method {
        "login.user" => return login(state, params, now),
        "logout.user" => return Ok(logout(state, params)),
        _ => {}
    }
    let door = DOORS.iter().find(|door| door.name == method);
    let door = door.ok_or_else(|| Refused::new("method_not_found", "The method does not exist"))?;
    authorise(state, params, now)?;
    if let Some(address) = &state.refused_address {
        let words = format!("Your IP {address} is not whitelisted");
        return Err(Refused::new("ip_not_whitelisted", words).params(json!({"ip": address})));
    }
    if state.inactive {
        return Err(Refused::new("account_inactive", "Account is inactive"));
    }
    if let Some(missing) = state.disabled.filter(|off| *off == Component::DataApi || *off == door.component) {
        let words = format!("Access denied. You need components: {}", missing.name());
        return Err(
            Refused::new("method_component_disabled", words).params(json!({"components": [missing.name()]}))
        );
    }
    state.points.admit(now)?;
    check_names(door, params)?;
    let mut result = (door.run)(state, params, now)?;
    state.points.charge();
    let limits = state.points.limits(now);
    if let Some(metadata) = result.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.insert("limits".into(), limits);
    }
    Ok(result)
}

fn authorise(state: &State, params: &Map<String, Value>, now: DateTime<Utc>) -> Result<(), Refused> {
    let refused = |mnemonic, words| Err(Refused::field(mnemonic, "access_token", words));
    let token = params.get("access_token").and_then(Value::as_str).unwrap_or_default();
    if state.sessions.get(token).is_some_and(|end| now < *end) {
        return Ok(());
    }
    match (token == state.key && !token.is_empty(), state.standing) {
        (true, KeyState::Good) => Ok(()),
        (true, KeyState::Expired) => refused("access_token_expired", "Your access token has been expired"),
        (true, KeyState::Blocked) => refused("access_token_blocked", "Your access token has been blocked"),
        (true, KeyState::Unknown) | (false, _) => {
            refused("access_token_invalid", "Your access token is invalid")
        }
    }
}

fn check_names(door: &Door, params: &Map<String, Value>) -> Result<(), Refused> {
    for name in params.keys().filter(|name| !matches!(name.as_str(), "access_token" | "user_id")) {
        if !door.params.iter().any(|known| known.trim_start_matches('!') == name) {
            let words = format!("Unexpected parameters: {name}");
            return Err(Refused::field("unexpected_parameters", name, words));
        }
    }
    for required in door.params.iter().filter_map(|name| name.strip_prefix('!')) {
        if params.get(required).is_none_or(Value::is_null) {
            let words = format!("Required parameter {required} is missed");
            return Err(Refused::field("required_parameter_missed", required, words));
        }
    }
    Ok(())
}

fn login(state: &mut State, params: &Map<String, Value>, now: DateTime<Utc>) -> Result<Value, Refused> {
    let text = |name| params.get(name).and_then(Value::as_str).unwrap_or_default();
    let good = state
        .login
        .as_ref()
        .is_some_and(|(login, password)| login == text("login") && password == text("password"));
    if !good {
        return Err(Refused::new("auth_error", "Login or password is wrong"));
    }
    let end = now + Duration::seconds(SESSION);
    let token = format!("session-{}", state.requests.get("login.user").copied().unwrap_or_default());
    state.sessions.insert(token.clone(), end);
    Ok(json!({"data": {"access_token": token, "expire_at": end.timestamp(), "app_id": state.account.app_id},
        "metadata": {}}))
}

fn logout(state: &mut State, params: &Map<String, Value>) -> Value {
    if let Some(token) = params.get("access_token").and_then(Value::as_str) {
        state.sessions.remove(token);
    }
    json!({"data": {}, "metadata": {}})
}
