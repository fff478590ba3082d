//! The clients of the providers, as configured. Each is made when it is first needed: a part that is not
//! set up costs nothing and hinders nobody.

use std::sync::Arc;
use std::time::Duration;

use domain::{Lang, Rubric};
use http_client::{
    AddressGuard, CircuitPolicy, HttpClient, HttpClientConfig, ProxyConfig, RateLimit, RetryPolicy,
    SharedPace,
};
use openai_client::ModelTable;
use openai_client::{OpenAiChat, OpenAiConfig, OpenAiError, OpenAiSpeech, PriceTable};
use pipeline::ReportOptions;
use secrecy::SecretString;
use sheets_sink::{GoogleConfig, RandomChance, SharedQuota, SheetsClient};
use uis_client::{Credentials, UisApi, UisClient, UisConfig};

use crate::adapters::{StoredLedger, StoredPace, spec};
use crate::database::{DatabasePlace, database_place};
use crate::engines::host;
use crate::provider_words::{openai_error, sheet_error, uis_error};
use crate::{App, AppError, Config, ModelEndpoint, PrivateUrls};

/// A key file of Google is a page of JSON; more is something else.
const MOST_KEY_FILE: u64 = 64 << 10;

/// Longest time for one recording by address: 500 MB at 5 Mbit/s.
const LONGEST_FETCH: Duration = Duration::from_mins(15);

/// The policy of a client that goes through the configured proxy, or its own.
pub(crate) fn proxied(config: &Config, own: Option<&SecretString>) -> HttpClientConfig {
    let url = own.or(config.proxy.as_ref());
    let proxy = url.map(|url| ProxyConfig { url: url.clone(), bypass: config.no_proxy.clone() });
    HttpClientConfig { proxy, ..HttpClientConfig::default() }
}

impl App {
    /// The program's patience and proxies; a provider's own proxy goes before the common one.
    pub(crate) fn policy(&self, own: Option<&SecretString>) -> HttpClientConfig {
        proxied(self.config(), own)
    }

    /// Where addresses that strangers name may lead.
    pub fn address_guard(&self) -> AddressGuard {
        match &self.config().allow_private_urls {
            PrivateUrls::No => AddressGuard::public_only(),
            PrivateUrls::All => AddressGuard::everywhere(),
            PrivateUrls::These(places) => AddressGuard::public_only().allowing(places.iter().cloned()),
        }
    }

    /// Fetches what strangers name: held by [`Self::address_guard`], never through a proxy, and patient
    /// with nobody.
    pub(crate) fn strangers(&self) -> Result<HttpClient, AppError> {
        self.guarded(LONGEST_FETCH)
    }

    /// The same with a limit of time of one's own.
    pub(crate) fn guarded(&self, longest: Duration) -> Result<HttpClient, AppError> {
        HttpClient::new(HttpClientConfig {
            total_timeout: Some(longest),
            guard: Some(self.address_guard()),
            // each address is another server: one that is down says nothing of the others
            circuit: CircuitPolicy { failures: 0, ..CircuitPolicy::default() },
            retry: RetryPolicy { attempts: 2, ..RetryPolicy::default() },
            ..HttpClientConfig::default()
        })
        .map_err(|error| AppError::failed("http_client", error.to_string(), ""))
    }

    pub(crate) fn proxy(&self, own: Option<&SecretString>) -> Option<ProxyConfig> {
        proxied(self.config(), own).proxy
    }

    /// Who gives out a provider's limits; `None` on one machine, where the client's own hold.
    pub(crate) fn shared_pace(&self, provider: &str) -> Option<Arc<dyn SharedPace>> {
        let many = matches!(database_place(self.config()), Ok(DatabasePlace::Server(_)));
        many.then(|| -> Arc<dyn SharedPace> {
            Arc::new(StoredPace { store: self.store(), provider: provider.to_owned() })
        })
    }

    /// UIS.
    pub(crate) fn uis_api(&self) -> Result<Arc<dyn UisApi>, AppError> {
        let (lang, settings) = (self.lang(), &self.config().uis);
        let Some(key) = settings.key.clone() else {
            return Err(uis_missing(lang));
        };
        let wrong = |error: uis_client::UisError| {
            let told = uis_error(lang, &error);
            AppError::usage("uis_settings", told.message, told.hint)
        };
        let config = UisConfig::new(&settings.data_api_url, &settings.media_url, Credentials::Key(key))
            .map_err(wrong)?;
        let shared = self.shared_pace(&format!("uis {}", host(&settings.data_api_url)));
        let policy = HttpClientConfig { shared, ..self.policy(settings.proxy.as_ref()) };
        let client = UisClient::new(config, &policy).map_err(wrong)?;
        Ok(Arc::new(client))
    }

    /// Speech to text over the network.
    pub(crate) fn openai_speech(&self) -> Result<OpenAiSpeech, AppError> {
        let endpoint = &self.config().openai.stt;
        self.refuse_abroad(self.config().may_have_all(&endpoint.base_url), &endpoint.base_url)?;
        let config = self.endpoint(endpoint, "STT_API_KEY")?;
        let models = ModelTable::embedded().map_err(|error| self.wrong_model_settings(&error))?;
        let http = self.openai_http("speech", &config)?;
        OpenAiSpeech::new(http, config, models.speech(&endpoint.model))
            .map_err(|error| self.wrong_model_settings(&error))
    }

    /// A language model.
    pub(crate) fn openai_chat(&self) -> Result<OpenAiChat, AppError> {
        let endpoint = &self.config().openai.llm;
        self.refuse_abroad(self.config().may_have_masked(&endpoint.base_url), &endpoint.base_url)?;
        let config = self.endpoint(endpoint, "LLM_API_KEY")?;
        let models = ModelTable::embedded().map_err(|error| self.wrong_model_settings(&error))?;
        let http = self.openai_http("chat", &config)?;
        OpenAiChat::new(http, config, models.chat(&endpoint.model))
            .map_err(|error| self.wrong_model_settings(&error))
    }

    pub(crate) fn endpoint(&self, endpoint: &ModelEndpoint, own_key: &str) -> Result<OpenAiConfig, AppError> {
        let (lang, settings) = (self.lang(), &self.config().openai);
        if !endpoint.configured {
            return Err(AppError::usage(
                "openai_not_configured",
                lang.pick("нет ключа к внешней модели", "there is no key for an outside model"),
                format!(
                    "{} OPENAI_API_KEY {} {own_key}; docs/CREDENTIALS.ru.md",
                    lang.pick("задайте", "set"),
                    lang.pick("или", "or")
                ),
            ));
        }
        let wrong = |error: OpenAiError| self.wrong_model_settings(&error);
        let key = endpoint.key.clone().unwrap_or_else(|| SecretString::from(String::new()));
        let mut config = OpenAiConfig::new(&endpoint.base_url, key).map_err(wrong)?;
        config.organization.clone_from(&settings.organization);
        config.project.clone_from(&settings.project);
        config.limits =
            RateLimit { per_minute: Some(settings.per_minute), concurrent: Some(settings.concurrent) };
        config.proxy = self.proxy(settings.proxy.as_ref());
        if let Some(path) = &settings.prices {
            let told = |error: std::io::Error| {
                AppError::usage(
                    "prices",
                    format!("{}: {}", path.display(), pipeline::io_words(lang, &error)),
                    "OPENAI_PRICES",
                )
            };
            let text = std::fs::read_to_string(path).map_err(told)?;
            config.prices = PriceTable::embedded().and_then(|table| table.with(&text)).map_err(wrong)?;
        }
        Ok(config)
    }

    /// Says why a service is not used that the settings name.
    pub(crate) fn refuse_abroad(&self, allowed: bool, address: &str) -> Result<(), AppError> {
        if allowed {
            return Ok(());
        }
        let lang = self.lang();
        let host = host(address);
        Err(AppError::usage(
            "data_abroad",
            match lang {
                domain::Lang::Ru => format!("{host}: служба за границей, а ZVONAR_DATA_ABROAD этого не разрешает"),
                domain::Lang::En => format!("{host} is abroad, and ZVONAR_DATA_ABROAD does not let the data go there"),
            },
            lang.pick(
                "возьмите службу в России, или добавьте её адрес в ZVONAR_DATA_HOME, или ZVONAR_DATA_ABROAD=allow",
                "use a service at home, or add its host to ZVONAR_DATA_HOME, or set ZVONAR_DATA_ABROAD=allow",
            ),
        ))
    }

    fn openai_http(&self, what: &str, config: &OpenAiConfig) -> Result<HttpClient, AppError> {
        let shared = self.shared_pace(&format!("{what} {}", host(config.base_url.as_str())));
        HttpClient::new(HttpClientConfig { shared, ..config.http() })
            .map_err(|error| AppError::usage("openai_settings", error.to_string(), "OPENAI_PROXY"))
    }

    pub(crate) fn wrong_model_settings(&self, error: &OpenAiError) -> AppError {
        let told = openai_error(self.lang(), error);
        AppError::usage("openai_settings", told.message, told.hint)
    }

    /// The sheet, with the columns of a rubric.
    pub(crate) fn sheets(
        &self,
        rubric: &Rubric,
        spreadsheet: Option<&str>,
    ) -> Result<SheetsClient, AppError> {
        let (lang, settings) = (self.lang(), &self.config().google);
        self.refuse_abroad(self.config().may_have_all(&settings.sheets_url), &settings.sheets_url)?;
        let missing = |name: &str| {
            AppError::usage(
                "sheet_not_configured",
                lang.pick("Google Таблица не настроена", "the Google Sheet is not configured"),
                format!("{} {name}; docs/CREDENTIALS.ru.md", lang.pick("задайте", "set")),
            )
        };
        let path = settings.credentials.as_ref().ok_or_else(|| missing("GOOGLE_APPLICATION_CREDENTIALS"))?;
        let sheet = match spreadsheet {
            Some(given) => given,
            None => settings.sheet_id.as_deref().ok_or_else(|| missing("GOOGLE_SHEET_ID"))?,
        };
        let wrong = |error: sheets_sink::SheetError| {
            let told = sheet_error(lang, &error);
            let mut told = AppError::usage("sheet_settings", told.message, told.hint);
            told.refused = error.is_refused_access();
            told
        };
        let credentials = self.key_file(path)?;
        let mut config = GoogleConfig::new(credentials, sheet, &settings.tab).map_err(wrong)?;
        config.sheets_url = settings.sheets_url.parse().map_err(|_| {
            AppError::usage("sheet_settings", settings.sheets_url.clone(), "GOOGLE_SHEETS_URL")
        })?;
        let host = host(&settings.sheets_url);
        config.shared = self
            .shared_pace(&format!("sheets reads {host}"))
            .zip(self.shared_pace(&format!("sheets writes {host}")))
            .map(|(reads, writes)| SharedQuota { reads, writes });
        let policy = HttpClientConfig {
            // Google works on a batch for three minutes at most
            read_timeout: Duration::from_secs(200),
            ..self.policy(settings.proxy.as_ref())
        };
        let http = HttpClient::new(policy)
            .map_err(|error| AppError::usage("sheet_settings", error.to_string(), "GOOGLE_PROXY"))?;
        SheetsClient::new(
            &config,
            spec(&self.report_options(rubric)),
            http,
            Arc::new(StoredLedger(self.store())),
            self.clock(),
            Arc::new(RandomChance),
        )
        .map_err(wrong)
    }

    fn key_file(&self, path: &std::path::Path) -> Result<SecretString, AppError> {
        let lang = self.lang();
        let told = |why: String| {
            AppError::usage(
                "google_key_file",
                format!("{}: {why}", path.display()),
                lang.pick(
                    "GOOGLE_APPLICATION_CREDENTIALS — путь к файлу ключа (.json)",
                    "GOOGLE_APPLICATION_CREDENTIALS is the path of the key file (.json)",
                ),
            )
        };
        let size = std::fs::metadata(path).map_err(|error| told(pipeline::io_words(lang, &error)))?.len();
        if size > MOST_KEY_FILE {
            return Err(told(lang.pick("это не файл ключа", "this is no key file").to_owned()));
        }
        let text = std::fs::read_to_string(path).map_err(|error| told(pipeline::io_words(lang, &error)))?;
        Ok(SecretString::from(text))
    }

    /// How rows and files of a rubric look.
    pub(crate) fn report_options(&self, rubric: &Rubric) -> ReportOptions {
        let config = self.config();
        let to_page = config.google.recording_link == crate::RecordingLink::Page;
        ReportOptions {
            lang: config.lang,
            zone: config.timezone,
            rubric: rubric.clone(),
            page_url: config.backend_url.clone().filter(|_| to_page),
        }
    }
}

/// UIS is wanted and has no key.
pub(crate) fn uis_missing(lang: Lang) -> AppError {
    AppError::usage(
        "uis_not_configured",
        lang.pick("UIS не настроен: нет ключа", "UIS is not configured: there is no key"),
        lang.pick(
            "задайте UIS_ACCESS_TOKEN; где его взять: docs/CREDENTIALS.ru.md",
            "set UIS_ACCESS_TOKEN; where to get it: docs/CREDENTIALS.ru.md",
        ),
    )
}
