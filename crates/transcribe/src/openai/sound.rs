//! The sound of the pieces, encoded as it is decoded: in memory are two open pieces (one per channel) and those
//! that are being sent, all packed; never the recording, and never a piece as samples.

use std::{collections::HashMap, future::Future, io, path::Path, pin::Pin, sync::Arc};

use audio::{
    AudioError, FlacWriter, SoundThreads, UtterancePcm, UtteranceReader, read_utterances_as_they_are,
};
use bytes::Bytes;
use domain::Survey;

use super::plan::Plan;
use crate::CallAudio;

/// A piece that can be sent.
pub(super) struct Sound {
    /// Its number in the plan.
    pub(super) piece: usize,
    /// FLAC; `None` where the file has no such sound any more.
    pub(super) flac: Option<Bytes>,
}

/// A piece and what reads on behind it; `None` at the end.
type Step = Result<Option<(Sound, Reading)>, AudioError>;

/// The sound of a plan's pieces, one after another. Each is read while the one before is under way, and no further:
/// between two pieces no thread is held, so few threads serve any number of calls.
pub(super) struct Sounds {
    threads: Arc<SoundThreads>,
    /// Goes on whether anybody waits for it or not.
    step: Option<Pin<Box<dyn Future<Output = io::Result<Step>> + Send>>>,
}

impl Sounds {
    pub(super) fn new(audio: &CallAudio, plan: &Arc<Plan>, threads: &Arc<SoundThreads>) -> Self {
        let mut sounds = Self { threads: Arc::clone(threads), step: None };
        if !plan.pieces.is_empty() {
            let (path, survey, plan) = (audio.path.clone(), Arc::clone(&audio.survey), Arc::clone(plan));
            sounds.begin(move || Reading::open(&path, &survey, plan)?.next());
        }
        sounds
    }

    fn begin(&mut self, work: impl FnOnce() -> Step + Send + 'static) {
        self.step = Some(Box::pin(self.threads.run(work)));
    }

    /// The next piece, as soon as it is complete; `None` behind the last one and behind an error. A future that is
    /// dropped loses nothing: the next one waits for the same piece.
    pub(super) async fn next(&mut self) -> Option<Result<Sound, AudioError>> {
        let step = self.step.as_mut()?.await;
        self.step = None;
        match step.unwrap_or_else(|lost| Err(lost.into())) {
            Ok(Some((sound, reading))) => {
                self.begin(move || reading.next());
                Some(Ok(sound))
            }
            Ok(None) => None,
            Err(error) => Some(Err(error)),
        }
    }
}

/// A recording that is being read, piece by piece.
struct Reading {
    utterances: UtteranceReader,
    open: OpenPieces,
}

impl Reading {
    fn open(path: &Path, survey: &Survey, plan: Arc<Plan>) -> Result<Self, AudioError> {
        let utterances = read_utterances_as_they_are(path, survey)?;
        let open = OpenPieces::of(plan, utterances.rate_hz());
        Ok(Self { utterances, open })
    }

    fn next(mut self) -> Step {
        while let Some(utterance) = self.utterances.next() {
            if let Some(sound) = self.open.add(&utterance?)? {
                return Ok(Some((sound, self)));
            }
        }
        Ok(None)
    }
}

struct OpenPieces {
    plan: Arc<Plan>,
    /// From (channel, start) of an utterance to its piece.
    places: HashMap<(u8, u64), usize>,
    open: HashMap<usize, OpenPiece>,
    rate_hz: u32,
}

impl OpenPieces {
    fn of(plan: Arc<Plan>, rate_hz: u32) -> Self {
        let mut places = HashMap::new();
        for (at, piece) in plan.pieces.iter().enumerate() {
            for utterance in piece.turns.iter().flat_map(|turn| &turn.utterances) {
                places.insert((utterance.channel, utterance.start_ms), at);
            }
        }
        Self { plan, places, open: HashMap::new(), rate_hz }
    }

    /// Adds an utterance; its piece, if that was the last one of it.
    fn add(&mut self, next: &UtterancePcm) -> Result<Option<Sound>, AudioError> {
        let place = self.places.get(&(next.utterance.channel, next.utterance.start_ms));
        let Some((at, piece)) = place.and_then(|at| Some((*at, self.plan.pieces.get(*at)?))) else {
            return Ok(None); // a scrap
        };
        let mut open = self.open.remove(&at).unwrap_or_else(|| {
            let missing = piece.turns.iter().map(|turn| turn.utterances.len()).sum();
            OpenPiece::new(missing, self.rate_hz)
        });
        open.mix(piece.at(next.utterance.start_ms) * u64::from(self.rate_hz) / 1000, &next.pcm);
        if open.missing > 0 {
            self.open.insert(at, open);
            return Ok(None);
        }
        Ok(Some(Sound { piece: at, flac: open.finish()? }))
    }
}

/// A piece whose utterances are not all there yet.
struct OpenPiece {
    flac: FlacWriter,
    /// Behind what is encoded: an utterance of the other channel may still be mixed into it.
    tail: Vec<f32>,
    /// Samples encoded so far.
    encoded: u64,
    missing: usize,
}

impl OpenPiece {
    fn new(missing: usize, rate_hz: u32) -> Self {
        Self { flac: FlacWriter::at(rate_hz), tail: Vec::new(), encoded: 0, missing }
    }

    /// Utterances come in order of start, so what lies before this one is final.
    fn mix(&mut self, at: u64, pcm: &[f32]) {
        self.missing = self.missing.saturating_sub(1);
        let before = usize::try_from(at.saturating_sub(self.encoded)).unwrap_or(usize::MAX);
        // rounding may leave a sample between two utterances
        self.tail.resize(self.tail.len().max(before), 0.0);
        self.flac.push(self.tail.get(..before).unwrap_or_default());
        self.tail.drain(..before);
        self.encoded = self.encoded.max(at);
        self.tail.resize(self.tail.len().max(pcm.len()), 0.0);
        for (sum, x) in self.tail.iter_mut().zip(pcm) {
            *sum = (*sum + x).clamp(-1.0, 1.0);
        }
    }

    fn finish(mut self) -> Result<Option<Bytes>, AudioError> {
        self.flac.push(&self.tail);
        match self.flac.finish() {
            Ok(mut bytes) => {
                bytes.shrink_to_fit();
                Ok(Some(Bytes::from(bytes)))
            }
            Err(AudioError::Empty { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
