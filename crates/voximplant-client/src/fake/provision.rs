//! The account, applications, scenarios, rules and secrets.

use serde_json::{Value, json};

use super::{
    FakeVoximplant,
    doors::Asked,
    fault::Refused,
    state::{Rule, Scenario, Secret, State},
};

const MODIFIED: &str = "2026-02-16 18:38:19";
/// 128 KB (code 130).
const LONGEST_SCRIPT: usize = 128 * 1024;

/// A page of a list, with the counts around it.
pub(super) fn listing(rows: Vec<Value>, asked: &Asked<'_>, default: i64) -> Result<Value, Refused> {
    let size = |name, otherwise: i64| -> Result<usize, Refused> {
        let value = asked.number(name)?.unwrap_or(otherwise);
        usize::try_from(value).map_err(|_| Refused::new(101, format!("The '{name}' parameter is invalid")))
    };
    let (count, offset, total) = (size("count", default)?, size("offset", 0)?, rows.len());
    let page: Vec<Value> = rows.into_iter().skip(offset).take(count).collect();
    Ok(json!({"count": page.len(), "total_count": total, "result": page}))
}

impl State {
    pub(super) fn provision(&mut self, method: &str, asked: &Asked<'_>) -> Result<Value, Refused> {
        match method {
            "GetAccountInfo" => Ok(self.account()),
            "SetAccountInfo" => Ok(self.set_account(asked)),
            "GetApplications" => {
                let row = |app: &super::state::Application| {
                    json!({"application_id": app.id, "application_name": format!("{}.firma.voximplant.com", app.name),
                        "modified": MODIFIED, "secure_record_storage": app.secure})
                };
                listing(self.applications.iter().map(row).collect(), asked, 20)
            }
            "AddApplication" => self.add_application(asked),
            "GetScenarios" => self.get_scenarios(asked),
            "AddScenario" => self.add_scenario(asked),
            "SetScenarioInfo" => self.set_scenario(asked),
            "GetRules" => self.get_rules(asked),
            "AddRule" => self.add_rule(asked),
            "SetRuleInfo" => self.set_rule(asked),
            "BindScenario" => self.bind(asked),
            "GetSecrets" => {
                let of = self.application(asked)?;
                let row = |secret: &Secret| json!({"secret_id": secret.id, "secret_name": secret.name, "created": MODIFIED});
                listing(
                    self.secrets.iter().filter(|secret| secret.application == of).map(row).collect(),
                    asked,
                    20,
                )
            }
            "GetSecretValue" => {
                let secret = self.secret(asked)?;
                Ok(
                    json!({"result": [{"secret_id": secret.id, "secret_name": secret.name, "secret_value": secret.value}]}),
                )
            }
            "AddSecret" => self.add_secret(asked),
            "SetSecretInfo" => {
                let value = secret_value(asked)?;
                self.secret(asked)?.value = value;
                Ok(json!({"result": 1}))
            }
            _ => Err(Refused::new(103, "Unknown command")),
        }
    }

    fn account(&self) -> Value {
        #[expect(clippy::cast_precision_loss, reason = "the platform tells floats, too")]
        let balance = self.balance_micros as f64 / 1e6;
        json!({"api_address": "api-eu.voximplant.com", "result": {"account_id": FakeVoximplant::ACCOUNT.0,
            "account_name": "firma", "account_email": "voice@firma.example", "active": true, "frozen": false,
            "balance": balance, "currency": "RUR", "created": MODIFIED}})
    }

    fn set_account(&mut self, asked: &Asked<'_>) -> Value {
        if let Some(url) = asked.text("callback_url") {
            self.callback =
                Some((url.to_owned(), asked.text("callback_salt").unwrap_or_default().to_owned()));
        }
        json!({"result": 1})
    }

    fn application(&self, asked: &Asked<'_>) -> Result<i64, Refused> {
        let (id, name) = (asked.number("application_id")?, asked.text("application_name"));
        let found = self
            .applications
            .iter()
            .find(|app| Some(app.id) == id || id.is_none() && Some(app.name.as_str()) == name);
        found.map(|app| app.id).ok_or_else(|| Refused::new(116, "The application is not found"))
    }

    fn add_application(&mut self, asked: &Asked<'_>) -> Result<Value, Refused> {
        let name = asked.required("application_name")?;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !(2..=65).contains(&name.len())
            || !name.starts_with(|c: char| c.is_ascii_lowercase())
            || !name.chars().all(plain)
        {
            return Err(Refused::new(101, "The 'application_name' parameter is invalid"));
        }
        if self.applications.iter().any(|app| app.name == name) {
            // APPLICATION_NAME_ISNT_UNIQUE belongs to the same family of codes
            return Err(Refused::new(133, "The application name isn't unique"));
        }
        let secure = asked.flag("secure_record_storage", false);
        let id = self.make_application(name, secure);
        Ok(
            json!({"result": 1, "application_id": id, "application_name": name, "secure_record_storage": secure}),
        )
    }

    fn get_scenarios(&self, asked: &Asked<'_>) -> Result<Value, Refused> {
        let (only, with_script) = (asked.number("scenario_id")?, asked.flag("with_script", false));
        if with_script && only.is_none() {
            return Err(Refused::new(101, "The 'with_script' parameter needs 'scenario_id'"));
        }
        let of = self.application(asked)?;
        let rows: Vec<Value> = self
            .scenarios
            .iter()
            .filter(|scenario| scenario.application == of && only.is_none_or(|only| only == scenario.id))
            .map(|scenario| {
                let mut row = json!({"scenario_id": scenario.id, "scenario_name": scenario.name, "modified": MODIFIED, "parent": false});
                if with_script && let Some(row) = row.as_object_mut() {
                    row.insert("scenario_script".into(), scenario.script.clone().into());
                }
                row
            })
            .collect();
        if only.is_some() && rows.is_empty() {
            return Err(Refused::new(132, "The scenario is not found"));
        }
        listing(rows, asked, 20)
    }

    fn add_scenario(&mut self, asked: &Asked<'_>) -> Result<Value, Refused> {
        let application = self.application(asked)?;
        let name = asked.required("scenario_name")?;
        let script = asked.text("scenario_script").unwrap_or_default();
        if name.len() >= 30 {
            return Err(Refused::new(168, "The scenario name is invalid"));
        }
        check_script(script)?;
        if self.scenarios.iter().any(|scenario| scenario.name == name) {
            return Err(Refused::new(133, "The scenario name isn't unique"));
        }
        let id = self.id();
        let (name, script) = (name.to_owned(), script.to_owned());
        self.scenarios.push(Scenario { id, application, name, script });
        Ok(json!({"result": 1, "scenario_id": id}))
    }

    fn set_scenario(&mut self, asked: &Asked<'_>) -> Result<Value, Refused> {
        let (id, name) = (asked.number("scenario_id")?, asked.text("required_scenario_name"));
        let script = asked.text("scenario_script");
        script.map_or(Ok(()), check_script)?;
        let found = self
            .scenarios
            .iter_mut()
            .find(|known| Some(known.id) == id || id.is_none() && Some(known.name.as_str()) == name);
        let scenario = found.ok_or_else(|| Refused::new(132, "The scenario is not found"))?;
        if let Some(script) = script {
            script.clone_into(&mut scenario.script);
        }
        Ok(json!({"result": 1}))
    }

    fn get_rules(&self, asked: &Asked<'_>) -> Result<Value, Refused> {
        let of = self.application(asked)?;
        let with_scenarios = asked.flag("with_scenarios", false);
        let bound = |rule: &Rule| -> Vec<Value> {
            let known = |id: &i64| self.scenarios.iter().find(|scenario| scenario.id == *id);
            let row =
                |scenario: &Scenario| json!({"scenario_id": scenario.id, "scenario_name": scenario.name});
            rule.scenarios.iter().filter_map(known).map(row).collect()
        };
        let rows = self.rules.iter().filter(|rule| rule.application == of).map(|rule| {
            let mut row = json!({"rule_id": rule.id, "application_id": of, "rule_name": rule.name,
                "rule_pattern": rule.pattern, "video_conference": false, "modified": MODIFIED});
            if with_scenarios && let Some(row) = row.as_object_mut() {
                row.insert("scenarios".into(), bound(rule).into());
            }
            row
        });
        listing(rows.collect(), asked, 20)
    }

    fn add_rule(&mut self, asked: &Asked<'_>) -> Result<Value, Refused> {
        let application = self.application(asked)?;
        let (name, pattern) =
            (asked.required("rule_name")?.to_owned(), asked.required("rule_pattern")?.to_owned());
        if name.len() >= 100 {
            return Err(Refused::new(156, "The rule name is invalid"));
        }
        check_pattern(&pattern)?;
        if self.rules.iter().any(|rule| rule.application == application && rule.name == name) {
            return Err(Refused::new(175, "The rule name is duplicated"));
        }
        let scenarios = asked.numbers("scenario_id")?;
        self.check_scenarios(&scenarios)?;
        let id = self.id();
        self.rules.push(Rule { id, application, name, pattern, scenarios });
        Ok(json!({"result": 1, "rule_id": id}))
    }

    fn check_scenarios(&self, ids: &[i64]) -> Result<(), Refused> {
        let known = |id: &i64| self.scenarios.iter().any(|scenario| scenario.id == *id);
        if ids.iter().all(known) { Ok(()) } else { Err(Refused::new(132, "The scenario is not found")) }
    }

    fn rule(&mut self, asked: &Asked<'_>) -> Result<&mut Rule, Refused> {
        let id =
            asked.number("rule_id")?.ok_or_else(|| Refused::new(134, "The 'rule_id' parameter is empty"))?;
        self.rules
            .iter_mut()
            .find(|rule| rule.id == id)
            .ok_or_else(|| Refused::new(147, "The rule is not found"))
    }

    fn set_rule(&mut self, asked: &Asked<'_>) -> Result<Value, Refused> {
        let rule = self.rule(asked)?;
        if let Some(pattern) = asked.text("rule_pattern") {
            check_pattern(pattern)?;
            pattern.clone_into(&mut rule.pattern);
        }
        Ok(json!({"result": 1}))
    }

    fn bind(&mut self, asked: &Asked<'_>) -> Result<Value, Refused> {
        self.application(asked)?;
        let ids = asked.numbers("scenario_id")?;
        self.check_scenarios(&ids)?;
        let bind = asked.flag("bind", true);
        let rule = self.rule(asked)?;
        for id in ids {
            if !bind {
                rule.scenarios.retain(|known| *known != id);
            } else if !rule.scenarios.contains(&id) {
                rule.scenarios.push(id);
            }
        }
        Ok(json!({"result": 1}))
    }

    fn secret(&mut self, asked: &Asked<'_>) -> Result<&mut Secret, Refused> {
        let of = self.application(asked)?;
        let (id, name) = (asked.number("secret_id")?, asked.text("secret_name"));
        let found = self.secrets.iter_mut().filter(|secret| secret.application == of);
        let mut found = found
            .filter(|secret| Some(secret.id) == id || id.is_none() && Some(secret.name.as_str()) == name);
        found.next().ok_or_else(|| Refused::new(101, "The secret is not found"))
    }

    fn add_secret(&mut self, asked: &Asked<'_>) -> Result<Value, Refused> {
        let application = self.application(asked)?;
        let (name, value) = (asked.required("secret_name")?.to_owned(), secret_value(asked)?);
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.len() > 64 || !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !name.chars().all(plain)
        {
            return Err(Refused::new(101, "The 'secret_name' parameter is invalid"));
        }
        if self.secrets.iter().any(|secret| secret.application == application && secret.name == name) {
            return Err(Refused::new(133, "The secret name isn't unique"));
        }
        let id = self.id();
        self.secrets.push(Secret { id, application, name, value });
        Ok(json!({"result": [{"secret_id": id}]}))
    }
}

fn secret_value(asked: &Asked<'_>) -> Result<String, Refused> {
    let value = asked.required("secret_value")?;
    if value.len() > 8192 {
        return Err(Refused::new(101, "The 'secret_value' parameter is invalid"));
    }
    Ok(value.to_owned())
}

fn check_script(script: &str) -> Result<(), Refused> {
    if script.len() >= LONGEST_SCRIPT {
        Err(Refused::new(130, "The script text is too long"))
    } else {
        Ok(())
    }
}

/// No whole parser of expressions: brackets that do not pair are what people get wrong.
fn check_pattern(pattern: &str) -> Result<(), Refused> {
    let paired = |open, close| pattern.matches(open).count() == pattern.matches(close).count();
    if pattern.len() > 64 * 1024 || !paired('(', ')') || !paired('[', ']') || pattern.starts_with('*') {
        return Err(Refused::new(148, "The rule pattern is invalid"));
    }
    Ok(())
}
