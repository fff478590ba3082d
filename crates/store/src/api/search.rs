//! Full-text search over Russian word forms.

use async_trait::async_trait;

use super::calls::{CallFilter, CallRecord};
use crate::StoreError;

/// Where counting of hits stops: nobody pages further, and counting a common word among a million
/// calls would cost more than finding it.
pub const HITS_COUNTED: u64 = 10_000;

/// What to look for.
#[derive(Debug, Clone)]
pub struct SearchQuery {
    /// Words in any form, all of them («окном» finds «окна», ё = е); `"в кавычках"` = in a row.
    pub text: String,
    /// Among these calls.
    pub filter: CallFilter,
    /// At most so many, 1–200.
    pub limit: u32,
    /// Skip so many (best first).
    pub offset: u32,
}

/// A piece of the original text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextPart {
    /// As spoken.
    pub text: String,
    /// A word that was looked for.
    pub hit: bool,
}

/// A call that holds the words, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchHit {
    /// The call.
    pub call: CallRecord,
    /// Index of the segment with the most of the words.
    pub segment: usize,
    /// Its start, ms, where there is sound.
    pub start_ms: Option<u64>,
    /// About 160 letters around the first hit, in the original words, hits marked.
    pub snippet: Vec<TextPart>,
}

/// Search.
#[async_trait]
pub trait Search: Send + Sync {
    /// Best first: calls that hold the very forms typed before those with other forms of the words,
    /// and the newest call first within both. An empty or unsearchable text finds nothing; no text is an error.
    async fn search(&self, query: &SearchQuery) -> Result<Vec<SearchHit>, StoreError>;

    /// How many calls hold the words. An answer beyond [`HITS_COUNTED`] means "more than that": nobody
    /// counts on.
    async fn count_hits(&self, query: &SearchQuery) -> Result<u64, StoreError>;
}
