//! Doing what a plan says, and reading back whether it stands.
//!
//! A step whose answer is lost is not repeated: the next plan sees what is there and goes on.

use std::collections::BTreeMap;

use super::{
    Change, DeployPlan, DeployWanted, Deployed, DeployedRule, ScenarioFile, WantedApplication, plan,
    plan_deploy, rule_name,
};
use crate::{ApplicationId, DialogMode, NewRule, ScenarioId, VoximplantApi, VoximplantError};

/// Applies a plan of [`plan_deploy`], in its order.
///
/// # Errors
/// Of the first step that fails; plan and apply again to go on. [`VoximplantError::BadAnswer`] when
/// all steps succeeded and yet something is not as wanted: a platform that reports success and
/// keeps the old script has been seen.
pub async fn apply_deploy(
    api: &dyn VoximplantApi,
    wanted: &DeployWanted,
    plan: &DeployPlan,
) -> Result<Deployed, VoximplantError> {
    let mut work = Work { api, wanted, application: plan.application, scenarios: BTreeMap::new() };
    for change in &plan.changes {
        tracing::info!(step = %headline(change), "deploying to Voximplant");
        work.perform(change).await?;
    }
    read_back(api, wanted, plan.changes.len()).await
}

fn headline(change: &Change) -> String {
    change.to_string().lines().next().unwrap_or_default().to_owned()
}

async fn read_back(
    api: &dyn VoximplantApi,
    wanted: &DeployWanted,
    changes: usize,
) -> Result<Deployed, VoximplantError> {
    let bad = |reason: String| VoximplantError::BadAnswer { method: "the deployment".into(), reason };
    let left = plan_deploy(api, wanted).await?;
    let only_unreadable = |change: &Change| matches!(change, Change::SetSecret { old: None, .. });
    if let Some(change) = left.changes.iter().find(|change| !only_unreadable(change)) {
        return Err(bad(format!("not done although it was reported so: {}", headline(change))));
    }
    let application = left.application.ok_or_else(|| bad("no application".into()))?;
    let rules = api.rules(application).await?;
    let rule = |mode| {
        let found = rules.iter().find(|rule| rule.name == rule_name(mode));
        found.map(|rule| DeployedRule { mode, id: rule.id })
    };
    Ok(Deployed { application, rules: DialogMode::ALL.into_iter().filter_map(rule).collect(), changes })
}

struct Work<'a> {
    api: &'a dyn VoximplantApi,
    wanted: &'a DeployWanted,
    application: Option<ApplicationId>,
    scenarios: BTreeMap<&'static str, ScenarioId>,
}

impl Work<'_> {
    async fn application(&mut self) -> Result<ApplicationId, VoximplantError> {
        if let Some(id) = self.application {
            return Ok(id);
        }
        let WantedApplication::Named(name) = &self.wanted.application else {
            return Err(VoximplantError::Config("the plan belongs to another application".into()));
        };
        let found =
            self.api.applications().await?.into_iter().find(|app| app.is_named(name)).map(|app| app.id);
        self.application = found;
        found.ok_or_else(|| VoximplantError::Setup {
            method: "GetApplications".into(),
            code: 116,
            message: "the application is not there".into(),
        })
    }

    async fn scenario(&mut self, mode: DialogMode) -> Result<ScenarioId, VoximplantError> {
        let name = file(mode)?.name;
        if let Some(id) = self.scenarios.get(name) {
            return Ok(*id);
        }
        let application = self.application().await?;
        let all = self.api.scenarios(application).await?;
        let found = all.iter().find(|scenario| scenario.name == name).map(|scenario| scenario.id);
        let id = found.ok_or_else(|| VoximplantError::Setup {
            method: "GetScenarios".into(),
            code: 132,
            message: format!("the scenario {name} is not there"),
        })?;
        self.scenarios.insert(name, id);
        Ok(id)
    }

    fn secret(&self, wanted: &str) -> Result<secrecy::SecretString, VoximplantError> {
        let all = plan::wanted_secrets(self.wanted);
        let found = all.into_iter().find(|(name, _, _)| *name == wanted).map(|(_, value, _)| value);
        found.ok_or_else(|| VoximplantError::Config(format!("no secret is called {wanted}")))
    }

    async fn perform(&mut self, change: &Change) -> Result<(), VoximplantError> {
        match change {
            Change::AddApplication { name } => {
                self.application = Some(self.api.add_application(name, self.wanted.secure_records).await?);
                Ok(())
            }
            Change::AddSecret { name } => {
                let (application, value) = (self.application().await?, self.secret(name)?);
                self.api.add_secret(application, name, &value).await.map(drop)
            }
            Change::SetSecret { id, name, .. } => {
                let (application, value) = (self.application().await?, self.secret(name)?);
                self.api.set_secret(application, *id, &value).await
            }
            Change::AddScenario { mode, name, .. } => {
                let (application, file) = (self.application().await?, file(*mode)?);
                let id = self.api.add_scenario(application, name, file.script).await?;
                self.scenarios.insert(name, id);
                Ok(())
            }
            Change::SetScenario { mode, id, .. } => {
                self.api.set_scenario_script(*id, file(*mode)?.script).await
            }
            Change::AddRule { mode, pattern } => {
                let (application, scenario) = (self.application().await?, self.scenario(*mode).await?);
                let rule = NewRule {
                    name: rule_name(*mode).into(),
                    pattern: pattern.clone(),
                    scenarios: vec![scenario],
                };
                self.api.add_rule(application, &rule).await.map(drop)
            }
            Change::SetPattern { id, new, .. } => self.api.set_rule_pattern(*id, new).await,
            Change::Bind { mode, rule } => {
                let (application, scenario) = (self.application().await?, self.scenario(*mode).await?);
                self.api.bind_scenarios(application, *rule, &[scenario], true).await
            }
            Change::Unbind { rule, scenarios, .. } => {
                let application = self.application().await?;
                self.api.bind_scenarios(application, *rule, scenarios, false).await
            }
        }
    }
}

fn file(mode: DialogMode) -> Result<ScenarioFile, VoximplantError> {
    let found = ScenarioFile::ALL.into_iter().find(|file| file.mode == mode);
    found.ok_or_else(|| VoximplantError::Config("no scenario ships for this mode".into()))
}
