//! Voximplant as configured: its client, the rules that calls are started by, what stands there.

use std::sync::Arc;

use domain::PhoneNumber;
use http_client::{HttpClient, HttpClientConfig};
use pipeline::CallSource;
use secrecy::SecretString;
use url::Url;
use voximplant_client::{
    Account, AccountId, Application, ApplicationId, Credentials, DeployPlan, DeployWanted, Deployed,
    DialogMode, MediaDialler, RuleId, ServiceAccount, VoximplantClient, VoximplantConfig, VoximplantError,
    WantedApplication, apply_deploy, plan_deploy,
};

use super::voximplant_words::voximplant_error;
use crate::adapters::VoximplantSource;
use crate::engines::host;
use crate::words::store_error;
use crate::{App, AppError};

/// The application that deployments make where none is configured.
const APPLICATION: &str = "zvonar";
/// A service account's key file is 2 KB.
const MOST_KEY_FILE: u64 = 64 << 10;

/// What stands at Voximplant.
#[derive(Debug)]
pub struct VoximplantStatus {
    /// Who we are there, with the money that is left.
    pub account: Account,
    /// The application's name, where it is there.
    pub application: Option<String>,
    /// The rule that calls by turns are started by.
    pub turns: Option<i64>,
    /// The rule that calls in real time are started by.
    pub realtime: Option<i64>,
    /// What a deployment would change, a line each; empty = all stands as it is wanted. `None` where the
    /// settings that a deployment needs are not there.
    pub pending: Option<String>,
}

impl App {
    /// Voximplant.
    ///
    /// # Errors
    /// Code `voximplant_not_configured` without a key; settings that cannot be.
    pub(crate) fn voximplant(&self) -> Result<Arc<VoximplantClient>, AppError> {
        if let Some(client) = self.voximplant.get() {
            return Ok(Arc::clone(client));
        }
        let wrong = |error| voximplant_error(self.lang(), &error);
        let (settings, config) = (&self.config().voximplant, self.voximplant_config()?);
        let policy = self.policy(settings.proxy.as_ref());
        let host = host(&settings.api_url);
        let made = |policy: HttpClientConfig, door: &str| {
            let shared = self.shared_pace(&format!("voximplant {door} {host}"));
            HttpClient::new(HttpClientConfig { shared, ..policy })
                .map_err(|error| wrong(VoximplantError::Config(error.to_string())))
        };
        let api = made(config.api_policy(policy.clone()), "api")?;
        let media = made(config.media_policy(policy), "media")?;
        let client = Arc::new(VoximplantClient::over(config, api, media, self.clock()));
        Ok(Arc::clone(self.voximplant.get_or_init(|| client)))
    }

    fn voximplant_config(&self) -> Result<VoximplantConfig, AppError> {
        let settings = &self.config().voximplant;
        let mut config = VoximplantConfig::new(&settings.api_url, self.voximplant_key()?)
            .and_then(|config| config.with_media_hosts(&settings.media_hosts))
            .map_err(|error| voximplant_error(self.lang(), &error))?;
        config.max_recording = self.config().server.max_upload_bytes;
        Ok(config)
    }

    /// What opens media sockets at addresses of sessions.
    pub(super) fn media_dialler(&self) -> Result<MediaDialler, AppError> {
        let policy = self.policy(self.config().voximplant.proxy.as_ref());
        MediaDialler::new(self.voximplant_config()?, &policy)
            .map_err(|error| voximplant_error(self.lang(), &error))
    }

    /// The account's call history as a source of calls.
    ///
    /// # Errors
    /// Code `voximplant_not_configured` without a key; settings that cannot be.
    pub fn voximplant_source(&self) -> Result<Arc<dyn CallSource>, AppError> {
        Ok(Arc::new(VoximplantSource::new(
            self.voximplant()?,
            self.store(),
            self.clock(),
            self.lang(),
            self.recordings(),
        )))
    }

    fn voximplant_key(&self) -> Result<Credentials, AppError> {
        let (lang, settings) = (self.lang(), &self.config().voximplant);
        if let Some(path) = &settings.credentials {
            let told = |why: String| {
                let place = format!("VOXIMPLANT_CREDENTIALS: {}: {why}", path.display());
                AppError::usage("voximplant_key_file", place, "docs/VOXIMPLANT.ru.md")
            };
            let size = std::fs::metadata(path).map_err(|error| told(pipeline::io_words(lang, &error)))?.len();
            if size > MOST_KEY_FILE {
                return Err(told(lang.pick("это не файл ключа", "this is no key file").to_owned()));
            }
            let text =
                std::fs::read_to_string(path).map_err(|error| told(pipeline::io_words(lang, &error)))?;
            let key = ServiceAccount::parse(&SecretString::from(text))
                .map_err(|error| voximplant_error(lang, &error))?;
            return Ok(Credentials::ServiceAccount(key));
        }
        match (settings.account, &settings.api_key) {
            (Some(account), Some(key)) => {
                Ok(Credentials::ApiKey { account: AccountId(account), key: key.clone() })
            }
            _ => Err(AppError::usage(
                "voximplant_not_configured",
                lang.pick("Voximplant не настроен: нет ключа", "Voximplant is not configured: there is no key"),
                lang.pick(
                    "задайте VOXIMPLANT_CREDENTIALS или VOXIMPLANT_ACCOUNT_ID и VOXIMPLANT_API_KEY; по шагам: docs/VOXIMPLANT.ru.md",
                    "set VOXIMPLANT_CREDENTIALS, or VOXIMPLANT_ACCOUNT_ID and VOXIMPLANT_API_KEY; step by step: docs/VOXIMPLANT.ru.md",
                ),
            )),
        }
    }

    /// What a deployment would change.
    ///
    /// # Errors
    /// Settings that are missing or wrong; Voximplant's refusals.
    pub async fn voximplant_plan(&self, inbound: bool) -> Result<DeployPlan, AppError> {
        let (client, wanted) = (self.voximplant()?, self.deploy_wanted(inbound)?);
        plan_deploy(client.as_ref(), &wanted).await.map_err(|error| voximplant_error(self.lang(), &error))
    }

    /// Brings scenarios, rules and secrets up to date, and remembers the rules.
    ///
    /// # Errors
    /// As [`Self::voximplant_plan`]; the database's.
    pub async fn voximplant_deploy(&self, inbound: bool, plan: &DeployPlan) -> Result<Deployed, AppError> {
        let (client, wanted) = (self.voximplant()?, self.deploy_wanted(inbound)?);
        let deployed = apply_deploy(client.as_ref(), &wanted, plan)
            .await
            .map_err(|error| voximplant_error(self.lang(), &error))?;
        for rule in &deployed.rules {
            self.remember(&rule_key(rule.mode), &rule.id.to_string()).await?;
        }
        Ok(deployed)
    }

    async fn remember(&self, key: &str, value: &str) -> Result<(), AppError> {
        self.store().set_setting(key, value).await.map_err(|error| store_error(self.lang(), &error))
    }

    fn deploy_wanted(&self, inbound: bool) -> Result<DeployWanted, AppError> {
        let (lang, settings) = (self.lang(), &self.config().voximplant);
        let missing = |name: &str, ru: &str, en: &str| {
            AppError::usage(
                "voximplant_settings",
                format!("{} {name}", lang.pick("не задано", "not set:")),
                lang.pick(ru, en),
            )
        };
        let backend = self.config().backend_url.as_deref().and_then(|url| Url::parse(url).ok());
        let backend_url = backend.ok_or_else(|| {
            missing(
                "BACKEND_URL",
                "адрес этого сервиса, доступный из интернета; для пробы — туннель, docs/VOXIMPLANT.ru.md",
                "this service's address as the internet sees it; for a trial a tunnel, docs/VOXIMPLANT.ru.md",
            )
        })?;
        let caller_id = settings.caller_id.clone().ok_or_else(|| {
            missing(
                "VOXIMPLANT_CALLER_ID",
                "арендованный или подтверждённый номер, например +78652594087",
                "a rented or a verified number such as +78652594087",
            )
        })?;
        let mode = if settings.realtime { DialogMode::Realtime } else { DialogMode::Turns };
        Ok(DeployWanted {
            application: self.voximplant_application(),
            backend_url,
            backend_secret: self.backend_secret()?,
            caller_id,
            inbound: inbound.then_some(mode),
            // an account's own key could not read them
            secure_records: settings.credentials.is_some(),
        })
    }

    fn voximplant_application(&self) -> WantedApplication {
        match self.config().voximplant.application {
            Some(id) => WantedApplication::Id(ApplicationId(id)),
            None => WantedApplication::Named(APPLICATION.to_owned()),
        }
    }

    /// The rule that calls of a mode are started by: the configured one for the configured mode, else the
    /// one that the last deployment made.
    ///
    /// # Errors
    /// Code `voximplant_rule` where neither is there.
    pub(crate) async fn voximplant_rule(&self, mode: DialogMode) -> Result<RuleId, AppError> {
        let (lang, settings) = (self.lang(), &self.config().voximplant);
        let configured = if settings.realtime { DialogMode::Realtime } else { DialogMode::Turns };
        if let Some(rule) = settings.rule.filter(|_| mode == configured) {
            return Ok(RuleId(rule));
        }
        let kept = self.store().setting(&rule_key(mode)).await.map_err(|error| store_error(lang, &error))?;
        kept.and_then(|id| id.parse().ok()).map(RuleId).ok_or_else(|| {
            AppError::usage(
                "voximplant_rule",
                lang.pick("в Voximplant ещё нет правила для звонков", "Voximplant has no rule for calls yet"),
                lang.pick(
                    "создайте: zvonar voximplant deploy, или задайте VOXIMPLANT_RULE_ID",
                    "make it: zvonar voximplant deploy, or set VOXIMPLANT_RULE_ID",
                ),
            )
        })
    }

    /// What stands at Voximplant.
    ///
    /// # Errors
    /// No key, refusals, the database.
    pub async fn voximplant_status(&self) -> Result<VoximplantStatus, AppError> {
        use voximplant_client::VoximplantApi as _;
        let client = self.voximplant()?;
        let failed = |error| voximplant_error(self.lang(), &error);
        let account = client.account().await.map_err(failed)?;
        let application = self.application_there().await?;
        let pending = match self.deploy_wanted(false) {
            Ok(wanted) => Some(plan_deploy(client.as_ref(), &wanted).await.map_err(failed)?.to_string()),
            Err(_) => None,
        };
        Ok(VoximplantStatus {
            account,
            application: application.map(|one| one.name),
            turns: self.voximplant_rule(DialogMode::Turns).await.ok().map(|rule| rule.0),
            realtime: self.voximplant_rule(DialogMode::Realtime).await.ok().map(|rule| rule.0),
            pending,
        })
    }

    async fn application_there(&self) -> Result<Option<Application>, AppError> {
        use voximplant_client::VoximplantApi as _;
        let failed = |error| voximplant_error(self.lang(), &error);
        let applications = self.voximplant()?.applications().await.map_err(failed)?;
        let wanted = self.voximplant_application();
        Ok(applications.into_iter().find(|one| match &wanted {
            WantedApplication::Id(id) => one.id == *id,
            WantedApplication::Named(name) => one.name == *name,
        }))
    }

    /// The application that scenarios stand in, if it is there.
    pub(super) async fn voximplant_application_id(&self) -> Result<Option<ApplicationId>, AppError> {
        Ok(self.application_there().await?.map(|one| one.id))
    }

    /// What clients see when they are called.
    pub fn caller_id(&self) -> Option<&PhoneNumber> {
        self.config().voximplant.caller_id.as_ref()
    }
}

/// Under which setting a mode's rule is remembered.
pub(super) fn rule_key(mode: DialogMode) -> String {
    format!("voximplant/rule/{}", mode.as_str())
}
