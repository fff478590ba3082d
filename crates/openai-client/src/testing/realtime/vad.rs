//! When somebody speaks: by loudness alone, in frames of 20 ms, on the time of the sound.

use super::decode_g711;
use crate::G711;

const FRAME: usize = 160;
const SAMPLES: i64 = 160;
/// -40 dBFS as a mean square.
const LOUD: i64 = 107_000;
/// Loud frames in a row that begin speech: 60 ms.
const BEGIN: u32 = 3;

/// What was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Turn {
    /// Speech began, padding included.
    Started { ms: u64 },
    /// It ended; the sound of it.
    Stopped { ms: u64, sound: Vec<u8> },
}

/// Hears the client.
#[derive(Debug)]
pub(super) struct Vad {
    pub(super) prefix_ms: u64,
    pub(super) silence_ms: u64,
    rest: Vec<u8>,
    /// Sound of the session, ms.
    pub(super) heard_ms: u64,
    loud: u32,
    quiet_ms: u64,
    speech: Option<Vec<u8>>,
    before: Vec<u8>,
}

impl Default for Vad {
    fn default() -> Self {
        Self {
            prefix_ms: 300,
            silence_ms: 500,
            rest: Vec::new(),
            heard_ms: 0,
            loud: 0,
            quiet_ms: 0,
            speech: None,
            before: Vec::new(),
        }
    }
}

impl Vad {
    pub(super) fn hear(&mut self, code: G711, sound: &[u8]) -> Vec<Turn> {
        self.rest.extend_from_slice(sound);
        let whole = self.rest.len() / FRAME * FRAME;
        let frames: Vec<u8> = self.rest.drain(..whole).collect();
        frames.chunks(FRAME).filter_map(|frame| self.frame(code, frame)).collect()
    }

    fn frame(&mut self, code: G711, frame: &[u8]) -> Option<Turn> {
        self.heard_ms += 20;
        let energy: i64 =
            decode_g711(code, frame).iter().map(|sample| i64::from(*sample) * i64::from(*sample)).sum();
        let is_loud = energy / SAMPLES > LOUD;
        self.loud = if is_loud { self.loud + 1 } else { 0 };
        let Some(speech) = &mut self.speech else {
            self.before.extend_from_slice(frame);
            let kept = usize::try_from(self.prefix_ms * 8).unwrap_or(0) + FRAME * BEGIN as usize;
            let old = self.before.len().saturating_sub(kept);
            self.before.drain(..old);
            if self.loud < BEGIN {
                return None;
            }
            let sound = std::mem::take(&mut self.before);
            let ms = self.heard_ms.saturating_sub(sound.len() as u64 / 8);
            self.speech = Some(sound);
            self.quiet_ms = 0;
            return Some(Turn::Started { ms });
        };
        // a minute of speech is enough of it
        if speech.len() < 60 * 8000 {
            speech.extend_from_slice(frame);
        }
        self.quiet_ms = if is_loud { 0 } else { self.quiet_ms + 20 };
        if self.quiet_ms < self.silence_ms {
            return None;
        }
        self.quiet_ms = 0;
        Some(Turn::Stopped { ms: self.heard_ms, sound: self.speech.take().unwrap_or_default() })
    }

    /// Forgets speech that goes on.
    pub(super) fn clear(&mut self) {
        self.speech = None;
        self.before.clear();
        self.rest.clear();
        self.loud = 0;
    }
}
