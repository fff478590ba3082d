//! Making users and tokens, for the command line and for the page of settings.

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret as _, SecretString};
use store::{NewToken, Role, Store, StoreError, User};

use super::{passwords, secret};

/// Why an account is not made.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The name will not do.
    #[error("a name is 1 to 64 letters, digits, spaces, `.`, `_`, `-` and `@`")]
    Name,
    /// The password will not do.
    #[error("a password is {} to {} letters long", passwords::SHORTEST, passwords::LONGEST)]
    Password,
    /// There is no such user.
    #[error("there is no such user; see: zvonar user list")]
    Unknown,
    /// There is such a user already.
    #[error("there is such a user already; a new password: zvonar user password NAME")]
    Taken,
    /// The system has no randomness to make a salt of.
    #[error("the system gives no randomness; try again")]
    Randomness,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whom to make.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// The name typed at the door.
    pub name: String,
    /// What for.
    pub role: Role,
    /// Whose calls; for managers the name if none is given.
    pub manager_id: Option<String>,
}

impl NewAccount {
    fn checked(mut self) -> Result<Self, AccountError> {
        self.name = self.name.trim().to_owned();
        let fits = |letter: char| letter.is_alphanumeric() || " ._-@".contains(letter);
        if self.name.is_empty() || self.name.chars().count() > 64 || !self.name.chars().all(fits) {
            return Err(AccountError::Name);
        }
        if self.role == Role::Manager {
            self.manager_id.get_or_insert_with(|| self.name.clone());
        } else {
            self.manager_id = None;
        }
        Ok(self)
    }
}

/// Makes a user who signs in with a password.
///
/// # Errors
/// [`AccountError::Taken`], [`AccountError::Name`], [`AccountError::Password`], the store's.
pub async fn add_user(
    store: &dyn Store,
    account: NewAccount,
    password: SecretString,
    now: DateTime<Utc>,
) -> Result<(), AccountError> {
    let account = account.checked()?;
    if store.user(&account.name).await?.is_some() {
        return Err(AccountError::Taken);
    }
    let user = User {
        name: account.name,
        role: account.role,
        manager_id: account.manager_id,
        password_hash: Some(hashed(&password).await?),
        created_at: now,
        disabled: false,
    };
    Ok(store.save_user(&user).await?)
}

/// Sets a new password; every session of the user ends.
///
/// # Errors
/// [`AccountError::Unknown`], [`AccountError::Password`], the store's.
pub async fn set_password(store: &dyn Store, name: &str, password: SecretString) -> Result<(), AccountError> {
    let user = store.user(name).await?.ok_or(AccountError::Unknown)?;
    let user = User { password_hash: Some(hashed(&password).await?), ..user };
    store.save_user(&user).await?;
    store.end_sessions_of(name).await?;
    Ok(())
}

/// Makes an API token; its text is shown now and never again.
///
/// # Errors
/// [`AccountError::Name`], the store's.
pub async fn make_token(
    store: &dyn Store,
    account: NewAccount,
    now: DateTime<Utc>,
) -> Result<SecretString, AccountError> {
    let account = account.checked()?;
    let text = format!("{}{}", secret::TOKEN_PREFIX, secret::fresh());
    let token = NewToken {
        sha256: secret::digest(&text),
        name: account.name,
        role: account.role,
        manager_id: account.manager_id,
    };
    store.add_token(&token, now).await?;
    Ok(SecretString::from(text))
}

/// Removes a user with all sessions, and all tokens of that name; says how many of each.
///
/// # Errors
/// [`AccountError::Unknown`] where there is neither, the store's.
pub async fn remove_account(store: &dyn Store, name: &str) -> Result<(bool, usize), AccountError> {
    let user = store.remove_user(name).await?;
    let mut tokens = 0;
    for token in store.tokens().await?.into_iter().filter(|token| token.name == name) {
        tokens += usize::from(store.remove_token(token.id).await?);
    }
    if user || tokens > 0 { Ok((user, tokens)) } else { Err(AccountError::Unknown) }
}

async fn hashed(password: &SecretString) -> Result<String, AccountError> {
    let text = password.expose_secret();
    if text.chars().count() < passwords::SHORTEST || text.len() > passwords::LONGEST {
        return Err(AccountError::Password);
    }
    passwords::hash(text.to_owned()).await.ok_or(AccountError::Randomness)
}
