//! The call history: sessions that have ended, as `GetCallHistory` tells them.

use chrono::NaiveDateTime;
use serde_json::{Map, Value, json};

use super::{
    FakeSession, FakeVoximplant, doors::Asked, fault::Refused, provision::listing, session::record_name,
    state::State,
};
use crate::{MAX_OFFSET, MAX_PAGE, wire::TIME};

impl FakeVoximplant {
    pub(super) fn call_history(&self, asked: &Asked<'_>) -> Result<Value, Refused> {
        let state = self.lock();
        let over = |name, most: u32| -> Result<bool, Refused> {
            Ok(asked.number(name)?.is_some_and(|value| value < 0 || value > i64::from(most)))
        };
        if over("count", MAX_PAGE)? || over("offset", MAX_OFFSET)? {
            return Err(Refused::new(101, "The 'count' or 'offset' parameter is invalid"));
        }
        let ids = asked.numbers("call_session_history_id")?;
        let window = (date(asked, "from_date")?, date(asked, "to_date")?);
        if ids.is_empty() && (window.0.is_none() || window.1.is_none()) {
            return Err(Refused::new(134, "The 'from_date' or 'to_date' parameter is empty"));
        }
        if let (Some(from), Some(to)) = window
            && to < from
        {
            return Err(Refused::new(123, "The date range is invalid"));
        }
        let application = asked.number("application_id")?;
        let (data, remote) = (asked.text("call_session_history_custom_data"), asked.text("remote_number"));
        let mut found: Vec<&FakeSession> = state
            .sessions
            .values()
            .filter(|session| session.end.is_some())
            .filter(|session| ids.is_empty() || ids.contains(&session.id.0))
            .filter(|session| is_within(session, window))
            .filter(|session| application.is_none_or(|id| id == session.application))
            .filter(|session| data.is_none_or(|data| data == session.custom_data))
            .filter(|session| remote.is_none_or(|remote| has_number(session, remote)))
            .collect();
        if !ids.is_empty() && found.is_empty() {
            return Err(Refused::new(150, "The call session history id is invalid"));
        }
        found.sort_by_key(|session| (session.started_at, session.id));
        if asked.flag("desc_order", false) {
            found.reverse();
        }
        let rows = found.into_iter().map(|session| row(&state, session, asked)).collect();
        let mut whole = listing(rows, asked, 20)?;
        if let Some(whole) = whole.as_object_mut() {
            whole.insert("timezone".into(), "Etc/GMT".into());
            if !asked.flag("with_total_count", true) {
                whole.remove("total_count");
            }
        }
        Ok(whole)
    }

    pub(super) fn delete_record(&self, asked: &Asked<'_>) -> Result<Value, Refused> {
        let id = asked.number("record_id")?;
        let url = asked.text("record_url");
        let mut state = self.lock();
        let wanted = |name: &String| url.is_some_and(|url| url.ends_with(name.as_str()));
        let found = state.records.iter_mut().find(|(name, record)| Some(record.id) == id || wanted(name));
        match found {
            Some((_, record)) if !record.deleted => {
                record.deleted = true;
                Ok(json!({"result": 1}))
            }
            _ => Err(Refused::new(341, "The record is not found")),
        }
    }
}

type Window = (Option<NaiveDateTime>, Option<NaiveDateTime>);

fn date(asked: &Asked<'_>, name: &str) -> Result<Option<NaiveDateTime>, Refused> {
    let bad = |_| Refused::new(101, format!("The '{name}' parameter is invalid"));
    asked.text(name).map(|text| NaiveDateTime::parse_from_str(text, TIME).map_err(bad)).transpose()
}

fn is_within(session: &FakeSession, (from, to): Window) -> bool {
    // dates travel in whole seconds
    let at = session.started_at.timestamp();
    from.is_none_or(|from| from.and_utc().timestamp() <= at)
        && to.is_none_or(|to| at <= to.and_utc().timestamp())
}

fn has_number(session: &FakeSession, number: &str) -> bool {
    session.end.iter().flat_map(|end| &end.calls).any(|call| call.remote == number)
}

fn row(state: &State, session: &FakeSession, asked: &Asked<'_>) -> Value {
    let mut row = Map::new();
    let mut put = |name: &str, value: Value| row.insert(name.to_owned(), value);
    put("call_session_history_id", session.id.0.into());
    put("account_id", FakeVoximplant::ACCOUNT.0.into());
    put("application_id", session.application.into());
    put("rule_name", session.rule_name.clone().into());
    put("start_date", session.started_at.format(TIME).to_string().into());
    put("log_file_url", format!("{}/log", state.record_base).into());
    if !session.custom_data.is_empty() {
        put("custom_data", session.custom_data.clone().into());
    }
    let Some(end) = &session.end else { return Value::Object(row) };
    put("duration", end.duration_s.into());
    put("finish_reason", end.reason.as_str().into());
    let start = session.started_at.format(TIME).to_string();
    let (mut calls, mut records) = (Vec::new(), Vec::new());
    for (index, call) in end.calls.iter().enumerate() {
        let id = session.id.0 * 10 + i64::try_from(index).unwrap_or_default();
        let name = record_name(session.id, index);
        let mut told = json!({"call_id": id, "start_time": start, "duration": call.duration_s,
            "local_number": "74950001200", "remote_number": call.remote, "remote_number_type": "pstn",
            "incoming": call.incoming, "successful": call.successful, "transaction_id": id,
            "end_reason": call.end_reason});
        if let Some(told) = told.as_object_mut() {
            if let Some(cost) = call.cost.as_deref().and_then(|cost| cost.parse::<f64>().ok()) {
                told.insert("cost".into(), cost.into());
            }
            if let Some(record) = state.records.get(&name).filter(|record| !record.deleted) {
                let url = format!("{}/{name}", state.record_base);
                told.insert("record_url".into(), url.clone().into());
                records.push(json!({"record_id": record.id, "record_name": "call", "start_time": start,
                    "duration": call.duration_s, "record_url": url, "file_size": record.sound.size(),
                    "cost": 0.001, "transaction_id": id}));
            }
        }
        calls.push(told);
    }
    if asked.flag("with_calls", false) {
        row.insert("calls".into(), calls.into());
    }
    if asked.flag("with_records", false) {
        row.insert("records".into(), records.into());
    }
    Value::Object(row)
}
