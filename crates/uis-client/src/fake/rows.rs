//! Rows of the fake as JSON, every column of the table.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::{Map, Value, json};

use super::{Appear, FakeCall, state::State};
use crate::{CallRecording, Employee, RecordId, UisLeg, wire::TIME};

pub(super) fn time(at: NaiveDateTime) -> Value {
    at.format(TIME).to_string().into()
}

fn ids(records: &[RecordId]) -> Vec<&str> {
    records.iter().map(RecordId::as_str).collect()
}

/// Whether the recordings of a call are there.
pub(super) fn has_appeared(state: &State, call: &FakeCall, now: DateTime<Utc>) -> bool {
    let over = call.row.finish_time.is_some_and(|finish| finish <= state.account.wall(now));
    over && match call.appear {
        Appear::AtOnce => true,
        Appear::Never => false,
        Appear::At(at) => at <= now,
        Appear::AfterPolls(polls) => state.polls.get(&call.row.id.0).copied().unwrap_or_default() >= polls,
    }
}

/// The row of a call as it is told now; a call that goes on has no end, no talk and no recording.
pub(super) fn call(state: &State, call: &FakeCall, now: DateTime<Utc>) -> Map<String, Value> {
    let row = &call.row;
    let wall = state.account.wall(now);
    let finished = row.finish_time.is_some_and(|finish| finish <= wall);
    let listed = has_appeared(state, call, now);
    let when = |value: Value, holds: bool| if holds { value } else { Value::Null };
    let list = |records: &[RecordId]| if listed { json!(ids(records)) } else { json!([]) };
    let seconds = |value: u32| if finished { value } else { 0 };
    let last = row.last_answered_employee_id.map(|id| id.0);
    let employees = row.employees.iter().map(|employee| {
        json!({"employee_id": employee.id.0, "employee_full_name": employee.full_name,
            "is_answered": employee.is_answered, "is_talked": employee.is_talked})
    });
    let tags = row.tags.iter().map(|tag| {
        json!({"tag_id": tag.id.0, "tag_name": tag.name, "tag_type": "manual",
            "tag_change_time": time(row.start_time), "tag_user_id": null, "tag_user_login": null,
            "tag_employee_id": null, "tag_employee_full_name": null})
    });
    let row = json!({
        "id": row.id.0,
        "communication_id": row.communication_id.0,
        "communication_type": "call",
        "start_time": time(row.start_time),
        "finish_time": row.finish_time.filter(|_| finished).map(time),
        "finish_reason": when(json!(row.finish_reason), finished),
        "direction": row.direction.as_str(),
        "is_lost": row.is_lost && finished,
        "source": row.source,
        "contact_phone_number": row.contact_phone_number,
        "virtual_phone_number": row.virtual_phone_number,
        "talk_duration": seconds(row.talk_duration),
        "clean_talk_duration": seconds(row.talk_duration),
        "total_duration": seconds(row.total_duration),
        "wait_duration": seconds(row.wait_duration),
        "total_wait_duration": seconds(row.wait_duration),
        "call_records": list(&row.call_records),
        "wav_call_records": list(&row.wav_call_records),
        "voice_mail_records": list(&row.voice_mail_records),
        "full_record_file_link": when(json!(row.full_record_file_link.as_ref().map(crate::FullRecordLink::as_str)), listed),
        "is_transfer": row.is_transfer,
        "employees": employees.collect::<Vec<_>>(),
        "last_answered_employee_id": last,
        "operator_phone_number": row.operator_phone_number,
        "tags": tags.collect::<Vec<_>>(),
        "hold_duration": 0,
    });
    object(row)
}

/// The row of a leg.
pub(super) fn leg(state: &State, call: &FakeCall, leg: &UisLeg, now: DateTime<Utc>) -> Map<String, Value> {
    let listed = has_appeared(state, call, now);
    let list = |records: &[RecordId]| if listed { json!(ids(records)) } else { json!([]) };
    let employee = call.row.operator_phone_number.as_ref();
    let (calling, called) = if leg.is_operator {
        (call.row.contact_phone_number.as_ref(), employee)
    } else {
        (call.row.contact_phone_number.as_ref(), call.row.virtual_phone_number.as_ref())
    };
    let direction = if leg.is_operator { "out" } else { "in" };
    object(json!({
        "id": leg.id.0,
        "call_session_id": leg.session_id.0,
        "call_records": list(&leg.call_records),
        "wav_call_records": list(&leg.wav_call_records),
        "start_time": leg.start_time.map(time),
        "connect_time": leg.connect_time.map(time),
        "duration": leg.duration,
        "total_duration": leg.duration,
        "virtual_phone_number": call.row.virtual_phone_number,
        "calling_phone_number": calling,
        "called_phone_number": called,
        "direction": direction,
        "is_transfered": call.row.is_transfer,
        "is_operator": leg.is_operator,
        "employee_id": leg.employee_id.map(|id| id.0),
        "employee_full_name": leg.employee_full_name,
        "is_coach": leg.is_coach,
        "is_failed": leg.is_failed,
        "is_talked": !leg.is_failed,
    }))
}

/// The row of an employee.
pub(super) fn employee(employee: &Employee) -> Map<String, Value> {
    let recording = employee.call_recording.as_ref().map(|recording| match recording {
        CallRecording::All => "all",
        CallRecording::In => "in",
        CallRecording::Out => "out",
        CallRecording::Off => "off",
        CallRecording::Other(word) => word,
    });
    let groups =
        employee.groups.iter().zip(1..).map(|(name, id)| json!({"group_id": id, "group_name": name}));
    object(json!({
        "id": employee.id.0,
        "full_name": employee.full_name,
        "status_id": 1,
        "call_recording": recording,
        "groups": groups.collect::<Vec<_>>(),
        "phone_numbers": [],
        "extension": {"extension_phone_number": "0288122"},
    }))
}

/// The members of what was written as an object.
pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
