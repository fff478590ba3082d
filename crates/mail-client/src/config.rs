//! The server and who writes. Values only; nothing is read from outside.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::{Address, MailError, WrongSetting};

/// How mail leaves.
#[derive(Debug, Clone)]
pub struct MailConfig {
    pub(crate) url: SecretString,
    pub(crate) host: String,
    pub(crate) from: Address,
    /// Longest wait for any one answer of the server.
    pub patience: Duration,
}

impl MailConfig {
    /// `SMTP_URL` with user and password in it, and the address that mail comes from.
    ///
    /// # Errors
    /// [`MailError::Config`] names the wrong part, without the password.
    pub fn new(url: &SecretString, from: &str) -> Result<Self, MailError> {
        let wrong = MailError::Config;
        let text = url.expose_secret().trim();
        let parsed = Url::parse(text).map_err(|_| wrong(WrongSetting::NoUrl))?;
        let host =
            parsed.host_str().filter(|host| !host.is_empty()).ok_or_else(|| wrong(WrongSetting::NoHost))?;
        let local = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        let tls = parsed.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
        match (parsed.scheme(), tls.as_deref()) {
            ("smtps", _) | ("smtp", Some("required")) => {}
            ("smtp", None) if local => {}
            ("smtp", _) => return Err(wrong(WrongSetting::Unencrypted)),
            _ => return Err(wrong(WrongSetting::NotSmtp)),
        }
        let from = Address::parse(from).map_err(|_| wrong(WrongSetting::Sender))?;
        let host = host.to_owned();
        Ok(Self { url: SecretString::from(text.to_owned()), host, from, patience: Duration::from_secs(20) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_leaves_this_machine_only_under_tls() {
        let config = |url: &str| MailConfig::new(&url.to_owned().into(), "z <robot@example.ru>");
        for good in [
            "smtps://u:hunter2@smtp.example.ru",
            "smtp://u:hunter2@smtp.example.ru:587?tls=required",
            "smtp://127.0.0.1:2525",
            "smtp://localhost",
        ] {
            let config = config(good).unwrap();
            assert!(!format!("{config:?}").contains("hunter2"));
        }
        for bad in [
            "smtp://u:hunter2@smtp.example.ru",
            "smtp://u:hunter2@smtp.example.ru?tls=opportunistic",
            "https://u:hunter2@smtp.example.ru",
            "smtp.example.ru",
            "",
        ] {
            let error = config(bad).unwrap_err().to_string();
            assert!(error.contains("SMTP_URL") && !error.contains("hunter2"), "{error}");
        }
        let error = MailConfig::new(&"smtp://localhost".to_owned().into(), "robot").unwrap_err();
        assert!(error.to_string().contains("ALERT_EMAIL_FROM"), "{error}");
    }
}
