//! The two ports and the types that cross them: chat and speech to text.
//!
//! Nothing here says OpenAI: any server that speaks the same protocol may stand behind.

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use serde_json::Value;

use crate::OpenAiError;

/// Who says a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Our instructions.
    System,
    /// What is asked.
    User,
    /// What the model said before.
    Assistant,
}

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatMessage {
    /// Who says it.
    pub role: Role,
    /// The words.
    pub content: String,
}

impl ChatMessage {
    /// A message.
    pub fn new(role: Role, content: impl Into<String>) -> Self {
        Self { role, content: content.into() }
    }
}

/// The shape that an answer must have.
#[derive(Debug, Clone, PartialEq)]
pub struct AnswerSchema {
    /// `[A-Za-z0-9_-]{1,64}`.
    pub name: String,
    /// JSON Schema in the strict subset: every object closed, every property required.
    pub schema: Value,
}

/// What is asked of a model. The model itself belongs to the client's configuration.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ChatRequest {
    /// The conversation.
    pub messages: Vec<ChatMessage>,
    /// The shape of the answer; `None` = free text.
    pub schema: Option<AnswerSchema>,
    /// Most tokens of the answer, thinking included.
    pub max_output_tokens: Option<u32>,
    /// 0–2; left out where the model does not take it.
    pub temperature: Option<f32>,
    /// Requests with the same start share the provider's prompt cache under this name.
    pub cache_key: Option<String>,
}

/// Why the model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Finish {
    /// It had said everything.
    Stop,
    /// The limit of tokens cut it off.
    Length,
    /// The provider's filter cut it off.
    Filter,
    /// It wants a tool called.
    Tools,
}

/// Tokens that were billed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct TokenUsage {
    /// Read, cached ones included.
    pub prompt: u64,
    /// Of them, from the provider's cache.
    pub cached: u64,
    /// Written, thinking included.
    pub completion: u64,
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub struct ChatReply {
    /// The words, fences and thinking of local models stripped. From a server that answers through a tool, what it
    /// would call the tool with.
    pub content: String,
    /// Why the model would not answer, if it would not.
    pub refusal: Option<String>,
    /// Why it stopped.
    pub finish: Finish,
    /// What was billed; `None` where the server does not say.
    pub usage: Option<TokenUsage>,
    /// Its price, where the price table knows the model.
    pub cost: Option<domain::Money>,
    /// The model that answered.
    pub model: String,
    /// For the provider's support.
    pub request_id: Option<String>,
}

impl ChatReply {
    /// The content as JSON: an answer under a schema, or what a tool is to be called with.
    ///
    /// # Errors
    /// [`BrokenJson`]: paid all the same, so the model should be shown its mistake rather than asked anew.
    pub fn json(&self) -> Result<serde_json::Value, BrokenJson> {
        serde_json::from_str(&self.content).map_err(|error| BrokenJson {
            tool: self.finish == Finish::Tools,
            line: error.line(),
            column: error.column(),
            cut: error.is_eof(),
        })
    }
}

/// What should be JSON is none. The words themselves are not told: they may be those of a call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} no JSON: {how} at line {line}, column {column}", what = self.what(), how = self.how())]
pub struct BrokenJson {
    /// They were the arguments of a tool.
    pub tool: bool,
    /// Where it breaks, from 1.
    pub line: usize,
    /// Where it breaks.
    pub column: usize,
    /// It ends in the middle.
    pub cut: bool,
}

impl BrokenJson {
    /// Whether the model may mend it when it is told: always, for it has answered. To ask the same once more
    /// would be to hope.
    pub const fn is_repairable(&self) -> bool {
        true
    }

    const fn what(&self) -> &'static str {
        if self.tool { "the arguments of the tool are" } else { "the answer is" }
    }

    const fn how(&self) -> &'static str {
        if self.cut { "it ends in the middle" } else { "it breaks" }
    }
}

/// A piece of an answer that is still being written.
#[derive(Debug, Clone, PartialEq)]
pub enum ChatEvent {
    /// More words.
    Words(String),
    /// The end: nothing follows.
    End {
        /// Why it stopped.
        finish: Finish,
        /// What was billed.
        usage: Option<TokenUsage>,
        /// Its price.
        cost: Option<domain::Money>,
    },
}

/// Chat with a language model.
#[async_trait]
pub trait ChatApi: Send + Sync {
    /// The model's name.
    fn model(&self) -> &str;

    /// Asks and waits for the whole answer. A refusal, a cut or a filtered answer is a
    /// [`ChatReply`] that says so, for it was paid.
    ///
    /// # Errors
    /// [`OpenAiError`], by what the caller can do; short troubles are retried inside.
    async fn complete(&self, request: &ChatRequest) -> Result<ChatReply, OpenAiError>;

    /// Asks and hands words over as they come. The stream ends with [`ChatEvent::End`]; one that
    /// stops without it is an error ([`OpenAiError::Unavailable`]).
    ///
    /// # Errors
    /// As [`Self::complete`], and again inside the stream.
    async fn stream(
        &self,
        request: &ChatRequest,
    ) -> Result<BoxStream<'static, Result<ChatEvent, OpenAiError>>, OpenAiError>;

    /// What one answer would cost: for an estimate before paying. `None` = price unknown.
    fn price(&self, usage: TokenUsage) -> Option<domain::Money>;
}

/// What a speech model can do: data, from configuration.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "a record of capabilities: each stands alone")]
pub struct SpeechModel {
    /// Its name at the provider.
    pub name: String,
    /// Gives segments with times.
    pub timestamps: bool,
    /// Takes `prompt`.
    pub prompt: bool,
    /// Takes `keywords[]`.
    pub keywords: bool,
    /// Takes `languages[]` instead of `language`.
    pub languages_list: bool,
    /// Longest audio of one request, s.
    pub max_seconds: u32,
    /// Largest body of one request, bytes.
    pub max_bytes: u64,
}

/// Sound to be written down: one channel, or both mixed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpeechRequest {
    /// The encoded sound.
    pub audio: Bytes,
    /// With an extension that tells the format: `left-000120.flac`.
    pub file_name: String,
    /// `audio/flac`, `audio/wav`, …
    pub mime: &'static str,
    /// Its length, ms: sets the time limit and the price.
    pub duration_ms: u64,
    /// ISO 639-1.
    pub language: Option<String>,
    /// Words before it or a style, where the model takes them.
    pub prompt: Option<String>,
    /// Names and products, where the model takes them.
    pub keywords: Vec<String>,
}

/// A timed piece of what was heard.
#[derive(Debug, Clone, PartialEq)]
pub struct SpeechSegment {
    /// From the start of the sound, ms.
    pub start_ms: u64,
    /// Its end, ms.
    pub end_ms: u64,
    /// The words.
    pub text: String,
    /// Mean log probability, where given.
    pub avg_logprob: Option<f32>,
    /// Probability that nobody spoke, where given.
    pub no_speech_prob: Option<f32>,
    /// How repetitive the text is, where given.
    pub compression_ratio: Option<f32>,
}

/// What was heard.
#[derive(Debug, Clone, PartialEq)]
pub struct SpeechReply {
    /// All words.
    pub text: String,
    /// Timed pieces; empty from a model without times.
    pub segments: Vec<SpeechSegment>,
    /// What it cost, where the price table knows the model.
    pub cost: Option<domain::Money>,
    /// For the provider's support.
    pub request_id: Option<String>,
}

/// Speech to text.
#[async_trait]
pub trait TranscriptionApi: Send + Sync {
    /// What the model can do.
    fn model(&self) -> &SpeechModel;

    /// Sends the sound and waits for the words. Sound under 0.1 s is an empty reply.
    ///
    /// # Errors
    /// [`OpenAiError`], by what the caller can do; short troubles are retried inside, an attempt
    /// that may have been billed only once.
    async fn transcribe(&self, request: SpeechRequest) -> Result<SpeechReply, OpenAiError>;

    /// What so much sound would cost. `None` = price unknown.
    fn price(&self, duration_ms: u64) -> Option<domain::Money>;
}
