//! Where messages leave: the chat and the addresses of the settings.

use std::sync::Arc;

use http_client::HttpClientConfig;
use mail_client::{Address, MailConfig, Mailer, SmtpMailer};
use telegram_client::{ChatId, TelegramApi, TelegramClient, TelegramConfig};

use crate::telling_words::{mail_error, telegram_error};
use crate::{App, AppError};

/// A chat behind its service.
#[derive(Clone)]
pub(crate) struct TelegramChannel {
    pub(crate) api: Arc<dyn TelegramApi>,
    pub(crate) chat: ChatId,
}

/// Addresses behind their server.
#[derive(Clone)]
pub(crate) struct MailChannel {
    pub(crate) mailer: Arc<dyn Mailer>,
    pub(crate) to: Vec<Address>,
}

/// Where messages leave.
#[derive(Clone, Default)]
pub(crate) struct Channels {
    pub(crate) telegram: Option<TelegramChannel>,
    pub(crate) mail: Option<MailChannel>,
}

impl Channels {
    /// Whether anybody would hear.
    pub(crate) fn any(&self) -> bool {
        self.telegram.is_some() || self.mail.is_some()
    }
}

impl App {
    /// The channels of the settings; half a channel is an error that names its other half.
    pub(crate) fn channels(&self) -> Result<Channels, AppError> {
        Ok(Channels { telegram: self.telegram_channel()?, mail: self.mail_channel()? })
    }

    pub(crate) fn telegram_channel(&self) -> Result<Option<TelegramChannel>, AppError> {
        let (lang, settings) = (self.lang(), &self.config().telegram);
        let (token, chat) = match (&settings.token, &settings.chat) {
            (None, None) => return Ok(None),
            (Some(token), Some(chat)) => (token, chat),
            (token, _) => {
                let missing = if token.is_some() { "TELEGRAM_CHAT_ID" } else { "TELEGRAM_BOT_TOKEN" };
                return Err(half(
                    lang.pick("Telegram настроен наполовину", "Telegram is half configured"),
                    lang,
                    missing,
                ));
            }
        };
        let wrong = |error| telegram_error(lang, &error);
        let config = TelegramConfig::at(&settings.api_url, token).map_err(wrong)?;
        let policy =
            HttpClientConfig { proxy: self.proxy(settings.proxy.as_ref()), ..HttpClientConfig::default() };
        let client = TelegramClient::new(config, &policy).map_err(wrong)?;
        Ok(Some(TelegramChannel { api: Arc::new(client), chat: ChatId::parse(chat).map_err(wrong)? }))
    }

    pub(crate) fn mail_channel(&self) -> Result<Option<MailChannel>, AppError> {
        let (lang, settings) = (self.lang(), &self.config().mail);
        let missing = match (&settings.smtp_url, settings.from.is_empty(), settings.to.is_empty()) {
            (None, true, true) => return Ok(None),
            (None, ..) => Some("SMTP_URL"),
            (_, true, _) => Some("ALERT_EMAIL_FROM"),
            (.., true) => Some("ALERT_EMAIL_TO"),
            _ => None,
        };
        let (None, Some(url)) = (missing, &settings.smtp_url) else {
            let what = lang.pick("почта настроена наполовину", "mail is half configured");
            return Err(half(what, lang, missing.unwrap_or("SMTP_URL")));
        };
        let wrong = |error| mail_error(lang, &error);
        let config = MailConfig::new(url, &settings.from).map_err(wrong)?;
        let to: Result<Vec<Address>, _> = settings.to.iter().map(|one| Address::parse(one)).collect();
        let mailer = SmtpMailer::new(&config).map_err(wrong)?;
        Ok(Some(MailChannel { mailer: Arc::new(mailer), to: to.map_err(wrong)? }))
    }
}

fn half(what: &str, lang: domain::Lang, missing: &str) -> AppError {
    AppError::usage("half_a_channel", what, format!("{} {missing}", lang.pick("задайте", "set")))
}
