//! Where people are told things: Telegram on the sandbox's port, a mail server on one of its own.

mod mail;
mod telegram;

pub use mail::{CaughtMail, MailCatcher};
pub use telegram::telegram_router;
pub(crate) use telegram::{CHAT, TOKEN};
