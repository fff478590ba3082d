//! `X-Zvonar-Token`: what proves us to a scenario when we dial its session's address. Of a request's
//! headers VoxEngine shows a scenario only `X-*`, so the secret itself cannot travel as a bearer.

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

/// The header's name.
pub const MEDIA_TOKEN_HEADER: &str = "X-Zvonar-Token";

/// Hex HMAC-SHA256 of the call's id, as the scenario computes it.
pub fn media_token(secret: &SecretString, call_id: &str) -> SecretString {
    // a key of any length is taken
    let mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()).map(|mut mac| {
        mac.update(call_id.as_bytes());
        hex::encode(mac.finalize().into_bytes())
    });
    mac.unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_plain_hmac_of_the_calls_id() {
        // printf 'c_7f3a' | openssl dgst -sha256 -hmac both-know-it
        let token = media_token(&"both-know-it".to_owned().into(), "c_7f3a");
        let expected = "643663e2aae13fc168b94c22a20c2ce78fa7d260f20f8963b7222dcfafc3a69f";
        assert_eq!(token.expose_secret(), expected);
    }
}
