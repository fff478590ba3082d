//! OpenAI-compatible chat and speech to text, with prices as data.
//!
//! Place: a provider: knows `domain` and `http-client`; `transcribe` and `analyze` hold its traits.

mod api;
mod content;
mod error;
mod price;
#[cfg(feature = "testing")]
pub mod testing;

pub use api::{
    AnswerSchema, ChatApi, ChatEvent, ChatMessage, ChatReply, ChatRequest, Finish, Role, SpeechModel,
    SpeechReply, SpeechRequest, SpeechSegment, TokenUsage, TranscriptionApi,
};
pub use error::OpenAiError;
pub use price::PriceTable;
