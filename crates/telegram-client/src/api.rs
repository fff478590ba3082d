//! The port: who the bot is, a message, a document.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;

use crate::TelegramError;

/// Most characters of a message's text, counted without its tags. <https://core.telegram.org/bots/api#sendmessage>
pub const MOST_CHARACTERS: usize = 4_096;
/// Most characters of a document's caption. <https://core.telegram.org/bots/api#senddocument>
pub const MOST_CAPTION: usize = 1_024;

/// Where to: a person, a group or a channel.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ChatId(String);

impl ChatId {
    /// A number (negative for groups) or `@name` of a public channel.
    ///
    /// # Errors
    /// [`TelegramError::Config`] for anything else.
    pub fn parse(text: &str) -> Result<Self, TelegramError> {
        let text = text.trim();
        let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let good = text.parse::<i64>().is_ok_and(|id| id != 0)
            || text.strip_prefix('@').is_some_and(|rest| rest.len() >= 4 && rest.chars().all(name));
        if good {
            return Ok(Self(text.to_owned()));
        }
        Err(TelegramError::Config(format!(
            "{text:?} is no chat: TELEGRAM_CHAT_ID is a number such as -1001234567890, or @channel"
        )))
    }

    /// As Telegram wants it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ChatId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Text made safe inside a message's HTML.
///
/// ```
/// assert_eq!(telegram_client::escape("a < b & \"c\""), "a &lt; b &amp; &quot;c&quot;");
/// ```
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            c => safe.push(c),
        }
    }
    safe
}

/// A message.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// HTML of Telegram's tags: `b i u s a code pre blockquote`.
    pub html: String,
    /// Without a sound.
    pub silent: bool,
}

impl Message {
    /// With a sound.
    pub fn new(html: impl Into<String>) -> Self {
        Self { html: html.into(), silent: false }
    }

    /// Without a sound.
    #[must_use]
    pub fn silently(self) -> Self {
        Self { silent: true, ..self }
    }

    /// Characters that Telegram counts, in UTF-16 units as it does: what is left without tags, an entity as one.
    pub fn characters(&self) -> usize {
        characters(&self.html)
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").field("characters", &self.characters()).finish_non_exhaustive()
    }
}

pub(crate) fn characters(html: &str) -> usize {
    let (mut count, mut tag, mut entity) = (0, false, false);
    for c in html.chars() {
        match (c, tag, entity) {
            ('<', _, _) => tag = true,
            ('>', true, _) => tag = false,
            ('&', false, _) => (entity, count) = (true, count + 1),
            (';', false, true) => entity = false,
            (c, false, false) => count += c.len_utf16(),
            _ => {}
        }
    }
    count
}

/// A file.
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    /// Its name, with its ending.
    pub name: String,
    /// Its media type.
    pub media_type: &'static str,
    /// Its bytes: 50 MB at most.
    pub bytes: Bytes,
    /// What is written below it, HTML.
    pub caption: String,
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document").field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}

/// A message's number in its chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(pub i64);

/// Who the token belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bot {
    /// Its number.
    pub id: i64,
    /// Its name without `@`.
    pub username: String,
}

/// Telegram's Bot API.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait TelegramApi: Send + Sync {
    /// Who the bot is: asks whether the token is good and changes nothing.
    ///
    /// # Errors
    /// [`TelegramError::Unauthorized`] for a wrong token.
    async fn bot(&self) -> Result<Bot, TelegramError>;

    /// Whether the bot may write there; changes nothing.
    ///
    /// # Errors
    /// [`TelegramError::ChatRefused`] where there is no such chat for this bot.
    async fn chat_title(&self, chat: &ChatId) -> Result<String, TelegramError>;

    /// Sends a message, once.
    ///
    /// # Errors
    /// [`TelegramError::may_have_applied`] tells whether it may stand in the chat all the same.
    async fn send(&self, chat: &ChatId, message: &Message) -> Result<MessageId, TelegramError>;

    /// Sends a file, once.
    ///
    /// # Errors
    /// As [`Self::send`].
    async fn send_document(&self, chat: &ChatId, document: &Document) -> Result<MessageId, TelegramError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chat_is_a_number_or_a_public_name() {
        for good in ["42", "-1001234567890", "@sales_team", " 7 "] {
            assert!(ChatId::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "0", "sales", "@a b c d", "1.5", "@абвг", "https://t.me/x"] {
            assert!(ChatId::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn tags_are_not_counted_and_an_entity_is_one_character() {
        let count = |html: &str| Message::new(html).characters();
        assert_eq!(count("<b>Да</b>"), 2);
        assert_eq!(count("a &amp; b"), 5);
        assert_eq!(count("<a href=\"https://x.example/?a=1&amp;b=2\">тут</a>"), 3);
        assert_eq!(count("🔔"), 2);
    }

    #[test]
    fn what_is_said_does_not_show() {
        assert!(!format!("{:?}", Message::new("Иван Петров")).contains("Иван"));
    }
}
