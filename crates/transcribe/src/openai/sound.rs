//! The sound of the pieces, encoded as it is decoded: in memory are two open pieces (one per channel) and those
//! that are being sent, all packed; never the recording, and never a piece as samples.

use std::{collections::HashMap, sync::Arc};

use audio::{AudioError, FlacWriter, UtterancePcm, read_utterances};
use bytes::Bytes;
use tokio::{sync::mpsc, task::spawn_blocking};

use super::plan::Plan;
use crate::CallAudio;

/// Samples of a millisecond.
const PER_MS: u64 = 16;

/// A piece that can be sent.
pub(super) struct Sound {
    /// Its number in the plan.
    pub(super) piece: usize,
    /// FLAC; `None` where the file has no such sound any more.
    pub(super) flac: Option<Bytes>,
}

/// The sound of a plan's pieces, each as soon as it is complete. Reading stops when nobody listens.
pub(super) fn read(audio: &CallAudio, plan: &Arc<Plan>) -> mpsc::Receiver<Result<Sound, AudioError>> {
    // a single one waits while the others are under way
    let (sender, receiver) = mpsc::channel(1);
    if plan.pieces.is_empty() {
        return receiver;
    }
    let (path, survey, plan) = (audio.path.clone(), Arc::clone(&audio.survey), Arc::clone(plan));
    spawn_blocking(move || {
        let mut open = OpenPieces::of(&plan);
        let outcome = read_utterances(&path, &survey).and_then(|mut utterances| {
            utterances.try_for_each(|utterance| match open.add(&utterance?)? {
                // a closed channel: the call was given up
                Some(sound) => sender.blocking_send(Ok(sound)).map_err(|_| given_up()),
                None => Ok(()),
            })
        });
        if let Err(error) = outcome {
            let _ = sender.blocking_send(Err(error));
        }
    });
    receiver
}

/// Never read by anyone: the channel is closed.
fn given_up() -> AudioError {
    AudioError::Io(std::io::ErrorKind::Interrupted.into())
}

struct OpenPieces<'p> {
    plan: &'p Plan,
    /// From (channel, start) of an utterance to its piece.
    places: HashMap<(u8, u64), usize>,
    open: HashMap<usize, OpenPiece>,
}

impl<'p> OpenPieces<'p> {
    fn of(plan: &'p Plan) -> Self {
        let mut places = HashMap::new();
        for (at, piece) in plan.pieces.iter().enumerate() {
            for utterance in piece.turns.iter().flat_map(|turn| &turn.utterances) {
                places.insert((utterance.channel, utterance.start_ms), at);
            }
        }
        Self { plan, places, open: HashMap::new() }
    }

    /// Adds an utterance; its piece, if that was the last one of it.
    fn add(&mut self, next: &UtterancePcm) -> Result<Option<Sound>, AudioError> {
        let place = self.places.get(&(next.utterance.channel, next.utterance.start_ms));
        let Some((at, piece)) = place.and_then(|at| Some((*at, self.plan.pieces.get(*at)?))) else {
            return Ok(None); // a scrap
        };
        let mut open = match self.open.remove(&at) {
            Some(open) => open,
            None => OpenPiece::new(piece.turns.iter().map(|turn| turn.utterances.len()).sum())?,
        };
        open.mix(piece.at(next.utterance.start_ms) * PER_MS, &next.pcm)?;
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
    fn new(missing: usize) -> Result<Self, AudioError> {
        Ok(Self { flac: FlacWriter::new()?, tail: Vec::new(), encoded: 0, missing })
    }

    /// Utterances come in order of start, so what lies before this one is final.
    fn mix(&mut self, at: u64, pcm: &[f32]) -> Result<(), AudioError> {
        self.missing = self.missing.saturating_sub(1);
        let before = usize::try_from(at.saturating_sub(self.encoded)).unwrap_or(usize::MAX);
        // rounding may leave a sample between two utterances
        self.tail.resize(self.tail.len().max(before), 0.0);
        self.flac.push(self.tail.get(..before).unwrap_or_default())?;
        self.tail.drain(..before);
        self.encoded = self.encoded.max(at);
        self.tail.resize(self.tail.len().max(pcm.len()), 0.0);
        for (sum, x) in self.tail.iter_mut().zip(pcm) {
            *sum = (*sum + x).clamp(-1.0, 1.0);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Option<Bytes>, AudioError> {
        self.flac.push(&self.tail)?;
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
