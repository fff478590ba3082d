//! What people did, for whoever asks later: «кто слушал этот звонок».

use crate::Web;

/// A deed that is written down. Targets are ids, never numbers, never secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Deed {
    /// Came in with a password.
    Login,
    /// Was not let in.
    LoginRefused,
    /// Went out.
    Logout,
    /// Went out everywhere.
    LogoutEverywhere,
    /// Opened a call.
    View,
    /// Searched for words.
    Search,
    /// Looked at the log, or at receipts.
    Audit,
    /// Listened to a recording.
    Listen,
    /// Took calls out as a file.
    Export,
    /// Changed a verdict, or took the change back.
    Override,
    /// Said that a verdict is wrong.
    Dispute,
    /// Settled a dispute.
    Settle,
    /// Changed criteria.
    Rubric,
    /// Made or changed a user.
    User,
    /// Removed a user.
    UserRemoved,
    /// Made a token.
    Token,
    /// Removed a token.
    TokenRemoved,
    /// Changed settings.
    Settings,
    /// Gave work another try, paused or resumed it.
    Queue,
    /// Had a robot call somebody.
    Call,
    /// Hung up a robot's call.
    HangUp,
}

impl Deed {
    /// The name in the log.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::LoginRefused => "login_refused",
            Self::Logout => "logout",
            Self::LogoutEverywhere => "logout_everywhere",
            Self::View => "view",
            Self::Search => "search",
            Self::Audit => "audit",
            Self::Listen => "listen",
            Self::Export => "export",
            Self::Override => "override",
            Self::Dispute => "dispute",
            Self::Settle => "settle",
            Self::Rubric => "rubric",
            Self::User => "user",
            Self::UserRemoved => "user_removed",
            Self::Token => "token",
            Self::TokenRemoved => "token_removed",
            Self::Settings => "settings",
            Self::Queue => "queue",
            Self::Call => "call",
            Self::HangUp => "hang_up",
        }
    }
}

impl Web {
    /// Writes a deed down. A log that cannot be written does not undo the deed: it is told to the
    /// service's own log.
    pub(crate) async fn audit(&self, who: &str, deed: Deed, target: &str) {
        let now = self.clock().now();
        if let Err(error) = self.store().audit(who, deed.as_str(), target, now).await {
            tracing::error!(%error, deed = deed.as_str(), "the audit log was not written");
        }
    }
}
