//! What is said to Voximplant, method by method, over anything that carries a method and its form:
//! the live client's network or the fake's memory. So a request that the platform would refuse is
//! refused by the fake in memory, too.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use crate::{
    Account, Application, ApplicationId, HistoryRequest, HistorySession, MAX_CUSTOM_DATA, MAX_OFFSET,
    MAX_PAGE, NewRule, Page, PageRequest, RecordId, Rule, RuleId, Scenario, ScenarioId, Secret, SecretId,
    SessionHistoryId, StartRequest, StartedSession, VoximplantError,
    wire::{self, TIME},
};

/// What a second try of a method may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delicacy {
    /// Nothing: it reads.
    Read,
    /// It may do the same twice.
    Write,
    /// It dials once more.
    Start,
}

/// A method and how delicate it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Method {
    /// As on the wire.
    pub(crate) name: &'static str,
    pub(crate) delicacy: Delicacy,
}

const fn read(name: &'static str) -> Method {
    Method { name, delicacy: Delicacy::Read }
}

const fn write(name: &'static str) -> Method {
    Method { name, delicacy: Delicacy::Write }
}

/// Fields of a request, in their order.
pub(crate) type Form = Vec<(&'static str, String)>;

/// Carries a request (without the key) and brings back its answer, refusals read already.
#[async_trait]
pub(crate) trait Carrier: Send + Sync {
    async fn carry(&self, method: Method, form: Form) -> Result<Value, VoximplantError>;
}

/// Pages of lists of an account's own things; a thousand pages are no account's.
const MOST_PAGES: u32 = 1000;

/// A whole list, page by page.
async fn whole_list<R: wire::Row>(
    carrier: &dyn Carrier,
    name: &'static str,
    form: Form,
) -> Result<Vec<R::Into>, VoximplantError> {
    let method = read(name);
    let mut rows = Vec::new();
    let mut offset = 0_u64;
    for _ in 0..MOST_PAGES {
        let mut form = form.clone();
        form.extend([("count", MAX_PAGE.to_string()), ("offset", offset.to_string())]);
        let page = wire::page::<R>(name, carrier.carry(method, form).await?)?;
        if let Some(reason) = page.unreadable.first() {
            // half a list would make deploy create what is there
            return Err(VoximplantError::BadAnswer { method: name.into(), reason: reason.clone() });
        }
        let received = u32::try_from(page.received()).unwrap_or(u32::MAX);
        offset += u64::from(received);
        rows.extend(page.rows);
        if received == 0 || page.total.is_none_or(|total| offset >= total) {
            break;
        }
    }
    Ok(rows)
}

pub(crate) async fn account(carrier: &dyn Carrier) -> Result<Account, VoximplantError> {
    let method = read("GetAccountInfo");
    wire::account(method.name, carrier.carry(method, Vec::new()).await?)
}

fn application(id: ApplicationId) -> (&'static str, String) {
    ("application_id", id.to_string())
}

pub(crate) async fn applications(carrier: &dyn Carrier) -> Result<Vec<Application>, VoximplantError> {
    whole_list::<wire::WireApplication>(carrier, "GetApplications", Vec::new()).await
}

pub(crate) async fn add_application(
    carrier: &dyn Carrier,
    name: &str,
    secure_records: bool,
) -> Result<ApplicationId, VoximplantError> {
    let method = write("AddApplication");
    let form =
        vec![("application_name", name.to_owned()), ("secure_record_storage", secure_records.to_string())];
    wire::id(method.name, &carrier.carry(method, form).await?, "application_id").map(ApplicationId)
}

pub(crate) async fn scenarios(
    carrier: &dyn Carrier,
    of: ApplicationId,
) -> Result<Vec<Scenario>, VoximplantError> {
    whole_list::<wire::WireScenario>(carrier, "GetScenarios", vec![application(of)]).await
}

pub(crate) async fn scenario_script(
    carrier: &dyn Carrier,
    of: ApplicationId,
    id: ScenarioId,
) -> Result<String, VoximplantError> {
    let method = read("GetScenarios");
    let form = vec![application(of), ("scenario_id", id.to_string()), ("with_script", "true".into())];
    let answer = carrier.carry(method, form).await?;
    wire::script(&answer, id).ok_or(VoximplantError::Setup {
        method: method.name.into(),
        code: 132,
        message: "no such scenario, or it came without its script".into(),
    })
}

pub(crate) async fn add_scenario(
    carrier: &dyn Carrier,
    to: ApplicationId,
    name: &str,
    script: &str,
) -> Result<ScenarioId, VoximplantError> {
    let method = write("AddScenario");
    let form =
        vec![application(to), ("scenario_name", name.to_owned()), ("scenario_script", script.to_owned())];
    wire::id(method.name, &carrier.carry(method, form).await?, "scenario_id").map(ScenarioId)
}

pub(crate) async fn set_scenario_script(
    carrier: &dyn Carrier,
    id: ScenarioId,
    script: &str,
) -> Result<(), VoximplantError> {
    let method = write("SetScenarioInfo");
    let form = vec![("scenario_id", id.to_string()), ("scenario_script", script.to_owned())];
    wire::done(method.name, &carrier.carry(method, form).await?)
}

pub(crate) async fn rules(carrier: &dyn Carrier, of: ApplicationId) -> Result<Vec<Rule>, VoximplantError> {
    let form = vec![application(of), ("with_scenarios", "true".into())];
    whole_list::<wire::WireRule>(carrier, "GetRules", form).await
}

fn list(ids: &[ScenarioId]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(";")
}

pub(crate) async fn add_rule(
    carrier: &dyn Carrier,
    to: ApplicationId,
    rule: &NewRule,
) -> Result<RuleId, VoximplantError> {
    let method = write("AddRule");
    let mut form =
        vec![application(to), ("rule_name", rule.name.clone()), ("rule_pattern", rule.pattern.clone())];
    if !rule.scenarios.is_empty() {
        form.push(("scenario_id", list(&rule.scenarios)));
    }
    wire::id(method.name, &carrier.carry(method, form).await?, "rule_id").map(RuleId)
}

pub(crate) async fn set_rule_pattern(
    carrier: &dyn Carrier,
    id: RuleId,
    pattern: &str,
) -> Result<(), VoximplantError> {
    let method = write("SetRuleInfo");
    let form = vec![("rule_id", id.to_string()), ("rule_pattern", pattern.to_owned())];
    wire::done(method.name, &carrier.carry(method, form).await?)
}

pub(crate) async fn bind_scenarios(
    carrier: &dyn Carrier,
    of: ApplicationId,
    rule: RuleId,
    scenarios: &[ScenarioId],
    bind: bool,
) -> Result<(), VoximplantError> {
    if scenarios.is_empty() {
        return Ok(());
    }
    let method = write("BindScenario");
    let form = vec![
        application(of),
        ("scenario_id", list(scenarios)),
        ("rule_id", rule.to_string()),
        ("bind", bind.to_string()),
    ];
    wire::done(method.name, &carrier.carry(method, form).await?)
}

pub(crate) async fn secrets(
    carrier: &dyn Carrier,
    of: ApplicationId,
) -> Result<Vec<Secret>, VoximplantError> {
    whole_list::<wire::WireSecret>(carrier, "GetSecrets", vec![application(of)]).await
}

pub(crate) async fn secret_value(
    carrier: &dyn Carrier,
    of: ApplicationId,
    id: SecretId,
) -> Result<SecretString, VoximplantError> {
    let method = read("GetSecretValue");
    let form = vec![application(of), ("secret_id", id.to_string())];
    wire::secret_value(method.name, &carrier.carry(method, form).await?)
}

pub(crate) async fn add_secret(
    carrier: &dyn Carrier,
    to: ApplicationId,
    name: &str,
    value: &SecretString,
) -> Result<SecretId, VoximplantError> {
    let method = write("AddSecret");
    let value = value.expose_secret().to_owned();
    let form = vec![application(to), ("secret_name", name.to_owned()), ("secret_value", value)];
    let answer = carrier.carry(method, form).await?;
    let first = answer.pointer("/result/0").unwrap_or(&answer);
    wire::id(method.name, first, "secret_id").map(SecretId)
}

pub(crate) async fn set_secret(
    carrier: &dyn Carrier,
    of: ApplicationId,
    id: SecretId,
    value: &SecretString,
) -> Result<(), VoximplantError> {
    let method = write("SetSecretInfo");
    let value = value.expose_secret().to_owned();
    let form = vec![application(of), ("secret_id", id.to_string()), ("secret_value", value)];
    wire::done(method.name, &carrier.carry(method, form).await?)
}

pub(crate) async fn start(
    carrier: &dyn Carrier,
    request: &StartRequest,
) -> Result<StartedSession, VoximplantError> {
    let method = Method { name: "StartScenarios", delicacy: Delicacy::Start };
    let invalid = |message: &str| {
        Err(VoximplantError::Invalid { method: method.name.into(), code: 0, message: message.into() })
    };
    if request.custom_data.len() > MAX_CUSTOM_DATA {
        return invalid("custom data is longer than 200 bytes");
    }
    let mut form =
        vec![("rule_id", request.rule.to_string()), ("script_custom_data", request.custom_data.clone())];
    if let Some(location) = &request.server_location {
        form.push(("server_location", location.clone()));
    }
    match carrier.carry(method, form).await {
        Ok(answer) => wire::started(&answer)
            .ok_or_else(|| VoximplantError::Unknown { reason: "the answer names no session".into() }),
        Err(error) if error.may_have_applied() => Err(match error {
            VoximplantError::Unavailable { reason, .. } | VoximplantError::BadAnswer { reason, .. } => {
                VoximplantError::Unknown { reason }
            }
            other => other,
        }),
        Err(error) => Err(error),
    }
}

fn date(at: DateTime<Utc>) -> String {
    at.format(TIME).to_string()
}

pub(crate) async fn history_page(
    carrier: &dyn Carrier,
    request: &HistoryRequest,
) -> Result<Page<HistorySession>, VoximplantError> {
    let method = read("GetCallHistory");
    let invalid = |message: &str| {
        Err(VoximplantError::Invalid { method: method.name.into(), code: 0, message: message.into() })
    };
    let PageRequest { count, offset } = request.page;
    if count == 0 || count > MAX_PAGE || offset > MAX_OFFSET {
        return invalid("a page has 1 to 1000 rows, and the offset is 10 000 at most");
    }
    let mut form = vec![
        ("from_date", date(request.from)),
        ("to_date", date(request.to)),
        ("with_calls", "true".into()),
        ("with_records", "true".into()),
        ("with_total_count", "true".into()),
        ("desc_order", "false".into()),
        ("count", count.to_string()),
        ("offset", offset.to_string()),
    ];
    form.extend(request.application.map(application));
    form.extend(request.custom_data.clone().map(|data| ("call_session_history_custom_data", data)));
    // numbers stand in the history without the plus
    let number = request.remote.as_ref().map(|phone| phone.as_str().trim_start_matches('+').to_owned());
    form.extend(number.map(|number| ("remote_number", number)));
    wire::page::<wire::WireSession>(method.name, carrier.carry(method, form).await?)
}

pub(crate) async fn session(
    carrier: &dyn Carrier,
    id: SessionHistoryId,
) -> Result<Option<HistorySession>, VoximplantError> {
    let method = read("GetCallHistory");
    let form = vec![
        ("call_session_history_id", id.to_string()),
        ("with_calls", "true".into()),
        ("with_records", "true".into()),
    ];
    let answer = match carrier.carry(method, form).await {
        // unknown, or outside of the dates: both mean that it is not there
        Err(VoximplantError::NotFound { .. }) => return Ok(None),
        other => other?,
    };
    let mut page = wire::page::<wire::WireSession>(method.name, answer)?;
    match (page.rows.drain(..).find(|session| session.id == id), page.unreadable.pop()) {
        (None, Some(reason)) => Err(VoximplantError::BadAnswer { method: method.name.into(), reason }),
        (found, _) => Ok(found),
    }
}

pub(crate) async fn delete_recording(carrier: &dyn Carrier, id: RecordId) -> Result<(), VoximplantError> {
    let method = Method { name: "DeleteRecord", delicacy: Delicacy::Read };
    match carrier.carry(method, vec![("record_id", id.to_string())]).await {
        Ok(answer) => wire::done(method.name, &answer),
        Err(VoximplantError::NotFound { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

pub(crate) async fn set_callback(
    carrier: &dyn Carrier,
    url: &str,
    salt: &SecretString,
) -> Result<(), VoximplantError> {
    let method = write("SetAccountInfo");
    let form = vec![("callback_url", url.to_owned()), ("callback_salt", salt.expose_secret().to_owned())];
    wire::done(method.name, &carrier.carry(method, form).await?)
}
