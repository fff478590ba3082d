//! What a failed request means, by what the caller can do about it.
//!
//! Texts hold no key, no address of a session or a recording and no telephone number: the
//! platform's own words are kept only with long runs of digits masked.

use std::time::Duration;

/// A request that did not succeed. The text names the next step.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VoximplantError {
    /// The key or the token is refused: pause. A wrong clock looks the same.
    #[error(
        "Voximplant refuses the key (code {code}: {message}); check this machine's clock, then VOXIMPLANT_CREDENTIALS or VOXIMPLANT_ACCOUNT_ID and VOXIMPLANT_API_KEY"
    )]
    Unauthorized {
        /// 100, 447, 454, 455 or 456.
        code: i64,
        /// Its words.
        message: String,
    },
    /// The key's roles do not allow it: pause.
    #[error(
        "Voximplant forbids {method} to this key ({message}); give the service account a role that may (Owner, Admin, Developer)"
    )]
    Forbidden {
        /// The method, or `the recording`.
        method: String,
        /// Its words.
        message: String,
    },
    /// No money: stop dialling.
    #[error("the Voximplant account has no money left ({message}); top it up, calls wait until then")]
    NoMoney {
        /// Its words.
        message: String,
    },
    /// The account is not activated: pause.
    #[error("the Voximplant account is not activated ({message}); settle it in the cabinet")]
    AccountInactive {
        /// Its words.
        message: String,
    },
    /// An application, a rule or a scenario that we name is not there, or a rule runs nothing.
    #[error(
        "Voximplant does not know what {method} names (code {code}: {message}); run `zvonar voximplant deploy`, check VOXIMPLANT_APPLICATION_ID and VOXIMPLANT_RULE_ID"
    )]
    Setup {
        /// The method.
        method: String,
        /// 115, 116, 117, 132, 147, 375, …
        code: i64,
        /// Its words.
        message: String,
    },
    /// The name is taken.
    #[error(
        "at Voximplant the name is taken already ({method}, code {code}); choose another, or remove the old one"
    )]
    Taken {
        /// The method.
        method: String,
        /// 133 or 175.
        code: i64,
    },
    /// The request itself is refused: the same one never succeeds.
    #[error("Voximplant does not take {method} (code {code}): {message}")]
    Invalid {
        /// The method.
        method: String,
        /// Its code; 0 where we refuse it ourselves.
        code: i64,
        /// Its words.
        message: String,
    },
    /// There is no such session, record or secret.
    #[error("Voximplant knows no such thing for {method} (code {code})")]
    NotFound {
        /// The method.
        method: String,
        /// 150, 261, 341, …
        code: i64,
    },
    /// Too many requests: nothing was done, wait.
    #[error("Voximplant asks to slow down ({message}); try again{}",
        .retry_after.map_or_else(|| " later".to_owned(), |wait| format!(" in {} s", wait.as_secs())))]
    RateLimited {
        /// Its words.
        message: String,
        /// How long to wait, if known.
        retry_after: Option<Duration>,
    },
    /// Nobody knows whether the session began. A second start is a second telephone call.
    #[error(
        "nobody knows whether Voximplant began the call ({reason}); do not start it again, look for it in the call history"
    )]
    Unknown {
        /// What happened.
        reason: String,
    },
    /// The session has ended: it takes no commands.
    #[error("the session has ended")]
    SessionOver,
    /// Not there: of a fresh call, ask again in a minute; of an old one, its term is over.
    #[error("Voximplant has no such recording (HTTP {status}); of a fresh call, ask again in a minute")]
    RecordingMissing {
        /// The HTTP status.
        status: u16,
    },
    /// The recording has expired or was deleted: final.
    #[error("the recording has expired or was deleted; how long it is kept is set when it is made")]
    RecordingGone,
    /// The sound broke off: what came is worthless, fetch it again from the start.
    #[error("the recording broke off after {received} bytes ({reason}); fetch it again")]
    RecordingTruncated {
        /// Bytes that came.
        received: u64,
        /// What happened.
        reason: String,
    },
    /// A page or a JSON came under a status that promised sound.
    #[error("Voximplant sent {found} instead of sound; ask again, and check the proxy if it goes on")]
    NotSound {
        /// What the bytes are: `an HTML page`, `JSON`, …
        found: String,
    },
    /// The recording is larger than the limit.
    #[error("the recording is larger than the limit of {limit} bytes; raise the limit or skip the call")]
    TooLarge {
        /// The limit, bytes.
        limit: u64,
    },
    /// An address that came over the wire is none of Voximplant's: nothing was sent there.
    #[error(
        "an address of {what} is not one of Voximplant's hosts ({host}); if it is yours, add it to VOXIMPLANT_MEDIA_HOSTS"
    )]
    ForeignHost {
        /// `a session`, `a recording`.
        what: &'static str,
        /// The host alone.
        host: String,
    },
    /// Transport, overload, a fault of the platform: later the same may succeed.
    #[error(
        "{what} is unavailable ({reason}); try again later, check the network and the proxy (VOXIMPLANT_PROXY)"
    )]
    Unavailable {
        /// `Voximplant`, `the recording`, `the session`.
        what: String,
        /// What happened.
        reason: String,
        /// How long to wait, if known.
        retry_after: Option<Duration>,
        /// The request may have taken effect: look before repeating what must not happen twice.
        unsure: bool,
    },
    /// The certificate of the other side does not hold.
    #[error(
        "the certificate of Voximplant is not trusted ({reason}); check this machine's clock and the proxy (VOXIMPLANT_PROXY)"
    )]
    Untrusted {
        /// What is wrong with it.
        reason: String,
    },
    /// The answer cannot be read.
    #[error(
        "Voximplant gave an answer to {method} that cannot be read: {reason}; try again, and report it if it goes on"
    )]
    BadAnswer {
        /// The method.
        method: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A setting is wrong.
    #[error("wrong Voximplant setting: {0}")]
    Config(String),
}

impl VoximplantError {
    /// Whether the same request may succeed later without a person's help. A start whose outcome
    /// is unknown is not: it must not be sent again.
    pub const fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::RateLimited { .. }
                | Self::RecordingMissing { .. }
                | Self::RecordingTruncated { .. }
                | Self::NotSound { .. }
                | Self::Unavailable { .. }
                | Self::BadAnswer { .. }
        )
    }

    /// How long to wait, where it is known.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after, .. } | Self::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether the key, its roles, the money or the account stand in the way: every further
    /// request would fail alike until a person acts.
    pub const fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Unauthorized { .. }
                | Self::Forbidden { .. }
                | Self::NoMoney { .. }
                | Self::AccountInactive { .. }
        )
    }

    /// Whether the request may have taken effect although it failed.
    pub const fn may_have_applied(&self) -> bool {
        matches!(self, Self::Unknown { .. } | Self::Unavailable { unsure: true, .. } | Self::BadAnswer { .. })
    }
}
