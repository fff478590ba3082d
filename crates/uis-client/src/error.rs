//! What a failed request means, by what the caller can do about it.
//!
//! Texts hold no key, no address of a recording and no telephone number: UIS repeats rejected
//! values in its messages, so long runs of digits are masked before they are kept.

use std::time::Duration;

use crate::LimitKind;

/// A request that did not succeed. The text names the next step.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UisError {
    /// The key is unknown, expired or blocked: pause.
    #[error(
        "UIS refuses the key ({mnemonic}): {message}; issue a new one in the cabinet (Аккаунт → Управление пользователями) and set UIS_ACCESS_TOKEN"
    )]
    Unauthorized {
        /// `access_token_invalid`, `access_token_expired`, `access_token_blocked`, …
        mnemonic: String,
        /// Its words.
        message: String,
    },
    /// This machine's address is not in the account's list, which is empty at first: pause.
    #[error("UIS refuses requests from this address{}; add it to the IP list of the key in the cabinet",
        .ip.as_deref().map(|ip| format!(" ({ip})")).unwrap_or_default())]
    ForbiddenIp {
        /// The address as UIS sees it.
        ip: Option<String>,
    },
    /// The key's user may not do this: pause.
    #[error("UIS forbids it to the user of the key: {message}; give the user the right in the cabinet")]
    Forbidden {
        /// Its words.
        message: String,
    },
    /// A component is not in the tariff or not switched on: pause.
    #[error(
        "a component is switched off at UIS: {message}; connect it in the cabinet (reading needs «Data API», writing and recognition «Data API для настройки»)"
    )]
    ComponentDisabled {
        /// Its words, which list the components.
        message: String,
    },
    /// The account is closed or unpaid: pause.
    #[error("the UIS account is not active: {message}; settle it with UIS")]
    AccountInactive {
        /// Its words.
        message: String,
    },
    /// The points of the minute or the day are spent.
    #[error("the UIS limit of requests ({}) is spent; wait{}, ask less often, or buy a larger tariff",
        match .kind { LimitKind::Minute => "minute", LimitKind::Day => "day", LimitKind::Unknown => "unnamed" },
        .reset.map(|reset| format!(" {} s", reset.as_secs())).unwrap_or_default())]
    LimitExceeded {
        /// Which budget.
        kind: LimitKind,
        /// When it is full again.
        reset: Option<Duration>,
    },
    /// The request itself is refused: the same one never succeeds.
    #[error("UIS does not take {method} ({mnemonic}{}): {message}",
        .field.as_deref().map(|field| format!(", field {field}")).unwrap_or_default())]
    Invalid {
        /// The method.
        method: String,
        /// `invalid_parameter_value`, `filter_prohibited`, …
        mnemonic: String,
        /// The parameter, dotted.
        field: Option<String>,
        /// Its words.
        message: String,
    },
    /// There is no such tag, call or communication.
    #[error("UIS knows no such thing for {method}: {message}")]
    NotFound {
        /// The method.
        method: String,
        /// Its words.
        message: String,
    },
    /// The recording is not ready: ask again in minutes.
    #[error("the recording is not ready yet; ask again in a few minutes")]
    RecordingNotReady,
    /// The recording has expired or never was: final.
    #[error(
        "UIS has no such recording any more: {reason}; how long recordings are kept depends on the tariff"
    )]
    RecordingGone {
        /// What the media host said.
        reason: String,
    },
    /// The sound broke off: what came is worthless, fetch it again from the start.
    #[error("the recording broke off after {received} bytes ({reason}); fetch it again")]
    RecordingTruncated {
        /// Bytes that came.
        received: u64,
        /// What happened.
        reason: String,
    },
    /// A page or a JSON came under a status that promised sound.
    #[error(
        "the media host sent {found} instead of sound; ask again, and check proxy and media address if it goes on"
    )]
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
    /// Transport, overload, a fault of UIS: later the same may succeed.
    #[error("{what} is unavailable ({reason}); try again later, check the network and the proxy (UIS_PROXY)")]
    Unavailable {
        /// `UIS`, `the UIS media host`.
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
        "the certificate of UIS is not trusted ({reason}); check this machine's clock and the proxy (UIS_PROXY)"
    )]
    Untrusted {
        /// What is wrong with it.
        reason: String,
    },
    /// The answer cannot be read.
    #[error(
        "UIS gave an answer to {method} that cannot be read: {reason}; try again, and report it if it goes on"
    )]
    BadAnswer {
        /// The method.
        method: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A setting is wrong.
    #[error("wrong UIS setting: {0}")]
    Config(String),
}

impl UisError {
    /// Whether the same request may succeed later without a person's help.
    pub const fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::LimitExceeded { .. }
                | Self::RecordingNotReady
                | Self::RecordingTruncated { .. }
                | Self::NotSound { .. }
                | Self::Unavailable { .. }
                | Self::BadAnswer { .. }
        )
    }

    /// How long to wait, where UIS says.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::LimitExceeded { reset, .. } => *reset,
            Self::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether UIS refuses key, address, right, tariff or account: every further request would
    /// fail alike until a person acts.
    pub const fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Unauthorized { .. }
                | Self::ForbiddenIp { .. }
                | Self::Forbidden { .. }
                | Self::ComponentDisabled { .. }
                | Self::AccountInactive { .. }
        )
    }

    /// Whether the request may have taken effect although it failed.
    pub const fn may_have_applied(&self) -> bool {
        matches!(self, Self::Unavailable { unsure: true, .. } | Self::BadAnswer { .. })
    }
}
