//! Transcripts: kept once per (sound, engine, options), shared by all calls with that sound.

use async_trait::async_trait;
use domain::{CallId, Transcript};

use crate::StoreError;

/// Transcripts.
#[async_trait]
pub trait Transcripts: Send + Sync {
    /// The transcript of a call.
    async fn transcript(&self, call: CallId) -> Result<Option<Transcript>, StoreError>;

    /// By cache key.
    async fn cached_transcript(&self, key: &str) -> Result<Option<Transcript>, StoreError>;

    /// Keeps a transcript under its key, at once, before any call is linked to it: a process killed
    /// between decoding and completing its job does not pay for the speech twice. The first wins.
    async fn cache_transcript(&self, key: &str, transcript: &Transcript) -> Result<(), StoreError>;
}
