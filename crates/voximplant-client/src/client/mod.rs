//! The live client.
//!
//! Refusals travel under status 200, so the policy's repeats are steered from the answer's body.
//! Every attempt is signed anew: a token lives for a minute, a repeat may come later than that.

mod dial;
mod failure;
mod media;
mod port;

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use domain::Clock;
use http_client::{Answer, Exchange, HttpClient, HttpClientConfig, HttpError, Repeat, http::Method as Verb};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use url::form_urlencoded;

use crate::{
    Credentials, VoximplantConfig, VoximplantError,
    dialogue::{Carrier, Delicacy, Form, Method},
    wire,
};
pub use dial::MediaDialler;
use failure::{InsideOut, NeverAgain, failed, passing};

/// Largest answer: a thousand sessions with their calls and records.
const MOST_BYTES: usize = 32 << 20;

/// Voximplant over the network. A cheap handle: clones share connections and pace.
#[derive(Clone)]
pub struct VoximplantClient(Arc<Shared>);

struct Shared {
    config: VoximplantConfig,
    api: HttpClient,
    media: HttpClient,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for VoximplantClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VoximplantClient").field("api", &self.0.config.api.as_str()).finish_non_exhaustive()
    }
}

impl VoximplantClient {
    /// A client with the program's HTTP policy (proxy, certificates, patience), adapted to the API
    /// and to recordings. The clock dates the tokens.
    ///
    /// # Errors
    /// [`VoximplantError::Config`] when the policy cannot be set up.
    pub fn new(
        config: VoximplantConfig,
        http: &HttpClientConfig,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, VoximplantError> {
        let build =
            |policy| HttpClient::new(policy).map_err(|error| VoximplantError::Config(error.to_string()));
        let api = build(config.api_policy(http.clone()))?;
        let media = build(config.media_policy(http.clone()))?;
        Ok(Self::over(config, api, media, clock))
    }

    /// A client over HTTP clients made elsewhere: one for the API, one for sessions and recordings.
    pub fn over(config: VoximplantConfig, api: HttpClient, media: HttpClient, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Shared { config, api, media, clock }))
    }

    /// `Bearer …`; `None` with an account's own key, which has no such form.
    fn bearer(&self) -> Result<Option<String>, VoximplantError> {
        match &self.0.config.credentials {
            Credentials::ServiceAccount(service) => {
                let token = service.token(self.0.clock.now())?;
                Ok(Some(format!("Bearer {}", token.expose_secret())))
            }
            Credentials::ApiKey { .. } => Ok(None),
        }
    }

    fn body(&self, form: &Form) -> String {
        let mut body = form_urlencoded::Serializer::new(String::new());
        for (name, value) in form {
            body.append_pair(name, value);
        }
        if let Credentials::ApiKey { account, key } = &self.0.config.credentials {
            body.append_pair("account_id", &account.to_string());
            body.append_pair("api_key", key.expose_secret());
        }
        body.finish()
    }

    /// One request under the policy.
    async fn send(&self, method: Method, form: &Form) -> Result<Value, VoximplantError> {
        let shared = &self.0;
        let exchange = Exchange {
            name: failure::span(method),
            repeat: if method.delicacy == Delicacy::Read { Repeat::Freely } else { Repeat::OnlyIfUnsent },
            classify: if method.delicacy == Delicacy::Start { &NeverAgain } else { &InsideOut },
            timeout: None,
        };
        let (url, body) = (shared.config.method_url(method.name), self.body(form));
        // what the last attempt said, when it was handed to the policy as a failure of transport
        let said = Mutex::new(None);
        let build = || {
            let request = self.bearer().map_err(|error| {
                set(&said, Some(error));
                HttpError::InvalidRequest { reason: "no token".into() }
            });
            let request = request.and_then(|bearer| {
                let request = shared.api.request(Verb::POST, url.clone());
                let request =
                    request.header("content-type", "application/x-www-form-urlencoded; charset=UTF-8");
                let request = bearer
                    .into_iter()
                    .fold(request, |request, bearer| request.header("authorization", bearer));
                request.body(body.clone()).build().map_err(HttpError::from)
            });
            async { request }
        };
        let read = |answer: Answer| async {
            // a failure without words of the platform must not be told in the words of an earlier one
            set(&said, None);
            let body = answer.bytes(MOST_BYTES).await?;
            let error = match wire::decode(method.name, &body) {
                Ok(value) => return Ok(Ok(value)),
                Err(error) => error,
            };
            let Some(passing) = passing(method, &error) else { return Ok(Err(error)) };
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
impl Carrier for VoximplantClient {
    async fn carry(&self, method: Method, form: Form) -> Result<Value, VoximplantError> {
        match self.send(method, &form).await {
            // a token can run out on its way; nothing was done then, and a new one is signed at once
            Err(VoximplantError::Unauthorized { code: 456, .. }) => self.send(method, &form).await,
            outcome => outcome,
        }
    }
}
