//! [`WhisperLocal`]: reads utterances, decodes several at once, survives single failures.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use audio::{AudioError, SoundThreads, UtterancePcm, read_utterances};
use domain::{Currency, EngineName, Money, Transcript, Utterance};
use tokio::{
    sync::{Semaphore, mpsc},
    task::{JoinError, JoinSet, spawn_blocking},
};

use super::{
    WhisperOptions,
    decode::decode,
    engine::{Cancel, Engine, failed},
    options::cores,
};
use crate::{
    CallAudio, GUARDS_VERSION, Heard, Hints, Progress, TranscribeError, Transcriber, assemble, models,
};

pub(super) const ENGINE: &str = "whisper-local";

/// Whisper on this machine. Cheap to clone; clones share the model and the limit of decodes.
///
/// The model is loaded at the first call, so that a start need not wait for it.
#[derive(Clone)]
pub struct WhisperLocal {
    engine: Arc<Engine>,
    /// One permit per decode, over all calls: threads that spin must not outnumber cores.
    permits: Arc<Semaphore>,
    threads: Arc<SoundThreads>,
    /// Tells models of one name apart in the cache.
    weights: String,
}

impl WhisperLocal {
    /// Takes a ggml file. Looks only whether it is there; see the type.
    ///
    /// # Errors
    /// [`TranscribeError::ModelMissing`].
    pub fn open(model_path: &Path, options: WhisperOptions) -> Result<Self, TranscribeError> {
        let options = options.bounded(cores());
        let permits = Arc::new(Semaphore::new(usize::from(options.parallel_decodes)));
        let threads = Arc::new(SoundThreads::new("whisper", usize::from(options.parallel_decodes)));
        let engine = Arc::new(Engine::new(model_path, options));
        if !model_path.is_file() {
            return Err(engine.missing());
        }
        Ok(Self { engine, permits, threads, weights: models::weights_id(model_path) })
    }

    /// Decodes as they come, as many at once as the options allow.
    async fn hear(
        &self,
        audio: &CallAudio,
        hints: &Hints,
        cancel: &Cancel,
        progress: &dyn Progress,
    ) -> Result<Vec<Heard>, TranscribeError> {
        let mut speech = read_ahead(audio);
        let (mut heard, mut running) = (Vec::new(), JoinSet::new());
        let mut tally = Tally { done_ms: 0, of_ms: audio.survey.speech_ms(), progress };
        let hints = Arc::new(hints.clone());
        while let Some(next) = speech.recv().await {
            let next = next?;
            let permit =
                Arc::clone(&self.permits).acquire_owned().await.map_err(|_| TranscribeError::Cancelled)?;
            let (engine, hints, cancel) = (Arc::clone(&self.engine), Arc::clone(&hints), Arc::clone(cancel));
            let decoded = self.threads.run(move || {
                let _permit = permit;
                attempt(&engine, next, &hints, &cancel)
            });
            running.spawn(async move { decoded.await.unwrap_or(Err(TranscribeError::Cancelled)) });
            while let Some(done) = running.try_join_next() {
                heard.push(tally.add(done)?);
            }
        }
        while let Some(done) = running.join_next().await {
            heard.push(tally.add(done)?);
        }
        Ok(heard)
    }
}

#[async_trait]
impl Transcriber for WhisperLocal {
    fn engine(&self) -> EngineName {
        EngineName { engine: ENGINE.to_owned(), model: self.engine.model.clone() }
    }

    fn options_key(&self) -> String {
        format!("beam={};{GUARDS_VERSION};weights={}", self.engine.options.beam_size, self.weights)
    }

    async fn transcribe(
        &self,
        audio: &CallAudio,
        hints: &Hints,
        progress: &dyn Progress,
    ) -> Result<Transcript, TranscribeError> {
        let guard = CancelOnDrop(Arc::new(AtomicBool::new(false)));
        let heard = self.hear(audio, hints, &guard.0, progress).await?;
        if !heard.is_empty() && heard.iter().all(|heard| heard.segments.is_none()) {
            return Err(failed("no utterance of this recording could be decoded".into()));
        }
        Ok(assemble(self.engine(), &hints.language, &audio.survey, audio.operator, heard))
    }

    fn price(&self, _speech_ms: u64) -> Option<Money> {
        Some(Money::zero(Currency::RUB))
    }
}

/// The sound of the utterances, a few ahead of the decoders: memory stays bounded.
fn read_ahead(audio: &CallAudio) -> mpsc::Receiver<Result<UtterancePcm, AudioError>> {
    // an utterance may be two megabytes, and many calls may wait for a decoder
    let (sender, receiver) = mpsc::channel(1);
    let (path, survey) = (audio.path.clone(), Arc::clone(&audio.survey));
    if survey.speech().next().is_none() {
        return receiver;
    }
    spawn_blocking(move || {
        let failed = match read_utterances(&path, &survey) {
            Err(error) => Some(error),
            // a closed channel: nobody listens any more
            Ok(mut utterances) => utterances
                .try_for_each(|utterance| match utterance {
                    Ok(utterance) => sender.blocking_send(Ok(utterance)).map_err(|_| None),
                    Err(error) => Err(Some(error)),
                })
                .err()
                .flatten(),
        };
        if let Some(error) = failed {
            let _ = sender.blocking_send(Err(error));
        }
    });
    receiver
}

/// One utterance. Trouble with the model is everybody's; any other is this utterance's own.
fn attempt(
    engine: &Engine,
    next: UtterancePcm,
    hints: &Hints,
    cancel: &Cancel,
) -> Result<Heard, TranscribeError> {
    let UtterancePcm { utterance, pcm } = next;
    let worker = engine.worker(&hints.language, cancel)?;
    // a panic in the engine costs this utterance, not the call
    let decoded = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        decode(&worker, &utterance, pcm, &hints.phrases)
    }));
    match decoded {
        Ok(Ok(segments)) => {
            engine.give_back(worker);
            Ok(Heard { utterance, segments: Some(segments) })
        }
        Ok(Err(_)) if cancel.load(Ordering::Relaxed) => Err(TranscribeError::Cancelled),
        Ok(Err(error)) => Ok(lost(utterance, &error.to_string())),
        Err(_) => Ok(lost(utterance, "the engine panicked")),
    }
}

fn lost(utterance: Utterance, reason: &str) -> Heard {
    tracing::warn!(channel = utterance.channel, start_ms = utterance.start_ms, reason, "utterance lost");
    Heard { utterance, segments: None }
}

/// Counts decoded speech and reports it.
struct Tally<'a> {
    done_ms: u64,
    of_ms: u64,
    progress: &'a dyn Progress,
}

impl Tally<'_> {
    fn add(
        &mut self,
        done: Result<Result<Heard, TranscribeError>, JoinError>,
    ) -> Result<Heard, TranscribeError> {
        // panics are caught inside; a join fails only when the runtime shuts down
        let heard = done.map_err(|_| TranscribeError::Cancelled)??;
        self.done_ms += heard.utterance.end_ms.saturating_sub(heard.utterance.start_ms);
        self.progress.decoded(self.done_ms.min(self.of_ms), self.of_ms);
        Ok(heard)
    }
}

/// A dropped future stops the decodes that it began.
struct CancelOnDrop(Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
