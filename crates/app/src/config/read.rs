//! Texts by key become typed settings; what cannot be is told with its place and what could stand there.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use chrono::TimeDelta;
use domain::{Currency, Lang, Money, OperatorChannel};
use secrecy::SecretString;

use super::abroad::{DataAbroad, narrowed};
use super::keeping::{KeepingSettings, WatchingSettings};
use super::keys::Key;
use super::load::{ConfigError, Expected, Given};
use super::providers::{GoogleSettings, Masking, ModelEndpoint, OpenAiSettings, RecordingLink, UisSettings};
use super::server::{PrivateUrls, ServerSettings};
use super::typed::{AnalyzerChoice, Config, LogFormat, SourceChoice, SpeechEngine, TranscriberChoice};

pub(super) fn typed(
    given: &BTreeMap<&'static str, Given>,
    default_dir: PathBuf,
    person: String,
) -> Result<Config, ConfigError> {
    let read = Reader { given };
    Ok(narrowed(Config {
        person,
        data_dir: read.path("data_dir").unwrap_or(default_dir),
        lang: read.value("lang", Expected { ru: "ru или en", en: "ru or en" }, |text| match text {
            "ru" => Some(Lang::Ru),
            "en" => Some(Lang::En),
            _ => None,
        })?,
        timezone: read.value(
            "timezone",
            Expected {
                ru: "часовой пояс, например Europe/Moscow", en: "an IANA zone such as Europe/Moscow"
            },
            |text| text.parse().ok(),
        )?,
        source: read.value(
            "source",
            Expected { ru: "folder, uis или voximplant", en: "folder, uis or voximplant" },
            source,
        )?,
        transcriber: read.value(
            "transcriber",
            Expected {
                ru: "auto, local, openai, uis или несколько через запятую",
                en: "auto, local, openai, uis, or several with commas",
            },
            transcriber,
        )?,
        analyzer: read.value(
            "analyzer",
            Expected { ru: "auto, llm или rules", en: "auto, llm or rules" },
            |text| match text {
                "auto" => Some(AnalyzerChoice::Auto),
                "rules" => Some(AnalyzerChoice::Rules),
                "llm" => Some(AnalyzerChoice::Llm),
                _ => None,
            },
        )?,
        rubric: read.text("rubric"),
        model: read.text("model"),
        operator: read.value(
            "operator_channel",
            Expected { ru: "left или right", en: "left or right" },
            |text| match text {
                "left" => Some(OperatorChannel::Left),
                "right" => Some(OperatorChannel::Right),
                _ => None,
            },
        )?,
        min_talk_ms: read.value(
            "min_talk_s",
            Expected { ru: "секунды от 0 до 3600", en: "seconds, 0 to 3600" },
            seconds_as_ms,
        )?,
        phrases: read
            .text("phrases")
            .split(',')
            .map(|p| p.trim().to_owned())
            .filter(|p| !p.is_empty())
            .collect(),
        jobs: read.optional(
            "jobs",
            Expected { ru: "число от 1 до 64", en: "a number from 1 to 64" },
            |text| text.parse().ok().filter(|jobs| (1..=64).contains(jobs)),
        )?,
        rub_micros_per_usd: read.value(
            "usd_rub",
            Expected {
                ru: "рублей за доллар, например 92.5", en: "roubles per dollar, for example 92.5"
            },
            |text| {
                format!("{text}RUB")
                    .parse::<Money>()
                    .ok()
                    .filter(|m| m.currency == Currency::RUB && m.micros > 0)
                    .map(|m| m.micros)
            },
        )?,
        daily_budget: read.optional(
            "daily_budget",
            Expected { ru: "сумма, например 1000RUB", en: "an amount, for example 1000RUB" },
            |text| text.parse::<Money>().ok().filter(|most| most.micros > 0),
        )?,
        models_url: read.value("models_url", ADDRESS, address)?,
        no_proxy: read.some("no_proxy"),
        allow_private_urls: read.value(
            "allow_private_urls",
            Expected {
                ru: "true, false или имена, адреса и сети через запятую",
                en: "true, false, or names, addresses and networks with commas",
            },
            private_urls,
        )?,
        server: read.server()?,
        backend_url: read.optional("backend_url", ADDRESS, address)?,
        masking: read.value(
            "data_masked",
            Expected { ru: "contacts, names или none", en: "contacts, names or none" },
            |text| match text {
                "contacts" => Some(Masking::Contacts),
                "names" => Some(Masking::Names),
                "none" => Some(Masking::None),
                _ => None,
            },
        )?,
        uis: read.uis()?,
        openai: read.openai()?,
        google: read.google()?,
        telegram: read.telegram()?,
        mail: read.mail()?,
        telling: read.telling()?,
        schedule: read.schedule()?,
        write_back: read.write_back()?,
        voice: read.voice()?,
        voximplant: read.voximplant()?,
        data_abroad: read.value(
            "data_abroad",
            Expected { ru: "allow, masked_text или deny", en: "allow, masked_text or deny" },
            |text| match text {
                "allow" => Some(DataAbroad::Allow),
                "masked_text" => Some(DataAbroad::MaskedText),
                "deny" => Some(DataAbroad::Deny),
                _ => None,
            },
        )?,
        home_hosts: read
            .text("data_home")
            .split(',')
            .map(|host| host.trim().to_lowercase())
            .filter(|host| !host.is_empty())
            .collect(),
        keeping: read.keeping()?,
        watching: read.watching()?,
        proxy: read.secret("proxy"),
        database_url: read.secret("database.url"),
        recordings: read.recordings()?,
        log: read.text("log"),
        log_file: read.path("log_file"),
        log_format: read.value(
            "log_format",
            Expected { ru: "human или json", en: "human or json" },
            |text| match text {
                "human" => Some(LogFormat::Human),
                "json" => Some(LogFormat::Json),
                _ => None,
            },
        )?,
    }))
}

pub(super) const ADDRESS: Expected = Expected { ru: "адрес http(s)", en: "an http(s) address" };

pub(super) fn address(text: &str) -> Option<String> {
    let url = url::Url::parse(text).ok()?;
    let is_http = matches!(url.scheme(), "http" | "https") && url.has_host();
    is_http.then(|| text.trim_end_matches('/').to_owned())
}

pub(super) fn yes_no(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "true" | "1" | "yes" | "да" => Some(true),
        "false" | "0" | "no" | "нет" => Some(false),
        _ => None,
    }
}

fn private_urls(text: &str) -> Option<PrivateUrls> {
    match yes_no(text) {
        Some(true) => Some(PrivateUrls::All),
        Some(false) => Some(PrivateUrls::No),
        None => {
            let places: Result<_, _> = text.split(',').map(str::parse).collect();
            places.ok().map(PrivateUrls::These)
        }
    }
}

fn socket(text: &str) -> Option<SocketAddr> {
    let here = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    here.as_deref().unwrap_or(text).parse().ok()
}

fn addresses(text: &str) -> Option<Vec<String>> {
    text.split(',').map(|one| address(one.trim())).collect()
}

fn source(text: &str) -> Option<SourceChoice> {
    match text {
        "folder" => Some(SourceChoice::Folder),
        "uis" => Some(SourceChoice::Uis),
        "voximplant" => Some(SourceChoice::Voximplant),
        _ => None,
    }
}

fn transcriber(text: &str) -> Option<TranscriberChoice> {
    if text == "auto" {
        return Some(TranscriberChoice::Auto);
    }
    let engines: Option<Vec<SpeechEngine>> = text
        .split(',')
        .map(|name| match name.trim() {
            "local" => Some(SpeechEngine::Local),
            "openai" => Some(SpeechEngine::OpenAi),
            "uis" => Some(SpeechEngine::Uis),
            _ => None,
        })
        .collect();
    engines.filter(|engines| !engines.is_empty()).map(TranscriberChoice::Engines)
}

fn seconds_as_ms(text: &str) -> Option<u64> {
    let seconds: f64 = text.parse().ok().filter(|s| (0.0..=3600.0).contains(s))?;
    u64::try_from(std::time::Duration::from_secs_f64(seconds).as_millis()).ok()
}

/// Reads texts as types, and says what is wrong where.
pub(super) struct Reader<'a> {
    given: &'a BTreeMap<&'static str, Given>,
}

impl Reader<'_> {
    pub(super) fn text(&self, name: &'static str) -> String {
        let default = || Key::find(name).map_or("", |key| key.default).to_owned();
        self.given.get(name).map_or_else(default, |given| given.value.trim().to_owned())
    }

    pub(super) fn path(&self, name: &'static str) -> Option<PathBuf> {
        Some(self.text(name)).filter(|text| !text.is_empty()).map(PathBuf::from)
    }

    pub(super) fn some(&self, name: &'static str) -> Option<String> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    fn uis(&self) -> Result<UisSettings, ConfigError> {
        Ok(UisSettings {
            key: self.secret("uis.access_token"),
            data_api_url: self.value("uis.data_api_url", ADDRESS, address)?,
            media_url: self.value("uis.media_url", ADDRESS, address)?,
            proxy: self.secret("uis.proxy"),
        })
    }

    fn server(&self) -> Result<ServerSettings, ConfigError> {
        let mb = Expected { ru: "мегабайты от 1 до 10000", en: "megabytes, 1 to 10000" };
        Ok(ServerSettings {
            bind: self.value(
                "bind",
                Expected {
                    ru: "адрес и порт: 127.0.0.1:8000", en: "address and port: 127.0.0.1:8000"
                },
                socket,
            )?,
            admin_token: self.secret("admin_token"),
            webhook_key: self.secret("webhook_key"),
            max_upload_bytes: self.value("max_upload_mb", mb, |text| {
                text.parse::<u64>().ok().filter(|mb| (1..=10_000).contains(mb)).map(|mb| mb * 1_000_000)
            })?,
            result_webhooks: self.optional("webhook_url", ADDRESS, addresses)?.unwrap_or_default(),
            result_webhook_secret: self.secret("webhook_secret"),
            crm_url: self.optional("crm_url", ADDRESS, address)?,
            crm_secret: self.secret("crm_secret"),
        })
    }

    fn keeping(&self) -> Result<KeepingSettings, ConfigError> {
        let expected = Expected { ru: "дни от 0 до 36500", en: "days, 0 to 36500" };
        let days = |name| -> Result<Option<TimeDelta>, ConfigError> {
            let read = |text: &str| text.parse::<u32>().ok().filter(|days| *days <= 36_500);
            let days = self.optional(name, expected, read)?;
            Ok(days.filter(|days| *days > 0).map(|days| TimeDelta::days(i64::from(days))))
        };
        Ok(KeepingSettings {
            recordings: days("keep_recordings_days")?,
            words: days("keep_words_days")?,
            raw_answers: days("keep_raw_answers_days")?,
            dialogues: days("keep_dialogues_days")?,
            access_log: days("keep_access_log_days")?,
            receipts: days("keep_receipts_days")?,
        })
    }

    fn watching(&self) -> Result<WatchingSettings, ConfigError> {
        let place =
            Expected { ru: "адрес и порт: 127.0.0.1:9464", en: "address and port: 127.0.0.1:9464" };
        Ok(WatchingSettings {
            metrics_bind: self.optional("metrics_bind", place, socket)?,
            otlp_endpoint: self.optional("otlp.endpoint", ADDRESS, address)?,
            otlp_headers: self.secret("otlp.headers"),
        })
    }

    fn openai(&self) -> Result<OpenAiSettings, ConfigError> {
        let base_url = self.value("openai.base_url", ADDRESS, address)?;
        let count = Expected { ru: "число от 1", en: "a number from 1" };
        let endpoint = |address_key, secret_key, model| -> Result<ModelEndpoint, ConfigError> {
            let own = self.optional(address_key, ADDRESS, address)?;
            // the key of one service must not go to another
            let shared = if own.is_some() { None } else { self.secret("openai.api_key") };
            let key = self.secret(secret_key).or(shared);
            Ok(ModelEndpoint {
                configured: own.is_some() || key.is_some(),
                key,
                base_url: own.unwrap_or_else(|| base_url.clone()),
                model: self.text(model),
            })
        };
        Ok(OpenAiSettings {
            stt: endpoint("stt.base_url", "stt.api_key", "openai.stt_model")?,
            llm: endpoint("llm.base_url", "llm.api_key", "openai.chat_model")?,
            per_minute: self
                .value("openai.requests_per_minute", count, |text| text.parse().ok().filter(|n| *n > 0))?,
            concurrent: self
                .value("openai.concurrent", count, |text| text.parse().ok().filter(|n| *n > 0))?,
            organization: self.some("openai.organization"),
            project: self.some("openai.project"),
            prices: self.path("openai.prices"),
            fallback_to_rules: self.value(
                "llm.fallback",
                Expected { ru: "none или rules", en: "none or rules" },
                |text| match text {
                    "none" => Some(false),
                    "rules" => Some(true),
                    _ => None,
                },
            )?,
            proxy: self.secret("openai.proxy"),
        })
    }

    fn google(&self) -> Result<GoogleSettings, ConfigError> {
        Ok(GoogleSettings {
            credentials: self.path("google.credentials"),
            sheet_id: self.some("google.sheet_id"),
            tab: self.text("google.sheet_tab"),
            sheets_url: self.value("google.sheets_url", ADDRESS, address)?,
            unanswered_ai_calls: self.value(
                "sheet.unanswered_ai_calls",
                Expected { ru: "true или false", en: "true or false" },
                yes_no,
            )?,
            recording_link: self.value(
                "sheet.recording_link",
                Expected { ru: "page, source или none", en: "page, source or none" },
                |text| match text {
                    "page" => Some(RecordingLink::Page),
                    "source" => Some(RecordingLink::Source),
                    "none" => Some(RecordingLink::None),
                    _ => None,
                },
            )?,
            proxy: self.secret("google.proxy"),
        })
    }

    pub(super) fn secret(&self, name: &'static str) -> Option<SecretString> {
        Some(self.text(name)).filter(|text| !text.is_empty()).map(SecretString::from)
    }

    pub(super) fn value<T>(
        &self,
        name: &'static str,
        expected: Expected,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<T, ConfigError> {
        let text = self.text(name);
        read(&text).ok_or_else(|| ConfigError::Value {
            name,
            value: text,
            origin: self.given.get(name).map_or_else(|| "default".to_owned(), |given| given.origin.clone()),
            expected,
        })
    }

    pub(super) fn optional<T>(
        &self,
        name: &'static str,
        expected: Expected,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, ConfigError> {
        if self.text(name).is_empty() { Ok(None) } else { self.value(name, expected, read).map(Some) }
    }
}
