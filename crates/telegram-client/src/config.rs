//! Where Telegram lives, and the bot's token. Values only; nothing is read from outside.

use http_client::{HttpClientConfig, RateLimit};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::TelegramError;

/// `TELEGRAM_API_URL` when nothing else is said.
pub const API_URL: &str = "https://api.telegram.org";
/// A group takes twenty messages a minute. <https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this>
const PER_MINUTE: u32 = 20;

/// How Telegram is asked.
#[derive(Debug, Clone)]
pub struct TelegramConfig {
    base: Url,
    token: SecretString,
}

impl TelegramConfig {
    /// The public address.
    ///
    /// # Errors
    /// [`TelegramError::Config`] where the token is no `NUMBER:WORD`.
    pub fn new(token: &SecretString) -> Result<Self, TelegramError> {
        Self::at(API_URL, token)
    }

    /// Another address: a Bot API server of one's own, or one for tests. https is demanded except for this
    /// machine, for the token travels in the address.
    ///
    /// # Errors
    /// [`TelegramError::Config`] names the wrong part.
    pub fn at(base: &str, token: &SecretString) -> Result<Self, TelegramError> {
        let wrong =
            |why: &str| TelegramError::Config(format!("TELEGRAM_API_URL {why}; an example: {API_URL}"));
        let base = Url::parse(base.trim()).map_err(|_| wrong("is no address"))?;
        let local = match base.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            None => return Err(wrong("has no host")),
        };
        if base.scheme() != "https" && !(base.scheme() == "http" && local) {
            return Err(wrong("must begin with https: the token travels in every address"));
        }
        if !is_token(token.expose_secret().trim()) {
            return Err(TelegramError::Config(
                "TELEGRAM_BOT_TOKEN is no token: @BotFather gives one such as 123456789:AA…".into(),
            ));
        }
        let token = SecretString::from(token.expose_secret().trim().to_owned());
        Ok(Self { base, token })
    }

    /// The program's policy, at the pace that Telegram takes.
    pub(crate) fn policy(base: HttpClientConfig) -> HttpClientConfig {
        let limits = RateLimit { per_minute: Some(PER_MINUTE), concurrent: Some(1) };
        HttpClientConfig { limits, ..base }
    }

    /// A method's address: a secret, for the token is in it.
    pub(crate) fn address(&self, method: &str) -> Result<Url, TelegramError> {
        let mut url = self.base.clone();
        let none = || TelegramError::Config("TELEGRAM_API_URL cannot carry a path".into());
        let bot = format!("bot{}", self.token.expose_secret());
        url.path_segments_mut().map_err(|()| none())?.pop_if_empty().extend([bot.as_str(), method]);
        Ok(url)
    }
}

fn is_token(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    text.split_once(':').is_some_and(|(number, rest)| {
        !number.is_empty()
            && number.chars().all(|c| c.is_ascii_digit())
            && !rest.is_empty()
            && rest.chars().all(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_refused_by_name_and_without_the_token() {
        let token = || SecretString::from("12:hunter2".to_owned());
        for base in ["http://api.telegram.org", "api.telegram.org", "ftp://localhost"] {
            let error = TelegramConfig::at(base, &token()).unwrap_err().to_string();
            assert!(error.contains("TELEGRAM_API_URL") && !error.contains("hunter2"), "{error}");
        }
        for bad in ["", "hunter2", "12:", ":hunter2", "12:hun/ter", "bot12:x y"] {
            let error = TelegramConfig::new(&bad.to_owned().into()).unwrap_err().to_string();
            assert!(error.contains("TELEGRAM_BOT_TOKEN") && !error.contains("hunter"), "{error}");
        }
        let config = TelegramConfig::at("http://127.0.0.1:9/tg/", &token()).unwrap();
        assert_eq!(config.address("getMe").unwrap().as_str(), "http://127.0.0.1:9/tg/bot12:hunter2/getMe");
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
