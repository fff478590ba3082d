//! The live mailer: SMTP through lettre, one connection kept.

use std::error::Error as _;

use async_trait::async_trait;
use lettre::message::header::ContentType;
use lettre::message::{Attachment, Message, MultiPart, SinglePart};
use lettre::transport::smtp::{Error as SmtpError, PoolConfig};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use secrecy::ExposeSecret as _;

use crate::{Mail, MailConfig, MailError, Mailer, WrongSetting};

/// Mail over the network. A cheap handle: clones share the connection.
#[derive(Clone)]
pub struct SmtpMailer {
    config: MailConfig,
    smtp: AsyncSmtpTransport<Tokio1Executor>,
}

impl std::fmt::Debug for SmtpMailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmtpMailer").field("host", &self.config.host).finish_non_exhaustive()
    }
}

impl SmtpMailer {
    /// Nothing is asked yet.
    ///
    /// # Errors
    /// [`MailError::Config`] where the address makes no transport.
    pub fn new(config: &MailConfig) -> Result<Self, MailError> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(config.url.expose_secret());
        let builder = builder.map_err(|_| MailError::Config(WrongSetting::Unusable))?;
        let smtp = builder.timeout(Some(config.patience)).pool_config(PoolConfig::new().max_size(1)).build();
        Ok(Self { config: config.clone(), smtp })
    }

    fn failed(&self, error: &SmtpError) -> MailError {
        let host = self.config.host.clone();
        let code = error.status().map(|code| code.to_string());
        match (error.is_permanent(), code) {
            // 534, 535, 538: RFC 4954 §6; 530: a password is wanted
            (true, Some(code)) if ["530", "534", "535", "538"].contains(&code.as_str()) => {
                MailError::Unauthorized { host }
            }
            (true, code) => MailError::Refused { host, code: code.unwrap_or_default() },
            (false, Some(code)) => {
                MailError::Unavailable { host, reason: format!("code {code}"), unsure: false }
            }
            (false, None) if error.is_tls() => MailError::Untrusted { host, reason: cause(error) },
            (false, None) => {
                // a connection that never stood carried nothing; any other may have
                let unsent = refused_connection(error);
                MailError::Unavailable { host, reason: cause(error), unsure: !unsent }
            }
        }
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn probe(&self) -> Result<(), MailError> {
        match self.smtp.test_connection().await {
            Ok(true) => Ok(()),
            Ok(false) => Err(MailError::Unavailable {
                host: self.config.host.clone(),
                reason: "it does not answer NOOP".into(),
                unsure: false,
            }),
            Err(error) => Err(self.failed(&error)),
        }
    }

    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let message = message(mail, &self.config)?;
        self.smtp.send(message).await.map(|_| ()).map_err(|error| self.failed(&error))
    }
}

/// The mail as it travels.
fn message(mail: &Mail, config: &MailConfig) -> Result<Message, MailError> {
    let invalid = |reason: &str| MailError::Invalid { reason: reason.to_owned() };
    if mail.to.is_empty() {
        return Err(invalid("it is for nobody"));
    }
    let one_line: String = mail.subject.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let start = Message::builder()
        .message_id(Some(mail.message_id(config.from.domain())))
        .date(mail.at)
        .from(config.from.0.clone())
        .subject(one_line);
    let start = mail.to.iter().fold(start, |start, address| start.to(address.0.clone()));
    let text = SinglePart::plain(mail.text.clone());
    let words = match &mail.html {
        None => MultiPart::mixed().singlepart(text),
        Some(html) => MultiPart::mixed()
            .multipart(MultiPart::alternative().singlepart(text).singlepart(SinglePart::html(html.clone()))),
    };
    let mut whole = words;
    for file in &mail.files {
        let kind = ContentType::parse(file.media_type).map_err(|_| invalid("an impossible media type"))?;
        whole = whole.singlepart(Attachment::new(file.name.clone()).body(file.bytes.to_vec(), kind));
    }
    start.multipart(whole).map_err(|_| invalid("its headers do not hold"))
}

/// The innermost words: they name no address and no password.
fn cause(error: &SmtpError) -> String {
    let mut inner = error.source();
    while let Some(next) = inner.and_then(std::error::Error::source) {
        inner = Some(next);
    }
    let words = inner.map_or_else(|| "no answer".to_owned(), ToString::to_string);
    words.chars().filter(|c| !c.is_control()).take(160).collect()
}

fn refused_connection(error: &SmtpError) -> bool {
    let mut inner = error.source();
    while let Some(next) = inner {
        if let Some(io) = next.downcast_ref::<std::io::Error>() {
            return io.kind() == std::io::ErrorKind::ConnectionRefused;
        }
        inner = next.source();
    }
    false
}
