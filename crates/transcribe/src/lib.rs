#![doc = include_str!("../README.md")]

mod api;
mod assemble;
mod cache;
mod chain;
#[cfg(feature = "testing")]
pub mod contract;
mod coverage;
mod error;
#[cfg(feature = "testing")]
mod fake;
mod format;
mod guards;
pub mod models;
mod openai;
mod pieces;
mod speakers;
mod uis;
#[cfg(feature = "whisper")]
pub mod whisper;

pub use api::{CallAudio, CallReference, Hints, NoProgress, Progress, Transcriber};
pub use assemble::{GUARDS_VERSION, Heard, HeardSegment, Passage, assemble, assemble_passages};
pub use cache::{CacheError, CacheKey, CachedTranscriber, TranscriptCache};
pub use chain::{ChainOptions, TranscriberChain};
pub use error::TranscribeError;
#[cfg(feature = "testing")]
pub use fake::{FakeTranscriber, Fault, MemoryCache};
pub use format::{Format, format};
pub use openai::{ChannelMode, OpenAiOptions, OpenAiTranscriber};
pub use pieces::{FolderPieces, MemoryPieces, PieceCache, PieceKey, PieceSegment, PieceWords};
pub use uis::UisTranscriber;
