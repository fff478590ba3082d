//! What is kept no longer than people said: recordings, words, logs.
//!
//! Age is counted from when a call came to us, so that an old month that is read today is not forgotten
//! tonight. A call that is still under work is never touched.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::CallId;

use super::calls::{Page, PageRequest};
use crate::StoreError;

/// A recording of ours that has had its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldRecording {
    /// Whose.
    pub call: CallId,
    /// Where it lies.
    pub location: String,
}

/// How much has had its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OldCounts {
    /// Calls with a recording of ours.
    pub recordings: u64,
    /// Calls with words.
    pub words: u64,
}

/// Forgetting with time.
#[async_trait]
pub trait Retention: Send + Sync {
    /// Recordings of calls that came before, each in a place of ours (fetched or sent: it lies under its own
    /// digest) that no younger call shares; newest first, keyset-paged.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a cursor that no page gave.
    async fn old_recordings(
        &self,
        before: DateTime<Utc>,
        page: PageRequest,
    ) -> Result<Page<OldRecording>, StoreError>;

    /// How many recordings came before the first instant, and words of how many calls before the second.
    async fn count_old(
        &self,
        recordings: Option<DateTime<Utc>>,
        words: Option<DateTime<Utc>>,
    ) -> Result<OldCounts, StoreError>;

    /// The recordings of these calls are gone: their description and picture go too, the length stays.
    async fn forget_recordings(&self, calls: &[CallId]) -> Result<(), StoreError>;

    /// Forgets the words of calls that came before: transcripts, what is found by them, and in judgements
    /// quotes, comments, summaries, lists and promises. Verdicts, scores and figures stay. At most `limit`
    /// calls at once; how many.
    async fn forget_words(&self, before: DateTime<Utc>, limit: u32) -> Result<u64, StoreError>;

    /// Forgets what models said word for word in judgements made before, and in those that came to nothing;
    /// how many. What was looked at once is not looked at again.
    async fn forget_raw_answers(&self, before: DateTime<Utc>) -> Result<u64, StoreError>;

    /// Forgets lines of the audit log written before; how many.
    async fn forget_audit(&self, before: DateTime<Utc>) -> Result<u64, StoreError>;
}
