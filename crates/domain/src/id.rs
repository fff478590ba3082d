//! Identifiers: newtypes, so that a rubric is never taken for a source.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256 as Hasher};
use uuid::Uuid;

/// A call, the same on every machine: derived from its source and its id there.
///
/// Derivation (not chance) makes discovery idempotent: two workers that see the
/// same recording name it alike without asking each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallId(Uuid);

impl CallId {
    /// The id of the call that `source` knows as `external_id`: a UUID (version 8)
    /// over the first 16 bytes of SHA-256 of both, separated by a NUL.
    pub fn derive(source: &str, external_id: &str) -> Self {
        let digest = Hasher::new()
            .chain_update(source.as_bytes())
            .chain_update([0])
            .chain_update(external_id.as_bytes())
            .finalize();
        let mut bytes = [0; 16];
        for (to, from) in bytes.iter_mut().zip(digest.iter()) {
            *to = *from;
        }
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// Reads the text form that [`fmt::Display`] writes.
    ///
    /// # Errors
    /// When the text is no UUID.
    pub fn parse(text: &str) -> Result<Self, uuid::Error> {
        Uuid::try_parse(text).map(Self)
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps the text as it is.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
    };
}

text_id!(
    /// Where calls come from: `folder`, `uis`, `voximplant`, `webhook`, `upload`, `simulated`.
    SourceName
);
text_id!(
    /// The `id` of a rubric, such as `manager-plus`.
    RubricId
);
text_id!(
    /// A rubric's revision: the first 12 hex digits of SHA-256 over its content.
    RubricRevision
);
text_id!(
    /// SHA-256 of a recording's bytes, 64 lower-case hex digits.
    Sha256
);
