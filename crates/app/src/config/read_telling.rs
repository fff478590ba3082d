//! Settings of schedules, notices and write-back: texts become types.

use chrono::NaiveTime;
use chrono_tz::Tz;
use notices::QuietHours;
use schedule::Timetable;

use super::load::{ConfigError, Expected};
use super::read::{ADDRESS, Reader, address};
use super::telling::{MailSettings, ScheduleSettings, TelegramSettings, TellingSettings, WriteBack};

const CRON: Expected = Expected {
    ru: "пять полей cron, например 5 * * * * или 30 9 * * 1-5",
    en: "five fields of cron, such as 5 * * * * or 30 9 * * 1-5",
};
const NONE: &str = "none";

impl Reader<'_> {
    fn zone(&self) -> Tz {
        // a zone that is none was refused before
        self.text("timezone").parse().unwrap_or(Tz::UTC)
    }

    pub(super) fn telegram(&self) -> Result<TelegramSettings, ConfigError> {
        Ok(TelegramSettings {
            token: self.secret("telegram.bot_token"),
            chat: self.optional(
                "telegram.chat_id",
                Expected {
                    ru: "номер чата, например -1001234567890, или @канал",
                    en: "the number of a chat such as -1001234567890, or @channel",
                },
                |text| telegram_client::ChatId::parse(text).ok().map(|chat| chat.to_string()),
            )?,
            api_url: self.value("telegram.api_url", ADDRESS, address)?,
            proxy: self.secret("telegram.proxy"),
        })
    }

    pub(super) fn mail(&self) -> Result<MailSettings, ConfigError> {
        let people = Expected {
            ru: "адреса через запятую, например anna@example.ru",
            en: "addresses with commas, such as anna@example.ru",
        };
        let to = self.optional("mail.to", people, |text| {
            let all = text.split(',').map(str::trim).filter(|one| !one.is_empty());
            let good = |one: &str| mail_client::Address::parse(one).ok().map(|_| one.to_owned());
            all.map(good).collect::<Option<Vec<String>>>()
        })?;
        Ok(MailSettings {
            smtp_url: self.secret("mail.smtp_url"),
            from: self.text("mail.from"),
            to: to.unwrap_or_default(),
        })
    }

    pub(super) fn telling(&self) -> Result<TellingSettings, ConfigError> {
        let time = Expected {
            ru: "время, например 09:00, или none", en: "a time such as 09:00, or none"
        };
        let minutes =
            Expected { ru: "минуты от 1 до 10000 или none", en: "minutes, 1 to 10000, or none" };
        let hours = Expected {
            ru: "часы, например 22:00-08:00, или none",
            en: "hours such as 22:00-08:00, or none",
        };
        let zone = self.zone();
        Ok(TellingSettings {
            quiet: self.value("notify.quiet_hours", hours, |text| match text {
                NONE => Some(None),
                text => QuietHours::parse(text, zone).map(Some),
            })?,
            low_score: self.value(
                "notify.low_score",
                Expected { ru: "число от 0 до 100", en: "a number from 0 to 100" },
                |text| text.parse().ok().filter(|score| (0.0..=100.0).contains(score)),
            )?,
            waiting_minutes: self.value("notify.waiting_minutes", minutes, |text| match text {
                NONE => Some(None),
                text => text.parse().ok().filter(|minutes| (1..=10_000).contains(minutes)).map(Some),
            })?,
            digest_at: self.value("notify.digest_at", time, |text| match text {
                NONE => Some(None),
                text => NaiveTime::parse_from_str(text, "%H:%M").ok().map(Some),
            })?,
        })
    }

    pub(super) fn schedule(&self) -> Result<ScheduleSettings, ConfigError> {
        let zone = self.zone();
        let cron = |text: &str| Timetable::parse(text, zone).ok();
        Ok(ScheduleSettings {
            calls: self.optional("schedule", CRON, cron)?,
            weekly: self.optional("weekly_report", CRON, cron)?,
        })
    }

    pub(super) fn write_back(&self) -> Result<WriteBack, ConfigError> {
        let expected = Expected {
            ru: "tags, comment, оба через запятую или none",
            en: "tags, comment, both with a comma, or none",
        };
        self.value("uis.write_back", expected, |text| {
            let mut wanted = WriteBack::default();
            for part in text.split(',').map(str::trim) {
                match part {
                    NONE if text == NONE => {}
                    "tags" => wanted.tags = true,
                    "comment" => wanted.comment = true,
                    _ => return None,
                }
            }
            Some(wanted)
        })
    }
}
