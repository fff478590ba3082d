//! The port: a mail and whoever sends it.

use std::fmt;
use std::time::SystemTime;

use async_trait::async_trait;
use bytes::Bytes;
use lettre::message::Mailbox;

use crate::{MailError, WrongSetting};

/// Somebody's address, with or without a name.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(pub(crate) Mailbox);

impl Address {
    /// `anna@example.ru` or `Анна <anna@example.ru>`.
    ///
    /// # Errors
    /// [`MailError::Config`] for anything else.
    pub fn parse(text: &str) -> Result<Self, MailError> {
        let wrong = || MailError::Config(WrongSetting::Recipient);
        text.trim().parse().map(Self).map_err(|_| wrong())
    }

    /// The bare address.
    pub fn as_str(&self) -> &str {
        self.0.email.as_ref()
    }

    /// What stands behind the `@`: fit for a log.
    pub fn domain(&self) -> &str {
        self.0.email.domain()
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address(…@{})", self.domain())
    }
}

/// A file.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    /// Its name, with its ending.
    pub name: String,
    /// Its media type.
    pub media_type: &'static str,
    /// Its bytes.
    pub bytes: Bytes,
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File").field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}

/// A mail.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// Names it: the same key gives the same `Message-ID`.
    pub key: String,
    /// Its date.
    pub at: SystemTime,
    /// To whom; at least one.
    pub to: Vec<Address>,
    /// One line.
    pub subject: String,
    /// For readers without HTML; always there.
    pub text: String,
    /// The same in HTML.
    pub html: Option<String>,
    /// What is attached.
    pub files: Vec<File>,
}

impl Mail {
    /// Empty, to be filled.
    pub fn new(key: impl Into<String>, at: SystemTime) -> Self {
        let (to, subject, text) = (Vec::new(), String::new(), String::new());
        Self { key: key.into(), at, to, subject, text, html: None, files: Vec::new() }
    }

    /// `Message-ID`: letters, digits and dots of the key, a digest of all of it, and the sender's domain.
    pub(crate) fn message_id(&self, domain: &str) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '.' };
        let readable: String = self.key.chars().map(plain).take(60).collect();
        // FNV-1a: keys that look alike without their signs stay apart
        let digest = self.key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |digest, byte| {
            (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        format!("<{}.{digest:016x}@{domain}>", readable.trim_matches('.').replace("..", "."))
    }
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail").field("key", &self.key).field("to", &self.to).finish_non_exhaustive()
    }
}

/// Sends mail.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Connects, shows the password and leaves: nothing is sent.
    ///
    /// # Errors
    /// As [`Self::send`] would fail before its mail is looked at.
    async fn probe(&self) -> Result<(), MailError>;

    /// Sends a mail to all of its people, or to none.
    ///
    /// # Errors
    /// [`MailError::may_have_applied`] tells whether it may be on its way all the same.
    async fn send(&self, mail: &Mail) -> Result<(), MailError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_shows_its_domain_alone() {
        let address = Address::parse("Анна Петрова <anna@example.ru>").unwrap();
        assert_eq!(
            (address.as_str(), format!("{address:?}").as_str()),
            ("anna@example.ru", "Address(…@example.ru)")
        );
        for bad in ["", "anna", "anna@", "a@b\r\nBcc: x@y.example"] {
            assert!(Address::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_same_key_gives_the_same_id_and_another_key_another() {
        let id = |key: &str| Mail::new(key, SystemTime::UNIX_EPOCH).message_id("example.ru");
        assert_eq!(id("digest/2026-11-21"), id("digest/2026-11-21"));
        assert_ne!(id("digest/2026-11-21"), id("digest 2026-11-21"));
        assert!(id("итоги\r\n<x>").is_ascii() && !id("a\r\nb").contains('\n'));
    }
}
