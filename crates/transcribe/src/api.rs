//! The port: what a speech engine is given and what it owes.

use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use domain::{EngineName, Money, OperatorChannel, Sha256, SourceName, Survey, Transcript};

use crate::TranscribeError;

/// A recording on this machine, surveyed.
#[derive(Debug, Clone)]
pub struct CallAudio {
    /// The file.
    pub path: PathBuf,
    /// Of its bytes.
    pub sha256: Sha256,
    /// What was measured; its gates decide which utterances are decoded.
    pub survey: Arc<Survey>,
    /// Which channel carries the employee.
    pub operator: OperatorChannel,
    /// The call's name where it comes from: for engines that ask the source for its own words.
    pub reference: Option<CallReference>,
}

/// The name of a call at its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallReference {
    /// The source, such as `uis`.
    pub source: SourceName,
    /// Its id there.
    pub external_id: String,
}

/// What helps an engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hints {
    /// ISO 639-1.
    pub language: String,
    /// Names and products as they are written: engines lean towards such spellings.
    pub phrases: Vec<String>,
}

impl Default for Hints {
    fn default() -> Self {
        Self { language: "ru".into(), phrases: Vec::new() }
    }
}

/// Told how far a transcription is.
pub trait Progress: Send + Sync {
    /// `done_ms` of `of_ms` of speech have words; never falls.
    fn decoded(&self, done_ms: u64, of_ms: u64);
}

/// Nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn decoded(&self, _done_ms: u64, _of_ms: u64) {}
}

/// A speech engine.
///
/// Dropping the future cancels the work. Equal bytes, options and hints give equal words.
#[async_trait]
pub trait Transcriber: Send + Sync {
    /// Engine and model: `whisper-local/base`.
    fn engine(&self) -> EngineName;

    /// What else changes the words (beam, digest of the weights, version of the guards):
    /// part of the cache's key, for machines alone.
    fn options_key(&self) -> String;

    /// The words of a recording.
    ///
    /// # Errors
    /// [`TranscribeError`], by what the caller can do. Trouble with a single utterance is
    /// no error: it becomes a gap in the transcript's coverage.
    async fn transcribe(
        &self,
        audio: &CallAudio,
        hints: &Hints,
        progress: &dyn Progress,
    ) -> Result<Transcript, TranscribeError>;

    /// What so much speech (ms, all channels together) would cost: for an estimate before anything is paid.
    /// `None` = the price is unknown; what is free says zero.
    fn price(&self, _speech_ms: u64) -> Option<Money> {
        None
    }

    /// The same of one recording: exact where the engine plans its requests before it sends them.
    fn price_of(&self, survey: &Survey) -> Option<Money> {
        self.price(survey.speech_ms())
    }

    /// Told when the transcript of this recording is kept for good: what was held back for a retry may go.
    /// [`CachedTranscriber`](crate::CachedTranscriber) does it.
    async fn kept(&self, _recording: &Sha256) {}
}
