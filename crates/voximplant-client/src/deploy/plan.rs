//! Working out what differs: reads alone, nothing is changed.

use secrecy::{ExposeSecret as _, SecretString};

use super::{
    Change, DeployPlan, DeployWanted, SECRET_BACKEND_SECRET, SECRET_BACKEND_URL, SECRET_CALLER_ID,
    ScenarioFile, WantedApplication, diff, rule_name, rule_pattern,
};
use crate::{Application, ApplicationId, Rule, Scenario, VoximplantApi, VoximplantError};

/// What a deployment would change.
///
/// # Errors
/// [`VoximplantError::Setup`] when an application that must be there is not,
/// [`VoximplantError::Config`] for an address that Voximplant cannot reach.
pub async fn plan_deploy(
    api: &dyn VoximplantApi,
    wanted: &DeployWanted,
) -> Result<DeployPlan, VoximplantError> {
    check(wanted)?;
    let applications = api.applications().await?;
    let Some(application) = find(&applications, &wanted.application)? else {
        return Ok(from_nothing(wanted));
    };
    let mut changes = Vec::new();
    secrets(api, application, wanted, &mut changes).await?;
    let scenarios = api.scenarios(application).await?;
    let rules = api.rules(application).await?;
    for file in ScenarioFile::ALL {
        let there = scenarios.iter().find(|scenario| scenario.name == file.name);
        scenario(api, application, file, there, &mut changes).await?;
        let rule = rules.iter().find(|rule| rule.name == rule_name(file.mode));
        compare_rule(file, rule, there, wanted, &mut changes);
    }
    Ok(DeployPlan { application: Some(application), changes })
}

fn check(wanted: &DeployWanted) -> Result<(), VoximplantError> {
    if !matches!(wanted.backend_url.scheme(), "https" | "http") || wanted.backend_url.host().is_none() {
        return Err(VoximplantError::Config(
            "BACKEND_URL must be an https address that Voximplant can reach".into(),
        ));
    }
    if wanted.backend_secret.expose_secret().trim().is_empty() {
        return Err(VoximplantError::Config("VOXIMPLANT_BACKEND_SECRET is empty".into()));
    }
    Ok(())
}

/// The secrets that are wanted, and whether their values may be shown.
pub(super) fn wanted_secrets(wanted: &DeployWanted) -> [(&'static str, SecretString, bool); 3] {
    let url = wanted.backend_url.as_str().trim_end_matches('/').to_owned();
    [
        (SECRET_BACKEND_URL, url.into(), true),
        (SECRET_BACKEND_SECRET, wanted.backend_secret.clone(), false),
        (SECRET_CALLER_ID, wanted.caller_id.as_str().to_owned().into(), true),
    ]
}

fn find(there: &[Application], wanted: &WantedApplication) -> Result<Option<ApplicationId>, VoximplantError> {
    match wanted {
        WantedApplication::Named(name) => Ok(there.iter().find(|app| app.is_named(name)).map(|app| app.id)),
        WantedApplication::Id(id) if there.iter().any(|app| app.id == *id) => Ok(Some(*id)),
        WantedApplication::Id(id) => Err(VoximplantError::Setup {
            method: "GetApplications".into(),
            code: 116,
            message: format!("the account has no application {id}"),
        }),
    }
}

fn from_nothing(wanted: &DeployWanted) -> DeployPlan {
    let mut changes = Vec::new();
    if let WantedApplication::Named(name) = &wanted.application {
        changes.push(Change::AddApplication { name: name.clone() });
    }
    changes.extend(wanted_secrets(wanted).map(|(name, _, _)| Change::AddSecret { name }));
    for file in ScenarioFile::ALL {
        changes.push(Change::AddScenario {
            mode: file.mode,
            name: file.name,
            lines: file.script.lines().count(),
        });
        changes.push(Change::AddRule { mode: file.mode, pattern: rule_pattern(file.mode, wanted.inbound) });
    }
    DeployPlan { application: None, changes }
}

async fn secrets(
    api: &dyn VoximplantApi,
    application: ApplicationId,
    wanted: &DeployWanted,
    changes: &mut Vec<Change>,
) -> Result<(), VoximplantError> {
    let there = api.secrets(application).await?;
    for (name, value, may_be_shown) in wanted_secrets(wanted) {
        let Some(secret) = there.iter().find(|secret| secret.name == name) else {
            changes.push(Change::AddSecret { name });
            continue;
        };
        let old = match api.secret_value(application, secret.id).await {
            Ok(old) if old.expose_secret() == value.expose_secret() => continue,
            Ok(old) => Some(old.expose_secret().to_owned()).filter(|_| may_be_shown),
            // a role may write secrets and not read them: written anew each time then
            Err(VoximplantError::Forbidden { .. }) => None,
            Err(error) => return Err(error),
        };
        changes.push(Change::SetSecret { id: secret.id, name, old });
    }
    Ok(())
}

async fn scenario(
    api: &dyn VoximplantApi,
    application: ApplicationId,
    file: ScenarioFile,
    there: Option<&Scenario>,
    changes: &mut Vec<Change>,
) -> Result<(), VoximplantError> {
    let Some(there) = there else {
        changes.push(Change::AddScenario {
            mode: file.mode,
            name: file.name,
            lines: file.script.lines().count(),
        });
        return Ok(());
    };
    let script = api.scenario_script(application, there.id).await?;
    // the platform may keep other ends of lines
    if script.lines().ne(file.script.lines()) {
        let diff = diff::lines(&script, file.script);
        changes.push(Change::SetScenario { mode: file.mode, id: there.id, name: file.name, diff });
    }
    Ok(())
}

fn compare_rule(
    file: ScenarioFile,
    rule: Option<&Rule>,
    scenario: Option<&Scenario>,
    wanted: &DeployWanted,
    changes: &mut Vec<Change>,
) {
    let (mode, pattern) = (file.mode, rule_pattern(file.mode, wanted.inbound));
    let Some(rule) = rule else {
        changes.push(Change::AddRule { mode, pattern });
        return;
    };
    if rule.pattern != pattern {
        changes.push(Change::SetPattern { mode, id: rule.id, old: rule.pattern.clone(), new: pattern });
    }
    let ours = |bound: &&Scenario| scenario.is_some_and(|ours| ours.id == bound.id);
    let foreign: Vec<&Scenario> = rule.scenarios.iter().filter(|bound| !ours(bound)).collect();
    if !foreign.is_empty() {
        changes.push(Change::Unbind {
            mode,
            rule: rule.id,
            scenarios: foreign.iter().map(|scenario| scenario.id).collect(),
            names: foreign.iter().map(|scenario| scenario.name.clone()).collect(),
        });
    }
    if foreign.len() == rule.scenarios.len() {
        changes.push(Change::Bind { mode, rule: rule.id });
    }
}
