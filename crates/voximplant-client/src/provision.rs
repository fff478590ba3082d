//! What stands in an account: applications, scenarios, rules, secrets.

use crate::{ApplicationId, RuleId, ScenarioId, SecretId};

/// An application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// The id.
    pub id: ApplicationId,
    /// The name, without the account's domain.
    pub name: String,
    /// Recordings need our token to be read; `None` where the answer does not say.
    pub secure_records: Option<bool>,
}

/// A scenario, without its script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenario {
    /// The id.
    pub id: ScenarioId,
    /// The name; unique in the account.
    pub name: String,
}

/// A rule and the scenarios bound to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The id.
    pub id: RuleId,
    /// The name; unique in the application.
    pub name: String,
    /// Which dialled numbers it is for.
    pub pattern: String,
    /// In the order they are loaded; all share one global scope.
    pub scenarios: Vec<Scenario>,
}

/// A rule to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRule {
    /// Its name, under 100 characters.
    pub name: String,
    /// A regular expression of dialled numbers.
    pub pattern: String,
    /// What it runs.
    pub scenarios: Vec<ScenarioId>,
}

/// A secret of an application; its value is asked for separately.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// The id.
    pub id: SecretId,
    /// The name that a scenario reads it by.
    pub name: String,
}

/// A name as the application's own: answers may add `.account.voximplant.com`.
pub(crate) fn short_name(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

impl Application {
    /// Is it called so?
    pub fn is_named(&self, name: &str) -> bool {
        short_name(&self.name) == short_name(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_application_is_known_by_its_short_and_its_full_name() {
        let app = Application { id: ApplicationId(1), name: "zvonar".into(), secure_records: None };
        assert!(
            app.is_named("zvonar") && app.is_named("zvonar.firma.voximplant.com") && !app.is_named("zvon")
        );
    }
}
