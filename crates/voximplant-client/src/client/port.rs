//! The live client as a [`VoximplantApi`]: each method is a line of the dialogue.

use async_trait::async_trait;
use secrecy::SecretString;

use super::VoximplantClient;
use crate::{
    Account, Application, ApplicationId, HistoryRequest, HistorySession, NewRule, Page, RecordId, RecordUrl,
    RecordingStream, Rule, RuleId, Scenario, ScenarioId, Secret, SecretId, SessionHistoryId, SessionUrl,
    StartRequest, StartedSession, VoximplantApi, VoximplantError, dialogue,
};

#[async_trait]
impl VoximplantApi for VoximplantClient {
    async fn account(&self) -> Result<Account, VoximplantError> {
        dialogue::account(self).await
    }

    async fn applications(&self) -> Result<Vec<Application>, VoximplantError> {
        dialogue::applications(self).await
    }

    async fn add_application(
        &self,
        name: &str,
        secure_records: bool,
    ) -> Result<ApplicationId, VoximplantError> {
        dialogue::add_application(self, name, secure_records).await
    }

    async fn scenarios(&self, of: ApplicationId) -> Result<Vec<Scenario>, VoximplantError> {
        dialogue::scenarios(self, of).await
    }

    async fn scenario_script(&self, of: ApplicationId, id: ScenarioId) -> Result<String, VoximplantError> {
        dialogue::scenario_script(self, of, id).await
    }

    async fn add_scenario(
        &self,
        to: ApplicationId,
        name: &str,
        script: &str,
    ) -> Result<ScenarioId, VoximplantError> {
        dialogue::add_scenario(self, to, name, script).await
    }

    async fn set_scenario_script(&self, id: ScenarioId, script: &str) -> Result<(), VoximplantError> {
        dialogue::set_scenario_script(self, id, script).await
    }

    async fn rules(&self, of: ApplicationId) -> Result<Vec<Rule>, VoximplantError> {
        dialogue::rules(self, of).await
    }

    async fn add_rule(&self, to: ApplicationId, rule: &NewRule) -> Result<RuleId, VoximplantError> {
        dialogue::add_rule(self, to, rule).await
    }

    async fn set_rule_pattern(&self, id: RuleId, pattern: &str) -> Result<(), VoximplantError> {
        dialogue::set_rule_pattern(self, id, pattern).await
    }

    async fn bind_scenarios(
        &self,
        of: ApplicationId,
        rule: RuleId,
        scenarios: &[ScenarioId],
        bind: bool,
    ) -> Result<(), VoximplantError> {
        dialogue::bind_scenarios(self, of, rule, scenarios, bind).await
    }

    async fn secrets(&self, of: ApplicationId) -> Result<Vec<Secret>, VoximplantError> {
        dialogue::secrets(self, of).await
    }

    async fn secret_value(&self, of: ApplicationId, id: SecretId) -> Result<SecretString, VoximplantError> {
        dialogue::secret_value(self, of, id).await
    }

    async fn add_secret(
        &self,
        to: ApplicationId,
        name: &str,
        value: &SecretString,
    ) -> Result<SecretId, VoximplantError> {
        dialogue::add_secret(self, to, name, value).await
    }

    async fn set_secret(
        &self,
        of: ApplicationId,
        id: SecretId,
        value: &SecretString,
    ) -> Result<(), VoximplantError> {
        dialogue::set_secret(self, of, id, value).await
    }

    async fn start(&self, request: &StartRequest) -> Result<StartedSession, VoximplantError> {
        dialogue::start(self, request).await
    }

    async fn command(&self, session: &SessionUrl, text: &str) -> Result<(), VoximplantError> {
        self.tell(session, text).await
    }

    async fn history_page(&self, request: &HistoryRequest) -> Result<Page<HistorySession>, VoximplantError> {
        dialogue::history_page(self, request).await
    }

    async fn session(&self, id: SessionHistoryId) -> Result<Option<HistorySession>, VoximplantError> {
        dialogue::session(self, id).await
    }

    async fn recording(&self, url: &RecordUrl) -> Result<RecordingStream, VoximplantError> {
        self.fetch(url).await
    }

    async fn delete_recording(&self, id: RecordId) -> Result<(), VoximplantError> {
        dialogue::delete_recording(self, id).await
    }

    async fn set_callback(&self, url: &str, salt: &SecretString) -> Result<(), VoximplantError> {
        dialogue::set_callback(self, url, salt).await
    }
}
