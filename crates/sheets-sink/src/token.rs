//! Access tokens: one at a time, renewed before they run out.
//!
//! A clock that is wrong makes Google refuse the signature. Its own `Date` is then taken for one
//! more try, so that a machine with a wrong clock works, and is told.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::Clock;
use http_client::{Classify, Exchange, HttpClient, HttpError, Refusal, Repeat, Verdict};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::{SheetError, credentials::Credentials};

/// Renewed so long before the end.
const EARLY_S: i64 = 60;
/// Google's clocks and ours may differ by so much without harm.
const HARMLESS_SKEW_S: i64 = 30;
const MOST_BYTES: usize = 64 << 10;

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: SecretString,
    #[serde(default)]
    expires_in: Option<i64>,
}

/// RFC 6749, not the shape of Google's APIs.
#[derive(Deserialize, Default)]
struct TokenRefusal {
    #[serde(default)]
    error: String,
    #[serde(default)]
    error_description: String,
}

struct Token {
    secret: SecretString,
    until: DateTime<Utc>,
}

/// The source of tokens. Whoever waits while one is fetched shares it.
pub(crate) struct Tokens {
    http: HttpClient,
    clock: Arc<dyn Clock>,
    pub(crate) credentials: Credentials,
    current: tokio::sync::Mutex<Option<Token>>,
    /// Google's time less ours, s, once it was found wrong.
    skew_s: AtomicI64,
}

/// google-auth's own list of what may pass.
struct TokenVerdict;

impl Classify for TokenVerdict {
    fn verdict(&self, answer: &Refusal) -> Verdict {
        let passing = ["internal_failure", "server_error", "temporarily_unavailable"];
        let busy = matches!(answer.status, 408 | 429 | 500 | 502 | 503 | 504);
        if busy || passing.contains(&refusal(answer).error.as_str()) {
            return Verdict::Again { after: answer.retry_after(), slow_down: answer.status == 429 };
        }
        Verdict::Final
    }
}

fn refusal(answer: &Refusal) -> TokenRefusal {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

impl Tokens {
    pub(crate) fn new(http: HttpClient, clock: Arc<dyn Clock>, credentials: Credentials) -> Self {
        Self { http, clock, credentials, current: tokio::sync::Mutex::new(None), skew_s: AtomicI64::new(0) }
    }

    /// Google's time less ours, s, if that had to be reckoned with.
    pub(crate) fn skew_s(&self) -> i64 {
        self.skew_s.load(Ordering::Relaxed)
    }

    /// A token that holds for a while yet.
    pub(crate) async fn token(&self) -> Result<SecretString, SheetError> {
        let mut current = self.current.lock().await;
        if let Some(token) = current.as_ref().filter(|token| self.clock.now() < token.until) {
            return Ok(token.secret.clone());
        }
        let token = self.fetch().await?;
        let secret = token.secret.clone();
        *current = Some(token);
        Ok(secret)
    }

    /// Google no longer takes this one.
    pub(crate) async fn forget(&self, refused: &SecretString) {
        let mut current = self.current.lock().await;
        // another request may have renewed it meanwhile
        if current.as_ref().is_some_and(|token| token.secret.expose_secret() == refused.expose_secret()) {
            *current = None;
        }
    }

    async fn fetch(&self) -> Result<Token, SheetError> {
        let now = self.clock.now();
        let error = match self.ask(now + TimeDelta::seconds(self.skew_s())).await {
            Ok(token) => return Ok(token),
            Err(error) => error,
        };
        let HttpError::Refused(answer) = error else { return Err(unreachable_server(&error)) };
        let skew = skew_s(&answer, now).filter(|_| refusal(&answer).error == "invalid_grant");
        if let Some(skew) = skew.filter(|_| self.credentials.email().is_some()) {
            return match self.ask(now + TimeDelta::seconds(skew)).await {
                Ok(token) => {
                    tracing::warn!(seconds = skew, "this machine's clock is wrong; Google's is used to sign");
                    self.skew_s.store(skew, Ordering::Relaxed);
                    Ok(token)
                }
                // signed by Google's own clock and still refused: the clock alone is not to blame
                Err(HttpError::Refused(again)) if is_about_time(&again) => {
                    Err(SheetError::ClockSkew { seconds: skew })
                }
                Err(HttpError::Refused(again)) => Err(refused(&again)),
                Err(error) => Err(unreachable_server(&error)),
            };
        }
        Err(refused(&answer))
    }

    async fn ask(&self, now: DateTime<Utc>) -> Result<Token, HttpError> {
        let form = self
            .credentials
            .form(now)
            .map_err(|error| HttpError::InvalidRequest { reason: error.to_string() })?;
        let exchange = Exchange {
            repeat: Repeat::Freely,
            classify: &TokenVerdict,
            timeout: Some(Duration::from_secs(30)),
            ..Exchange::new("google.token")
        };
        let fields: Vec<_> = form.iter().map(|(name, value)| (*name, value.expose_secret())).collect();
        let build = || async {
            let post = http_client::http::Method::POST;
            Ok(self.http.request(post, self.credentials.token_url.clone()).form(&fields).build()?)
        };
        let whole = self.http.exchange_whole(&exchange, MOST_BYTES, build).await?;
        let answer: TokenAnswer = serde_json::from_slice(&whole.body).map_err(|_| {
            HttpError::UnexpectedResponse { what: "google.token".into(), reason: "no token in it".into() }
        })?;
        let life = answer.expires_in.unwrap_or(3600).clamp(0, 3600);
        let early = EARLY_S.min(life / 2);
        Ok(Token { secret: answer.access_token, until: self.clock.now() + TimeDelta::seconds(life - early) })
    }
}

/// Google's time less ours, if the difference does harm.
fn skew_s(answer: &Refusal, now: DateTime<Utc>) -> Option<i64> {
    let date = answer.headers.get("date")?.to_str().ok()?;
    let theirs = DateTime::parse_from_rfc2822(date).ok()?.with_timezone(&Utc);
    let skew = (theirs - now).num_seconds();
    (skew.abs() > HARMLESS_SKEW_S).then_some(skew)
}

fn is_about_time(answer: &Refusal) -> bool {
    let said = refusal(answer).error_description;
    said.contains("timeframe") || said.contains("iat and exp")
}

fn refused(answer: &Refusal) -> SheetError {
    let said = refusal(answer);
    if answer.is_retryable() {
        return SheetError::Unavailable {
            reason: format!("no token (HTTP {})", answer.status),
            retry_after: answer.retry_after(),
            unsure: false,
        };
    }
    let reason = match (said.error.is_empty(), said.error_description.is_empty()) {
        (true, _) => format!("HTTP {}", answer.status),
        (false, true) => said.error,
        (false, false) => format!("{}: {}", said.error, said.error_description),
    };
    SheetError::BadKey { reason: reason.chars().take(300).collect() }
}

/// Nothing was written when there was no token.
fn unreachable_server(error: &HttpError) -> SheetError {
    match error {
        HttpError::InvalidRequest { reason } => SheetError::Invalid(reason.clone()),
        error if error.is_retryable() => SheetError::Unavailable {
            reason: error.to_string(),
            retry_after: error.retry_after(),
            unsure: false,
        },
        error => SheetError::BadAnswer { reason: error.to_string() },
    }
}
