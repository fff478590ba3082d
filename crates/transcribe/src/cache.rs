//! Equal sound is decoded once: a cache before any engine, with one flight per key.
//!
//! Two calls with equal bytes at the same moment: the second waits for the first and then
//! finds its words in the cache.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use async_trait::async_trait;
use domain::{EngineName, Money, OperatorChannel, Survey, Transcript};
use sha2::{Digest as _, Sha256};

use crate::{CallAudio, Hints, Progress, TranscribeError, Transcriber};

/// Names a transcript by everything that changes its words: 64 hex digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CacheKey(String);

impl CacheKey {
    /// The key of what `transcriber` would make of this.
    pub fn of(transcriber: &dyn Transcriber, audio: &CallAudio, hints: &Hints) -> Self {
        let engine = transcriber.engine();
        let options = transcriber.options_key();
        let operator = match audio.operator {
            OperatorChannel::Left => "left",
            OperatorChannel::Right => "right",
        };
        let fixed =
            [audio.sha256.as_str(), &engine.engine, &engine.model, &options, &hints.language, operator];
        let mut hasher = Sha256::new();
        // lengths first: no two lists of texts look alike
        for text in fixed.into_iter().chain(hints.phrases.iter().map(String::as_str)) {
            hasher.update(text.len().to_le_bytes());
            hasher.update(text);
        }
        Self(hex::encode(hasher.finalize()))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The cache cannot be asked; may pass by itself.
#[derive(Debug, thiserror::Error)]
#[error("transcript cache: {0}; try again")]
pub struct CacheError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Where transcripts are kept.
#[async_trait]
pub trait TranscriptCache: Send + Sync {
    /// The transcript under this key.
    ///
    /// # Errors
    /// When the storage cannot be asked.
    async fn get(&self, key: &CacheKey) -> Result<Option<Transcript>, CacheError>;

    /// Keeps a transcript; a second one under the same key replaces the first.
    ///
    /// # Errors
    /// When the storage refuses.
    async fn put(&self, key: &CacheKey, transcript: &Transcript) -> Result<(), CacheError>;
}

type Flights = Mutex<HashMap<CacheKey, Weak<tokio::sync::Mutex<()>>>>;

/// An engine behind a cache.
pub struct CachedTranscriber {
    inner: Arc<dyn Transcriber>,
    cache: Arc<dyn TranscriptCache>,
    flights: Flights,
}

impl CachedTranscriber {
    /// Puts the cache before the engine.
    pub fn new(inner: Arc<dyn Transcriber>, cache: Arc<dyn TranscriptCache>) -> Self {
        Self { inner, cache, flights: Flights::default() }
    }

    /// The transcript, and whether it came from the cache: then nothing was decoded or paid now, and its cost is
    /// what it cost the first time.
    ///
    /// # Errors
    /// The engine's, and [`TranscribeError::Cache`] when the cache cannot be asked. Words
    /// that the cache refuses to keep are handed on all the same.
    pub async fn transcribe_cached(
        &self,
        audio: &CallAudio,
        hints: &Hints,
        progress: &dyn Progress,
    ) -> Result<(Transcript, bool), TranscribeError> {
        let key = CacheKey::of(self.inner.as_ref(), audio, hints);
        let flight = self.flight(&key);
        let _turn = flight.lock().await;
        if let Some(transcript) = self.cache.get(&key).await? {
            let speech = audio.survey.speech_ms();
            progress.decoded(speech, speech);
            return Ok((transcript, true));
        }
        let transcript = self.inner.transcribe(audio, hints, progress).await?;
        if is_deaf(&transcript) {
            // a broken model must not leave its silence behind, nor the answers that it was made of
            self.inner.kept(&audio.sha256).await;
            return Ok((transcript, false));
        }
        if let Err(error) = self.cache.put(&key, &transcript).await {
            tracing::warn!(%key, %error, "transcript not cached");
        } else {
            self.inner.kept(&audio.sha256).await;
        }
        Ok((transcript, false))
    }

    /// The lock of this key, shared by all who want it now.
    fn flight(&self, key: &CacheKey) -> Arc<tokio::sync::Mutex<()>> {
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        flights.retain(|_, flight| flight.strong_count() > 0);
        if let Some(flight) = flights.get(key).and_then(Weak::upgrade) {
            return flight;
        }
        let flight = Arc::default();
        flights.insert(key.clone(), Arc::downgrade(&flight));
        flight
    }
}

/// Speech was heard and has no words at all.
fn is_deaf(transcript: &Transcript) -> bool {
    transcript.segments.is_empty() && transcript.coverage.as_ref().is_some_and(|coverage| coverage.incomplete)
}

#[async_trait]
impl Transcriber for CachedTranscriber {
    fn engine(&self) -> EngineName {
        self.inner.engine()
    }

    fn options_key(&self) -> String {
        self.inner.options_key()
    }

    async fn transcribe(
        &self,
        audio: &CallAudio,
        hints: &Hints,
        progress: &dyn Progress,
    ) -> Result<Transcript, TranscribeError> {
        self.transcribe_cached(audio, hints, progress).await.map(|(transcript, _)| transcript)
    }

    fn price(&self, speech_ms: u64) -> Option<Money> {
        self.inner.price(speech_ms)
    }

    fn price_of(&self, survey: &Survey) -> Option<Money> {
        self.inner.price_of(survey)
    }

    async fn kept(&self, recording: &domain::Sha256) {
        self.inner.kept(recording).await;
    }
}
