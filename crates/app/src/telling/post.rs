//! Messages as they lie in the outbox.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mail_client::File;
use notices::Letter;
use serde::{Deserialize, Serialize};

/// For the chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TelegramPost {
    pub(crate) html: String,
    pub(crate) silent: bool,
}

/// A file of a mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attached {
    pub(crate) name: String,
    base64: String,
}

/// For the addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MailPost {
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
    #[serde(default)]
    pub(crate) files: Vec<Attached>,
}

impl From<&Letter> for TelegramPost {
    fn from(letter: &Letter) -> Self {
        Self { html: letter.telegram(), silent: letter.silent }
    }
}

impl From<&Letter> for MailPost {
    fn from(letter: &Letter) -> Self {
        let (subject, text, html) = (letter.title.clone(), letter.text(), letter.html());
        Self { subject, text, html, files: Vec::new() }
    }
}

impl Attached {
    /// A workbook.
    pub(crate) fn workbook(name: String, bytes: &[u8]) -> Self {
        Self { name, base64: STANDARD.encode(bytes) }
    }

    /// As it travels; `None` where the outbox holds no bytes.
    pub(crate) fn file(&self) -> Option<File> {
        Some(File {
            name: self.name.clone(),
            media_type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            bytes: STANDARD.decode(&self.base64).ok()?.into(),
        })
    }
}
