//! Texts by key become typed settings; what cannot be is told with its place and what could stand there.

use std::collections::BTreeMap;
use std::path::PathBuf;

use domain::{Currency, Lang, Money, OperatorChannel};
use secrecy::SecretString;

use super::keys::Key;
use super::load::{ConfigError, Expected, Given};
use super::typed::{AnalyzerChoice, Config, LogFormat, TranscriberChoice};

pub(super) fn typed(
    given: &BTreeMap<&'static str, Given>,
    default_dir: PathBuf,
) -> Result<Config, ConfigError> {
    let read = Reader { given };
    Ok(Config {
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
        source: read.value("source", Expected { ru: "folder", en: "folder" }, |text| {
            (text == "folder").then(|| text.to_owned())
        })?,
        transcriber: read.value(
            "transcriber",
            Expected { ru: "auto или local", en: "auto or local" },
            |text| match text {
                "auto" => Some(TranscriberChoice::Auto),
                "local" => Some(TranscriberChoice::Local),
                _ => None,
            },
        )?,
        analyzer: read.value(
            "analyzer",
            Expected { ru: "auto или rules", en: "auto or rules" },
            |text| match text {
                "auto" => Some(AnalyzerChoice::Auto),
                "rules" => Some(AnalyzerChoice::Rules),
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
        models_url: read.value(
            "models_url",
            Expected { ru: "адрес http(s)", en: "an http(s) address" },
            |text| {
                (text.starts_with("https://") || text.starts_with("http://"))
                    .then(|| text.trim_end_matches('/').to_owned())
            },
        )?,
        proxy: read.secret("proxy"),
        database_url: read.secret("database.url"),
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
    })
}

fn seconds_as_ms(text: &str) -> Option<u64> {
    let seconds: f64 = text.parse().ok().filter(|s| (0.0..=3600.0).contains(s))?;
    u64::try_from(std::time::Duration::from_secs_f64(seconds).as_millis()).ok()
}

/// Reads texts as types, and says what is wrong where.
struct Reader<'a> {
    given: &'a BTreeMap<&'static str, Given>,
}

impl Reader<'_> {
    fn text(&self, name: &'static str) -> String {
        let default = || Key::find(name).map_or("", |key| key.default).to_owned();
        self.given.get(name).map_or_else(default, |given| given.value.trim().to_owned())
    }

    fn path(&self, name: &'static str) -> Option<PathBuf> {
        Some(self.text(name)).filter(|text| !text.is_empty()).map(PathBuf::from)
    }

    fn secret(&self, name: &'static str) -> Option<SecretString> {
        Some(self.text(name)).filter(|text| !text.is_empty()).map(SecretString::from)
    }

    fn value<T>(
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

    fn optional<T>(
        &self,
        name: &'static str,
        expected: Expected,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, ConfigError> {
        if self.text(name).is_empty() { Ok(None) } else { self.value(name, expected, read).map(Some) }
    }
}
