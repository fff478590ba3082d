//! The store as the recogniser's cache.

use std::sync::Arc;

use async_trait::async_trait;
use domain::Transcript;
use store::Store;
use transcribe::{CacheError, CacheKey, TranscriptCache};

/// Keeps transcripts in the store, under their keys.
pub(crate) struct StoredTranscripts(pub(crate) Arc<dyn Store>);

#[async_trait]
impl TranscriptCache for StoredTranscripts {
    async fn get(&self, key: &CacheKey) -> Result<Option<Transcript>, CacheError> {
        self.0.cached_transcript(key.as_str()).await.map_err(|error| CacheError(Box::new(error)))
    }

    async fn put(&self, key: &CacheKey, transcript: &Transcript) -> Result<(), CacheError> {
        self.0.cache_transcript(key.as_str(), transcript).await.map_err(|error| CacheError(Box::new(error)))
    }
}
