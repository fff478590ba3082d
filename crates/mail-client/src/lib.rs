#![doc = include_str!("../README.md")]

mod api;
#[cfg(feature = "testing")]
mod catcher;
mod client;
mod config;
#[cfg(feature = "testing")]
mod contract;
mod error;
#[cfg(feature = "testing")]
mod fake;

pub use api::{Address, File, Mail, Mailer};
pub use client::SmtpMailer;
pub use config::MailConfig;
pub use error::{MailError, WrongSetting};

/// The fake, the mock, a server that keeps what it takes, and the contract suite: for tests, behind the feature `testing`.
#[cfg(feature = "testing")]
pub mod testing {
    pub use crate::api::MockMailer;
    pub use crate::catcher::{CaughtMail, MailCatcher};
    pub use crate::contract::{Received, World, all};
    pub use crate::fake::{FakeMailer, Fault};
}
