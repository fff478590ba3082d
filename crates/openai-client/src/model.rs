//! What models can do, as data: a table in TOML, embedded and overridable. Names of models stand
//! in data and in settings, never in code.

use serde::Deserialize;

use crate::{OpenAiError, SpeechModel};

/// The table that ships with the crate.
const EMBEDDED: &str = include_str!("../data/models.toml");

/// OpenAI's limit for one upload, and nobody's is known to be larger.
const MAX_UPLOAD: u64 = 26_214_400;

/// How a model is made to answer in a shape, from the surest to the weakest. Each weaker one is
/// tried when a server says that it does not know the stronger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Structured {
    /// `json_schema` with `strict: true`.
    Strict,
    /// `json_schema` without `strict`.
    JsonSchema,
    /// `json_schema` that is the schema itself (Yandex).
    BareSchema,
    /// `json_object`, the schema in the instructions.
    JsonObject,
    /// The schema in the instructions, nothing else.
    Text,
}

impl Structured {
    /// The next weaker way.
    pub(crate) const fn weaker(self) -> Option<Self> {
        match self {
            Self::Strict => Some(Self::JsonSchema),
            Self::JsonSchema | Self::BareSchema => Some(Self::JsonObject),
            Self::JsonObject => Some(Self::Text),
            Self::Text => None,
        }
    }
}

/// What the limit of an answer is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenField {
    /// OpenAI's models that think.
    MaxCompletionTokens,
    /// Everyone else.
    MaxTokens,
}

/// What a chat model can do: data, from configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "a record of capabilities: each stands alone")]
pub struct ChatModel {
    /// Its name at the provider.
    pub name: String,
    /// How it is made to answer in a shape.
    pub structured: Structured,
    /// What the limit of an answer is called.
    pub token_field: TokenField,
    /// Takes `temperature`.
    pub temperature: bool,
    /// Sent as it is; `None` = not sent.
    pub reasoning_effort: Option<String>,
    /// Takes `prompt_cache_key`.
    pub cache_key: bool,
    /// Takes `store`; we send `false`, so that the provider keeps nothing.
    pub store: bool,
    /// Takes `stream_options` and tells the usage at a stream's end.
    pub stream_usage: bool,
}

/// Models by name, most special first.
///
/// ```
/// let models = openai_client::ModelTable::embedded()?;
/// assert!(!models.chat("gpt-6-luna").temperature);
/// assert!(models.speech("whisper-1").timestamps);
/// # Ok::<(), openai_client::OpenAiError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct ModelTable {
    chat: Vec<ChatRow>,
    speech: Vec<SpeechRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    chat: Vec<ChatRow>,
    #[serde(default)]
    speech: Vec<SpeechRow>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "a record of capabilities: each stands alone")]
struct ChatRow {
    name: String,
    structured: Structured,
    token_field: TokenField,
    #[serde(default)]
    temperature: bool,
    reasoning_effort: Option<String>,
    #[serde(default)]
    cache_key: bool,
    #[serde(default)]
    store: bool,
    #[serde(default = "yes")]
    stream_usage: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "a record of capabilities: each stands alone")]
struct SpeechRow {
    name: String,
    #[serde(default)]
    timestamps: bool,
    #[serde(default)]
    prompt: bool,
    #[serde(default)]
    keywords: bool,
    #[serde(default)]
    languages_list: bool,
    max_seconds: u32,
    #[serde(default = "max_upload")]
    max_bytes: u64,
}

const fn yes() -> bool {
    true
}

const fn max_upload() -> u64 {
    MAX_UPLOAD
}

impl ModelTable {
    /// The table that ships with the crate.
    ///
    /// # Errors
    /// Never for a released crate: a test reads it.
    pub fn embedded() -> Result<Self, OpenAiError> {
        Self::default().with(EMBEDDED)
    }

    /// This table with the entries of a file's text looked at first.
    ///
    /// # Errors
    /// [`OpenAiError::Config`] says what is wrong and where.
    pub fn with(self, text: &str) -> Result<Self, OpenAiError> {
        let mut file: File = toml::from_str(text)
            .map_err(|error| OpenAiError::Config(format!("the table of models cannot be read: {error}")))?;
        file.chat.extend(self.chat);
        file.speech.extend(self.speech);
        Ok(Self { chat: file.chat, speech: file.speech })
    }

    /// What is known of a chat model; of an unknown one, what any server takes.
    pub fn chat(&self, name: &str) -> ChatModel {
        let row = self.chat.iter().find(|row| fits(&row.name, name));
        ChatModel {
            name: name.to_owned(),
            structured: row.map_or(Structured::JsonSchema, |row| row.structured),
            token_field: row.map_or(TokenField::MaxTokens, |row| row.token_field),
            temperature: row.is_some_and(|row| row.temperature),
            reasoning_effort: row.and_then(|row| row.reasoning_effort.clone()),
            cache_key: row.is_some_and(|row| row.cache_key),
            store: row.is_some_and(|row| row.store),
            stream_usage: row.is_none_or(|row| row.stream_usage),
        }
    }

    /// What is known of a model of speech; of an unknown one, what any server takes.
    pub fn speech(&self, name: &str) -> SpeechModel {
        let row = self.speech.iter().find(|row| fits(&row.name, name));
        SpeechModel {
            name: name.to_owned(),
            timestamps: row.is_some_and(|row| row.timestamps),
            prompt: row.is_some_and(|row| row.prompt),
            keywords: row.is_some_and(|row| row.keywords),
            languages_list: row.is_some_and(|row| row.languages_list),
            max_seconds: row.map_or(1390, |row| row.max_seconds),
            max_bytes: row.map_or(MAX_UPLOAD, |row| row.max_bytes),
        }
    }
}

fn fits(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_table_knows_todays_models() {
        let models = ModelTable::embedded().unwrap();
        let luna = models.chat("gpt-6-luna");
        assert_eq!(
            (luna.structured, luna.token_field),
            (Structured::Strict, TokenField::MaxCompletionTokens)
        );
        assert_eq!(models.chat("gpt://b1g/yandexgpt/latest").structured, Structured::BareSchema);
        assert_eq!(models.chat("qwen3:8b").token_field, TokenField::MaxTokens);
        assert!(models.speech("gpt-transcribe").languages_list);
        assert!(!models.speech("gpt-4o-transcribe-diarize").prompt);
        assert_eq!(models.speech("какая-то").max_bytes, MAX_UPLOAD);
    }

    #[test]
    fn ones_own_entries_go_first_and_mistakes_are_told() {
        let mine = "[[speech]]\nname = \"gpt-transcribe\"\ntimestamps = true\nmax_seconds = 60\n";
        let models = ModelTable::embedded().unwrap().with(mine).unwrap();
        assert!(models.speech("gpt-transcribe").timestamps);
        let error = ModelTable::default().with("[[speech]]\nnam = 1").unwrap_err().to_string();
        assert!(error.contains("nam"), "{error}");
    }
}
