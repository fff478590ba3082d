//! Transcribe: speech to text through the cache, then the question whether a person spoke at all.

use std::sync::Arc;

use domain::{CallId, CallStatus, Transcript};
use store::{CallRecord, Outcome, Stage};
use transcribe::{CacheKey, CallAudio, CallReference, Progress, TranscribeError};

use super::{Worked, ends, goes_on, missing};
use crate::engine::RunContext;
use crate::failure::Failure;
use crate::{RunEvent, RunObserver, words};

pub(super) async fn transcribe(ctx: &RunContext, record: CallRecord) -> Worked {
    let Some(recording) = &record.recording else {
        return Ok(Err(missing(ctx, "запись", "the recording")));
    };
    let audio = CallAudio {
        path: ctx.parts.recordings.path_of(&recording.location),
        sha256: recording.sha256.clone(),
        survey: Arc::new(recording.survey.clone()),
        operator: ctx.settings.operator,
        reference: Some(CallReference {
            source: record.call.source.clone(),
            external_id: record.call.external_id.clone(),
        }),
    };
    let progress = Forward { call: record.call.id, observer: Arc::clone(&ctx.observer) };
    let transcriber = &ctx.parts.transcriber;
    let key = CacheKey::of(transcriber.as_ref(), &audio, &ctx.settings.hints);
    let (transcript, hit) = match transcriber.transcribe_cached(&audio, &ctx.settings.hints, &progress).await
    {
        Ok(made) => made,
        Err(error) => return Ok(Err(failure(ctx, &error))),
    };
    if !hit {
        ctx.board.decoded(&recording.sha256, record.call.id);
    }
    if is_unheard(&transcript) {
        return Ok(Err(unheard(ctx)));
    }
    let status = if transcript.segments.is_empty() {
        Some(CallStatus::NoSpeech)
    } else {
        analyze::answering_machine(&transcript).map(|_| CallStatus::AnsweringMachine)
    };
    let outcome =
        Outcome::Transcribed { transcript: Box::new(transcript), cache_key: key.as_str().to_owned() };
    Ok(Ok(match status {
        Some(status) => ends(ctx, &record, outcome, status),
        None => goes_on(&record, outcome, Stage::Analyze, ctx.rubric_target()),
    }))
}

/// People spoke, and the engine said nothing at all, not even something that a guard threw away:
/// that is no silent call but a deaf engine.
fn is_unheard(transcript: &Transcript) -> bool {
    let incomplete = transcript.coverage.as_ref().is_some_and(|coverage| coverage.incomplete);
    transcript.segments.is_empty() && transcript.dropped.is_empty() && incomplete
}

fn unheard(ctx: &RunContext) -> Failure {
    let lang = ctx.lang();
    Failure::Final {
        status: CallStatus::Failed,
        error: words::error(
            "speech_not_recognised",
            lang.pick(
                "речь слышна, но не распознана ни одна фраза",
                "speech is heard, and not one phrase of it was recognised",
            ),
            lang.pick(
                "проверьте модель: zvonar model verify, затем: zvonar queue retry",
                "check the model: zvonar model verify, then: zvonar queue retry",
            ),
        ),
    }
}

/// Decoded speech to the run's observer.
struct Forward {
    call: CallId,
    observer: Arc<dyn RunObserver>,
}

impl Progress for Forward {
    fn decoded(&self, done_ms: u64, of_ms: u64) {
        self.observer.event(RunEvent::Speech { call: self.call, done_ms, of_ms });
    }
}

fn failure(ctx: &RunContext, error: &TranscribeError) -> Failure {
    let lang = ctx.lang();
    match error {
        TranscribeError::Audio(audio) if !audio.is_retryable() => Failure::Final {
            status: CallStatus::RecordingUnavailable,
            error: words::audio_error(lang, audio),
        },
        TranscribeError::ModelMissing { .. } | TranscribeError::ModelBroken { .. } => Failure::Pause {
            reason: words::error(
                error.code(),
                error.to_string(),
                lang.pick("проверьте модель: zvonar model verify", "check the model: zvonar model verify"),
            ),
            refused: false,
        },
        TranscribeError::Unauthorized { .. } => Failure::Pause {
            reason: words::error(
                error.code(),
                error.to_string(),
                lang.pick("проверьте ключ: zvonar doctor", "check the key: zvonar doctor"),
            ),
            refused: true,
        },
        TranscribeError::QuotaSpent { .. } => Failure::Pause {
            reason: words::error(
                error.code(),
                error.to_string(),
                lang.pick("пополните счёт, затем: zvonar queue resume", "top up, then: zvonar queue resume"),
            ),
            refused: false,
        },
        error if error.is_retryable() => Failure::Retry {
            error: words::error(
                error.code(),
                error.to_string(),
                lang.pick("повторим сами", "we will try again"),
            ),
            after: error.retry_after(),
        },
        error => Failure::Final {
            status: CallStatus::Failed,
            error: words::error(error.code(), error.to_string(), "zvonar queue retry"),
        },
    }
}
