//! The providers' settings as types. A provider whose key is not set is not configured, and that is no
//! mistake.

use std::path::PathBuf;

use secrecy::SecretString;

/// UIS or CoMagic.
#[derive(Debug, Clone)]
pub struct UisSettings {
    /// The key; `None` = not configured.
    pub key: Option<SecretString>,
    /// The Data API.
    pub data_api_url: String,
    /// Recordings of talks; wav and voice mail lie beside it.
    pub media_url: String,
    /// Its own proxy.
    pub proxy: Option<SecretString>,
}

/// One service that speaks OpenAI's protocol.
#[derive(Debug, Clone)]
pub struct ModelEndpoint {
    /// The key; local services need none.
    pub key: Option<SecretString>,
    /// A key or an address of its own was given: it is meant to be used.
    pub configured: bool,
    /// Its address, ending in `/v1` as a rule.
    pub base_url: String,
    /// The model.
    pub model: String,
}

/// Speech and language models.
#[derive(Debug, Clone)]
pub struct OpenAiSettings {
    /// Speech to text.
    pub stt: ModelEndpoint,
    /// The judge.
    pub llm: ModelEndpoint,
    /// To each of the two, a minute.
    pub per_minute: u32,
    /// To each of the two, at once.
    pub concurrent: usize,
    /// `OpenAI-Organization`.
    pub organization: Option<String>,
    /// `OpenAI-Project`.
    pub project: Option<String>,
    /// A file of prices instead of the built-in one.
    pub prices: Option<PathBuf>,
    /// Rules judge where the model gave no usable answer.
    pub fallback_to_rules: bool,
    /// Their own proxy.
    pub proxy: Option<SecretString>,
}

/// Google Sheets.
#[derive(Debug, Clone)]
pub struct GoogleSettings {
    /// The key file; `None` = not configured.
    pub credentials: Option<PathBuf>,
    /// Id or address of the spreadsheet.
    pub sheet_id: Option<String>,
    /// The tab.
    pub tab: String,
    /// The service.
    pub sheets_url: String,
    /// Where the recording's cell leads.
    pub recording_link: RecordingLink,
    /// AI calls in which nobody talked get a row too.
    pub unanswered_ai_calls: bool,
    /// Its own proxy.
    pub proxy: Option<SecretString>,
}

/// Where the recording's cell leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordingLink {
    /// Our page, where there is one; else the source.
    Page,
    /// The source's address.
    Source,
    /// Nowhere.
    None,
}

/// What is hidden from the language model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Masking {
    /// Phones, cards, passports, e-mail.
    Contacts,
    /// Those and names.
    Names,
    /// Nothing: the model is our own.
    None,
}
