//! The token endpoint: signature, key, issuer, scope, audience and times are really checked.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::FakeAnswer;
use super::google::{FakeGoogle, FakeRequest, Share};

/// The user of the grant, in the list of who may see what.
pub(crate) const USER: &str = "user";
const AUDIENCE: &str = "https://oauth2.googleapis.com/token";
const SCOPE: &str = "https://www.googleapis.com/auth/spreadsheets";
const TIMEFRAME: &str = "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable \
    timeframe. Check your iat and exp values in the JWT claim.";
/// Google's clocks and the caller's may differ by so much.
const TOLERANCE_S: i64 = 300;

/// A service account whose assertions are taken.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) client_email: String,
    pub(crate) key_id: String,
    pub(crate) public_der: Vec<u8>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    scope: String,
    iat: i64,
    exp: i64,
}

/// One key for all doubles of a process: making one takes a tenth of a second.
static KEY: LazyLock<Option<KeyPair>> = LazyLock::new(|| KeyPair::generate(KeySize::Rsa2048).ok());

impl FakeGoogle {
    /// The address of the double's own service account.
    pub const CLIENT_EMAIL: &'static str = "zvonar@fake-project.iam.gserviceaccount.com";

    /// A key file of a service account that this double trusts, with the spreadsheet shared.
    pub fn service_account_json(&self, token_url: &str) -> String {
        let key_id = "fake-key-1";
        let (public, pem) =
            KEY.as_ref().map(|key| (key.public_key().as_ref().to_vec(), pem(key))).unwrap_or_default();
        self.trust(Self::CLIENT_EMAIL, key_id, public);
        json!({"type": "service_account", "project_id": "fake-project", "private_key_id": key_id,
            "private_key": pem, "client_email": Self::CLIENT_EMAIL, "token_uri": token_url})
        .to_string()
    }

    /// A user's grant that this double takes, with the spreadsheet shared.
    pub fn user_json(&self, token_url: &str) -> String {
        self.share(USER, Some(Share::Writer));
        json!({"type": "authorized_user", "client_id": "fake-client", "client_secret": "fake-secret",
            "refresh_token": "fake-refresh", "token_uri": token_url})
        .to_string()
    }
}

fn pem(key: &KeyPair) -> String {
    let Ok(der): Result<Pkcs8V1Der<'static>, _> = key.as_der() else { return String::new() };
    let text = base64::engine::general_purpose::STANDARD.encode(der.as_ref());
    let mut out = String::from("-----BEGIN PRIVATE KEY-----\n");
    for line in text.as_bytes().chunks(64) {
        let _ = writeln!(out, "{}", String::from_utf8_lossy(line));
    }
    out.push_str("-----END PRIVATE KEY-----\n");
    out
}

fn refused(error: &str, description: &str) -> FakeAnswer {
    FakeAnswer::json(400, &json!({"error": error, "error_description": description}))
}

pub(crate) fn answer(fake: &FakeGoogle, request: &FakeRequest) -> FakeAnswer {
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(&request.body).into_owned().collect();
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    if fake.lock().lasting.key_revoked {
        return refused("invalid_grant", "Token has been expired or revoked.");
    }
    let account = match field("grant_type") {
        "urn:ietf:params:oauth:grant-type:jwt-bearer" => match assertion(fake, field("assertion")) {
            Ok(email) => email,
            Err(answer) => return answer,
        },
        "refresh_token" => {
            if (field("client_id"), field("client_secret")) != ("fake-client", "fake-secret") {
                return refused("invalid_client", "The OAuth client was not found.");
            }
            if field("refresh_token") != "fake-refresh" {
                return refused("invalid_grant", "Token has been expired or revoked.");
            }
            USER.to_owned()
        }
        _ => return refused("unsupported_grant_type", "Invalid grant_type"),
    };
    let now = fake.now();
    let mut state = fake.lock();
    state.next_token += 1;
    let token = format!("ya29.fake-{}", state.next_token);
    let life = state.lasting.token_life_s.unwrap_or(3599);
    state.tokens.insert(token.clone(), (account.clone(), now + TimeDelta::seconds(life)));
    let mut body = json!({"access_token": token, "expires_in": life, "token_type": "Bearer"});
    if account == USER {
        body["scope"] = Value::from(SCOPE);
    }
    FakeAnswer::json(200, &body)
}

fn assertion(fake: &FakeGoogle, jwt: &str) -> Result<String, FakeAnswer> {
    let bad = |words: &str| refused("invalid_grant", words);
    let header = jsonwebtoken::decode_header(jwt).map_err(|_| bad("Invalid JWT: Failed audience check."))?;
    let kid = header.kid.unwrap_or_default();
    let account = fake.lock().accounts.iter().find(|account| account.key_id == kid).cloned();
    let account = account.ok_or_else(|| bad("Invalid JWT Signature."))?;
    let mut validation = Validation::new(Algorithm::RS256);
    // times are looked at below, by the double's own clock
    validation.validate_exp = false;
    validation.set_required_spec_claims(&["aud"]);
    validation.set_audience(&[AUDIENCE]);
    let key = DecodingKey::from_rsa_der(&account.public_der);
    let claims = jsonwebtoken::decode::<Claims>(jwt, &key, &validation)
        .map_err(|error| match error.kind() {
            jsonwebtoken::errors::ErrorKind::InvalidAudience => bad("Invalid JWT: Failed audience check."),
            _ => bad("Invalid JWT Signature."),
        })?
        .claims;
    if claims.iss != account.client_email {
        return Err(bad("Invalid grant: account not found"));
    }
    if !claims.scope.split(' ').any(|scope| scope == SCOPE) {
        return Err(refused("invalid_scope", "Invalid OAuth scope or ID token audience provided."));
    }
    let now = fake.now().timestamp();
    let timely =
        (claims.iat - now).abs() <= TOLERANCE_S && claims.exp > now && claims.exp - claims.iat <= 3600;
    if timely { Ok(account.client_email) } else { Err(bad(TIMEFRAME)) }
}
