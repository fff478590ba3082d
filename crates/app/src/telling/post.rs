//! Messages as they lie in the outbox.

use mail_client::File;
use notices::Letter;
use serde::{Deserialize, Serialize};

use crate::WeeklyReport;

/// For the chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TelegramPost {
    pub(crate) html: String,
    pub(crate) silent: bool,
}

/// A file of a mail; it never lies in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attached {
    name: String,
    bytes: Vec<u8>,
}

/// For the addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MailPost {
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
    #[serde(skip)]
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

impl From<&WeeklyReport> for MailPost {
    fn from(report: &WeeklyReport) -> Self {
        Self {
            subject: report.subject.clone(),
            text: report.text.clone(),
            html: report.html.clone(),
            files: vec![Attached::workbook(report.file_name.clone(), &report.workbook)],
        }
    }
}

impl Attached {
    /// A workbook.
    fn workbook(name: String, bytes: &[u8]) -> Self {
        Self { name, bytes: bytes.to_vec() }
    }

    /// As it travels.
    pub(crate) fn file(&self) -> File {
        File {
            name: self.name.clone(),
            media_type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            bytes: self.bytes.clone().into(),
        }
    }
}
