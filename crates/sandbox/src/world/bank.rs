//! The spoken phrases that calls are put together from: cut from `examples/calls` by
//! `speech/cut_phrases.py`, which also says how they are packed.

use std::ops::Range;

use domain::Speaker;
use serde::Deserialize;

use super::decode;
use crate::SandboxError;

const SOUND: &[u8] = include_bytes!("../../speech/phrases.mp3");
const INDEX: &str = include_str!("../../speech/dialogues.json");

/// Samples a second of everything in the bank.
pub(super) const RATE: u32 = 8000;
/// Bytes of a frame: 16 kbit/s without padding.
pub(super) const FRAME_BYTES: usize = 144;
/// Samples of a frame of MPEG-2.5 layer III.
pub(super) const FRAME_SAMPLES: usize = 576;
/// Length of a frame, ms.
pub(super) const FRAME_MS: u64 = 72;

/// What a dialogue is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum DialogueKind {
    /// A client rings.
    In,
    /// We ring a client.
    Out,
    /// A machine answers us.
    Machine,
    /// A word, then the line drops.
    Word,
}

/// One phrase of one speaker.
#[derive(Debug, Deserialize)]
pub(super) struct Phrase {
    pub(super) speaker: Speaker,
    pub(super) text: String,
    /// Its first frame in the bank.
    frame: usize,
    /// How many frames it has.
    pub(super) frames: usize,
    /// Where the voice begins in it, ms.
    pub(super) start_ms: u64,
    /// Where the voice ends in it, ms.
    pub(super) end_ms: u64,
}

impl Phrase {
    pub(super) fn bytes(&self) -> &'static [u8] {
        SOUND.get(self.frame * FRAME_BYTES..(self.frame + self.frames) * FRAME_BYTES).unwrap_or_default()
    }

    fn samples(&self) -> Range<usize> {
        self.frame * FRAME_SAMPLES..(self.frame + self.frames) * FRAME_SAMPLES
    }
}

/// Phrases that belong together, in their order.
#[derive(Debug, Deserialize)]
pub(super) struct Dialogue {
    pub(super) name: String,
    pub(super) kind: DialogueKind,
    /// Groups of phrases that may be left out without hurting the sense.
    pub(super) optional: Vec<Vec<usize>>,
    pub(super) phrases: Vec<Phrase>,
}

#[derive(Deserialize)]
struct Index {
    noise_frames: usize,
    dialogues: Vec<Dialogue>,
}

/// Phrases with their sound.
pub struct Bank {
    index: Index,
    /// All of the bank, decoded: mono, [`RATE`].
    pcm: Vec<f32>,
}

impl Bank {
    /// Reads what is built in.
    ///
    /// # Errors
    /// [`SandboxError::Speech`] if the build is broken.
    pub fn open() -> Result<Self, SandboxError> {
        let index: Index =
            serde_json::from_str(INDEX).map_err(|error| SandboxError::Speech(error.to_string()))?;
        let sound = decode::mono(SOUND).map_err(SandboxError::Speech)?;
        let expected = SOUND.len() / FRAME_BYTES * FRAME_SAMPLES;
        if sound.rate != RATE || sound.pcm.len() != expected {
            let told = format!("{} samples at {} Hz instead of {expected}", sound.pcm.len(), sound.rate);
            return Err(SandboxError::Speech(told));
        }
        Ok(Self { index, pcm: sound.pcm })
    }

    pub(super) fn dialogues(&self) -> &[Dialogue] {
        &self.index.dialogues
    }

    pub(super) fn pcm(&self, phrase: &Phrase) -> &[f32] {
        self.pcm.get(phrase.samples()).unwrap_or_default()
    }

    /// A frame of line noise.
    pub(super) fn noise(&self, chance: u64) -> &'static [u8] {
        let frames = self.index.noise_frames.max(1) as u64;
        let at = usize::try_from(chance % frames).unwrap_or(0) * FRAME_BYTES;
        SOUND.get(at..at + FRAME_BYTES).unwrap_or_default()
    }
}
