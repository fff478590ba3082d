//! The fake as a [`VoximplantApi`]: the same requests as the live client's, answered in memory. It
//! does not repeat anything by itself, and time does not pass in it.

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use secrecy::SecretString;
use serde_json::Value;

use super::{FakeRequest, FakeVoximplant};
use crate::{
    Account, Application, ApplicationId, HistoryRequest, HistorySession, NewRule, Page, RecordId, RecordUrl,
    RecordingStream, Rule, RuleId, Scenario, ScenarioId, Secret, SecretId, SessionHistoryId, SessionUrl,
    StartRequest, StartedSession, VoximplantApi, VoximplantError, dialogue,
};
use crate::{
    dialogue::{Carrier, Form, Method},
    recording, wire,
};

#[async_trait]
impl VoximplantApi for FakeVoximplant {
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
        self.deliver(session, text)
    }

    async fn history_page(&self, request: &HistoryRequest) -> Result<Page<HistorySession>, VoximplantError> {
        dialogue::history_page(self, request).await
    }

    async fn session(&self, id: SessionHistoryId) -> Result<Option<HistorySession>, VoximplantError> {
        dialogue::session(self, id).await
    }

    async fn recording(&self, url: &RecordUrl) -> Result<RecordingStream, VoximplantError> {
        self.open(url).await
    }

    async fn delete_recording(&self, id: RecordId) -> Result<(), VoximplantError> {
        dialogue::delete_recording(self, id).await
    }

    async fn set_callback(&self, url: &str, salt: &SecretString) -> Result<(), VoximplantError> {
        dialogue::set_callback(self, url, salt).await
    }
}

#[async_trait]
impl Carrier for FakeVoximplant {
    async fn carry(&self, method: Method, form: Form) -> Result<Value, VoximplantError> {
        let form = form.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let answer =
            self.answer_trusted(&FakeRequest { method: Some(method.name.into()), authorization: None, form });
        let unavailable = |unsure| VoximplantError::Unavailable {
            what: "Voximplant".into(),
            reason: format!("HTTP {}", answer.status),
            retry_after: None,
            unsure,
        };
        match answer.status {
            200 => wire::decode(method.name, &answer.body),
            429 => Err(VoximplantError::RateLimited { message: "HTTP 429".into(), retry_after: None }),
            _ => Err(unavailable(true)),
        }
    }
}

impl FakeVoximplant {
    async fn open(&self, url: &RecordUrl) -> Result<RecordingStream, VoximplantError> {
        let media = self.media_trusted(url.expose());
        if media.status != 200 {
            return Err(recording::refused(media.status));
        }
        let length = u64::try_from(media.promised).unwrap_or(u64::MAX);
        let whole = media.body.len() == media.promised;
        let broken = (!whole).then(|| Err("broken off".to_owned()));
        let pieces: Vec<Result<Bytes, String>> = std::iter::once(Ok(media.body)).chain(broken).collect();
        RecordingStream::open(Some(length), u64::MAX, stream::iter(pieces).boxed()).await
    }

    fn deliver(&self, session: &SessionUrl, text: &str) -> Result<(), VoximplantError> {
        match self.session_request(session.expose(), text) {
            200 => Ok(()),
            _ => Err(VoximplantError::SessionOver),
        }
    }
}
