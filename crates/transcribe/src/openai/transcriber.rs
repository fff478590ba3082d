//! [`OpenAiTranscriber`]: sends the speech of a call in pieces, several at once.
//!
//! A piece that the provider does not take is a gap; trouble of the provider ends the call, but only after the
//! requests under way have answered: they are paid, and their answers wait for the retry.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use audio::{AudioError, SoundThreads};
use domain::{Cost, CostItem, EngineName, Money, Sha256, Survey, Transcript};
use openai_client::TranscriptionApi;
use tokio::task::{JoinError, JoinSet};
use tracing::Instrument as _;

use super::request::{Answered, Asker, ENGINE, lost};
use super::{
    OpenAiOptions,
    plan::Plan,
    sound::{Sound, Sounds},
    words::passage,
};
use crate::{
    CallAudio, GUARDS_VERSION, Hints, Passage, PieceCache, Progress, TranscribeError, Transcriber,
    assemble_passages,
};

/// Changes when the same answers would become other words.
const VERSION: &str = "n1";
/// Their name, as the system shows it.
const THREADS: &str = "sound-piece";
/// Speech of a turn where nothing is known of the call, ms: what requests of models without times are rounded by.
const USUAL_TURN_MS: u64 = 5000;

/// An OpenAI-compatible recogniser.
pub struct OpenAiTranscriber {
    api: Arc<dyn TranscriptionApi>,
    options: OpenAiOptions,
    pieces: Option<Arc<dyn PieceCache>>,
    threads: Arc<SoundThreads>,
}

impl OpenAiTranscriber {
    /// An engine that forgets what was answered when a call fails. See [`Self::with_pieces`].
    pub fn new(api: Arc<dyn TranscriptionApi>, options: OpenAiOptions) -> Self {
        let threads = Arc::new(SoundThreads::new(THREADS, options.sound_threads));
        Self { api, options, pieces: None, threads }
    }

    /// Keeps answered pieces until their call is through: a retry pays only for what is missing.
    #[must_use]
    pub fn with_pieces(mut self, pieces: Arc<dyn PieceCache>) -> Self {
        self.pieces = Some(pieces);
        self
    }

    /// Asks for the pieces as their sound comes, as many at once as the options allow.
    async fn hear(
        &self,
        audio: &CallAudio,
        hints: &Hints,
        plan: &Arc<Plan>,
        progress: &dyn Progress,
    ) -> Result<Vec<Answered>, TranscribeError> {
        let known = match &self.pieces {
            // asking the provider instead might pay twice
            Some(pieces) => pieces.all(&audio.sha256).await?,
            None => HashMap::new(),
        };
        let asker = Arc::new(Asker {
            api: Arc::clone(&self.api),
            pieces: self.pieces.clone(),
            known: Mutex::new(known),
            recording: audio.sha256.clone(),
            hints: hints.clone(),
            endpoint: self.options.endpoint.clone(),
        });
        let mut sounds = Some(Sounds::new(audio, plan, &self.threads));
        let (mut running, mut failed) = (JoinSet::new(), None);
        let mut tally = Tally::new(audio, plan, progress);
        loop {
            let room = running.len() < self.options.concurrent.max(1);
            tokio::select! {
                sound = next(&mut sounds), if room && sounds.is_some() => match sound {
                    Some(Ok(sound)) => {
                        let (asker, plan) = (Arc::clone(&asker), Arc::clone(plan));
                        running.spawn(answer(asker, plan, sound).in_current_span());
                    }
                    Some(Err(error)) => {
                        failed.get_or_insert(TranscribeError::from(error));
                        sounds = None;
                    }
                    None => sounds = None,
                },
                Some(done) = running.join_next(), if !running.is_empty() => {
                    if let Err(error) = tally.add(done) {
                        // nothing new is begun; what is under way is paid, so it is waited for
                        sounds = None;
                        failed.get_or_insert(error);
                    }
                }
                else => break,
            }
        }
        match failed {
            Some(error) => Err(error),
            None => Ok(tally.answered),
        }
    }
}

/// Waits for ever where there is nothing more to come: `select!` does not ask then.
async fn next(sounds: &mut Option<Sounds>) -> Option<Result<Sound, AudioError>> {
    match sounds {
        Some(sounds) => sounds.next().await,
        None => None,
    }
}

type Done = Result<(u64, Answered), TranscribeError>;

async fn answer(asker: Arc<Asker>, plan: Arc<Plan>, sound: Sound) -> Done {
    let Some(piece) = plan.pieces.get(sound.piece) else { return Err(TranscribeError::Cancelled) };
    let answered = match sound.flac {
        Some(flac) => asker.ask(piece, flac).await?,
        None => lost(piece, "the file has no sound there any more".to_owned()),
    };
    Ok((piece.speech_ms(), answered))
}

#[async_trait]
impl Transcriber for OpenAiTranscriber {
    fn engine(&self) -> EngineName {
        EngineName { engine: ENGINE.to_owned(), model: self.api.model().name.clone() }
    }

    fn options_key(&self) -> String {
        let OpenAiOptions { channels, piece_seconds, endpoint, concurrent: _, sound_threads: _ } =
            &self.options;
        let model = self.api.model();
        let limits = format!("{}/{}", model.max_seconds, model.max_bytes);
        let takes = [model.timestamps, model.prompt, model.keywords].map(u8::from);
        format!(
            "{VERSION};{GUARDS_VERSION};{};piece={piece_seconds};{limits};{takes:?};{endpoint}",
            channels.name()
        )
    }

    async fn transcribe(
        &self,
        audio: &CallAudio,
        hints: &Hints,
        progress: &dyn Progress,
    ) -> Result<Transcript, TranscribeError> {
        let plan = Arc::new(Plan::of(&audio.survey, self.api.model(), &self.options));
        let answered = self.hear(audio, hints, &plan, progress).await?;
        let refused = answered.iter().find_map(|piece| piece.refused.clone());
        if let Some(reason) = refused.filter(|_| answered.iter().all(|piece| piece.refused.is_some())) {
            let reason = format!("no piece of this call was taken: {reason}");
            return Err(TranscribeError::Engine { engine: ENGINE.to_owned(), reason: reason.into() });
        }
        let cost = total(answered.iter().flat_map(|piece| &piece.costs));
        let scraps = plan.scraps.iter().map(|turn| passage(turn, Some(Vec::new())));
        let passages: Vec<Passage> =
            answered.into_iter().flat_map(|piece| piece.passages).chain(scraps).collect();
        let mut transcript =
            assemble_passages(self.engine(), &hints.language, &audio.survey, audio.operator, passages);
        transcript.cost = cost;
        Ok(transcript)
    }

    /// Requests are billed by the whole second: half of one is added for each that such a call usually takes.
    fn price(&self, speech_ms: u64) -> Option<Money> {
        let usual = if self.api.model().timestamps {
            u64::from(self.options.piece_seconds) * 1000
        } else {
            USUAL_TURN_MS
        };
        self.api.price(speech_ms + speech_ms.div_ceil(usual.max(1)) * 500)
    }

    fn price_of(&self, survey: &Survey) -> Option<Money> {
        let plan = Plan::of(survey, self.api.model(), &self.options);
        let mut prices =
            plan.pieces.iter().map(|piece| self.api.price(piece.length_ms().div_ceil(1000) * 1000));
        let nothing = self.api.price(0)?;
        prices.try_fold(nothing, |sum, price| {
            Some(Money::from_micros(sum.currency, sum.micros + price?.micros))
        })
    }

    async fn kept(&self, recording: &Sha256) {
        if let Some(pieces) = &self.pieces
            && let Err(error) = pieces.forget(recording).await
        {
            tracing::warn!(%error, "answered pieces of a finished call are not dropped");
        }
    }
}

/// The sum; amounts of another currency than the first stay items of their own.
fn total<'m>(costs: impl Iterator<Item = &'m Money>) -> Option<Cost> {
    let mut items: Vec<CostItem> = Vec::new();
    for cost in costs {
        match items.iter_mut().find(|item| item.amount.currency == cost.currency) {
            Some(item) => item.amount.micros += cost.micros,
            None => items.push(CostItem { item: "speech".to_owned(), amount: *cost }),
        }
    }
    let total = items.first()?.amount;
    Some(Cost { total, items })
}

/// Collects answers and reports how far the call is.
struct Tally<'a> {
    answered: Vec<Answered>,
    done_ms: u64,
    of_ms: u64,
    progress: &'a dyn Progress,
}

impl<'a> Tally<'a> {
    fn new(audio: &CallAudio, plan: &Plan, progress: &'a dyn Progress) -> Self {
        let of_ms = audio.survey.speech_ms();
        // scraps are done before anything is sent
        let done_ms = plan.scraps.iter().map(super::plan::Turn::speech_ms).sum();
        progress.decoded(done_ms, of_ms);
        Self { answered: Vec::new(), done_ms, of_ms, progress }
    }

    fn add(&mut self, done: Result<Done, JoinError>) -> Result<(), TranscribeError> {
        let (speech_ms, answered) = done.unwrap_or_else(|lost| {
            let reason = if lost.is_panic() { "a request panicked" } else { "the program is stopping" };
            tracing::warn!(reason, "a piece is lost");
            Err(TranscribeError::Cancelled)
        })?;
        self.answered.push(answered);
        self.done_ms += speech_ms;
        self.progress.decoded(self.done_ms.min(self.of_ms), self.of_ms);
        Ok(())
    }
}
