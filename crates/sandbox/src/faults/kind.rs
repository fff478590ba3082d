//! The names of faults. Those of the transport are played for any provider; all others belong to a
//! provider's fake.

use serde::{Deserialize, Serialize};

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum FaultKind {
    /// `429`: too many requests, no word about when.
    TooMany,
    /// `429_retry_after`: too many requests, with `Retry-After`.
    TooManyRetryAfter,
    /// `500`: a fault of the provider's own.
    ServerError,
    /// `502_html`: a gateway's page.
    BadGatewayHtml,
    /// `503`: overloaded, with `Retry-After`.
    Overloaded,
    /// `200_html`: success that is a page, as from a portal in between.
    HtmlInsteadOfAnswer,
    /// `reset_before`: the connection is reset, nothing was done.
    ResetBefore,
    /// `reset_after`: the connection is reset, the work was done (and billed).
    ResetAfter,
    /// `slow_body`: the answer trickles for two seconds (`slow_ms` sets another time).
    SlowBody,
    /// `truncated_body`: the work was done, half of the answer comes, then the connection ends.
    TruncatedBody,
    /// `stall`: the work was done, no answer ever comes.
    Stall,
    /// A provider's own: `revoked_key`, `sheet_unshared`, …
    Own(String),
}

/// The faults of the transport and their names.
const NAMES: [(FaultKind, &str); 11] = [
    (FaultKind::TooMany, "429"),
    (FaultKind::TooManyRetryAfter, "429_retry_after"),
    (FaultKind::ServerError, "500"),
    (FaultKind::BadGatewayHtml, "502_html"),
    (FaultKind::Overloaded, "503"),
    (FaultKind::HtmlInsteadOfAnswer, "200_html"),
    (FaultKind::ResetBefore, "reset_before"),
    (FaultKind::ResetAfter, "reset_after"),
    (FaultKind::SlowBody, "slow_body"),
    (FaultKind::TruncatedBody, "truncated_body"),
    (FaultKind::Stall, "stall"),
];

impl FaultKind {
    /// Its name in JSON.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Own(name) => name,
            known => NAMES.iter().find(|(kind, _)| kind == known).map_or("", |(_, name)| name),
        }
    }

    /// The names of those that are played for any provider.
    pub fn of_transport() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(_, name)| *name)
    }
}

impl From<String> for FaultKind {
    fn from(name: String) -> Self {
        NAMES.iter().find(|(_, known)| *known == name).map_or(Self::Own(name), |(kind, _)| kind.clone())
    }
}

impl From<FaultKind> for String {
    fn from(kind: FaultKind) -> Self {
        kind.as_str().to_owned()
    }
}
