//! The settings as types: whoever holds a [`Config`] need not check it.

use std::path::PathBuf;

use chrono_tz::Tz;
use domain::{Lang, OperatorChannel};
use secrecy::SecretString;

/// What turns speech into text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TranscriberChoice {
    /// The provider whose key is set, else local.
    Auto,
    /// Whisper on this machine.
    Local,
}

/// What judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnalyzerChoice {
    /// The provider whose key is set, else rules.
    Auto,
    /// The local rules.
    Rules,
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
    /// Database, models, recordings, rubrics.
    pub data_dir: PathBuf,
    /// Language of messages.
    pub lang: Lang,
    /// Zone of folder recordings and reports.
    pub timezone: Tz,
    /// `folder`.
    pub source: String,
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
    /// Home of the models.
    pub models_url: String,
    /// Proxy, may hold a password.
    pub proxy: Option<SecretString>,
    /// `sqlite://…`; `None` = in the data folder.
    pub database_url: Option<SecretString>,
    /// Log filter.
    pub log: String,
    /// Log file.
    pub log_file: Option<PathBuf>,
    /// Log format.
    pub log_format: LogFormat,
}
