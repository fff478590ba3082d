//! Identifiers: newtypes, so that a rule is never taken for an application.
//!
//! The addresses of a session and of a recording open them to whoever holds them: they are
//! secrets, and their `Debug` shows nothing.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};
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
    /// An account.
    AccountId
);
number_id!(
    /// An application: it holds rules, secrets and scenarios.
    ApplicationId
);
number_id!(
    /// A scenario.
    ScenarioId
);
number_id!(
    /// A rule: what a session is started by.
    RuleId
);
number_id!(
    /// A secret of an application.
    SecretId
);
number_id!(
    /// A session in the call history (`call_session_history_id`), known from its start.
    SessionHistoryId
);
number_id!(
    /// One call of a session.
    CallLegId
);
number_id!(
    /// A recording.
    RecordId
);

macro_rules! secret_url {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(SecretString);

        impl $name {
            /// Wraps the text as it is.
            pub fn new(text: impl Into<String>) -> Self {
                Self(SecretString::from(text.into()))
            }

            /// The text: a secret.
            pub fn expose(&self) -> &str {
                self.0.expose_secret()
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.expose() == other.expose()
            }
        }
        impl Eq for $name {}
    };
}

secret_url!(
    /// Where a running session takes commands (`media_session_access_secure_url`): a capability.
    SessionUrl
);
secret_url!(
    /// Where a recording lies.
    RecordUrl
);

impl SessionUrl {
    /// The same address for a media socket that we open: `https` becomes `wss`.
    pub fn for_socket(&self) -> SecretString {
        let text = self.expose();
        let socket = match text.strip_prefix("https://") {
            Some(rest) => format!("wss://{rest}"),
            None => text.replacen("http://", "ws://", 1),
        };
        socket.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_opens_a_session_or_a_recording_is_not_shown() {
        let shown =
            format!("{:?} {:?}", SessionUrl::new("https://a/secret"), RecordUrl::new("https://a/secret"));
        assert_eq!(shown, "SessionUrl(…) RecordUrl(…)");
    }

    #[test]
    fn a_socket_keeps_the_schemes_safety() {
        for (from, to) in [
            ("https://h:12093/request/a/b", "wss://h:12093/request/a/b"),
            ("http://127.0.0.1:1/r", "ws://127.0.0.1:1/r"),
        ] {
            assert_eq!(SessionUrl::new(from).for_socket().expose_secret(), to);
        }
    }
}
