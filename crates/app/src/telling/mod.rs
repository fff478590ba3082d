//! People are told things: facts are found in the store, become letters, and leave by Telegram and mail.
//!
//! The surprising rule: nothing is handed over in memory. Every fact is read out of what the store holds
//! anyway (a pause, a dead job, a score, a missed client), under a key that is kept once; facts become
//! messages of the outbox in the transaction that marks them told. So a process that is killed anywhere
//! forgets nothing and, up to the very send, repeats nothing.

mod channels;
mod courier;
mod day;
mod follow;
mod letters;
mod look;
mod post;
#[cfg(test)]
mod tests;
mod trial;

use std::sync::Arc;

use domain::{Clock, Lang, Money};
use notices::Voice;
use store::Store;

pub(crate) use channels::Channels;
#[cfg(test)]
pub(crate) use channels::{MailChannel, TelegramChannel};
pub(crate) use courier::{Courier, Undelivered};
#[cfg(test)]
pub(crate) use day::instant;
pub(crate) use day::{day_of, days};
pub(crate) use follow::Followed;
pub use trial::TrialNotice;

use crate::TellingSettings;

/// What a day may cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DayBudget {
    pub(crate) most: Money,
    pub(crate) rub_micros_per_usd: i64,
}

/// Finds facts and writes letters.
pub(crate) struct Telling {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) voice: Voice,
    pub(crate) settings: TellingSettings,
    pub(crate) budget: Option<DayBudget>,
    pub(crate) channels: Channels,
}

impl Telling {
    fn lang(&self) -> Lang {
        self.voice.lang
    }
}
