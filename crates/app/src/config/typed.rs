//! The settings as types: whoever holds a [`Config`] need not check it.

use std::path::PathBuf;

use chrono_tz::Tz;
use domain::{Lang, Money, OperatorChannel};
use secrecy::SecretString;

use super::abroad::DataAbroad;
use super::keeping::{KeepingSettings, WatchingSettings};
use super::providers::{GoogleSettings, Masking, OpenAiSettings, UisSettings};
use super::recordings::RecordingsPlace;
use super::server::{PrivateUrls, ServerSettings};
use super::telling::{MailSettings, ScheduleSettings, TelegramSettings, TellingSettings, WriteBack};
use super::voice::{VoiceSettings, VoximplantSettings};

/// What turns speech into text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TranscriberChoice {
    /// The provider whose key is set, else local.
    Auto,
    /// These, one after another: the first that has words wins.
    Engines(Vec<SpeechEngine>),
}

/// A speech engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpeechEngine {
    /// Whisper on this machine.
    Local,
    /// An OpenAI-compatible service.
    OpenAi,
    /// The text that UIS has.
    Uis,
}

/// Where calls come from by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceChoice {
    /// Recordings in folders.
    Folder,
    /// UIS or CoMagic.
    Uis,
    /// The call history of a Voximplant account.
    Voximplant,
}

/// What judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnalyzerChoice {
    /// The provider whose key is set, else rules.
    Auto,
    /// The local rules.
    Rules,
    /// A language model.
    Llm,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Human,
    /// A JSON object a line.
    Json,
}

/// One installation, whole and checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Who runs the program, as this machine knows them: for the access log.
    pub person: String,
    /// Database, models, recordings, rubrics.
    pub data_dir: PathBuf,
    /// Language of messages.
    pub lang: Lang,
    /// Zone of folder recordings and reports.
    pub timezone: Tz,
    /// Where calls come from.
    pub source: SourceChoice,
    /// What turns speech into text.
    pub transcriber: TranscriberChoice,
    /// What judges.
    pub analyzer: AnalyzerChoice,
    /// Rubric id or file.
    pub rubric: String,
    /// Whisper model.
    pub model: String,
    /// The operator's channel.
    pub operator: OperatorChannel,
    /// Shorter talk is not analysed, ms.
    pub min_talk_ms: u64,
    /// Hints for recognition.
    pub phrases: Vec<String>,
    /// Recordings recognised at once.
    pub jobs: Option<usize>,
    /// Micro-roubles per dollar.
    pub rub_micros_per_usd: i64,
    /// What the service spends in a day at most.
    pub daily_budget: Option<Money>,
    /// Home of the models.
    pub models_url: String,
    /// Proxy, may hold a password.
    pub proxy: Option<SecretString>,
    /// Hosts that are reached straight.
    pub no_proxy: Option<String>,
    /// Private addresses that recordings may be fetched from.
    pub allow_private_urls: PrivateUrls,
    /// Our pages, from outside.
    pub backend_url: Option<String>,
    /// The web service.
    pub server: ServerSettings,
    /// What the language model does not see.
    pub masking: Masking,
    /// Telephony.
    pub uis: UisSettings,
    /// Models.
    pub openai: OpenAiSettings,
    /// The sheet.
    pub google: GoogleSettings,
    /// The chat that people are told things in.
    pub telegram: TelegramSettings,
    /// The addresses that people are told things at.
    pub mail: MailSettings,
    /// What people are told, and when.
    pub telling: TellingSettings,
    /// What is done by the clock.
    pub schedule: ScheduleSettings,
    /// What telephony gets to know of its calls.
    pub write_back: WriteBack,
    /// AI calls.
    pub voice: VoiceSettings,
    /// The telephone of AI calls.
    pub voximplant: VoximplantSettings,
    /// What may be sent to services abroad.
    pub data_abroad: DataAbroad,
    /// Hosts that stand at home, beside those that are known by their address.
    pub home_hosts: Vec<String>,
    /// How long things are kept.
    pub keeping: KeepingSettings,
    /// How the work is watched.
    pub watching: WatchingSettings,
    /// `sqlite://…`; `None` = in the data folder.
    pub database_url: Option<SecretString>,
    /// Where recordings lie; `None` = in the data folder.
    pub recordings: Option<RecordingsPlace>,
    /// Log filter.
    pub log: String,
    /// Log file.
    pub log_file: Option<PathBuf>,
    /// Log format.
    pub log_format: LogFormat,
}
