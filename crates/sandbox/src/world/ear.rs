//! Hears which phrases of the bank are in a piece of sound: the fake recogniser's ear. It looks the
//! sound up, it recognises nothing: speech that is not in the bank is not heard.
//!
//! Sound may come resampled, quieter, recoded, cut in the middle of a phrase, with pauses taken out,
//! both voices in one channel (one after the other).

mod features;
mod search;
mod words;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use sha2::{Digest as _, Sha256};

use openai_client::testing::{Ear, HeardSegment};

use super::{Bank, decode};
use features::{Features, HOP_MS};
use search::{Index, Match};

/// Sounds that are remembered; beyond, all are forgotten at once.
const REMEMBERED: usize = 8192;

/// Words with their place in the sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// From the start of the sound, ms.
    pub start_ms: u64,
    /// Its end, ms.
    pub end_ms: u64,
    /// The words.
    pub text: String,
}

/// Hears which phrases of the bank are in a piece of sound.
pub struct BankEar {
    bank: Arc<Bank>,
    /// Made for the first sound: many worlds never hear one.
    index: OnceLock<Index>,
    remembered: Mutex<HashMap<[u8; 32], Arc<[Heard]>>>,
}

impl BankEar {
    /// An ear that knows the bank.
    pub fn new(bank: Arc<Bank>) -> Self {
        Self { bank, index: OnceLock::new(), remembered: Mutex::new(HashMap::new()) }
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::of(&self.bank))
    }

    /// What is spoken in the encoded sound (FLAC, WAV, MP3, …), a phrase each, by start; nothing in
    /// silence and in what is no sound. The same bytes are looked up once.
    pub fn hear(&self, audio: &[u8]) -> Arc<[Heard]> {
        let key: [u8; 32] = Sha256::digest(audio).into();
        if let Some(known) = self.remembered.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Arc::clone(known);
        }
        let heard: Arc<[Heard]> = match decode::mono(audio) {
            Ok(sound) => self.hear_samples(&sound.pcm, sound.rate).into(),
            Err(_) => Arc::default(),
        };
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= REMEMBERED {
            remembered.clear();
        }
        remembered.insert(key, Arc::clone(&heard));
        heard
    }

    fn hear_samples(&self, pcm: &[f32], rate: u32) -> Vec<Heard> {
        let sound = Features::of(pcm, rate);
        self.index().matches(&sound).iter().filter_map(|found| self.heard(found)).collect()
    }

    fn heard(&self, found: &Match) -> Option<Heard> {
        let text = self.index().words(found)?;
        let ms = |frame: usize| frame as u64 * HOP_MS;
        Some(Heard { start_ms: ms(found.at), end_ms: ms(found.at + found.heard.len()), text })
    }
}

impl Ear for BankEar {
    fn hear(&self, audio: &[u8]) -> Vec<HeardSegment> {
        let one = |heard: &Heard| HeardSegment {
            start_ms: heard.start_ms,
            end_ms: heard.end_ms,
            text: heard.text.clone(),
        };
        Self::hear(self, audio).iter().map(one).collect()
    }
}
