//! One end point under the house's policy: the library builds requests, ours sends them.
//!
//! Two surprises of the library are kept out here: it logs a body that it cannot parse (so it is
//! only handed what parses), and its typed errors break on numeric codes (so refusals are read
//! before it sees them).

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use async_openai::{Client, config::Config, error::OpenAIError, middleware::HttpRequestFactory};
use bytes::Bytes;
use futures::stream::BoxStream;
use http_client::{Exchange, HttpClient, HttpError, Repeat, Whole};
use reqwest::{
    Method, Response,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap},
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::{
    OpenAiConfig, OpenAiError,
    wire::{
        refusal::{self, OpenAiRefusals, Said},
        speech::Upload,
    },
};

/// Largest answer that is read: hours of words with times take a few MB.
const MOST_ANSWER: usize = 16 << 20;

static REFUSALS: OpenAiRefusals = OpenAiRefusals;

/// A provider's address with its key, and the client that keeps its pace.
#[derive(Clone)]
pub(crate) struct Endpoint {
    http: HttpClient,
    openai: Client<Address>,
    provider: Arc<str>,
}

/// What the library asks of a configuration. Its own reads the environment.
#[derive(Clone)]
struct Address {
    base: String,
    headers: HeaderMap,
    key: SecretString,
}

impl Config for Address {
    fn headers(&self) -> HeaderMap {
        self.headers.clone()
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    fn query(&self) -> Vec<(&str, &str)> {
        Vec::new()
    }

    fn api_base(&self) -> &str {
        &self.base
    }

    fn api_key(&self) -> &SecretString {
        &self.key
    }
}

/// An answer that parsed.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) body: Value,
    pub(crate) request_id: Option<String>,
}

/// An error, with the parameter that it is about.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub(crate) struct Trouble {
    pub(crate) error: OpenAiError,
    pub(crate) param: String,
}

impl From<OpenAiError> for Trouble {
    fn from(error: OpenAiError) -> Self {
        Self { error, param: String::new() }
    }
}

impl From<Trouble> for OpenAiError {
    fn from(trouble: Trouble) -> Self {
        trouble.error
    }
}

/// A paid exchange: one repeat where nobody knows whether it was billed.
fn paid(name: &'static str, timeout: Option<Duration>) -> Exchange<'static> {
    Exchange { name, repeat: Repeat::OnceIfUnsure, classify: &REFUSALS, timeout }
}

impl Endpoint {
    pub(crate) fn new(http: HttpClient, config: &OpenAiConfig) -> Result<Self, OpenAiError> {
        let key = SecretString::from(config.api_key.expose_secret().trim());
        let address = Address { base: config.base(), headers: config.headers()?, key };
        let openai = Client::build(http.inner().clone(), address);
        Ok(Self { http, openai, provider: config.provider().into() })
    }

    pub(crate) fn provider(&self) -> &str {
        &self.provider
    }

    /// Chat, the whole answer.
    pub(crate) async fn chat(&self, body: &Value, timeout: Duration) -> Result<Told, Trouble> {
        let (client, id) = self.under_policy(paid("openai.chat", Some(timeout)));
        let answer: Result<Value, _> = client.chat().create_byot(body).await;
        self.told(answer, &id)
    }

    /// Speech to text.
    pub(crate) async fn transcribe(&self, upload: Upload, timeout: Duration) -> Result<Told, Trouble> {
        let (client, id) = self.under_policy(paid("openai.transcription", Some(timeout)));
        let answer: Result<Value, _> = client.audio().transcription().create_byot(upload).await;
        self.told(answer, &id)
    }

    /// Chat, as it comes. Not through the library: it does not tell `[DONE]` from a connection
    /// that was closed, and logs events that it cannot parse.
    pub(crate) async fn chat_stream(
        &self,
        body: &Value,
    ) -> Result<BoxStream<'static, Result<Bytes, HttpError>>, Trouble> {
        let body = Bytes::from(body.to_string());
        let build = || async {
            let request = self.request(Method::POST, "/chat/completions");
            let request =
                request.header(CONTENT_TYPE, "application/json").header(ACCEPT, "text/event-stream");
            Ok(request.body(body.clone()).build()?)
        };
        let answer = self.http.exchange(&paid("openai.chat_stream", None), build).await;
        Ok(answer.map_err(|error| self.trouble(error))?.stream())
    }

    /// The list of models.
    pub(crate) async fn models(&self) -> Result<Value, OpenAiError> {
        let exchange =
            Exchange { repeat: Repeat::Freely, ..paid("openai.models", Some(Duration::from_secs(30))) };
        let build = || async { Ok(self.request(Method::GET, "/models").build()?) };
        let whole = self.http.exchange_whole(&exchange, MOST_ANSWER, build).await;
        let whole = whole.map_err(|error| self.trouble(error).error)?;
        serde_json::from_slice(&whole.body).map_err(|_| self.unreadable(&whole.headers))
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let address = self.openai.config();
        self.http.request(method, address.url(path)).headers(address.headers())
    }

    /// The library for one exchange, and where the provider's id of it will stand.
    fn under_policy(&self, exchange: Exchange<'static>) -> (Client<Address>, Arc<OnceLock<String>>) {
        let id = Arc::new(OnceLock::new());
        let (endpoint, note) = (self.clone(), Arc::clone(&id));
        let service = tower::service_fn(move |factory: HttpRequestFactory| {
            let (endpoint, note) = (endpoint.clone(), Arc::clone(&note));
            async move {
                let build = || {
                    let factory = factory.clone();
                    async move { factory.build().await.map_err(|_| unbuilt()) }
                };
                let whole = endpoint.http.exchange_whole(&exchange, MOST_ANSWER, build).await;
                let whole = whole.map_err(|error| boxed(endpoint.trouble(error)))?;
                if let Some(given) = request_id(&whole.headers) {
                    let _ = note.set(given);
                }
                endpoint.parsing(whole)
            }
        });
        (self.openai.clone().with_http_service(service), id)
    }

    /// Only what parses is handed to the library.
    fn parsing(&self, whole: Whole) -> Result<Response, OpenAIError> {
        if serde_json::from_slice::<IgnoredAny>(&whole.body).is_err() {
            return Err(boxed(self.unreadable(&whole.headers).into()));
        }
        let mut response = http_client::http::Response::new(reqwest::Body::from(whole.body));
        *response.status_mut() = whole.status;
        Ok(response.into())
    }

    fn unreadable(&self, headers: &HeaderMap) -> OpenAiError {
        let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("no type");
        let kind: String = kind.chars().take(60).collect();
        OpenAiError::BadAnswer {
            provider: self.provider.to_string(),
            message: format!("it is no JSON ({kind}); check the base address and what stands before it"),
        }
    }

    fn told(&self, answer: Result<Value, OpenAIError>, id: &OnceLock<String>) -> Result<Told, Trouble> {
        let body = answer.map_err(|error| self.unboxed(error))?;
        if !body["error"].is_null() {
            // some say 200 and mean it not
            let said = Said::of(&body);
            let status = said.code.parse().ok().filter(|code| (400..600).contains(code)).unwrap_or(500);
            return Err(self.refused(status, &said));
        }
        Ok(Told { body, request_id: id.get().cloned() })
    }

    pub(crate) fn refused(&self, status: u16, said: &Said) -> Trouble {
        let param = said.param.clone();
        let error = self.without_key(refusal::refused(&self.provider, status, said, None));
        Trouble { error, param }
    }

    pub(crate) fn trouble(&self, error: HttpError) -> Trouble {
        let param = match &error {
            HttpError::Refused(refused) => Said::read(&refused.body).param,
            _ => String::new(),
        };
        Trouble { error: self.without_key(refusal::failed(&self.provider, error)), param }
    }

    /// Careless servers repeat the key in their refusal.
    fn without_key(&self, mut error: OpenAiError) -> OpenAiError {
        let key = self.openai.config().key.expose_secret();
        if let OpenAiError::Unauthorized { message, .. }
        | OpenAiError::QuotaSpent { message, .. }
        | OpenAiError::Unavailable { message, .. }
        | OpenAiError::Invalid { message, .. } = &mut error
            && !key.is_empty()
            && message.contains(key)
        {
            *message = message.replace(key, "…");
        }
        error
    }

    /// Ours comes back in a box; anything else is the library's own and may quote a body.
    fn unboxed(&self, error: OpenAIError) -> Trouble {
        let message = match error {
            OpenAIError::Boxed(inside) => match inside.downcast::<Trouble>() {
                Ok(trouble) => return *trouble,
                Err(_) => "the request could not be sent",
            },
            OpenAIError::JSONDeserialize(..) => "its shape is not the protocol's",
            _ => "the library could not read it",
        };
        OpenAiError::BadAnswer { provider: self.provider.to_string(), message: message.to_owned() }.into()
    }
}

fn boxed(trouble: Trouble) -> OpenAIError {
    OpenAIError::Boxed(Box::new(trouble))
}

fn unbuilt() -> HttpError {
    HttpError::InvalidRequest { reason: "the request could not be built: check address and file name".into() }
}

fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get("x-request-id")?.to_str().ok()?;
    (!id.is_empty() && id.len() <= 128).then(|| id.to_owned())
}
