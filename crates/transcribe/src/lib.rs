#![doc = include_str!("../README.md")]

mod api;
mod assemble;
mod cache;
#[cfg(feature = "testing")]
pub mod contract;
mod coverage;
mod error;
#[cfg(feature = "testing")]
mod fake;
mod format;
mod guards;
pub mod models;
mod speakers;
#[cfg(feature = "whisper")]
pub mod whisper;

pub use api::{CallAudio, CallReference, Hints, NoProgress, Progress, Transcriber};
pub use assemble::{GUARDS_VERSION, Heard, HeardSegment, assemble};
pub use cache::{CacheError, CacheKey, CachedTranscriber, TranscriptCache};
pub use error::TranscribeError;
#[cfg(feature = "testing")]
pub use fake::{FakeTranscriber, Fault, MemoryCache};
pub use format::{Format, format};
