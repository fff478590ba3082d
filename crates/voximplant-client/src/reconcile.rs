//! What became of a start whose answer was lost.
//!
//! The history shows a session only once it has ended. So "not there" means "perhaps it still
//! talks" until the longest possible session is over, and only then "it never was".

use chrono::{DateTime, Duration, Utc};

use crate::{HistoryRequest, HistorySession, VoximplantApi, VoximplantError};

/// Clocks of two machines, and the time from a request to a session.
const MARGIN: Duration = Duration::minutes(5);

/// A start that nobody knows the outcome of.
#[derive(Debug, Clone)]
pub struct Started<'a> {
    /// What it was started with: unique to it.
    pub custom_data: &'a str,
    /// When the request was sent.
    pub at: DateTime<Utc>,
    /// The longest that such a session can last, ringing included.
    pub longest: Duration,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It began, and has ended.
    Ended(Box<HistorySession>),
    /// Not in the history yet: it may be running. Ask again later; do not start it again.
    Open,
    /// It never began: long enough has passed.
    Never,
}

/// Looks a start up in the history by its custom data. More than one session with it (somebody
/// else repeated) gives the first that was answered.
///
/// # Errors
/// As [`VoximplantApi::history_page`].
pub async fn reconcile(
    api: &dyn VoximplantApi,
    started: &Started<'_>,
    now: DateTime<Utc>,
) -> Result<Outcome, VoximplantError> {
    let request = HistoryRequest {
        custom_data: Some(started.custom_data.to_owned()),
        ..HistoryRequest::new(started.at - MARGIN, now + MARGIN)
    };
    let page = api.history_page(&request).await?;
    // a filter that a server ignores would give another's session
    let mut found: Vec<_> =
        page.rows.into_iter().filter(|row| row.custom_data.as_deref() == Some(started.custom_data)).collect();
    found.sort_by_key(|session| !session.calls.iter().any(|call| call.successful));
    if let Some(session) = found.into_iter().next() {
        return Ok(Outcome::Ended(Box::new(session)));
    }
    let over = now > started.at + started.longest + MARGIN;
    Ok(if over && page.unreadable.is_empty() { Outcome::Never } else { Outcome::Open })
}
