//! Whisper on this machine, by whisper.cpp: no key, no network, one shared set of weights.

mod decode;
mod engine;
mod options;
mod transcriber;

pub use options::WhisperOptions;
pub use transcriber::WhisperLocal;
