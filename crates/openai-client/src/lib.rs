#![doc = include_str!("../README.md")]

mod api;
mod chat;
mod client;
mod config;
mod content;
mod error;
mod learnt;
mod model;
mod price;
mod probe;
mod realtime;
mod speech;
mod stream;
#[cfg(feature = "testing")]
pub mod testing;
mod tokens;
mod wire;

pub use api::{
    AnswerSchema, BrokenJson, ChatApi, ChatEvent, ChatMessage, ChatReply, ChatRequest, Finish, Role,
    SpeechModel, SpeechReply, SpeechRequest, SpeechSegment, TokenUsage, TranscriptionApi,
};
pub use chat::OpenAiChat;
pub use config::{OPENAI_URL, OpenAiConfig};
pub use error::OpenAiError;
pub use model::{ChatModel, ModelTable, Structured, TokenField};
pub use price::PriceTable;
pub use probe::ProbeReport;
pub use realtime::{
    G711, ItemId, OpenAiRealtime, RealtimeApi, RealtimeCommand, RealtimeConnection, RealtimeEvent,
    RealtimeFault, RealtimeLink, RealtimeSession, RealtimeTool, RealtimeTranscription, RealtimeUsage,
    ResponseEnd, ResponseId, ResponseStatus, ServerVad, SpokenItem, ToolCallId, ToolRequest, WhoSays,
};
pub use speech::OpenAiSpeech;
pub use tokens::estimated_tokens;
