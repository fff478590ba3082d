//! The port that calls come in through.

use std::path::PathBuf;

use async_trait::async_trait;
use bytes::Bytes;
use domain::{Call, SourceName, TimeWindow};
use futures::stream::BoxStream;
use tempfile::TempPath;

use crate::recordings::Brought;

/// An opaque place in a source's listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceCursor(pub String);

/// A page of calls.
#[derive(Debug, Clone)]
pub struct SourcePage {
    /// The calls.
    pub calls: Vec<Call>,
    /// `None` at the end.
    pub next: Option<SourceCursor>,
    /// Things that a person should know (an unreadable folder, a broken sidecar), in the language
    /// that the source was given.
    pub warnings: Vec<String>,
}

/// A recording as the source hands it over.
pub enum RecordingSource {
    /// It lies on this machine and is used in place: nothing is copied.
    File(PathBuf),
    /// It was made for this call, best in a file of [`RecordingFolder::spool`](crate::RecordingFolder::spool): it is
    /// moved, not copied.
    Made(TempPath),
    /// It was kept before, and lies on this machine for as long as this is held.
    Kept(Brought),
    /// It comes over the wire.
    Stream(BoxStream<'static, Result<Bytes, SourceError>>),
}

/// Where calls come from.
#[async_trait]
pub trait CallSource: Send + Sync {
    /// The name that call ids are derived with.
    fn name(&self) -> &SourceName;

    /// A page of the window's calls; unbounded windows hold calls without a time too.
    async fn calls(&self, window: TimeWindow, after: Option<SourceCursor>)
    -> Result<SourcePage, SourceError>;

    /// Whether a call that this source listed before, and does not list now, is still its own to
    /// work on: open calls of a run's window are taken up even when their recording has vanished,
    /// so that they end as such instead of waiting for ever.
    fn covers(&self, _call: &Call) -> bool {
        false
    }

    /// The recording of a call.
    async fn recording(&self, call: &Call) -> Result<RecordingSource, SourceError>;
}

/// What a caller can do about a failing source.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The recording is not there yet: ask again later.
    #[error("the recording is not ready yet: {0}")]
    NotReady(String),
    /// It is gone for good.
    #[error("the recording is gone: {0}")]
    Gone(String),
    /// Key, IP or role is refused: the stage pauses.
    #[error("the source refuses access: {message}")]
    Refused {
        /// What the source said.
        message: String,
        /// What to do.
        hint: String,
    },
    /// A moment's trouble.
    #[error("the source does not answer: {message}")]
    Unavailable {
        /// What happened.
        message: String,
        /// Not before.
        retry_after: Option<std::time::Duration>,
    },
    /// The request cannot be right.
    #[error("{message}")]
    Invalid {
        /// What is wrong.
        message: String,
        /// What to do.
        hint: String,
    },
}

impl SourceError {
    /// Whether the same request may succeed later.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::NotReady(_) | Self::Unavailable { .. })
    }
}
