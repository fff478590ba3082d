//! The methods that write. Their answers come in all spellings that the documentation has.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::{fault::Refused, state::State};
use crate::{CallTag, Tag, TagId};

type Params = Map<String, Value>;

pub(super) fn number(params: &Params, name: &str) -> Result<i64, Refused> {
    params
        .get(name)
        .and_then(Value::as_i64)
        .ok_or_else(|| Refused::field("data_type_error", name, format!("{name} must be a number")))
}

fn text<'a>(params: &'a Params, name: &str) -> Result<&'a str, Refused> {
    params
        .get(name)
        .and_then(Value::as_str)
        .ok_or_else(|| Refused::field("data_type_error", name, format!("{name} must be a string")))
}

fn unknown(name: &str) -> Refused {
    Refused::field("entity_not_found", name, format!("Entity {name} has not been found"))
}

/// The session of a communication of the type `call`.
fn session(state: &State, params: &Params) -> Result<i64, Refused> {
    let communication = number(params, "communication_id")?;
    match text(params, "communication_type")? {
        "call" => {}
        "chat" | "goal" | "offline_message" => return Err(unknown("communication_id")),
        _ => {
            let field = "communication_type";
            return Err(Refused::field(
                "invalid_parameter_value",
                field,
                "Invalid value of communication_type",
            ));
        }
    }
    let call = state.calls.values().find(|call| call.row.communication_id.0 == communication);
    call.map(|call| call.row.id.0).ok_or_else(|| unknown("communication_id"))
}

fn known_tag(state: &State, id: i64) -> Result<CallTag, Refused> {
    let tag = state.tags.iter().find(|tag| tag.id.0 == id).ok_or_else(|| unknown("tag_id"))?;
    Ok(CallTag { id: tag.id, name: tag.name.clone() })
}

pub(super) fn create_tag(state: &mut State, params: &Params, _: DateTime<Utc>) -> Result<Value, Refused> {
    let name = text(params, "name")?;
    if state.tags.iter().any(|tag| tag.name == name) {
        return Err(Refused::field("duplicate_entity", "name", "Entity name already exists"));
    }
    let id = state.tags.iter().map(|tag| tag.id.0).max().unwrap_or(515_113) + 1;
    state.tags.push(Tag { id: TagId(id), name: name.to_owned(), is_system: false });
    Ok(json!({"id": id, "data": {"id": id}, "metadata": {}}))
}

pub(super) fn set_tag(state: &mut State, params: &Params, _: DateTime<Utc>) -> Result<Value, Refused> {
    let session = session(state, params)?;
    let tag = known_tag(state, number(params, "tag_id")?)?;
    let Some(call) = state.calls.get_mut(&session) else { return Err(unknown("communication_id")) };
    if call.row.tags.iter().any(|held| held.id == tag.id) {
        return Err(Refused::field("duplicate_entity", "tag_id", "Entity tag_id already exists"));
    }
    call.row.tags.push(tag);
    Ok(json!({}))
}

pub(super) fn unset_tag(state: &mut State, params: &Params, _: DateTime<Utc>) -> Result<Value, Refused> {
    let session = session(state, params)?;
    let tag = known_tag(state, number(params, "tag_id")?)?;
    if let Some(call) = state.calls.get_mut(&session) {
        call.row.tags.retain(|held| held.id != tag.id);
    }
    Ok(json!({}))
}

pub(super) fn update_tags(state: &mut State, params: &Params, _: DateTime<Utc>) -> Result<Value, Refused> {
    let session = session(state, params)?;
    let mistyped = || Refused::field("data_type_error", "tag_ids", "tag_ids must be a list of numbers");
    let ids = params.get("tag_ids").and_then(Value::as_array).ok_or_else(mistyped)?;
    let tags = ids.iter().map(|id| known_tag(state, id.as_i64().ok_or_else(mistyped)?));
    let tags = tags.collect::<Result<Vec<_>, _>>()?;
    let items: Vec<_> = tags.iter().map(|tag| json!({"tag_id": tag.id.0})).collect();
    if let Some(call) = state.calls.get_mut(&session) {
        call.row.tags = tags;
    }
    Ok(
        json!({"communication_id": number(params, "communication_id")?, "communication_type": "call", "items": items}),
    )
}

pub(super) fn comment(state: &mut State, params: &Params, _: DateTime<Utc>) -> Result<Value, Refused> {
    session(state, params)?;
    let words = text(params, "comment")?.to_owned();
    let comments = state.comments.entry(number(params, "communication_id")?).or_default();
    comments.push(words);
    // pages of the documentation differ on what success looks like
    Ok(match comments.len() % 3 {
        1 => json!({"success": "true"}),
        2 => json!(true),
        _ => json!({"success": true}),
    })
}

pub(super) fn order_recognition(
    state: &mut State,
    params: &Params,
    _: DateTime<Utc>,
) -> Result<Value, Refused> {
    let id = number(params, "call_session_id")?;
    if !state.calls.contains_key(&id) {
        return Err(unknown("call_session_id"));
    }
    state.ordered.push(id);
    Ok(json!({"success": "true"}))
}
