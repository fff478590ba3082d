//! [`UisTranscriber`]: asks the source of a call for the words that it has already.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{Cause, Currency, EngineName, Money, SourceName, Transcript};
use uis_client::{SessionId, UisApi, UisError};

use super::align;
use crate::{
    CallAudio, CallReference, GUARDS_VERSION, Hints, Progress, TranscribeError, Transcriber,
    assemble_passages,
};

const ENGINE: &str = "uis";
/// Changes when the same phrases would become another transcript.
const VERSION: &str = "u1";

/// The words that UIS has recognised itself. It knows the calls of one source, by their session ids.
///
/// Cached like any other engine's: words that UIS recognises only after another engine of a chain has heard the call
/// are not asked for again.
pub struct UisTranscriber {
    api: Arc<dyn UisApi>,
    source: SourceName,
}

impl UisTranscriber {
    /// An engine for the calls of the source `uis`.
    pub fn new(api: Arc<dyn UisApi>) -> Self {
        Self::of_source(api, SourceName::from("uis"))
    }

    /// The same for a source of another name: ids of one source mean nothing at another.
    pub fn of_source(api: Arc<dyn UisApi>, source: SourceName) -> Self {
        Self { api, source }
    }

    fn session(&self, reference: Option<&CallReference>) -> Result<SessionId, TranscribeError> {
        let ours = reference.filter(|reference| reference.source == self.source);
        let id = ours.and_then(|reference| reference.external_id.trim().parse().ok()).filter(|id| *id > 0);
        id.map(SessionId).ok_or_else(|| not_available("the call is not one of UIS"))
    }
}

#[async_trait]
impl Transcriber for UisTranscriber {
    fn engine(&self) -> EngineName {
        EngineName { engine: ENGINE.to_owned(), model: String::new() }
    }

    fn options_key(&self) -> String {
        format!("{VERSION};{GUARDS_VERSION}")
    }

    async fn transcribe(
        &self,
        audio: &CallAudio,
        hints: &Hints,
        progress: &dyn Progress,
    ) -> Result<Transcript, TranscribeError> {
        let speech_ms = audio.survey.speech_ms();
        let mut passages = Vec::new();
        if speech_ms > 0 {
            let session = self.session(audio.reference.as_ref())?;
            let recognition = self.api.recognition(session).await.map_err(trouble)?;
            let phrases = recognition.map(|recognition| recognition.phrases).unwrap_or_default();
            if phrases.iter().all(|phrase| phrase.text.trim().is_empty()) {
                return Err(not_available("UIS has no recognition of it"));
            }
            passages = align::passages(&audio.survey, audio.operator, &phrases);
        }
        progress.decoded(speech_ms, speech_ms);
        let made = assemble_passages(self.engine(), &hints.language, &audio.survey, audio.operator, passages);
        Ok(made)
    }

    /// UIS bills recognition with its tariff, whether we read it or not.
    fn price(&self, _speech_ms: u64) -> Option<Money> {
        Some(Money::zero(Currency::RUB))
    }
}

fn not_available(reason: &str) -> TranscribeError {
    TranscribeError::NotAvailable { engine: ENGINE.to_owned(), reason: reason.into() }
}

fn trouble(error: UisError) -> TranscribeError {
    let engine = ENGINE.to_owned();
    let (reason, retry_after) = (error.to_string(), error.retry_after());
    match &error {
        UisError::NotFound { .. } => {
            TranscribeError::NotAvailable { engine, reason: Cause::of(reason, error) }
        }
        UisError::LimitExceeded { .. } => TranscribeError::RateLimited { engine, retry_after },
        UisError::ComponentDisabled { .. } => {
            TranscribeError::SwitchedOff { engine, reason: Cause::of(reason, error) }
        }
        refused if refused.is_refusal() => {
            TranscribeError::Unauthorized { engine, reason: Cause::of(reason, error) }
        }
        UisError::Config(_) => TranscribeError::Unauthorized { engine, reason: Cause::of(reason, error) },
        later if later.is_retryable() => {
            TranscribeError::Unavailable { engine, reason: Cause::of(reason, error), retry_after }
        }
        _ => TranscribeError::Engine { engine, reason: Cause::of(reason, error) },
    }
}
