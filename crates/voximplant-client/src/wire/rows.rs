//! Rows of the lists and of the history.

use chrono::{DateTime, Utc};
use domain::PhoneNumber;
use secrecy::SecretString;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::{envelope::masked, lenient};
use crate::{
    Account, AccountId, Amount, Application, ApplicationId, CallLegId, FinishReason, HistoryCall,
    HistoryRecord, HistorySession, Page, RecordId, RecordUrl, Rule, RuleId, Scenario, ScenarioId, Secret,
    SecretId, SessionHistoryId, VoximplantError, provision::short_name,
};

/// A wire row on its way into a type; the error says what is missing.
pub(crate) trait Row: DeserializeOwned {
    /// What it becomes.
    type Into;
    fn into_row(self) -> Result<Self::Into, &'static str>;
}

/// Reads a list row by row: one broken row hides no other.
pub(crate) fn page<R: Row>(method: &str, mut answer: Value) -> Result<Page<R::Into>, VoximplantError> {
    let Some(Value::Array(values)) = answer.get_mut("result").map(Value::take) else {
        return Err(VoximplantError::BadAnswer { method: method.to_owned(), reason: "no list in it".into() });
    };
    let (mut rows, mut unreadable) = (Vec::with_capacity(values.len()), Vec::new());
    for (index, value) in values.into_iter().enumerate() {
        let row = serde_json::from_value::<R>(value)
            .map_err(|error| masked(&error.to_string()))
            .and_then(|row| row.into_row().map_err(str::to_owned));
        match row {
            Ok(row) => rows.push(row),
            Err(why) => unreadable.push(format!("{method}: row {} of the page: {why}", index + 1)),
        }
    }
    let total =
        answer.get("total_count").and_then(lenient::whole).and_then(|total| u64::try_from(total).ok());
    Ok(Page { rows, unreadable, total })
}

#[derive(Deserialize)]
struct WireAccount {
    #[serde(default, deserialize_with = "lenient::number")]
    account_id: Option<i64>,
    #[serde(default, deserialize_with = "lenient::text")]
    account_name: Option<String>,
    #[serde(default, deserialize_with = "lenient::amount")]
    balance: Option<Amount>,
    #[serde(default, deserialize_with = "lenient::text")]
    currency: Option<String>,
    #[serde(default, deserialize_with = "lenient::flag")]
    active: Option<bool>,
    #[serde(default, deserialize_with = "lenient::flag")]
    frozen: Option<bool>,
}

pub(crate) fn account(method: &str, mut answer: Value) -> Result<Account, VoximplantError> {
    let bad = || VoximplantError::BadAnswer { method: method.to_owned(), reason: "no account in it".into() };
    let api_address = answer.get("api_address").and_then(Value::as_str).map(str::to_owned);
    let result = answer.get_mut("result").map(Value::take).unwrap_or_default();
    let wire: WireAccount = serde_json::from_value(result).map_err(|_| bad())?;
    Ok(Account {
        id: AccountId(wire.account_id.ok_or_else(bad)?),
        name: wire.account_name.unwrap_or_default(),
        balance: wire.balance,
        currency: wire.currency,
        active: wire.active,
        frozen: wire.frozen.unwrap_or_default(),
        api_address,
    })
}

#[derive(Deserialize)]
pub(crate) struct WireApplication {
    #[serde(default, deserialize_with = "lenient::number")]
    application_id: Option<i64>,
    #[serde(default, deserialize_with = "lenient::text")]
    application_name: Option<String>,
    #[serde(default, deserialize_with = "lenient::flag")]
    secure_record_storage: Option<bool>,
}

impl Row for WireApplication {
    type Into = Application;

    fn into_row(self) -> Result<Application, &'static str> {
        let name = self.application_name.ok_or("no application_name")?;
        Ok(Application {
            id: ApplicationId(self.application_id.ok_or("no application_id")?),
            name: short_name(&name).to_owned(),
            secure_records: self.secure_record_storage,
        })
    }
}

#[derive(Deserialize)]
pub(crate) struct WireScenario {
    #[serde(default, deserialize_with = "lenient::number")]
    scenario_id: Option<i64>,
    #[serde(default, deserialize_with = "lenient::text")]
    scenario_name: Option<String>,
}

impl Row for WireScenario {
    type Into = Scenario;

    fn into_row(self) -> Result<Scenario, &'static str> {
        Ok(Scenario {
            id: ScenarioId(self.scenario_id.ok_or("no scenario_id")?),
            name: self.scenario_name.ok_or("no scenario_name")?,
        })
    }
}

/// The script of one scenario of an answer `with_script`; an empty script is one, too.
pub(crate) fn script(answer: &Value, id: ScenarioId) -> Option<String> {
    let rows = answer.get("result")?.as_array()?;
    let row = rows.iter().find(|row| row.get("scenario_id").and_then(lenient::whole) == Some(id.0))?;
    row.get("scenario_script")?.as_str().map(str::to_owned)
}

#[derive(Deserialize)]
pub(crate) struct WireRule {
    #[serde(default, deserialize_with = "lenient::number")]
    rule_id: Option<i64>,
    #[serde(default, deserialize_with = "lenient::text")]
    rule_name: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    rule_pattern: Option<String>,
    #[serde(default, deserialize_with = "lenient::list")]
    scenarios: Vec<WireScenario>,
}

impl Row for WireRule {
    type Into = Rule;

    fn into_row(self) -> Result<Rule, &'static str> {
        Ok(Rule {
            id: RuleId(self.rule_id.ok_or("no rule_id")?),
            name: self.rule_name.ok_or("no rule_name")?,
            pattern: self.rule_pattern.unwrap_or_default(),
            scenarios: self.scenarios.into_iter().map(Row::into_row).collect::<Result<_, _>>()?,
        })
    }
}

#[derive(Deserialize)]
pub(crate) struct WireSecret {
    #[serde(default, deserialize_with = "lenient::number")]
    secret_id: Option<i64>,
    #[serde(default, deserialize_with = "lenient::text")]
    secret_name: Option<String>,
}

impl Row for WireSecret {
    type Into = Secret;

    fn into_row(self) -> Result<Secret, &'static str> {
        Ok(Secret {
            id: SecretId(self.secret_id.ok_or("no secret_id")?),
            name: self.secret_name.ok_or("no secret_name")?,
        })
    }
}

/// `result` is a list of one in the official types; an object is taken, too.
pub(crate) fn secret_value(method: &str, answer: &Value) -> Result<SecretString, VoximplantError> {
    let first = answer.pointer("/result/0").or_else(|| answer.get("result"));
    let value = first.and_then(|first| first.get("secret_value")).and_then(Value::as_str);
    value.map(SecretString::from).ok_or_else(|| VoximplantError::BadAnswer {
        method: method.to_owned(),
        reason: "no secret_value in it".into(),
    })
}

#[derive(Deserialize)]
pub(crate) struct WireSession {
    #[serde(default, deserialize_with = "lenient::number")]
    call_session_history_id: Option<i64>,
    #[serde(default, deserialize_with = "lenient::number")]
    application_id: Option<i64>,
    #[serde(default, deserialize_with = "lenient::text")]
    rule_name: Option<String>,
    #[serde(default, deserialize_with = "lenient::time")]
    start_date: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "lenient::seconds")]
    duration: Option<u32>,
    #[serde(default, deserialize_with = "lenient::text")]
    custom_data: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    finish_reason: Option<String>,
    #[serde(default, deserialize_with = "lenient::list")]
    calls: Vec<WireCall>,
    #[serde(default, deserialize_with = "lenient::list")]
    records: Vec<WireRecord>,
}

#[derive(Deserialize)]
struct WireCall {
    #[serde(default, deserialize_with = "lenient::number")]
    call_id: Option<i64>,
    #[serde(default, deserialize_with = "lenient::time")]
    start_time: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "lenient::seconds")]
    duration: Option<u32>,
    #[serde(default, deserialize_with = "lenient::phone")]
    local_number: Option<PhoneNumber>,
    #[serde(default, deserialize_with = "lenient::phone")]
    remote_number: Option<PhoneNumber>,
    #[serde(default, deserialize_with = "lenient::flag")]
    incoming: Option<bool>,
    #[serde(default, deserialize_with = "lenient::flag")]
    successful: Option<bool>,
    #[serde(default, deserialize_with = "lenient::amount")]
    cost: Option<Amount>,
    #[serde(default, deserialize_with = "lenient::text")]
    end_reason: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    record_url: Option<String>,
}

#[derive(Deserialize)]
struct WireRecord {
    #[serde(default, deserialize_with = "lenient::number")]
    record_id: Option<i64>,
    #[serde(default, deserialize_with = "lenient::time")]
    start_time: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "lenient::seconds")]
    duration: Option<u32>,
    #[serde(default, deserialize_with = "lenient::text")]
    record_url: Option<String>,
    #[serde(default, deserialize_with = "lenient::number")]
    file_size: Option<i64>,
    #[serde(default, deserialize_with = "lenient::amount")]
    cost: Option<Amount>,
}

impl WireCall {
    fn into_call(self) -> Option<HistoryCall> {
        Some(HistoryCall {
            id: CallLegId(self.call_id?),
            started_at: self.start_time,
            duration_s: self.duration,
            local: self.local_number,
            remote: self.remote_number,
            incoming: self.incoming.unwrap_or_default(),
            successful: self.successful.unwrap_or_default(),
            cost: self.cost,
            end_reason: self.end_reason.map(|words| masked(&words)),
            record_url: self.record_url.map(RecordUrl::new),
        })
    }
}

impl WireRecord {
    fn into_record(self) -> Option<HistoryRecord> {
        Some(HistoryRecord {
            id: RecordId(self.record_id?),
            started_at: self.start_time,
            duration_s: self.duration,
            url: self.record_url.map(RecordUrl::new),
            bytes: self.file_size.and_then(|size| u64::try_from(size).ok()),
            cost: self.cost,
        })
    }
}

impl Row for WireSession {
    type Into = HistorySession;

    fn into_row(self) -> Result<HistorySession, &'static str> {
        Ok(HistorySession {
            id: SessionHistoryId(self.call_session_history_id.ok_or("no call_session_history_id")?),
            application: self.application_id.map(ApplicationId),
            rule_name: self.rule_name,
            started_at: self.start_date.ok_or("no start_date such as 2026-02-16 18:38:19")?,
            duration_s: self.duration,
            custom_data: self.custom_data,
            finish_reason: self.finish_reason.as_deref().map(FinishReason::parse),
            calls: self.calls.into_iter().filter_map(WireCall::into_call).collect(),
            records: self.records.into_iter().filter_map(WireRecord::into_record).collect(),
        })
    }
}
