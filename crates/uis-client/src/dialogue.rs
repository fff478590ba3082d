//! What is said to UIS, method by method, over anything that carries a method and its parameters:
//! the live client's network or the fake's memory. So a request that UIS would refuse is refused
//! by the fake in memory, too.

use async_trait::async_trait;
use domain::Direction;
use serde_json::{Value, json};

use crate::{
    Account, CallsRequest, CommunicationId, Employee, LegsRequest, Page, PageRequest, Recognition, SessionId,
    Tag, TagId, UisCall, UisError, UisLeg, WallWindow,
    wire::{self, TIME, WireAccount, WireCall, WireEmployee, WireLeg, WireRecognition, WireTag},
};

/// A method and what a second try of it may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Method {
    /// As on the wire.
    pub(crate) name: &'static str,
    /// May be repeated when nobody knows whether it took effect.
    pub(crate) repeatable: bool,
}

const fn again(name: &'static str) -> Method {
    Method { name, repeatable: true }
}

const fn once(name: &'static str) -> Method {
    Method { name, repeatable: false }
}

/// Carries a request (without the key) and brings back its `result`.
#[async_trait]
pub(crate) trait Carrier: Send + Sync {
    async fn carry(&self, method: Method, params: Value) -> Result<Value, UisError>;
}

/// Columns of the calls report that become a [`UisCall`]; they replace the default set.
const CALL_FIELDS: [&str; 22] = [
    "id",
    "communication_id",
    "start_time",
    "finish_time",
    "finish_reason",
    "direction",
    "is_lost",
    "is_transfer",
    "source",
    "contact_phone_number",
    "virtual_phone_number",
    "operator_phone_number",
    "talk_duration",
    "wait_duration",
    "total_duration",
    "call_records",
    "wav_call_records",
    "voice_mail_records",
    "full_record_file_link",
    "employees",
    "last_answered_employee_id",
    "tags",
];

/// Columns of the legs report that become a [`UisLeg`].
const LEG_FIELDS: [&str; 12] = [
    "id",
    "call_session_id",
    "start_time",
    "connect_time",
    "duration",
    "is_operator",
    "is_failed",
    "is_coach",
    "employee_id",
    "employee_full_name",
    "call_records",
    "wav_call_records",
];

fn leaf(field: &str, operator: &str, value: impl Into<Value>) -> Value {
    json!({"field": field, "operator": operator, "value": value.into()})
}

/// No filter, one leaf, or a tree of `and`.
fn tree(mut leaves: Vec<Value>) -> Option<Value> {
    match leaves.len() {
        0 => None,
        1 => leaves.pop(),
        _ => Some(json!({"filters": leaves, "condition": "and"})),
    }
}

fn report(window: WallWindow, page: PageRequest, fields: &[&str], filter: Option<Value>) -> Value {
    let mut params = json!({
        "date_from": window.from.format(TIME).to_string(),
        "date_till": window.till.format(TIME).to_string(),
        "limit": page.limit,
        "offset": page.offset,
        "sort": [{"field": "start_time", "order": "asc"}],
        "fields": fields,
    });
    if let (Some(filter), Some(params)) = (filter, params.as_object_mut()) {
        params.insert("filter".into(), filter);
    }
    params
}

pub(crate) async fn account(carrier: &dyn Carrier) -> Result<Account, UisError> {
    let method = again("get.account");
    let result = carrier.carry(method, json!({})).await?;
    let mut page: Page<Account> = wire::page::<WireAccount>(method.name, result)?;
    page.rows.pop().ok_or_else(|| UisError::BadAnswer {
        method: method.name.into(),
        reason: page.unreadable.pop().unwrap_or_else(|| "no account in it".into()),
    })
}

pub(crate) async fn calls_page(
    carrier: &dyn Carrier,
    request: &CallsRequest,
) -> Result<Page<UisCall>, UisError> {
    let method = again("get.calls_report");
    let asked = request.filter;
    let mut leaves = Vec::new();
    if let Some(session) = asked.session {
        leaves.push(leaf("id", "=", session.0));
    }
    if let Some(direction @ (Direction::In | Direction::Out)) = asked.direction {
        leaves.push(leaf("direction", "=", direction.as_str()));
    }
    if let Some(seconds) = asked.min_talk_seconds {
        leaves.push(leaf("talk_duration", ">=", seconds));
    }
    if let Some(lost) = asked.lost {
        leaves.push(leaf("is_lost", "=", lost));
    }
    let mut params = report(request.window, request.page, &CALL_FIELDS, tree(leaves));
    if let (true, Some(params)) = (asked.ongoing, params.as_object_mut()) {
        params.insert("include_ongoing_calls".into(), true.into());
    }
    wire::page::<WireCall>(method.name, carrier.carry(method, params).await?)
}

pub(crate) async fn call(
    carrier: &dyn Carrier,
    id: SessionId,
    window: WallWindow,
) -> Result<Option<UisCall>, UisError> {
    let filter = crate::CallsFilter { session: Some(id), ongoing: true, ..Default::default() };
    let page = PageRequest { limit: 10, offset: 0 };
    let mut page = calls_page(carrier, &CallsRequest { window, filter, page }).await?;
    // never the first row unseen: a filter that a server ignores would give another call
    let found = page.rows.drain(..).find(|call| call.id == id);
    match (found, page.unreadable.pop()) {
        (None, Some(reason)) => Err(UisError::BadAnswer { method: "get.calls_report".into(), reason }),
        (found, _) => Ok(found),
    }
}

pub(crate) async fn legs_page(
    carrier: &dyn Carrier,
    request: &LegsRequest,
) -> Result<Page<UisLeg>, UisError> {
    let method = again("get.call_legs_report");
    let filter = request.session.map(|session| leaf("call_session_id", "=", session.0));
    let params = report(request.window, request.page, &LEG_FIELDS, filter);
    wire::page::<WireLeg>(method.name, carrier.carry(method, params).await?)
}

pub(crate) async fn employees_page(
    carrier: &dyn Carrier,
    page: PageRequest,
) -> Result<Page<Employee>, UisError> {
    let method = again("get.employees");
    let params = json!({"limit": page.limit, "offset": page.offset,
        "fields": ["id", "full_name", "call_recording", "groups"]});
    wire::page::<WireEmployee>(method.name, carrier.carry(method, params).await?)
}

pub(crate) async fn tags_page(carrier: &dyn Carrier, page: PageRequest) -> Result<Page<Tag>, UisError> {
    let method = again("get.tags");
    let params = json!({"limit": page.limit, "offset": page.offset, "fields": ["id", "name", "is_system"]});
    wire::page::<WireTag>(method.name, carrier.carry(method, params).await?)
}

pub(crate) async fn create_tag(carrier: &dyn Carrier, name: &str) -> Result<TagId, UisError> {
    let method = once("create.tags");
    let result = carrier.carry(method, json!({"name": name})).await?;
    // the page and its sample differ on where the id stands
    let id = result.get("id").or_else(|| result.get("data")?.get("id")).and_then(Value::as_i64);
    id.map(TagId).ok_or_else(|| UisError::BadAnswer { method: method.name.into(), reason: "no id".into() })
}

fn communication(id: CommunicationId) -> Value {
    json!({"communication_id": id.0, "communication_type": "call"})
}

fn with(mut params: Value, name: &str, value: impl Into<Value>) -> Value {
    if let Some(params) = params.as_object_mut() {
        params.insert(name.to_owned(), value.into());
    }
    params
}

pub(crate) async fn set_tags(
    carrier: &dyn Carrier,
    to: CommunicationId,
    tags: &[TagId],
) -> Result<(), UisError> {
    let ids: Vec<i64> = tags.iter().map(|tag| tag.0).collect();
    let params = with(communication(to), "tag_ids", ids);
    carrier.carry(again("update.tags_communication"), params).await.map(drop)
}

pub(crate) async fn add_tag(carrier: &dyn Carrier, to: CommunicationId, tag: TagId) -> Result<(), UisError> {
    let params = with(communication(to), "tag_id", tag.0);
    match carrier.carry(again("set.tag_communications"), params).await {
        Err(UisError::Invalid { mnemonic, .. }) if mnemonic == "duplicate_entity" => Ok(()),
        other => other.map(drop),
    }
}

pub(crate) async fn remove_tag(
    carrier: &dyn Carrier,
    from: CommunicationId,
    tag: TagId,
) -> Result<(), UisError> {
    let params = with(communication(from), "tag_id", tag.0);
    carrier.carry(again("unset.tag_communications"), params).await.map(drop)
}

pub(crate) async fn add_comment(
    carrier: &dyn Carrier,
    to: CommunicationId,
    comment: &str,
) -> Result<(), UisError> {
    let method = once("create.communication_comment");
    succeeded(method, &carrier.carry(method, with(communication(to), "comment", comment)).await?)
}

pub(crate) async fn order_recognition(carrier: &dyn Carrier, of: SessionId) -> Result<(), UisError> {
    let method = once("create.call_session_recognition_task");
    succeeded(method, &carrier.carry(method, json!({"call_session_id": of.0})).await?)
}

/// `{"success":"true"}`, `{"data":{"success":true}}`, `true` and `{}` all mean yes: pages differ.
fn succeeded(method: Method, result: &Value) -> Result<(), UisError> {
    let said = result.get("success").or_else(|| result.get("data")?.get("success")).unwrap_or(result);
    match said {
        Value::Bool(false) => {}
        Value::String(word) if word == "false" => {}
        _ => return Ok(()),
    }
    Err(UisError::Invalid {
        method: method.name.into(),
        mnemonic: "success_false".into(),
        field: None,
        message: "UIS answered without success and without a reason".into(),
    })
}

pub(crate) async fn recognition(
    carrier: &dyn Carrier,
    of: SessionId,
) -> Result<Option<Recognition>, UisError> {
    let method = again("getobj.call_session_recognition_info");
    match carrier.carry(method, json!({"call_session_id": of.0})).await {
        Ok(mut result) => {
            let data = result.get_mut("data").map(Value::take).unwrap_or_default();
            if data.is_null() || data.as_array().is_some_and(Vec::is_empty) {
                return Ok(None);
            }
            Ok(wire::read::<WireRecognition>(method.name, data)?.into_recognition())
        }
        Err(UisError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
