//! Secrets that we make, and what is kept of them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Sha256;
use sha2::Digest as _;
use subtle::ConstantTimeEq as _;

/// API tokens begin so: searchers of leaked secrets know them by it.
pub(crate) const TOKEN_PREFIX: &str = "zv_";

/// 256 bits from the system's source, in letters that need no escaping anywhere.
pub(crate) fn fresh() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// What is kept of a secret: its holder alone can show the text. 256 random bits need no slow hash.
pub(crate) fn digest(secret: &str) -> Sha256 {
    Sha256::new(hex::encode(sha2::Sha256::digest(secret.as_bytes())))
}

/// Equality that takes the same time wherever the texts differ, and whatever their lengths.
pub(crate) fn equal(one: &str, other: &str) -> bool {
    let (one, other) = (sha2::Sha256::digest(one.as_bytes()), sha2::Sha256::digest(other.as_bytes()));
    bool::from(one.as_slice().ct_eq(other.as_slice()))
}
