//! `NAME.toml` beside `NAME.bin`: where the model came from and what its bytes must be.

use std::{fs, path::Path};

use serde::{Deserialize, Serialize};

use super::ModelError;

/// What is recorded about an installed model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sidecar {
    /// Of the installed file.
    pub(super) sha256: String,
    /// Of the installed file.
    pub(super) bytes: u64,
    /// The bytes are known to us: a pinned file, or converted from pinned weights.
    pub(super) verified: bool,
    /// `download`, `ggml` or `ctranslate2`.
    pub(super) origin: String,
    /// Digest of the weights that it was converted from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) source_sha256: Option<String>,
}

impl Sidecar {
    /// What is recorded; `None` when nothing readable is there.
    pub(super) fn read(path: &Path) -> Option<Self> {
        // a person may have put anything there; a record is a few hundred bytes
        fs::metadata(path).ok().filter(|metadata| metadata.len() < 64 << 10)?;
        toml::from_str(&fs::read_to_string(path).ok()?).ok()
    }

    /// Writes the record whole or not at all.
    pub(super) fn write(&self, path: &Path) -> Result<(), ModelError> {
        let disk = |source| ModelError::disk(path, source);
        let text = toml::to_string(self).map_err(|error| ModelError::invalid(path, error.to_string()))?;
        let fresh = path.with_extension("toml.new");
        fs::write(&fresh, text).and_then(|()| fs::rename(&fresh, path)).map_err(disk)
    }
}
