//! The spoken phrases that calls are put together from.

use crate::SandboxError;

/// Phrases with their sound.
pub struct Bank {}

impl Bank {
    /// Reads what is built in.
    ///
    /// # Errors
    /// [`SandboxError::Speech`] if the build is broken.
    pub fn open() -> Result<Self, SandboxError> {
        Ok(Self {})
    }
}
