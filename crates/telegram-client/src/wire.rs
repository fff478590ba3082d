//! Shapes as they travel. <https://core.telegram.org/bots/api#making-requests>

use std::time::Duration;

use serde::Deserialize;

use crate::{ChatId, TelegramError};

/// Every answer.
#[derive(Debug, Deserialize)]
pub(crate) struct Envelope<T> {
    pub(crate) ok: bool,
    pub(crate) result: Option<T>,
    pub(crate) error_code: Option<u16>,
    pub(crate) description: Option<String>,
    pub(crate) parameters: Option<Parameters>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Parameters {
    pub(crate) migrate_to_chat_id: Option<i64>,
    /// Seconds.
    pub(crate) retry_after: Option<u64>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct SentMessage {
    pub(crate) message_id: i64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct User {
    pub(crate) id: i64,
    #[serde(default)]
    pub(crate) username: String,
}

/// A group has a title, a person names.
#[derive(Debug, Deserialize)]
pub(crate) struct Chat {
    pub(crate) title: Option<String>,
    pub(crate) username: Option<String>,
    pub(crate) first_name: Option<String>,
}

/// The wait that an answer asks for.
pub(crate) fn wait(body: &[u8]) -> Option<Duration> {
    let envelope: Envelope<serde_json::Value> = serde_json::from_slice(body).ok()?;
    Some(Duration::from_secs(envelope.parameters?.retry_after?))
}

/// What a refusal with Telegram's own words means; `None` = they are not Telegram's.
pub(crate) fn refusal(body: &[u8], chat: Option<&ChatId>) -> Option<TelegramError> {
    let envelope: Envelope<serde_json::Value> = serde_json::from_slice(body).ok()?;
    if envelope.ok {
        return None;
    }
    let (code, parameters) = (envelope.error_code?, envelope.parameters.unwrap_or_default());
    // its words may repeat the message: the part before the colon names the case
    let words = envelope.description.unwrap_or_default();
    let reason: String = words.chars().filter(|c| !c.is_control()).take(120).collect();
    let moved = parameters.migrate_to_chat_id.and_then(|id| ChatId::parse(&id.to_string()).ok());
    Some(match (code, chat, moved) {
        (401 | 404, _, _) => TelegramError::Unauthorized,
        (429, _, _) => {
            TelegramError::TooFast { retry_after: parameters.retry_after.map(Duration::from_secs) }
        }
        (400, Some(from), Some(to)) => TelegramError::Moved { from: from.clone(), to },
        (403, Some(chat), _) => TelegramError::ChatRefused { chat: chat.clone(), reason },
        (400, Some(chat), _) if is_of_the_chat(&reason) => {
            TelegramError::ChatRefused { chat: chat.clone(), reason }
        }
        (500.., _, _) => TelegramError::Unavailable { reason, retry_after: None, unsure: true },
        _ => TelegramError::Invalid { reason },
    })
}

/// 400 is told for chats that the bot does not know and for those where it may not write.
fn is_of_the_chat(reason: &str) -> bool {
    let reason = reason.to_lowercase();
    ["chat not found", "not enough rights", "need administrator rights", "have no rights", "peer_id_invalid"]
        .iter()
        .any(|words| reason.contains(words))
}
