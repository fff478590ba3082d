//! Passwords: Argon2id, off the runtime's threads, as much work for a name that nobody has.

use std::sync::{Arc, OnceLock};

use argon2::{Argon2, PasswordHash, PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;

/// Hashes at once: each takes 19 MiB and a core for a while, and strangers may ask for them.
const AT_ONCE: usize = 2;

/// Shorter passwords are guessed.
pub(crate) const SHORTEST: usize = 8;

/// Nobody types more; a megabyte would be work for nothing.
pub(crate) const LONGEST: usize = 256;

/// Checks passwords.
#[derive(Debug, Clone)]
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
    nobody: Arc<OnceLock<String>>,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)), nobody: Arc::new(OnceLock::new()) }
    }

    /// Whether the password is the one that was hashed. Without a hash the same work is done, and the
    /// answer is no.
    pub(crate) async fn verify(&self, hash: Option<String>, password: String) -> bool {
        let Ok(_turn) = self.turns.acquire().await else { return false };
        let nobody = Arc::clone(&self.nobody);
        let checked = tokio::task::spawn_blocking(move || {
            let known = hash.is_some();
            let hash = hash.unwrap_or_else(|| {
                nobody.get_or_init(|| hashed(&super::secret::fresh()).unwrap_or_default()).clone()
            });
            let fits = password.len() <= LONGEST;
            let right = PasswordHash::new(&hash)
                .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok());
            known && fits && right
        });
        checked.await.unwrap_or(false)
    }
}

/// The PHC string of a password; `None` where the system has no randomness.
pub(crate) async fn hash(password: String) -> Option<String> {
    tokio::task::spawn_blocking(move || hashed(&password)).await.ok().flatten()
}

fn hashed(password: &str) -> Option<String> {
    Argon2::default().hash_password(password.as_bytes()).ok().map(|hash| hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_by_its_hash_and_a_stranger_never_gets_in() {
        let hash = hash("правильный пароль".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        let passwords = Passwords::new();
        assert!(passwords.verify(Some(hash.clone()), "правильный пароль".to_owned()).await);
        assert!(!passwords.verify(Some(hash), "неправильный".to_owned()).await);
        assert!(!passwords.verify(None, String::new()).await);
        assert!(passwords.nobody.get().is_some(), "the same work is done for nobody");
    }
}
