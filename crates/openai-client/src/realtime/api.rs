//! The port: a session is opened with its settings, then commands go in and events come out.

use std::sync::Arc;

use async_trait::async_trait;
use domain::Money;
use serde_json::Value;

use super::{RealtimeConnection, RealtimeUsage};
use crate::{OpenAiError, SpeechModel};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Wraps the provider's text.
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// The provider's text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

id!(
    /// An item of the conversation: something said, a call of a function, its output.
    ItemId
);
id!(
    /// An answer of the model.
    ResponseId
);
id!(
    /// A call of a function.
    ToolCallId
);

/// Telephony's two codes: 8 kHz, a byte a sample, so 160 bytes are 20 ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum G711 {
    /// µ-law, `audio/pcmu`.
    #[default]
    Mulaw,
    /// A-law, `audio/pcma`.
    Alaw,
}

impl G711 {
    /// Bytes of a millisecond.
    pub const BYTES_A_MS: usize = 8;

    /// The byte that is silence.
    pub const fn silence(self) -> u8 {
        match self {
            Self::Mulaw => 0xff,
            Self::Alaw => 0xd5,
        }
    }

    /// `audio/pcmu` or `audio/pcma`.
    pub const fn mime(self) -> &'static str {
        match self {
            Self::Mulaw => "audio/pcmu",
            Self::Alaw => "audio/pcma",
        }
    }
}

/// When the server holds that somebody speaks, and what it does then.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerVad {
    /// 0–1: how loud speech must be.
    pub threshold: f32,
    /// Sound before speech that belongs to it, ms; `audio_start_ms` of events begins there.
    pub prefix_padding_ms: u32,
    /// Silence that ends speech, ms.
    pub silence_duration_ms: u32,
    /// The server answers by itself. While another answer is being made it may not.
    pub create_response: bool,
    /// The server stops its answer as soon as somebody speaks, be it only «угу».
    pub interrupt_response: bool,
}

impl Default for ServerVad {
    /// The server answers by itself, and is interrupted by us alone.
    fn default() -> Self {
        Self {
            threshold: 0.5,
            prefix_padding_ms: 300,
            silence_duration_ms: 500,
            create_response: true,
            interrupt_response: false,
        }
    }
}

/// How the client's words are written down beside the conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct RealtimeTranscription {
    /// What the model takes.
    pub model: SpeechModel,
    /// ISO 639-1.
    pub language: String,
    /// Names and products, where the model takes them.
    pub keywords: Vec<String>,
}

/// A function that the model may call.
#[derive(Debug, Clone, PartialEq)]
pub struct RealtimeTool {
    /// `[A-Za-z0-9_-]{1,64}`.
    pub name: String,
    /// When to call it.
    pub description: String,
    /// JSON schema of the arguments.
    pub parameters: Value,
}

/// What a session is opened with.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RealtimeSession {
    /// Who the model is and how it behaves.
    pub instructions: String,
    /// A voice of the provider; `None` = its own choice.
    pub voice: Option<String>,
    /// How sound travels, both ways.
    pub format: G711,
    /// When it is the client's turn, and when ours.
    pub vad: ServerVad,
    /// `None` = the client's words are not written down.
    pub transcription: Option<RealtimeTranscription>,
    /// Functions.
    pub tools: Vec<RealtimeTool>,
    /// Most tokens of an answer.
    pub max_output_tokens: Option<u32>,
}

/// Who said a replayed text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhoSays {
    /// We, as instructions.
    System,
    /// The client.
    User,
    /// The model.
    Assistant,
}

/// What is asked of the server, beside sound.
#[derive(Debug, Clone, PartialEq)]
pub enum RealtimeCommand {
    /// An answer, with instructions for it alone or by those of the session.
    CreateResponse {
        /// For this answer only.
        instructions: Option<String>,
    },
    /// The answer is not wanted any more. Only while its end has not come.
    CancelResponse {
        /// Which.
        response: ResponseId,
    },
    /// The client heard so much of it: the rest is deleted from the conversation.
    Truncate {
        /// Which.
        item: ItemId,
        /// Which part of it.
        content_index: u32,
        /// Sound that was heard, ms; beyond what came it is an error.
        audio_end_ms: u64,
    },
    /// Nobody heard it.
    DeleteItem {
        /// Which.
        item: ItemId,
    },
    /// Words of before, for a session that takes over from another.
    AddText {
        /// Whose.
        who: WhoSays,
        /// The words.
        text: String,
    },
    /// What a function gave back.
    FunctionOutput {
        /// Which call of it.
        call: ToolCallId,
        /// JSON or words.
        output: String,
    },
    /// Forget the sound that is not committed.
    ClearInput,
}

/// Conversation in real time.
#[async_trait]
pub trait RealtimeApi: Send + Sync {
    /// The model's name.
    fn model(&self) -> &str;

    /// Opens a session; it has taken its settings when this returns.
    ///
    /// # Errors
    /// [`OpenAiError`], by what the caller can do. Not repeated inside: somebody is on the line.
    async fn connect(&self, session: &RealtimeSession) -> Result<RealtimeConnection, OpenAiError>;

    /// What an answer costs; `None` = price unknown.
    fn price(&self, usage: &RealtimeUsage) -> Option<Money>;

    /// What writing down so much of the client's speech costs; `None` = price unknown.
    fn hearing_price(&self, model: &str, duration_ms: u64) -> Option<Money>;
}
