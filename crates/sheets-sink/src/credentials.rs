//! The key file: a service account's, or a user's grant.
//!
//! The audience that is signed is a constant, whatever address the file names for tokens: so does
//! google-auth, and a stand-in must accept the same.

use std::fmt;

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::SheetError;

const AUDIENCE: &str = "https://oauth2.googleapis.com/token";
const SCOPE: &str = "https://www.googleapis.com/auth/spreadsheets";
/// The longest that Google takes.
const LIFE_S: i64 = 3600;

#[derive(Deserialize)]
struct KeyFile {
    #[serde(rename = "type", default)]
    kind: String,
    client_email: Option<String>,
    private_key: Option<SecretString>,
    private_key_id: Option<String>,
    token_uri: Option<String>,
    client_id: Option<String>,
    client_secret: Option<SecretString>,
    refresh_token: Option<SecretString>,
}

/// Who we are, ready to ask for tokens.
pub(crate) struct Credentials {
    pub(crate) token_url: Url,
    grant: Grant,
}

enum Grant {
    ServiceAccount { email: String, key_id: Option<String>, key: Box<EncodingKey> },
    User { client_id: String, client_secret: SecretString, refresh_token: SecretString },
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    scope: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
}

impl Credentials {
    pub(crate) fn parse(text: &SecretString) -> Result<Self, SheetError> {
        let bad = |reason: &str| SheetError::BadKey { reason: reason.to_owned() };
        // the parser's words may repeat a piece of the file
        let file: KeyFile = serde_json::from_str(text.expose_secret())
            .map_err(|_| bad("the key file is no JSON object as Google's console gives it"))?;
        let token_url = Url::parse(file.token_uri.as_deref().unwrap_or(AUDIENCE))
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .ok_or_else(|| bad("token_uri of the key file is no web address"))?;
        let grant = match file.kind.as_str() {
            "service_account" => {
                let email = file.client_email.ok_or_else(|| bad("the key file lacks client_email"))?;
                let pem = file.private_key.ok_or_else(|| bad("the key file lacks private_key"))?;
                let key = EncodingKey::from_rsa_pem(pem.expose_secret().as_bytes())
                    .map_err(|_| bad("private_key of the key file is no RSA key in PEM"))?;
                Grant::ServiceAccount { email, key_id: file.private_key_id, key: Box::new(key) }
            }
            "authorized_user" => Grant::User {
                client_id: file.client_id.ok_or_else(|| bad("the grant lacks client_id"))?,
                client_secret: file.client_secret.ok_or_else(|| bad("the grant lacks client_secret"))?,
                refresh_token: file.refresh_token.ok_or_else(|| bad("the grant lacks refresh_token"))?,
            },
            _ => {
                return Err(bad("the key file is neither of type service_account nor authorized_user"));
            }
        };
        Ok(Self { token_url, grant })
    }

    /// The service account's address; `None` for a user.
    pub(crate) fn email(&self) -> Option<&str> {
        match &self.grant {
            Grant::ServiceAccount { email, .. } => Some(email),
            Grant::User { .. } => None,
        }
    }

    /// The form that asks for a token, signed for `now`.
    pub(crate) fn form(&self, now: DateTime<Utc>) -> Result<Vec<(&'static str, SecretString)>, SheetError> {
        match &self.grant {
            Grant::ServiceAccount { email, key_id, key } => {
                let mut header = Header::new(Algorithm::RS256);
                header.kid.clone_from(key_id);
                let iat = now.timestamp();
                let claims = Claims { iss: email, scope: SCOPE, aud: AUDIENCE, iat, exp: iat + LIFE_S };
                let assertion = jsonwebtoken::encode(&header, &claims, key)
                    .map_err(|error| SheetError::BadKey { reason: format!("cannot sign: {error}") })?;
                Ok(vec![
                    ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer".into()),
                    ("assertion", assertion.into()),
                ])
            }
            Grant::User { client_id, client_secret, refresh_token } => Ok(vec![
                ("grant_type", "refresh_token".into()),
                ("client_id", client_id.clone().into()),
                ("client_secret", client_secret.clone()),
                ("refresh_token", refresh_token.clone()),
            ]),
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("email", &self.email()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_file_is_refused_in_words_and_without_its_secrets() {
        for (text, word) in [
            ("hunter2", "no JSON"),
            (r#"{"type":"service_account","client_email":"a@b"}"#, "private_key"),
            (r#"{"type":"service_account","client_email":"a@b","private_key":"hunter2"}"#, "PEM"),
            (r#"{"type":"authorized_user","client_id":"x","client_secret":"hunter2"}"#, "refresh_token"),
            (r#"{"type":"external_account"}"#, "neither"),
            (r#"{"type":"authorized_user","token_uri":"file:///hunter2"}"#, "token_uri"),
        ] {
            let error = Credentials::parse(&text.to_owned().into()).unwrap_err().to_string();
            assert!(error.contains(word) && !error.contains("hunter2"), "{error}");
        }
    }
}
