//! Settings: what there is ([`keys`]), where it comes from, and what it means.

mod abroad;
mod keeping;
mod keeping_keys;
mod keys;
mod load;
mod paper;
mod provider_keys;
mod providers;
mod read;
mod read_telling;
mod read_voice;
mod recordings;
mod server;
mod server_keys;
mod telling;
mod telling_keys;
mod typed;
mod voice;
mod voice_keys;

pub use abroad::DataAbroad;
pub use keeping::{KeepingSettings, WatchingSettings};
pub use keys::{Key, keys};
pub use load::{ConfigError, ConfigInput, Expected, LoadedConfig, ShownKey, load};
pub use paper::{configuration_markdown, example_env, example_toml};
pub use providers::{GoogleSettings, Masking, ModelEndpoint, OpenAiSettings, RecordingLink, UisSettings};
pub use recordings::{BucketSettings, RecordingsPlace};
pub use server::{PrivateUrls, ServerSettings};
pub use telling::{MailSettings, ScheduleSettings, TelegramSettings, TellingSettings, WriteBack};
pub use typed::{AnalyzerChoice, Config, LogFormat, SourceChoice, SpeechEngine, TranscriberChoice};
pub use voice::{VoiceSettings, VoximplantSettings};
