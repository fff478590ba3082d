//! What a failure means, by what the caller can do about it.

/// A mail that did not leave. The text names the next step.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MailError {
    /// The server refuses user or password: pause.
    #[error(
        "{host} refuses the user or the password; many providers want a password made for programs: set it in SMTP_URL"
    )]
    Unauthorized {
        /// The server.
        host: String,
    },
    /// The server takes no mail for these people, or from us: the same mail never leaves.
    #[error("{host} does not take the mail ({code}); check ALERT_EMAIL_FROM and ALERT_EMAIL_TO")]
    Refused {
        /// The server.
        host: String,
        /// Its code, such as `550`.
        code: String,
    },
    /// The mail itself cannot be made.
    #[error("the mail cannot be made: {reason}")]
    Invalid {
        /// Why.
        reason: String,
    },
    /// Transport, or the server asks to come later.
    #[error("{host} is unavailable ({reason}); try again later, check the network and SMTP_URL")]
    Unavailable {
        /// The server.
        host: String,
        /// What happened.
        reason: String,
        /// The mail may be on its way.
        unsure: bool,
    },
    /// The server's certificate does not hold, or it speaks no TLS.
    #[error(
        "no trusted connection to {host} ({reason}); check the host in SMTP_URL and this machine's clock"
    )]
    Untrusted {
        /// The server.
        host: String,
        /// What is wrong.
        reason: String,
    },
    /// A setting is wrong.
    #[error("wrong mail setting: {0}")]
    Config(WrongSetting),
}

/// Which setting is wrong, and how. Never what stands there: it holds a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WrongSetting {
    /// No address at all.
    #[error("SMTP_URL is no address; an example: {EXAMPLE}")]
    NoUrl,
    /// An address without a server.
    #[error("SMTP_URL has no host; an example: {EXAMPLE}")]
    NoHost,
    /// Mail would leave this machine unencrypted.
    #[error("SMTP_URL must be smtps://, or smtp:// with ?tls=required; an example: {EXAMPLE}")]
    Unencrypted,
    /// Another protocol.
    #[error("SMTP_URL must begin with smtps:// or smtp://; an example: {EXAMPLE}")]
    NotSmtp,
    /// An address that makes no connection.
    #[error("SMTP_URL makes no connection; an example: {EXAMPLE}")]
    Unusable,
    /// Who writes.
    #[error("ALERT_EMAIL_FROM must look like zvonar <robot@example.ru>")]
    Sender,
    /// To whom.
    #[error("an address must look like name@example.ru")]
    Recipient,
}

const EXAMPLE: &str = "smtps://robot%40example.ru:PASSWORD@smtp.example.ru";

impl MailError {
    /// Whether the same mail may leave later without a person's help.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }

    /// Whether the mail may be on its way although sending failed.
    pub const fn may_have_applied(&self) -> bool {
        matches!(self, Self::Unavailable { unsure: true, .. })
    }
}
