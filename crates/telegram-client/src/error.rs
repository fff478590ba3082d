//! What a failed request means, by what the caller can do about it. Texts hold no token and no message.

use std::time::Duration;

use crate::ChatId;

/// A request that did not succeed. The text names the next step.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TelegramError {
    /// The token is wrong or revoked: pause.
    #[error("Telegram refuses the token; ask @BotFather for a new one and set TELEGRAM_BOT_TOKEN")]
    Unauthorized,
    /// The bot may not write there: not a member, blocked, or no such chat.
    #[error(
        "Telegram does not let the bot write to {chat}: {reason}; add the bot to the chat, or let the person press Start"
    )]
    ChatRefused {
        /// Where.
        chat: ChatId,
        /// Its words.
        reason: String,
    },
    /// The group became a supergroup and has another id now.
    #[error("the chat {from} is {to} now; set TELEGRAM_CHAT_ID={to}")]
    Moved {
        /// The old id.
        from: ChatId,
        /// The new id.
        to: ChatId,
    },
    /// Telegram does not take the message: the same one never succeeds.
    #[error("Telegram does not take the message: {reason}")]
    Invalid {
        /// Its words, or ours.
        reason: String,
    },
    /// Too fast: wait.
    #[error("Telegram asks to wait{}", .retry_after.map(|wait| format!(" {} s", wait.as_secs())).unwrap_or_default())]
    TooFast {
        /// How long.
        retry_after: Option<Duration>,
    },
    /// Transport or a fault of Telegram: later the same may succeed.
    #[error(
        "Telegram is unavailable ({reason}); try again later, check the network and the proxy (TELEGRAM_PROXY)"
    )]
    Unavailable {
        /// What happened.
        reason: String,
        /// How long to wait, if known.
        retry_after: Option<Duration>,
        /// The message may stand in the chat.
        unsure: bool,
    },
    /// A setting is wrong.
    #[error("wrong Telegram setting: {0}")]
    Config(String),
}

impl TelegramError {
    /// Whether the same request may succeed later without a person's help.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::TooFast { .. } | Self::Unavailable { .. })
    }

    /// How long to wait, where Telegram says.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooFast { retry_after } | Self::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether the message may stand in the chat although the request failed.
    pub const fn may_have_applied(&self) -> bool {
        matches!(self, Self::Unavailable { unsure: true, .. })
    }
}
