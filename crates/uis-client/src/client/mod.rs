//! The live client.
//!
//! Refusals travel under status 200, so the policy's repeats are steered from the answer's body:
//! a spent minute and an internal error are handed to the policy as failures that may pass.

mod failure;
mod media;
mod port;

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use http_client::{Answer, Exchange, HttpClient, HttpClientConfig, HttpError, Repeat, http::Method as Verb};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use crate::{
    Credentials, Points, UisConfig, UisError,
    dialogue::{Carrier, Method},
    wire,
};
use failure::{InsideOut, failed, passing, span};

/// Largest answer of the Data API: 10 000 rows of a few KiB.
const MOST_BYTES: usize = 64 << 20;

/// UIS over the network. A cheap handle: clones share connections, pace and the session.
#[derive(Clone)]
pub struct UisClient(Arc<Shared>);

struct Shared {
    config: UisConfig,
    api: HttpClient,
    media: HttpClient,
    next_id: AtomicU64,
    points: Mutex<Points>,
    /// The key of a session, and one login at a time.
    session: tokio::sync::Mutex<Option<SecretString>>,
}

impl std::fmt::Debug for UisClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UisClient").field("api", &self.0.config.api.as_str()).finish_non_exhaustive()
    }
}

impl UisClient {
    /// A client with the program's HTTP policy (proxy, certificates, patience), adapted to the
    /// Data API and to the media host.
    ///
    /// # Errors
    /// [`UisError::Config`] when the policy cannot be set up.
    pub fn new(config: UisConfig, http: &HttpClientConfig) -> Result<Self, UisError> {
        let build = |policy| HttpClient::new(policy).map_err(|error| UisError::Config(error.to_string()));
        let api = build(config.api_policy(http.clone()))?;
        let media = build(config.media_policy(http.clone()))?;
        Ok(Self::over(config, api, media))
    }

    /// A client over HTTP clients made elsewhere: one for the Data API, one for recordings.
    pub fn over(config: UisConfig, api: HttpClient, media: HttpClient) -> Self {
        Self(Arc::new(Shared {
            config,
            api,
            media,
            next_id: AtomicU64::new(1),
            points: Mutex::default(),
            session: tokio::sync::Mutex::default(),
        }))
    }

    /// The key for the next request; logs in where there is none yet, or where `stale` is it.
    async fn key(&self, stale: Option<&str>) -> Result<SecretString, UisError> {
        let (login, password) = match &self.0.config.credentials {
            Credentials::Key(key) => return Ok(key.clone()),
            Credentials::Login { login, password } => (login, password),
        };
        let mut session = self.0.session.lock().await;
        if let Some(key) = session.as_ref()
            && stale != Some(key.expose_secret())
        {
            return Ok(key.clone());
        }
        let method = Method { name: "login.user", repeatable: true };
        let result = self.send(method, json!({"login": login, "password": password.expose_secret()})).await?;
        let key = result.pointer("/data/access_token").and_then(Value::as_str);
        let key = key.ok_or_else(|| UisError::BadAnswer {
            method: method.name.into(),
            reason: "no access_token in it".into(),
        })?;
        let key = SecretString::from(key.to_owned());
        *session = Some(key.clone());
        Ok(key)
    }

    /// One request, all parameters in it, under the policy.
    async fn send(&self, method: Method, params: Value) -> Result<Value, UisError> {
        let shared = &self.0;
        let id = shared.next_id.fetch_add(1, Ordering::Relaxed);
        let body = json!({"jsonrpc": "2.0", "id": id, "method": method.name, "params": params}).to_string();
        let exchange = Exchange {
            name: span(method.name),
            repeat: if method.repeatable { Repeat::Freely } else { Repeat::OnlyIfUnsent },
            classify: &InsideOut,
            timeout: None,
        };
        let build = || {
            let request = shared.api.request(Verb::POST, shared.config.api.clone());
            let request = request.header("content-type", "application/json; charset=UTF-8");
            let request = request.body(body.clone()).build().map_err(HttpError::from);
            async { request }
        };
        // what the last answer said, when it was handed to the policy as a failure
        let said = Mutex::new(None);
        let read = |answer: Answer| async {
            // a failure without words of UIS must not be told in the words of an earlier one
            set(&said, None);
            let body = answer.bytes(MOST_BYTES).await?;
            let error = match wire::decode(method.name, &body) {
                Ok(answer) => {
                    if let Some(points) = answer.points {
                        set(&shared.points, points);
                    }
                    match answer.outcome {
                        Ok(result) => return Ok(Ok(result)),
                        Err(error) => error,
                    }
                }
                Err(error) => error,
            };
            let Some(passing) = passing(method.name, &error) else { return Ok(Err(error)) };
            if let (UisError::LimitExceeded { .. }, Some(reset)) = (&error, error.retry_after()) {
                // everyone waits, not this request alone
                shared.api.pause(reset);
            }
            set(&said, Some(error));
            Err(passing)
        };
        match shared.api.exchange_and_read(&exchange, build, read).await {
            Ok(outcome) => outcome,
            Err(error) => {
                let said = said.lock().unwrap_or_else(PoisonError::into_inner).take();
                Err(said.unwrap_or_else(|| failed(method.name, error)))
            }
        }
    }
}

fn set<T>(place: &Mutex<T>, value: T) {
    *place.lock().unwrap_or_else(PoisonError::into_inner) = value;
}

#[async_trait]
impl Carrier for UisClient {
    async fn carry(&self, method: Method, params: Value) -> Result<Value, UisError> {
        let key = self.key(None).await?;
        let outcome = self.send(method, self.signed(&params, &key)).await;
        let session = matches!(self.0.config.credentials, Credentials::Login { .. });
        match outcome {
            // a session ends after an hour; blocked users and wrong passwords are not tried again
            Err(UisError::Unauthorized { mnemonic, .. })
                if session
                    && matches!(mnemonic.as_str(), "access_token_invalid" | "access_token_expired") =>
            {
                let key = self.key(Some(key.expose_secret())).await?;
                self.send(method, self.signed(&params, &key)).await
            }
            outcome => outcome,
        }
    }
}

impl UisClient {
    fn signed(&self, params: &Value, key: &SecretString) -> Value {
        let mut params = params.clone();
        if let Some(params) = params.as_object_mut() {
            params.insert("access_token".into(), key.expose_secret().into());
            if let Some(user) = self.0.config.user_id {
                params.insert("user_id".into(), user.into());
            }
        }
        params
    }
}
