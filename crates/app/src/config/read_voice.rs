//! Settings of AI calls: texts become types.

use domain::{Money, PhoneNumber};

use super::load::{ConfigError, Expected};
use super::read::{Reader, address, yes_no};
use super::voice::{VoiceSettings, VoximplantSettings};

const YES_NO: Expected = Expected { ru: "true или false", en: "true or false" };
const NUMBER: Expected =
    Expected { ru: "число из кабинета Voximplant", en: "a number of the cabinet" };

impl Reader<'_> {
    pub(super) fn voice(&self) -> Result<VoiceSettings, ConfigError> {
        let socket = |text: &str| {
            let url = url::Url::parse(text).ok()?;
            let fits = matches!(url.scheme(), "ws" | "wss") && url.has_host();
            fits.then(|| text.trim_end_matches('/').to_owned())
        };
        Ok(VoiceSettings {
            persona: self.text("persona"),
            daily_budget: self.optional(
                "daily_call_budget",
                Expected { ru: "сумма: 500RUB или 5USD", en: "a sum: 500RUB or 5USD" },
                |text| text.parse::<Money>().ok().filter(|money| money.micros > 0),
            )?,
            simulated_speed: self.value(
                "simulated_speed",
                Expected { ru: "число от 1 до 1000", en: "a number from 1 to 1000" },
                |text| text.parse().ok().filter(|speed| (1..=1000).contains(speed)),
            )?,
            log_text: self.value("log_text", YES_NO, yes_no)?,
            realtime_model: self.text("openai.realtime_model"),
            realtime_url: self.optional(
                "openai.realtime_url",
                Expected { ru: "адрес ws(s)", en: "a ws(s) address" },
                socket,
            )?,
        })
    }

    pub(super) fn voximplant(&self) -> Result<VoximplantSettings, ConfigError> {
        let id = |text: &str| text.parse::<i64>().ok().filter(|id| *id > 0);
        let one_of = |ru, en| Expected { ru, en };
        Ok(VoximplantSettings {
            used: self.value("voximplant.use", YES_NO, yes_no)?,
            account: self.optional("voximplant.account_id", NUMBER, id)?,
            api_key: self.secret("voximplant.api_key"),
            credentials: self.path("voximplant.credentials"),
            application: self.optional("voximplant.application_id", NUMBER, id)?,
            rule: self.optional("voximplant.rule_id", NUMBER, id)?,
            caller_id: self.optional(
                "voximplant.caller_id",
                Expected { ru: "номер: +78652594087", en: "a number such as +78652594087" },
                PhoneNumber::parse,
            )?,
            api_url: self.value("voximplant.api_url", super::read::ADDRESS, address)?,
            backend_secret: self.secret("voximplant.backend_secret"),
            media_hosts: self.value(
                "voximplant.media_hosts",
                Expected {
                    ru: "имена серверов через запятую, без https://",
                    en: "host names with commas, without https://",
                },
                hosts,
            )?,
            realtime: self.value(
                "voximplant.dialog_mode",
                one_of("turns или realtime", "turns or realtime"),
                |text| choice(text, "turns", "realtime"),
            )?,
            we_dial: self.value(
                "voximplant.media_topology",
                one_of("out или in", "out or in"),
                |text| choice(text, "out", "in"),
            )?,
            max_calls: self.value(
                "voximplant.max_calls",
                Expected { ru: "число от 1 до 1000", en: "a number from 1 to 1000" },
                |text| text.parse().ok().filter(|most| (1..=1000).contains(most)),
            )?,
            proxy: self.secret("voximplant.proxy"),
        })
    }
}

/// `Some(true)` for the second.
fn choice(text: &str, no: &str, yes: &str) -> Option<bool> {
    if text == no { Some(false) } else { (text == yes).then_some(true) }
}

fn hosts(text: &str) -> Option<Vec<String>> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ':' | '[' | ']');
    let hosts: Vec<String> = text
        .split(',')
        .map(|host| host.trim().trim_start_matches("*.").trim_matches('.').to_ascii_lowercase())
        .filter(|host| !host.is_empty())
        .collect();
    (!hosts.is_empty() && hosts.iter().all(|host| host.chars().all(plain))).then_some(hosts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_names_and_nothing_else() {
        assert_eq!(hosts("voximplant.com, *.S3.example.ru").unwrap(), ["voximplant.com", "s3.example.ru"]);
        assert_eq!(hosts("127.0.0.1").unwrap(), ["127.0.0.1"]);
        for wrong in ["", " , ", "https://voximplant.com", "a/b"] {
            assert_eq!(hosts(wrong), None, "{wrong}");
        }
    }
}
