//! Identifiers: newtypes, so that a call session is never taken for a communication.
//!
//! They are 64-bit: UIS counts past 2³² (a sample of its documentation has `5139032004`).

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
        impl From<i64> for $name {
            fn from(id: i64) -> Self {
                Self(id)
            }
        }
    };
}

number_id!(
    /// A call session: `id` of the calls report, `call_session_id` elsewhere.
    SessionId
);
number_id!(
    /// A communication: what recordings, tags and comments hang on. Equals the session's id in
    /// all rows seen, which nobody promises.
    CommunicationId
);
number_id!(
    /// A leg of a call.
    LegId
);
number_id!(
    /// An employee.
    EmployeeId
);
number_id!(
    /// A tag of the account's dictionary.
    TagId
);

/// A recording's id: 32 hex digits. Together with the communication it opens the recording to
/// anyone, so it is shown only in part.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecordId(String);

impl RecordId {
    /// Wraps the text as it is.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text: a secret.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start: String = self.0.chars().take(4).collect();
        write!(f, "RecordId({start}…)")
    }
}

/// A telephone number as UIS writes it: `79161234567`, `0288122`, `74955140578...2345`, `anonymous`.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RawPhone(String);

impl RawPhone {
    /// Wraps the text as it is.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text as given: personal data.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RawPhone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.chars().count();
        let end: String = self.0.chars().skip(count.saturating_sub(2)).collect();
        write!(f, "RawPhone(…{end})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_opens_a_recording_or_names_a_person_is_not_shown_in_full() {
        let shown = format!("{:?} {:?}", RecordId::new("2e675888ded89ed5"), RawPhone::new("79161234567"));
        assert_eq!(shown, "RecordId(2e67…) RawPhone(…67)");
    }
}
