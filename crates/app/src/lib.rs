//! Configuration and wiring: the only crate that reads the environment and names concrete parts.
//!
//! [`load`] makes a typed [`Config`] from `zvonar.toml`, `.env`, the environment and flags, in that
//! order; [`App::open`] puts the parts together. Programs and embedders start here:
//!
//! ```no_run
//! # async fn start() -> Result<(), Box<dyn std::error::Error>> {
//! let loaded = app::load(&app::ConfigInput::from_process())?;
//! let app = app::App::open(loaded.config).await?;
//! let rubric = app.rubric("manager-plus")?;
//! let analysis = app.analyze_dialogue("Клиент: Привет! Менеджер: Добрый день!", &rubric).await?;
//! println!("{:?}", analysis.total_score);
//! # Ok(())
//! # }
//! ```
//!
//! Place: above everything but the programs; what a part is called in reality is known here alone.

mod access_log;
mod adapters;
mod backup;
mod config;
mod database;
mod doctor;
mod engines;
mod erase;
mod error;
mod exports;
mod files;
mod leavings;
mod logging;
mod migrate;
mod probes;
mod provider_words;
mod providers;
mod retention;
mod rounds;
mod rubrics;
mod serving;
mod sheet;
#[cfg(test)]
mod simulated_week;
mod stop_requests;
mod storage_probe;
mod system;
mod telling;
mod telling_words;
#[cfg(test)]
mod testing;
mod uis;
mod voice;
mod watch;
mod weekly;
mod wiring;
mod words;
mod write_back;

pub use access_log::{Seen, searched};
pub use backup::Backup;
pub use config::{
    AnalyzerChoice, BucketSettings, Config, ConfigError, ConfigInput, DataAbroad, Expected, GoogleSettings,
    KeepingSettings, Key, LoadedConfig, LogFormat, MailSettings, Masking, ModelEndpoint, OpenAiSettings,
    PrivateUrls, RecordingLink, RecordingsPlace, ScheduleSettings, ServerSettings, ShownKey, SourceChoice,
    SpeechEngine, TelegramSettings, TellingSettings, TranscriberChoice, UisSettings, VoiceSettings,
    VoximplantSettings, WatchingSettings, WriteBack, configuration_markdown, example_env, example_toml, keys,
    load,
};
pub use doctor::{Finding, FindingState, Health, check_parts, examine};
pub use engines::Engines;
pub use erase::ErasedPhone;
pub use error::AppError;
pub use files::FileTranscript;
pub use logging::{LogGuard, init_logging};
pub use migrate::migrate;
pub use retention::Forgotten;
pub use rounds::{
    CallsPlan, HoursError, PeriodPrice, Plan, PlannedSource, PlannedWindow, ScheduleLine, TurnSaid,
};
pub use serving::{CallFacts, ServingParts};
pub use sheet::{ReadBack, SheetLook};
pub use sheets_sink::{Found as SheetFound, Role as SheetRole, SheetReport};
pub use stop_requests::StopRequests;
pub use telling::TrialNotice;
pub use uis::UisReport;
pub use uis_client::Points as UisPoints;
pub use voice::{
    AccountTold, CampaignOrder, CampaignPlan, LeadRow, LeadsFile, TalkEnd, TalkReply, TextTalk, VoiceRoom,
    VoximplantStatus, WhereSpoken, outcome_words,
};
pub use watch::{CheckState, FIGURES, Figures, Readiness};
pub use weekly::WeeklyReport;
pub use wiring::App;
pub use words::{config_error, model_error, store_error};
