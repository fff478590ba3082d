//! How long things are kept, and how the work is watched, as types.

use std::net::SocketAddr;

use chrono::TimeDelta;
use secrecy::SecretString;

/// How long things are kept; `None` = until somebody erases them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeepingSettings {
    /// Recordings that were fetched or sent.
    pub recordings: Option<TimeDelta>,
    /// Transcripts, quotes, summaries.
    pub words: Option<TimeDelta>,
    /// What language models said word for word.
    pub raw_answers: Option<TimeDelta>,
    /// The course of AI calls that have ended.
    pub dialogues: Option<TimeDelta>,
    /// The log of who did what.
    pub access_log: Option<TimeDelta>,
    /// Receipts of erasures.
    pub receipts: Option<TimeDelta>,
}

/// How the work is watched.
#[derive(Debug, Clone, Default)]
pub struct WatchingSettings {
    /// Where a worker gives its figures.
    pub metrics_bind: Option<SocketAddr>,
    /// Where traces are sent.
    pub otlp_endpoint: Option<String>,
    /// Headers along with them.
    pub otlp_headers: Option<SecretString>,
}
