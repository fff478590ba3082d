//! The call history: sessions that have ended. A session under way is not in it.

use std::fmt;

use chrono::{DateTime, Utc};
use domain::PhoneNumber;

use crate::{Amount, ApplicationId, CallLegId, RecordId, RecordUrl, SessionHistoryId};

/// Most rows of one page: a limit of the API.
pub const MAX_PAGE: u32 = 1000;
/// Largest offset: a limit of the API.
pub const MAX_OFFSET: u32 = 10_000;

/// Which part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PageRequest {
    /// Most rows, up to [`MAX_PAGE`].
    pub count: u32,
    /// Rows to skip, up to [`MAX_OFFSET`].
    pub offset: u32,
}

impl Default for PageRequest {
    fn default() -> Self {
        Self { count: 100, offset: 0 }
    }
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Rows that came but could not be read, each with the reason: to be shown, never hidden.
    pub unreadable: Vec<String>,
    /// Rows in the whole list at this moment, where the answer says.
    pub total: Option<u64>,
}

impl<T> Page<T> {
    /// Rows that came, readable or not: what the offset moves by.
    pub fn received(&self) -> usize {
        self.rows.len() + self.unreadable.len()
    }
}

/// A page of the history, oldest first.
#[derive(Clone, PartialEq, Eq)]
pub struct HistoryRequest {
    /// Sessions that began at or after.
    pub from: DateTime<Utc>,
    /// Sessions that began at or before.
    pub to: DateTime<Utc>,
    /// Only of this application.
    pub application: Option<ApplicationId>,
    /// Only with exactly this custom data.
    pub custom_data: Option<String>,
    /// Only with this number.
    pub remote: Option<PhoneNumber>,
    /// Which part.
    pub page: PageRequest,
}

impl HistoryRequest {
    /// The first page of all sessions of a window.
    pub fn new(from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        Self { from, to, application: None, custom_data: None, remote: None, page: PageRequest::default() }
    }
}

impl fmt::Debug for HistoryRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HistoryRequest")
            .field("from", &self.from)
            .field("to", &self.to)
            .field("application", &self.application)
            .field("page", &self.page)
            .finish_non_exhaustive()
    }
}

/// Why a session ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FinishReason {
    /// As the scenario wished.
    Normal,
    /// The money was over.
    InsufficientFunds,
    /// The platform failed.
    InternalError,
    /// Somebody ended it from outside.
    Terminated,
    /// The scenario threw.
    ScriptError,
    /// It had no calls for too long.
    Timeout,
    /// Words that this version does not know.
    Other(String),
}

impl FinishReason {
    /// Reads the words of the history.
    pub fn parse(words: &str) -> Self {
        match words {
            "Normal termination" => Self::Normal,
            "Insufficient funds" => Self::InsufficientFunds,
            "Terminated administratively" => Self::Terminated,
            "JS session error" => Self::ScriptError,
            "Timeout" => Self::Timeout,
            words if words.starts_with("Internal error") => Self::InternalError,
            words => Self::Other(words.chars().take(100).collect()),
        }
    }

    /// The words of the history.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Normal => "Normal termination",
            Self::InsufficientFunds => "Insufficient funds",
            Self::InternalError => "Internal error (billing timeout)",
            Self::Terminated => "Terminated administratively",
            Self::ScriptError => "JS session error",
            Self::Timeout => "Timeout",
            Self::Other(words) => words,
        }
    }
}

/// A session that has ended.
#[derive(Clone, PartialEq, Eq)]
pub struct HistorySession {
    /// The id.
    pub id: SessionHistoryId,
    /// Whose.
    pub application: Option<ApplicationId>,
    /// By which rule.
    pub rule_name: Option<String>,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// How long it took, s.
    pub duration_s: Option<u32>,
    /// What it was started with: personal data.
    pub custom_data: Option<String>,
    /// Why it ended.
    pub finish_reason: Option<FinishReason>,
    /// Its calls.
    pub calls: Vec<HistoryCall>,
    /// Its recordings.
    pub records: Vec<HistoryRecord>,
}

// numbers of people and custom data are not for logs
impl fmt::Debug for HistorySession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HistorySession")
            .field("id", &self.id)
            .field("started_at", &self.started_at)
            .field("duration_s", &self.duration_s)
            .field("finish_reason", &self.finish_reason)
            .field("calls", &self.calls)
            .field("records", &self.records)
            .finish_non_exhaustive()
    }
}

impl HistorySession {
    /// What telephony and recordings cost, where the history says.
    pub fn cost(&self) -> Option<Amount> {
        let parts =
            self.calls.iter().map(|call| call.cost).chain(self.records.iter().map(|record| record.cost));
        parts.flatten().fold(None, |sum: Option<Amount>, part| {
            Some(Amount { micros: sum.unwrap_or_default().micros.saturating_add(part.micros) })
        })
    }

    /// Addresses of all recordings: those of recorders first, then of calls, none twice.
    pub fn recordings(&self) -> Vec<&RecordUrl> {
        let of_records = self.records.iter().filter_map(|record| record.url.as_ref());
        let all = of_records.chain(self.calls.iter().filter_map(|call| call.record_url.as_ref()));
        let mut found: Vec<&RecordUrl> = Vec::new();
        for url in all {
            if !found.contains(&url) {
                found.push(url);
            }
        }
        found
    }
}

/// One call of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryCall {
    /// The id.
    pub id: CallLegId,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
    /// How long it was connected, s.
    pub duration_s: Option<u32>,
    /// Our number, where it is one.
    pub local: Option<PhoneNumber>,
    /// Theirs.
    pub remote: Option<PhoneNumber>,
    /// They called us.
    pub incoming: bool,
    /// It was answered.
    pub successful: bool,
    /// What it cost.
    pub cost: Option<Amount>,
    /// Why it ended.
    pub end_reason: Option<String>,
    /// A recording of `call.record`.
    pub record_url: Option<RecordUrl>,
}

/// One recording of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRecord {
    /// The id.
    pub id: RecordId,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
    /// How long it is, s.
    pub duration_s: Option<u32>,
    /// Where it lies.
    pub url: Option<RecordUrl>,
    /// Its size.
    pub bytes: Option<u64>,
    /// What it cost.
    pub cost: Option<Amount>,
}
