//! The methods that read.

use chrono::{DateTime, Duration, Utc};
use serde_json::{Map, Value, json};

use super::{
    FakeCall,
    columns::{ACCOUNT, CALLS, EMPLOYEES, LEGS, TAGS},
    fault::Refused,
    query::{Query, window},
    rows,
    state::State,
};

type Params = Map<String, Value>;

pub(super) fn account(state: &mut State, params: &Params, _: DateTime<Utc>) -> Result<Value, Refused> {
    let account = &state.account;
    let row = json!({"app_id": account.app_id, "name": account.name, "timezone": account.zone.name()});
    Ok(Query::parse(params, ACCOUNT)?.run(vec![rows::object(row)], |_| {}))
}

pub(super) fn calls_report(state: &mut State, params: &Params, now: DateTime<Utc>) -> Result<Value, Refused> {
    let window = window(params)?;
    let query = Query::parse(params, CALLS)?;
    let ongoing = match params.get("include_ongoing_calls") {
        None | Some(Value::Null) => false,
        Some(value) => value.as_bool().ok_or_else(|| {
            Refused::field("data_type_error", "include_ongoing_calls", "true or false is expected")
        })?,
    };
    let wall = state.account.wall(now);
    let begun = |call: &&FakeCall| {
        let over = call.row.finish_time.is_some_and(|finish| finish <= wall);
        (window.from..=window.till).contains(&call.row.start_time)
            && call.row.start_time <= wall
            && (over || ongoing)
    };
    let found = state.calls.values().filter(begun).map(|call| rows::call(state, call, now)).collect();
    let mut listed = Vec::new();
    let result = query.run(found, |row| listed.extend(row.get("id").and_then(Value::as_i64)));
    for id in listed {
        *state.polls.entry(id).or_default() += 1;
    }
    Ok(result)
}

pub(super) fn legs_report(state: &mut State, params: &Params, now: DateTime<Utc>) -> Result<Value, Refused> {
    let window = window(params)?;
    let query = Query::parse(params, LEGS)?;
    let mut found = Vec::new();
    for call in state.calls.values() {
        for leg in &call.legs {
            let start = leg.start_time.unwrap_or(call.row.start_time);
            if (window.from..=window.till).contains(&start) && start <= state.account.wall(now) {
                found.push(rows::leg(state, call, leg, now));
            }
        }
    }
    Ok(query.run(found, |_| {}))
}

pub(super) fn employees(state: &mut State, params: &Params, _: DateTime<Utc>) -> Result<Value, Refused> {
    let found = state.employees.iter().map(rows::employee).collect();
    Ok(Query::parse(params, EMPLOYEES)?.run(found, |_| {}))
}

pub(super) fn tags(state: &mut State, params: &Params, _: DateTime<Utc>) -> Result<Value, Refused> {
    let row = |tag: &crate::Tag| {
        rows::object(json!({"id": tag.id.0, "name": tag.name, "is_system": tag.is_system}))
    };
    let found = state.tags.iter().map(row).collect();
    Ok(Query::parse(params, TAGS)?.run(found, |_| {}))
}

pub(super) fn recognition(state: &mut State, params: &Params, _: DateTime<Utc>) -> Result<Value, Refused> {
    let id = super::writes::number(params, "call_session_id")?;
    let call = state.calls.get(&id).ok_or_else(|| {
        Refused::field("entity_not_found", "call_session_id", "Entity call_session_id has not been found")
    })?;
    let start = call.row.start_time;
    let phrases = state.recognitions.get(&id).map(Vec::as_slice).unwrap_or_default();
    let phrases = phrases.iter().zip(1_i64..).map(|((at, operator, words), number)| {
        // a time of day here, unlike in the reports
        let at = (start + Duration::seconds(i64::from(*at))).format("%H:%M:%S").to_string();
        json!({"id": id * 1000 + number, "ext_id": null, "speech_id": id, "phrase": words,
            "start_time": at, "is_operator": operator, "edited_phrase": null})
    });
    Ok(json!({"metadata": {}, "data": {
        "speech_phrases": phrases.collect::<Vec<_>>(),
        "recognition_worker_type": "VoiceNavigator",
        "call_records": [],
        "call_start_date_time": rows::time(start),
        "contact_phone_number": call.row.contact_phone_number,
    }}))
}
