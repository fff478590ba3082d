//! Who may look: users, their sessions, and API tokens.
//!
//! Secrets never come here in the clear: passwords are Argon2 strings, sessions and tokens are known
//! by the SHA-256 of what their holder shows.

use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::Sha256;

use crate::StoreError;

/// What an account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Everything.
    Admin,
    /// All calls, overrides, rubrics.
    Supervisor,
    /// Own calls only.
    Manager,
    /// Programs: webhooks, analyses, calls.
    Integration,
}

impl Role {
    /// All, the mightiest first.
    pub const ALL: [Self; 4] = [Self::Admin, Self::Supervisor, Self::Manager, Self::Integration];

    /// The name in the database and at the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Supervisor => "supervisor",
            Self::Manager => "manager",
            Self::Integration => "integration",
        }
    }

    /// Reads [`Self::as_str`] back.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// A person who signs in.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// The name typed at the door; unique.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whose calls they see; `None` where the role sees all.
    pub manager_id: Option<String>,
    /// A PHC string of Argon2id; `None` = signs in with no password at all.
    pub password_hash: Option<String>,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// Shut out; what they did stays theirs.
    pub disabled: bool,
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("name", &self.name)
            .field("role", &self.role)
            .field("manager_id", &self.manager_id)
            .field("has_password", &self.password_hash.is_some())
            .field("disabled", &self.disabled)
            .finish_non_exhaustive()
    }
}

/// A browser that is signed in.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// Of the cookie's value.
    pub token_sha256: Sha256,
    /// Whose.
    pub user: String,
    /// What its forms must bring along.
    pub csrf: String,
    /// Until when.
    pub expires_at: DateTime<Utc>,
    /// When it was used last.
    pub last_seen: DateTime<Utc>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("user", &self.user)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// The number of an API token: what it is named by once its text is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TokenId(pub i64);

/// An API token to keep.
#[derive(Clone, PartialEq, Eq)]
pub struct NewToken {
    /// Of its text; unique.
    pub sha256: Sha256,
    /// For whom or what; need not be a user.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Whose calls it sees; `None` where the role sees all.
    pub manager_id: Option<String>,
}

impl fmt::Debug for NewToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewToken").field("name", &self.name).field("role", &self.role).finish_non_exhaustive()
    }
}

/// An API token as kept: without a way back to its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// Its number.
    pub id: TokenId,
    /// For whom or what.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Whose calls it sees.
    pub manager_id: Option<String>,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// When it was shown last, to the precision that [`Accounts::touch_token`] was called with.
    pub last_used: Option<DateTime<Utc>>,
}

/// Users, sessions and tokens.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Keeps a user; one of the same name is replaced and keeps its `created_at`. Who is disabled or
    /// gets another password or role loses every session.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for an empty name.
    async fn save_user(&self, user: &User) -> Result<(), StoreError>;

    /// A user by name.
    async fn user(&self, name: &str) -> Result<Option<User>, StoreError>;

    /// All users by name.
    async fn users(&self) -> Result<Vec<User>, StoreError>;

    /// Removes a user with all sessions; says whether there was one.
    async fn remove_user(&self, name: &str) -> Result<bool, StoreError>;

    /// Whether there is any user who may sign in, or any token: then nobody comes in without.
    async fn has_accounts(&self) -> Result<bool, StoreError>;

    /// Begins a session of a known user.
    async fn start_session(&self, session: &Session) -> Result<(), StoreError>;

    /// A living session and its user; `None` where it ran out or the user was shut out.
    async fn session(
        &self,
        token_sha256: &Sha256,
        now: DateTime<Utc>,
    ) -> Result<Option<(Session, User)>, StoreError>;

    /// Prolongs a session.
    async fn touch_session(
        &self,
        token_sha256: &Sha256,
        last_seen: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// Ends a session; an unknown one is ended already.
    async fn end_session(&self, token_sha256: &Sha256) -> Result<(), StoreError>;

    /// Ends every session of a user; returns how many.
    async fn end_sessions_of(&self, user: &str) -> Result<u64, StoreError>;

    /// Removes sessions that ran out; returns how many.
    async fn sweep_sessions(&self, now: DateTime<Utc>) -> Result<u64, StoreError>;

    /// Keeps a token.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a digest that is kept already and for an empty name.
    async fn add_token(&self, token: &NewToken, now: DateTime<Utc>) -> Result<ApiToken, StoreError>;

    /// The token with this digest.
    async fn token_with(&self, sha256: &Sha256) -> Result<Option<ApiToken>, StoreError>;

    /// All tokens, newest first.
    async fn tokens(&self) -> Result<Vec<ApiToken>, StoreError>;

    /// Remembers that a token was shown. Callers do so once a minute at most: it is a write.
    async fn touch_token(&self, id: TokenId, now: DateTime<Utc>) -> Result<(), StoreError>;

    /// Removes a token; says whether there was one.
    async fn remove_token(&self, id: TokenId) -> Result<bool, StoreError>;
}
