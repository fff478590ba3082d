//! Which calls a run reads: a window that somebody named, or what came since the last run.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::{SourceName, TimeWindow};
use store::{Store, StoreError};

/// Which calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowRequest {
    /// These, whole; the source's cursor stays where it is.
    Explicit(TimeWindow),
    /// Those since the last run that read its window to the end, which moves the cursor to now.
    SinceCursor {
        /// Read again before the cursor: rows and recordings arrive late.
        overlap: Duration,
        /// How far back the first run of a source reads.
        first: Duration,
    },
}

impl WindowRequest {
    /// Since the last run, two days read again; the first run reads a week.
    pub const CONTINUE: Self =
        Self::SinceCursor { overlap: Duration::from_hours(48), first: Duration::from_hours(7 * 24) };
}

impl From<TimeWindow> for WindowRequest {
    fn from(window: TimeWindow) -> Self {
        Self::Explicit(window)
    }
}

/// A window with its ends known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) window: TimeWindow,
    /// Where the cursor goes once all of it is read.
    pub(super) cursor: Option<DateTime<Utc>>,
}

/// The setting that keeps a source's cursor.
fn key(source: &SourceName) -> String {
    format!("cursor/{source}")
}

/// The ends of the request's window.
pub(super) async fn span(
    store: &dyn Store,
    source: &SourceName,
    request: WindowRequest,
    now: DateTime<Utc>,
) -> Result<Span, StoreError> {
    let (overlap, first) = match request {
        WindowRequest::Explicit(window) => return Ok(Span { window, cursor: None }),
        WindowRequest::SinceCursor { overlap, first } => (overlap, first),
    };
    let cursor = store.setting(&key(source)).await?;
    // a cursor that cannot be read, or that a clock gone wrong left in the future, is no cursor
    let cursor = cursor
        .and_then(|text| DateTime::parse_from_rfc3339(&text).ok())
        .map(|at| at.with_timezone(&Utc))
        .filter(|at| *at <= now);
    let from = match cursor {
        Some(cursor) => cursor - overlap,
        None => now - first,
    };
    Ok(Span { window: TimeWindow { from: Some(from), to: Some(now) }, cursor: Some(now) })
}

/// Remembers that everything before the cursor was read.
pub(super) async fn move_cursor(
    store: &dyn Store,
    source: &SourceName,
    span: Span,
) -> Result<(), StoreError> {
    match span.cursor {
        Some(cursor) => store.set_setting(&key(source), &cursor.to_rfc3339()).await,
        None => Ok(()),
    }
}
