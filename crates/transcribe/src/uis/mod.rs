//! UIS's own recognition of a call: no sound is sent, nothing is paid to us.

mod align;
mod transcriber;

pub use transcriber::UisTranscriber;
