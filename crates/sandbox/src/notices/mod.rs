//! Where people are told things: Telegram on the sandbox's port, the catcher of mail on one of its own.

mod telegram;

pub use telegram::telegram_router;
pub(crate) use telegram::{CHAT, TOKEN};
