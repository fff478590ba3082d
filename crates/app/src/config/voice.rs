//! The settings of AI calls as types.

use std::path::PathBuf;

use domain::{Money, PhoneNumber};
use secrecy::SecretString;

/// AI calls.
#[derive(Debug, Clone)]
pub struct VoiceSettings {
    /// Id of a persona, or the path of its file.
    pub persona: String,
    /// Most money for models in 24 hours.
    pub daily_budget: Option<Money>,
    /// How many times faster than people the two talk in a simulated call.
    pub simulated_speed: u32,
    /// Words and addresses stand in the log.
    pub log_text: bool,
    /// The model of a talk in real time.
    pub realtime_model: String,
    /// Its address; `None` = made of the model service's.
    pub realtime_url: Option<String>,
}

/// Voximplant.
#[derive(Debug, Clone)]
pub struct VoximplantSettings {
    /// Calls are real.
    pub used: bool,
    /// The account's number.
    pub account: Option<i64>,
    /// The account's key.
    pub api_key: Option<SecretString>,
    /// Key file of a service account; goes before the account's key.
    pub credentials: Option<PathBuf>,
    /// The application.
    pub application: Option<i64>,
    /// The rule of the configured mode.
    pub rule: Option<i64>,
    /// What the client sees.
    pub caller_id: Option<PhoneNumber>,
    /// The Management API.
    pub api_url: String,
    /// What scenarios show; `None` = made once and kept in the data folder.
    pub backend_secret: Option<SecretString>,
    /// Hosts that recordings may be fetched from, each with all below it.
    pub media_hosts: Vec<String>,
    /// How calls go that say nothing of it.
    pub realtime: bool,
    /// We dial the session's address, for nobody can dial us.
    pub we_dial: bool,
    /// Calls at once.
    pub max_calls: usize,
    /// Its own proxy.
    pub proxy: Option<SecretString>,
}

impl VoximplantSettings {
    /// A key was given.
    pub fn has_key(&self) -> bool {
        self.credentials.is_some() || (self.api_key.is_some() && self.account.is_some())
    }
}
