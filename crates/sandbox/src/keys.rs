//! The keys that the sandbox accepts. None opens anything outside: the signing key is made anew at
//! each start, the others are plain words.

use std::fmt::Write as _;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use url::Url;
use voximplant_client::testing::FakeKey;

use crate::SandboxError;

/// What the three providers take for a key.
pub(crate) struct Keys {
    /// `access_token` of the Data API.
    pub(crate) uis_token: &'static str,
    /// Bearer of the OpenAI-compatible API.
    pub(crate) openai_key: &'static str,
    /// `client_email`, the issuer of assertions.
    pub(crate) google_email: &'static str,
    /// `private_key_id`, the `kid` of assertions.
    pub(crate) google_key_id: String,
    /// PKCS#1 `RSAPublicKey` that verifies RS256 assertions (`DecodingKey::from_rsa_der`).
    pub(crate) google_public_der: Vec<u8>,
    /// PKCS#8 PEM, for the key file alone.
    google_private_pem: String,
    /// The spreadsheet that is shared with `google_email`.
    pub(crate) sheet_id: &'static str,
}

impl Keys {
    pub(crate) fn make() -> Result<Self, SandboxError> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| SandboxError::Key)?;
        let private: Pkcs8V1Der<'static> = pair.as_der().map_err(|_| SandboxError::Key)?;
        let public = pair.public_key().as_ref().to_vec();
        let fingerprint = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &public);
        Ok(Self {
            uis_token: "sandbox-uis-token",
            openai_key: "sandbox-openai-key",
            google_email: "zvonar@sandbox.iam.gserviceaccount.com",
            google_key_id: hex::encode(fingerprint.as_ref()).chars().take(40).collect(),
            google_public_der: public,
            google_private_pem: pem(private.as_ref()),
            sheet_id: "1SandboxSheet_zvonar_0000000000000000000000",
        })
    }

    /// The service account of Voximplant: the same key serves there.
    pub(crate) fn voximplant(&self) -> FakeKey {
        FakeKey::new(&self.google_key_id, &self.google_public_der, &self.google_private_pem)
    }

    /// The key file as Google's console gives it, with our own token address.
    pub(crate) fn service_account_json(&self, base_url: &Url) -> String {
        json!({
            "type": "service_account",
            "project_id": "sandbox",
            "private_key_id": self.google_key_id,
            "private_key": self.google_private_pem,
            "client_email": self.google_email,
            "client_id": "100000000000000000001",
            "auth_uri": under(base_url, "google/auth"),
            "token_uri": under(base_url, "google/token"),
            "universe_domain": "googleapis.com",
        })
        .to_string()
    }
}

/// An address below the base, which ends with `/`.
pub(crate) fn under(base_url: &Url, path: &str) -> String {
    format!("{}{path}", base_url.as_str())
}

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut out = String::from("-----BEGIN PRIVATE KEY-----\n");
    for line in text.as_bytes().chunks(64) {
        let _ = writeln!(out, "{}", String::from_utf8_lossy(line));
    }
    out.push_str("-----END PRIVATE KEY-----\n");
    out
}
