//! Methods by their names, and the fields of a request.

use serde_json::Value;

use super::{FakeVoximplant, fault::Refused};

/// What the fake can do.
pub(super) const METHODS: &[&str] = &[
    "GetAccountInfo",
    "SetAccountInfo",
    "GetApplications",
    "AddApplication",
    "GetScenarios",
    "AddScenario",
    "SetScenarioInfo",
    "GetRules",
    "AddRule",
    "SetRuleInfo",
    "BindScenario",
    "GetSecrets",
    "GetSecretValue",
    "AddSecret",
    "SetSecretInfo",
    "StartScenarios",
    "GetCallHistory",
    "DeleteRecord",
];

/// The form, read as the platform reads it.
pub(super) struct Asked<'a>(&'a [(String, String)]);

impl<'a> Asked<'a> {
    pub(super) fn new(form: &'a [(String, String)]) -> Self {
        Self(form)
    }

    /// A field; an empty one is none.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    pub(super) fn required(&self, name: &str) -> Result<&'a str, Refused> {
        self.text(name).ok_or_else(|| Refused::new(134, format!("The '{name}' parameter is empty")))
    }

    pub(super) fn number(&self, name: &str) -> Result<Option<i64>, Refused> {
        let bad = |_| Refused::new(101, format!("The '{name}' parameter is invalid"));
        self.text(name).map(|text| text.parse().map_err(bad)).transpose()
    }

    /// `true` of the Node client, `True` of the Python one.
    pub(super) fn flag(&self, name: &str, otherwise: bool) -> bool {
        self.text(name).map_or(otherwise, |text| text.eq_ignore_ascii_case("true") || text == "1")
    }

    /// Joined with `;`.
    pub(super) fn numbers(&self, name: &str) -> Result<Vec<i64>, Refused> {
        let bad = |_| Refused::new(101, format!("The '{name}' parameter is invalid"));
        self.text(name)
            .unwrap_or_default()
            .split(';')
            .filter(|part| !part.is_empty())
            .map(|part| part.parse().map_err(bad))
            .collect()
    }
}

impl FakeVoximplant {
    pub(super) fn run(&self, method: &str, asked: &Asked<'_>) -> Result<Value, Refused> {
        match method {
            "StartScenarios" => self.start_scenarios(asked),
            "GetCallHistory" => self.call_history(asked),
            "DeleteRecord" => self.delete_record(asked),
            method => self.lock().provision(method, asked),
        }
    }
}
