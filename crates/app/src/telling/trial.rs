//! `zvonar notify test`: a message at once, past outbox and quiet hours.

use std::time::SystemTime;

use mail_client::Mail;
use notices::Voice;
use telegram_client::Message;

use crate::telling_words::{mail_error, telegram_error};
use crate::{App, AppError};

/// What came of a trial over one channel.
#[derive(Debug)]
pub struct TrialNotice {
    /// `Telegram`, `E-mail`.
    pub channel: &'static str,
    /// Where it went, fit for a screen.
    pub place: String,
    /// Why it did not.
    pub outcome: Result<(), AppError>,
}

impl App {
    /// In which words this installation tells things.
    pub(crate) fn voice_of_notices(&self) -> Voice {
        let config = self.config();
        Voice { lang: config.lang, zone: config.timezone, page: config.backend_url.clone() }
    }

    /// Sends a test over every channel that is configured; none = nobody would be told anything.
    ///
    /// # Errors
    /// A channel is half configured.
    pub async fn notify_test(&self) -> Result<Vec<TrialNotice>, AppError> {
        let (lang, channels) = (self.lang(), self.channels()?);
        let letter = self.voice_of_notices().test();
        let mut trials = Vec::new();
        if let Some(telegram) = channels.telegram {
            let sent = telegram.api.send(&telegram.chat, &Message::new(letter.telegram())).await;
            let outcome = sent.map(|_| ()).map_err(|error| telegram_error(lang, &error));
            trials.push(TrialNotice { channel: "Telegram", place: telegram.chat.to_string(), outcome });
        }
        if let Some(mail) = channels.mail {
            let now = self.clock().now();
            let place = mail.to.iter().map(|one| one.as_str().to_owned()).collect::<Vec<_>>().join(", ");
            let message = Mail {
                to: mail.to,
                subject: letter.title.clone(),
                text: letter.text(),
                html: Some(letter.html()),
                ..Mail::new(format!("test/{}", now.timestamp_millis()), SystemTime::from(now))
            };
            let outcome = mail.mailer.send(&message).await.map_err(|error| mail_error(lang, &error));
            trials.push(TrialNotice { channel: "E-mail", place, outcome });
        }
        Ok(trials)
    }
}
