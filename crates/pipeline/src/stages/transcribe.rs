//! Transcribe: speech to text through the cache, then the question whether a person spoke at all.

use std::sync::Arc;

use domain::{Call, CallId, CallStatus, Currency, Money, OperatorChannel, Recording, Transcript};
use store::{CallRecord, Outcome, SpendEntry, Stage, StageResult, StoreError};
use transcribe::{CacheKey, CallAudio, CallReference, Progress, TranscribeError, Transcriber as _};

use super::fetch::{recording_gone, shelf_failure};
use super::{Made, Worked, ends, entries, goes_on, missing};
use crate::engine::{CapReached, Reservation, RunContext};
use crate::failure::Failure;
use crate::intake::{dialogue_key, may_be_spoken, typed};
use crate::provider_words::speech_error;
use crate::{Brought, CallProgress, IntakeSource, RecordingFolder, RunEvent, RunObserver, Work, words};

pub(super) async fn transcribe(ctx: &RunContext, record: &CallRecord, target: &str) -> Worked {
    if IntakeSource::of(&record.call.source) == Some(IntakeSource::Dialogue) {
        return typed_words(ctx, record, target).await;
    }
    if may_be_spoken(record)
        && let Some(made) = spoken_words(ctx, record, target).await?
    {
        return Ok(Ok(made));
    }
    let Some(recording) = &record.recording else {
        return Ok(Err(missing(ctx, "запись", "the recording")));
    };
    let mut audio = call_audio(&ctx.parts.recordings, ctx.settings.operator, &record.call, recording);
    let progress =
        Forward { call: record.call.id, work: ctx.work.clone(), observer: Arc::clone(&ctx.observer) };
    let transcriber = &ctx.parts.transcriber;
    let key = CacheKey::of(transcriber.as_ref(), &audio, &ctx.settings.hints);
    let Ok(reservation) = reserve(ctx, &audio, &key).await? else {
        return Ok(Err(Failure::MoneyEnded));
    };
    // on this machine for as long as it is heard
    let _held = match brought(ctx, &key, &recording.location).await? {
        Ok(None) => None,
        Ok(Some(Brought { path, held })) => {
            audio.path = path;
            Some(held)
        }
        Err(failure) => return Ok(Err(failure)),
    };
    let (transcript, hit) = match transcriber.transcribe_cached(&audio, &ctx.settings.hints, &progress).await
    {
        Ok(made) => made,
        Err(error) => return Ok(Err(failure(ctx, &error))),
    };
    // what was found was paid by another run; if that run was killed before it wrote the cost down,
    // the key sees to it that this one does, once
    let spend = entries(record.call.id, transcript.cost.as_ref(), Some(key.as_str()));
    if !hit {
        ctx.board.decoded(&recording.sha256, record.call.id);
        let cost = transcript.cost.as_ref();
        ctx.paid(cost, reservation.settle(cost));
    }
    if is_unheard(&transcript) {
        return Ok(Err(unheard(ctx, spend)));
    }
    let status = if transcript.segments.is_empty() {
        Some(CallStatus::NoSpeech)
    } else {
        analyze::answering_machine(&transcript).map(|_| CallStatus::AnsweringMachine)
    };
    let outcome =
        Outcome::Transcribed { transcript: Box::new(transcript), cache_key: key.as_str().to_owned() };
    let mut result = match status {
        Some(status) => ends(ctx, record, outcome, status),
        None => goes_on(record, outcome, Stage::Analyze, judged_under(ctx, target)),
    };
    result.spend = spend;
    Ok(Ok(Made { result, tested: !hit }))
}

/// The recording from where it lies for good; `None` where it lies here, or where nobody has to hear it.
async fn brought(
    ctx: &RunContext,
    key: &CacheKey,
    location: &str,
) -> Result<Result<Option<Brought>, Failure>, StoreError> {
    let recordings = &ctx.parts.recordings;
    if !recordings.has_shelf() || ctx.parts.store.cached_transcript(key.as_str()).await?.is_some() {
        return Ok(Ok(None));
    }
    Ok(match recordings.bring(location).await {
        Ok(Some(brought)) => Ok(Some(brought)),
        Ok(None) => Err(recording_gone(ctx)),
        Err(error) => Err(shelf_failure(ctx, &error)),
    })
}

/// The words of a typed dialogue wait under its key.
async fn typed_words(ctx: &RunContext, record: &CallRecord, target: &str) -> Worked {
    let key = dialogue_key(record.call.id);
    let Some(transcript) = ctx.parts.store.cached_transcript(&key).await? else {
        return Ok(Err(missing(ctx, "текст разговора", "the text")));
    };
    let result = typed(record, transcript, &key, judged_under(ctx, target));
    Ok(Ok(Made { result, tested: false }))
}

/// The words of a call that our own robot held wait under its key, and what they cost comes along.
async fn spoken_words(
    ctx: &RunContext,
    record: &CallRecord,
    target: &str,
) -> Result<Option<Made>, StoreError> {
    let key = dialogue_key(record.call.id);
    let Some(transcript) = ctx.parts.store.cached_transcript(&key).await? else { return Ok(None) };
    let spend = entries(record.call.id, transcript.cost.as_ref(), Some(&key));
    let result = StageResult { spend, ..typed(record, transcript, &key, judged_under(ctx, target)) };
    Ok(Some(Made { result, tested: false }))
}

/// The revision that the job names, else the run's.
fn judged_under(ctx: &RunContext, target: &str) -> String {
    if target.is_empty() { ctx.rubric_target() } else { target.to_owned() }
}

/// 0–1.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a share for a bar")]
fn share(done_ms: u64, of_ms: u64) -> f32 {
    if of_ms == 0 { 0.0 } else { (done_ms as f64 / of_ms as f64).min(1.0) as f32 }
}

/// A fetched recording as an engine gets it.
pub(crate) fn call_audio(
    recordings: &RecordingFolder,
    operator: OperatorChannel,
    call: &Call,
    recording: &Recording,
) -> CallAudio {
    CallAudio {
        path: recordings.path_of(&recording.location),
        sha256: recording.sha256.clone(),
        survey: Arc::new(recording.survey.clone()),
        operator,
        reference: Some(CallReference { source: call.source.clone(), external_id: call.external_id.clone() }),
    }
}

/// Sets the price aside, unless nothing stands to be paid.
async fn reserve<'a>(
    ctx: &'a RunContext,
    audio: &CallAudio,
    key: &CacheKey,
) -> Result<Result<Reservation<'a>, CapReached>, StoreError> {
    let transcriber = &ctx.parts.transcriber;
    let mut price = transcriber.price_of(&audio.survey);
    if ctx.budget.is_capped()
        && price.is_none_or(|price| price.micros > 0)
        && ctx.parts.store.cached_transcript(key.as_str()).await?.is_some()
    {
        price = Some(Money::zero(Currency::RUB));
    }
    ctx.reserve(Stage::Transcribe, price).await
}

/// People spoke, and the engine said nothing at all, not even something that a guard threw away:
/// that is no silent call but a deaf engine.
fn is_unheard(transcript: &Transcript) -> bool {
    let incomplete = transcript.coverage.as_ref().is_some_and(|coverage| coverage.incomplete);
    transcript.segments.is_empty() && transcript.dropped.is_empty() && incomplete
}

fn unheard(ctx: &RunContext, spend: Vec<SpendEntry>) -> Failure {
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
        spend,
    }
}

/// Decoded speech to the run's observer.
struct Forward {
    call: CallId,
    work: Work,
    observer: Arc<dyn RunObserver>,
}

impl Progress for Forward {
    fn decoded(&self, done_ms: u64, of_ms: u64) {
        self.observer.event(RunEvent::Speech { call: self.call, done_ms, of_ms });
        self.work.tell(CallProgress {
            call: self.call,
            stage: Stage::Transcribe,
            fraction: Some(share(done_ms, of_ms)),
            status: CallStatus::Queued,
        });
    }
}

fn failure(ctx: &RunContext, error: &TranscribeError) -> Failure {
    let said = speech_error(ctx.lang(), ctx.words.as_ref(), error);
    let spend = Vec::new();
    match error {
        TranscribeError::Audio(audio) if !audio.is_retryable() => {
            Failure::Final { status: CallStatus::RecordingUnavailable, error: said, spend }
        }
        TranscribeError::ModelMissing { .. }
        | TranscribeError::ModelBroken { .. }
        | TranscribeError::QuotaSpent { .. } => Failure::Pause { reason: said, refused: false, spend },
        TranscribeError::Unauthorized { .. } | TranscribeError::SwitchedOff { .. } => {
            Failure::Pause { reason: said, refused: true, spend }
        }
        error if error.is_retryable() => Failure::Retry { error: said, after: error.retry_after(), spend },
        _ => Failure::Final { status: CallStatus::Failed, error: said, spend },
    }
}
