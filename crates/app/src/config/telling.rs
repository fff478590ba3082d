//! The settings of schedules, notices and write-back as types.

use chrono::NaiveTime;
use notices::QuietHours;
use schedule::Timetable;
use secrecy::SecretString;

/// Telegram.
#[derive(Debug, Clone)]
pub struct TelegramSettings {
    /// The bot's token; `None` = not configured.
    pub token: Option<SecretString>,
    /// Where to: a number, or `@channel`.
    pub chat: Option<String>,
    /// The Bot API.
    pub api_url: String,
    /// Its own proxy.
    pub proxy: Option<SecretString>,
}

/// E-mail.
#[derive(Debug, Clone)]
pub struct MailSettings {
    /// The server with user and password; `None` = not configured.
    pub smtp_url: Option<SecretString>,
    /// Whom mail comes from.
    pub from: String,
    /// Whom it goes to.
    pub to: Vec<String>,
}

/// What people are told, and when.
#[derive(Debug, Clone)]
pub struct TellingSettings {
    /// When nobody is disturbed.
    pub quiet: Option<QuietHours>,
    /// A score below this asks for an ear.
    pub low_score: f64,
    /// A missed client whom nobody rang back in so many minutes is told of; `None` = never.
    pub waiting_minutes: Option<u32>,
    /// When the day before is told; `None` = never.
    pub digest_at: Option<NaiveTime>,
}

/// What is done by the clock besides what people set up themselves.
#[derive(Debug, Clone)]
pub struct ScheduleSettings {
    /// When calls are asked for.
    pub calls: Option<Timetable>,
    /// When the reports of the week before leave.
    pub weekly: Option<Timetable>,
}

/// What telephony gets to know of its calls after they are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WriteBack {
    /// A tag by the score.
    pub tags: bool,
    /// The score and the summary as a comment.
    pub comment: bool,
}
