//! Starting a session: there is no "make a call" request, a session's scenario dials.

use std::fmt;

use crate::{RuleId, SessionHistoryId, SessionUrl};

/// What starts a session.
#[derive(Clone, PartialEq, Eq)]
pub struct StartRequest {
    /// Whose scenario runs.
    pub rule: RuleId,
    /// What `VoxEngine.customData()` gives it: 200 bytes at most, readable later in the history.
    /// Make it unique: after a lost answer it is what the session is found by.
    pub custom_data: String,
    /// `server_location`: where the media server stands.
    pub server_location: Option<String>,
}

impl StartRequest {
    /// A session of this rule.
    pub fn new(rule: RuleId, custom_data: impl Into<String>) -> Self {
        Self { rule, custom_data: custom_data.into(), server_location: None }
    }
}

// custom data holds a client's number
impl fmt::Debug for StartRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StartRequest")
            .field("rule", &self.rule)
            .field("custom_data_bytes", &self.custom_data.len())
            .field("server_location", &self.server_location)
            .finish()
    }
}

/// A session that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartedSession {
    /// Its id in the history, where it appears once it has ended.
    pub id: SessionHistoryId,
    /// Where it takes commands, over TLS.
    pub commands: SessionUrl,
}
