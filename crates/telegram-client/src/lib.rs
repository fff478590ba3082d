#![doc = include_str!("../README.md")]

mod api;
mod client;
mod config;
#[cfg(feature = "testing")]
mod contract;
mod error;
#[cfg(feature = "testing")]
mod fake;
mod wire;

pub use api::{
    Bot, ChatId, Document, MOST_CAPTION, MOST_CHARACTERS, Message, MessageId, TelegramApi, escape,
};
pub use client::TelegramClient;
pub use config::{API_URL, TelegramConfig};
pub use error::TelegramError;

/// The fake, the mock and the contract suite: for tests, behind the feature `testing`.
#[cfg(feature = "testing")]
pub mod testing {
    pub use crate::api::MockTelegramApi;
    pub use crate::contract::{World, all};
    pub use crate::fake::{FakeTelegram, Fault, Posted};
}
