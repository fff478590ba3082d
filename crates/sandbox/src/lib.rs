#![doc = include_str!("../README.md")]

mod clock;
mod control;
mod cord;
mod dice;
mod error;
mod faults;
mod google;
mod journal;
mod keys;
mod notices;
mod openai;
mod operation;
mod options;
mod run;
mod state;
mod switches;
mod uis;
mod voximplant;
/// The company, its calls and their sound.
pub mod world;

pub use clock::WorldClock;
pub use error::SandboxError;
pub use faults::{Fault, FaultKind, FaultReport, Faults};
pub use google::google_router;
pub use journal::{Entry, Journal, JournalReport};
pub use mail_client::testing::{CaughtMail, MailCatcher};
pub use notices::telegram_router;
pub use openai::{openai_realtime_router, openai_router};
pub use operation::{Operation, Provider};
pub use options::{Latency, SandboxOptions};
pub use run::Sandbox;
pub use uis::uis_router;
pub use voximplant::{
    media::{CallerNote, MediaDoors, MediaReport, MediaSocketIn, ScriptedCaller, dial_media},
    voximplant_media_router, voximplant_router,
};
