//! Speech to text over the network, at any server that speaks OpenAI's protocol.

mod options;
mod plan;
mod request;
mod sound;
mod transcriber;
mod words;

pub use options::{ChannelMode, OpenAiOptions};
pub use transcriber::OpenAiTranscriber;
