//! What opens the account: a service account's key file, or the account's own key.
//!
//! Tokens are signed for a minute and back-dated by seconds: the platform refuses an `iat` in the
//! future (code 455) and a life over an hour (454). So does its official Python client.

use std::fmt;

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{AccountId, VoximplantError};

const BACKDATED_S: i64 = 5;
const LIFE_S: i64 = 60;

/// What opens the account.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// A service account: what `VOXIMPLANT_CREDENTIALS` points at.
    ServiceAccount(ServiceAccount),
    /// The account's own key, which opens everything but secure recordings.
    ApiKey {
        /// `VOXIMPLANT_ACCOUNT_ID`.
        account: AccountId,
        /// `VOXIMPLANT_API_KEY`.
        key: SecretString,
    },
}

impl Credentials {
    /// Which account they open.
    pub const fn account(&self) -> AccountId {
        match self {
            Self::ServiceAccount(service) => service.account,
            Self::ApiKey { account, .. } => *account,
        }
    }
}

#[derive(Deserialize)]
struct KeyFile {
    #[serde(default)]
    account_id: Value,
    key_id: Option<String>,
    private_key: Option<SecretString>,
}

/// A service account, ready to sign.
#[derive(Clone)]
pub struct ServiceAccount {
    pub(crate) account: AccountId,
    key_id: String,
    key: EncodingKey,
}

impl fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceAccount").field("account", &self.account).finish_non_exhaustive()
    }
}

#[derive(Serialize)]
struct Claims {
    iss: String,
    iat: i64,
    exp: i64,
}

impl ServiceAccount {
    /// Reads the key file as the cabinet gives it:
    /// `{"account_email","account_id","key_id","private_key"}`.
    ///
    /// # Errors
    /// [`VoximplantError::Config`] names what is missing, never repeating what is there.
    pub fn parse(file: &SecretString) -> Result<Self, VoximplantError> {
        let bad = |reason: &str| VoximplantError::Config(format!("VOXIMPLANT_CREDENTIALS: {reason}"));
        // the parser's words may repeat a piece of the file
        let file: KeyFile = serde_json::from_str(file.expose_secret())
            .map_err(|_| bad("the key file is no JSON object as the cabinet gives it"))?;
        let account = match &file.account_id {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        let account = account.ok_or_else(|| bad("the key file lacks account_id, a number"))?;
        let key_id = file.key_id.filter(|id| !id.trim().is_empty());
        let pem = file.private_key.ok_or_else(|| bad("the key file lacks private_key"))?;
        let key = EncodingKey::from_rsa_pem(pem.expose_secret().as_bytes())
            .map_err(|_| bad("private_key of the key file is no RSA key in PEM"))?;
        Ok(Self {
            account: AccountId(account),
            key_id: key_id.ok_or_else(|| bad("the key file lacks key_id"))?,
            key,
        })
    }

    /// A token for the next minute.
    pub(crate) fn token(&self, now: DateTime<Utc>) -> Result<SecretString, VoximplantError> {
        let header = Header { kid: Some(self.key_id.clone()), ..Header::new(Algorithm::RS256) };
        let iat = now.timestamp() - BACKDATED_S;
        let claims = Claims { iss: self.account.to_string(), iat, exp: iat + LIFE_S };
        jsonwebtoken::encode(&header, &claims, &self.key)
            .map(SecretString::from)
            .map_err(|error| VoximplantError::Config(format!("VOXIMPLANT_CREDENTIALS: cannot sign: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_file_is_refused_in_words_and_without_its_secrets() {
        for (text, word) in [
            ("hunter2", "no JSON"),
            (r#"{"account_id":"x","private_key":"hunter2"}"#, "account_id"),
            (r#"{"account_id":1,"key_id":"k"}"#, "private_key"),
            (r#"{"account_id":1,"key_id":"k","private_key":"hunter2"}"#, "PEM"),
        ] {
            let error = ServiceAccount::parse(&text.to_owned().into()).unwrap_err().to_string();
            assert!(error.contains(word) && !error.contains("hunter2"), "{error}");
        }
    }
}
