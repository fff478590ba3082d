//! Settings: what there is ([`KEYS`]), where it comes from, and what it means.

mod keys;
mod load;
mod paper;
mod read;
mod typed;

pub use keys::{KEYS, Key};
pub use load::{ConfigError, ConfigInput, Expected, LoadedConfig, ShownKey, load};
pub use paper::{configuration_markdown, example_toml};
pub use typed::{AnalyzerChoice, Config, LogFormat, TranscriberChoice};
