//! Fetch: the recording's bytes are found or brought, hashed, and decoded once to the end, so that
//! everything later knows what it holds. The rows of the table that need no words end here.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use audio::{AudioError, SoundThreads};
use domain::{CallError, CallStatus, Recording, Sha256, Survey};
use store::{CallRecord, Outcome, Stage, StoreError};
use tokio::sync::OnceCell;

use super::{Made, Worked, ends, goes_on};
use crate::engine::RunContext;
use crate::failure::Failure;
use crate::recordings::{Brought, Fetched, KeepError, ShelfError, hash_in_place};
use crate::{RecordingSource, SourceError, words};

/// A measurement that several calls wait for.
type Measured = OnceCell<Arc<Survey>>;

/// So many reasons are remembered, for as long as calls with the same bytes may be on their way.
const MOST_DISCARDED: usize = 1_000;

/// Measures equal bytes once, however many calls share them. What nobody waits for is forgotten:
/// by then the store knows it.
pub(crate) struct SurveyOnce {
    cells: Mutex<HashMap<Sha256, Weak<Measured>>>,
    /// Why bytes were discarded, by their digest: another call may have the very same.
    discarded: Mutex<HashMap<String, CallError>>,
    /// As many as are decoded at once.
    threads: SoundThreads,
}

impl SurveyOnce {
    pub(crate) fn new(threads: usize) -> Self {
        let threads = SoundThreads::new("sound-survey", threads);
        Self { cells: Mutex::default(), discarded: Mutex::default(), threads }
    }

    fn note_discarded(&self, sha256: &Sha256, why: CallError) {
        let mut discarded = self.discarded.lock().unwrap_or_else(PoisonError::into_inner);
        if discarded.len() >= MOST_DISCARDED {
            discarded.clear();
        }
        discarded.insert(sha256.to_string(), why);
    }

    /// The true reason of a failure where it is that these bytes are not there any more.
    fn or_discarded(&self, sha256: &str, failure: Failure) -> Failure {
        let discarded = self.discarded.lock().unwrap_or_else(PoisonError::into_inner);
        match (failure, discarded.get(sha256)) {
            (Failure::Final { status, spend, .. }, Some(why)) => {
                Failure::Final { status, error: why.clone(), spend }
            }
            (failure, _) => failure,
        }
    }

    fn cell(&self, sha256: &Sha256) -> Arc<Measured> {
        let Ok(mut cells) = self.cells.lock() else { return Arc::default() };
        cells.retain(|_, cell| cell.strong_count() > 0);
        if let Some(cell) = cells.get(sha256).and_then(Weak::upgrade) {
            return cell;
        }
        let cell = Arc::default();
        cells.insert(sha256.clone(), Arc::downgrade(&cell));
        cell
    }
}

pub(super) async fn fetch(ctx: &RunContext, record: &CallRecord, target: &str) -> Worked {
    let fetched = match bring(ctx, record).await {
        Ok(fetched) => fetched,
        // the revision of what was sent is its digest
        Err(failure) => return Ok(Err(ctx.surveys.or_discarded(&record.call.revision, failure))),
    };
    let survey = match measure(ctx, record, &fetched).await? {
        Ok(survey) => survey,
        Err(error) => {
            if holds_nothing(&error) {
                ctx.surveys.note_discarded(&fetched.sha256, words::audio_error(ctx.lang(), &error));
                ctx.parts.recordings.discard(&fetched.path).await;
            }
            let failure = unreadable(ctx, &error);
            return Ok(Err(ctx.surveys.or_discarded(&fetched.sha256.to_string(), failure)));
        }
    };
    let talk_ms = record.call.talk_ms.unwrap_or(survey.duration_ms);
    let status = if talk_ms < ctx.settings.min_talk_ms {
        Some(CallStatus::TooShort)
    } else if survey.speech_ms() == 0 {
        Some(CallStatus::NoSpeech)
    } else {
        None
    };
    let recording = Recording {
        location: ctx.parts.recordings.location_of(&fetched.path),
        sha256: fetched.sha256,
        bytes: fetched.bytes,
        survey: Survey::clone(&survey),
    };
    let outcome = Outcome::Fetched(Box::new(recording));
    let result = match status {
        Some(status) => ends(ctx, record, outcome, status),
        None => goes_on(record, outcome, Stage::Transcribe, target.to_owned()),
    };
    Ok(Ok(Made { result, tested: true }))
}

/// Finds the bytes on this machine, or brings them here.
async fn bring(ctx: &RunContext, record: &CallRecord) -> Result<Fetched, Failure> {
    let source = ctx.sources.get(&record.call.source).ok_or_else(|| unknown_source(ctx, record))?;
    let recordings = &ctx.parts.recordings;
    match source.recording(&record.call).await.map_err(|error| source_failure(ctx, &error))? {
        RecordingSource::File(path) => hashed(ctx, path).await,
        RecordingSource::Kept(Brought { path, held }) => Ok(Fetched { held, ..hashed(ctx, path).await? }),
        RecordingSource::Made(file) => {
            let folder = recordings.clone();
            let taken = ctx.surveys.threads.run(move || folder.take(file)).await;
            let taken = taken.unwrap_or_else(|lost| Err(lost.into())).map_err(|e| keep_failure(ctx, e))?;
            recordings.put_away(&taken).await.map_err(|error| keep_failure(ctx, error))?;
            Ok(taken)
        }
        RecordingSource::Stream(stream) => {
            recordings.keep(stream).await.map_err(|error| keep_failure(ctx, error))
        }
    }
}

async fn hashed(ctx: &RunContext, path: PathBuf) -> Result<Fetched, Failure> {
    let hashed = tokio::task::spawn_blocking(move || hash_in_place(&path)).await;
    hashed
        .unwrap_or_else(|lost| Err(std::io::Error::other(lost)))
        .map_err(|error| unreadable(ctx, &AudioError::Io(error)))
}

/// Decodes the recording to its end, unless these very bytes were measured before.
async fn measure(
    ctx: &RunContext,
    record: &CallRecord,
    fetched: &Fetched,
) -> Result<Result<Arc<Survey>, AudioError>, StoreError> {
    if let Some(known) = ctx.parts.store.recording_with(&fetched.sha256).await? {
        return Ok(Ok(Arc::new(known.survey)));
    }
    let cell = ctx.surveys.cell(&fetched.sha256);
    let measured = cell
        .get_or_try_init(|| async {
            ctx.board.decoded(&fetched.sha256, record.call.id);
            let (path, options): (PathBuf, _) = (fetched.path.clone(), ctx.settings.survey);
            let surveyed = ctx.surveys.threads.run(move || audio::survey(&path, &options)).await;
            surveyed.unwrap_or_else(|lost| Err(AudioError::Io(lost))).map(Arc::new)
        })
        .await;
    Ok(measured.map(Arc::clone))
}

/// Nobody will ever hear anything in such bytes, whatever formats we learn: why the call has no recording stands
/// in its row, and gigabytes of something else need not lie beside it.
fn holds_nothing(error: &AudioError) -> bool {
    matches!(error, AudioError::NotAudio { .. } | AudioError::Empty { .. })
}

fn unreadable(ctx: &RunContext, error: &AudioError) -> Failure {
    let said = words::audio_error(ctx.lang(), error);
    if error.is_retryable() {
        Failure::Retry { error: said, after: None, spend: Vec::new() }
    } else {
        Failure::Final { status: CallStatus::RecordingUnavailable, error: said, spend: Vec::new() }
    }
}

fn unknown_source(ctx: &RunContext, record: &CallRecord) -> Failure {
    let lang = ctx.lang();
    Failure::Final {
        status: CallStatus::Failed,
        error: words::error(
            "source_unknown",
            format!(
                "{} {}",
                lang.pick("источник не настроен:", "the source is not configured:"),
                record.call.source
            ),
            lang.pick("проверьте: zvonar doctor", "check: zvonar doctor"),
        ),
        spend: Vec::new(),
    }
}

fn source_failure(ctx: &RunContext, error: &SourceError) -> Failure {
    let lang = ctx.lang();
    match error {
        SourceError::NotReady(_) => Failure::NotReady(words::error(
            "recording_not_ready",
            lang.pick("запись ещё не готова", "the recording is not ready yet"),
            lang.pick("спросим ещё раз сами", "we will ask again"),
        )),
        SourceError::Gone(why) => Failure::Final {
            status: CallStatus::RecordingUnavailable,
            error: words::error(
                "recording_gone",
                format!("{}: {why}", lang.pick("записи больше нет", "the recording is gone")),
                lang.pick("если запись вернётся: zvonar queue retry", "if it comes back: zvonar queue retry"),
            ),
            spend: Vec::new(),
        },
        SourceError::Refused { message, hint } => Failure::Pause {
            reason: words::error("source_refused", message, hint),
            refused: true,
            spend: Vec::new(),
        },
        SourceError::Unavailable { message, retry_after } => Failure::Retry {
            error: words::error(
                "source_unavailable",
                message,
                lang.pick("повторим сами", "we will try again"),
            ),
            after: *retry_after,
            spend: Vec::new(),
        },
        SourceError::Invalid { message, hint } => Failure::Final {
            status: CallStatus::RecordingUnavailable,
            error: words::error("recording_invalid", message, hint),
            spend: Vec::new(),
        },
    }
}

fn keep_failure(ctx: &RunContext, error: KeepError) -> Failure {
    match error {
        KeepError::Source(error) => source_failure(ctx, &error),
        KeepError::TooLarge(limit_bytes) => {
            unreadable(ctx, &AudioError::TooLarge { bytes: limit_bytes.saturating_add(1), limit_bytes })
        }
        KeepError::Io(error) => not_writable(ctx, &error),
        KeepError::Shelf(error) => shelf_failure(ctx, &error),
    }
}

fn not_writable(ctx: &RunContext, error: &std::io::Error) -> Failure {
    let lang = ctx.lang();
    Failure::Pause {
        reason: words::error(
            "recordings_not_writable",
            format!(
                "{}: {}",
                lang.pick("папка записей недоступна", "the folder of recordings cannot be written"),
                words::io_words(lang, error)
            ),
            lang.pick("проверьте место на диске и права", "check free space and rights"),
        ),
        refused: false,
        spend: Vec::new(),
    }
}

/// The storage of recordings: what it refuses pauses the stage, for it would refuse every call.
pub(super) fn shelf_failure(ctx: &RunContext, error: &ShelfError) -> Failure {
    let lang = ctx.lang();
    let (spend, said) = (Vec::new(), words::shelf_error(lang, error));
    match error {
        ShelfError::Disk(error) => not_writable(ctx, error),
        ShelfError::Refused(_) | ShelfError::NoBucket => {
            Failure::Pause { reason: said, refused: true, spend }
        }
        ShelfError::Unavailable(_) | ShelfError::Damaged(_) => {
            Failure::Retry { error: said, after: None, spend }
        }
    }
}

/// What was kept is nowhere any more.
pub(super) fn recording_gone(ctx: &RunContext) -> Failure {
    let why = ctx.lang().pick("в хранилище её нет", "its storage does not have it");
    source_failure(ctx, &SourceError::Gone(why.to_owned()))
}
