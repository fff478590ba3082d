//! A service account of the fake: its key file, and what proves its tokens.

use aws_lc_rs::{
    encoding::{AsDer as _, Pkcs8V1Der},
    rsa::{KeyPair, KeySize},
    signature::KeyPair as _,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{FakeVoximplant, fault::Refused};

/// Longest life of a token, s (code 454).
const LONGEST_LIFE: i64 = 3600;

/// A key made for a test; it opens nothing else.
#[derive(Clone)]
pub struct FakeKey {
    id: String,
    public_der: Vec<u8>,
    private_pem: String,
}

impl std::fmt::Debug for FakeKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FakeKey").field("id", &self.id).finish_non_exhaustive()
    }
}

impl FakeKey {
    /// A new RSA key; `None` if the machine makes none.
    pub fn generate() -> Option<Self> {
        let pair = KeyPair::generate(KeySize::Rsa2048).ok()?;
        let private: Pkcs8V1Der<'static> = pair.as_der().ok()?;
        let public_der = pair.public_key().as_ref().to_vec();
        let fingerprint = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &public_der);
        let id = hex::encode(fingerprint.as_ref()).chars().take(32).collect();
        Some(Self { id, public_der, private_pem: pem(private.as_ref()) })
    }

    /// A key that was made elsewhere: PKCS#1 public, PKCS#8 PEM private.
    pub fn new(id: &str, public_der: &[u8], private_pem: &str) -> Self {
        Self { id: id.to_owned(), public_der: public_der.to_vec(), private_pem: private_pem.to_owned() }
    }

    /// `key_id`, the `kid` of tokens.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// PKCS#1 `RSAPublicKey`.
    pub fn public_der(&self) -> &[u8] {
        &self.public_der
    }

    /// The key file as the cabinet gives it.
    pub fn file(&self) -> SecretString {
        let file = json!({
            "account_email": "voice@firma.example",
            "account_id": FakeVoximplant::ACCOUNT.0,
            "key_id": self.id,
            "private_key": self.private_pem,
        });
        file.to_string().into()
    }
}

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
}

#[derive(Deserialize)]
struct Claims {
    /// A number in one official client, a text in the other.
    iss: Value,
    iat: i64,
    exp: i64,
}

impl FakeVoximplant {
    /// Whether a token is one of ours; its times are judged by the fake's own clock.
    pub(super) fn check_token(&self, token: &str, now: DateTime<Utc>) -> Result<(), Refused> {
        let garbage = || Refused::new(447, "Invalid token format");
        let header = jsonwebtoken::decode_header(token).map_err(|_| garbage())?;
        let failed = || Refused::new(100, "Authorization failed");
        let der = self.lock().keys.get(&header.kid.unwrap_or_default()).cloned().ok_or_else(failed)?;
        let mut validation = Validation::new(Algorithm::RS256);
        validation.validate_exp = false;
        validation.set_required_spec_claims::<&str>(&[]);
        let claims = jsonwebtoken::decode::<Claims>(token, &DecodingKey::from_rsa_der(&der), &validation)
            .map_err(|_| failed())?
            .claims;
        let issuer = claims.iss.as_i64().or_else(|| claims.iss.as_str()?.parse().ok());
        let now = now.timestamp();
        match claims {
            _ if issuer != Some(Self::ACCOUNT.0) => Err(failed()),
            Claims { iat, exp, .. } if exp - iat > LONGEST_LIFE => {
                Err(Refused::new(454, "Invalid token TTL"))
            }
            Claims { iat, .. } if iat > now => Err(Refused::new(455, "Token issued in future")),
            Claims { exp, .. } if exp < now => Err(Refused::new(456, "Token expired")),
            _ => Ok(()),
        }
    }
}
