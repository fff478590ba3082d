//! The port: what a program can ask of Voximplant.

use async_trait::async_trait;
use secrecy::SecretString;

use crate::{
    Account, Application, ApplicationId, HistoryRequest, HistorySession, NewRule, Page, RecordId, RecordUrl,
    RecordingStream, Rule, RuleId, Scenario, ScenarioId, Secret, SecretId, SessionHistoryId, SessionUrl,
    StartRequest, StartedSession, VoximplantError,
};

/// The Management API, the address of a running session, and the recordings.
///
/// Reads are repeated inside while trouble may pass. What changes something is not repeated once it
/// may have taken effect ([`VoximplantError::may_have_applied`]); a start never is.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait VoximplantApi: Send + Sync {
    /// Who we are and what money is left: the cheapest test of a key.
    ///
    /// # Errors
    /// [`VoximplantError`], by what the caller can do. The same holds for every method here.
    async fn account(&self) -> Result<Account, VoximplantError>;

    /// All applications.
    ///
    /// # Errors
    /// As [`Self::account`].
    async fn applications(&self) -> Result<Vec<Application>, VoximplantError>;

    /// Makes an application; with `secure_records` its recordings open to our token alone.
    ///
    /// # Errors
    /// [`VoximplantError::Taken`] when the name is.
    async fn add_application(
        &self,
        name: &str,
        secure_records: bool,
    ) -> Result<ApplicationId, VoximplantError>;

    /// All scenarios that rules of the application can run.
    ///
    /// # Errors
    /// [`VoximplantError::Setup`] for an unknown application.
    async fn scenarios(&self, of: ApplicationId) -> Result<Vec<Scenario>, VoximplantError>;

    /// A scenario's script.
    ///
    /// # Errors
    /// [`VoximplantError::Setup`] for an unknown scenario.
    async fn scenario_script(&self, of: ApplicationId, id: ScenarioId) -> Result<String, VoximplantError>;

    /// Makes a scenario; its name is unique in the account.
    ///
    /// # Errors
    /// [`VoximplantError::Taken`] when the name is, [`VoximplantError::Invalid`] for a script that is too long.
    async fn add_scenario(
        &self,
        to: ApplicationId,
        name: &str,
        script: &str,
    ) -> Result<ScenarioId, VoximplantError>;

    /// Replaces a scenario's script.
    ///
    /// # Errors
    /// As [`Self::scenario_script`].
    async fn set_scenario_script(&self, id: ScenarioId, script: &str) -> Result<(), VoximplantError>;

    /// All rules with their scenarios; the first whose pattern fits takes an incoming call.
    ///
    /// # Errors
    /// As [`Self::scenarios`].
    async fn rules(&self, of: ApplicationId) -> Result<Vec<Rule>, VoximplantError>;

    /// Makes a rule, last in order.
    ///
    /// # Errors
    /// [`VoximplantError::Taken`], [`VoximplantError::Invalid`] for a bad pattern.
    async fn add_rule(&self, to: ApplicationId, rule: &NewRule) -> Result<RuleId, VoximplantError>;

    /// Replaces a rule's pattern.
    ///
    /// # Errors
    /// [`VoximplantError::Setup`] for an unknown rule.
    async fn set_rule_pattern(&self, id: RuleId, pattern: &str) -> Result<(), VoximplantError>;

    /// Binds scenarios to a rule (last in order), or unbinds them; what is so already is a success.
    ///
    /// # Errors
    /// As [`Self::set_rule_pattern`].
    async fn bind_scenarios(
        &self,
        of: ApplicationId,
        rule: RuleId,
        scenarios: &[ScenarioId],
        bind: bool,
    ) -> Result<(), VoximplantError>;

    /// All secrets, without values.
    ///
    /// # Errors
    /// As [`Self::scenarios`].
    async fn secrets(&self, of: ApplicationId) -> Result<Vec<Secret>, VoximplantError>;

    /// A secret's value.
    ///
    /// # Errors
    /// [`VoximplantError::NotFound`].
    async fn secret_value(&self, of: ApplicationId, id: SecretId) -> Result<SecretString, VoximplantError>;

    /// Makes a secret: a letter first, then letters, digits and `_`, 64 at most.
    ///
    /// # Errors
    /// [`VoximplantError::Taken`], [`VoximplantError::Invalid`].
    async fn add_secret(
        &self,
        to: ApplicationId,
        name: &str,
        value: &SecretString,
    ) -> Result<SecretId, VoximplantError>;

    /// Replaces a secret's value.
    ///
    /// # Errors
    /// [`VoximplantError::NotFound`].
    async fn set_secret(
        &self,
        of: ApplicationId,
        id: SecretId,
        value: &SecretString,
    ) -> Result<(), VoximplantError>;

    /// Starts a session: a telephone call, as a rule. Asked once and never again by itself.
    ///
    /// # Errors
    /// [`VoximplantError::Unknown`] when nobody knows whether it began: see
    /// [`reconcile`](crate::reconcile) before anything else. [`VoximplantError::NoMoney`],
    /// [`VoximplantError::Setup`], [`VoximplantError::RateLimited`] and the refusals: nothing began.
    async fn start(&self, request: &StartRequest) -> Result<StartedSession, VoximplantError>;

    /// Hands a text to a running session (`AppEvents.HttpRequest`). Success means delivered; what
    /// the scenario did with it, it tells itself.
    ///
    /// # Errors
    /// [`VoximplantError::SessionOver`].
    async fn command(&self, session: &SessionUrl, text: &str) -> Result<(), VoximplantError>;

    /// A page of the history. To read a window to its end use [`HistoryReader`](crate::HistoryReader).
    ///
    /// # Errors
    /// [`VoximplantError::Invalid`] for a page or an offset over the API's limits.
    async fn history_page(&self, request: &HistoryRequest) -> Result<Page<HistorySession>, VoximplantError>;

    /// One session; `None` while it runs, and for an unknown id: the API tells them not apart.
    ///
    /// # Errors
    /// As [`Self::account`].
    async fn session(&self, id: SessionHistoryId) -> Result<Option<HistorySession>, VoximplantError>;

    /// Opens a recording. The first bytes are read and known to be sound when this returns.
    ///
    /// # Errors
    /// [`VoximplantError::RecordingMissing`], [`VoximplantError::RecordingGone`],
    /// [`VoximplantError::NotSound`], [`VoximplantError::TooLarge`]; inside the stream
    /// [`VoximplantError::RecordingTruncated`].
    async fn recording(&self, url: &RecordUrl) -> Result<RecordingStream, VoximplantError>;

    /// Deletes a recording; one that is gone already is a success.
    ///
    /// # Errors
    /// As [`Self::account`].
    async fn delete_recording(&self, id: RecordId) -> Result<(), VoximplantError>;

    /// Where the platform sends the account's callbacks, and with which salt it signs them.
    ///
    /// # Errors
    /// As [`Self::account`].
    async fn set_callback(&self, url: &str, salt: &SecretString) -> Result<(), VoximplantError>;
}
