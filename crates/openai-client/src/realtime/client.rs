//! The live client. The house's HTTP client asks for the upgrade, so proxies, extra roots and refusals
//! are what they are for every other request; the socket is ours from then on.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::Money;
use http_client::{
    HttpClient, HttpClientConfig, Opening, SocketEnd, TextSocket,
    http::{HeaderMap, header},
    open_socket,
};
use reqwest::Response;
use tokio::time::timeout;

use super::{RealtimeApi, RealtimeConnection, RealtimeSession, RealtimeUsage, fate, link::Link};
use crate::{OpenAiConfig, OpenAiError, PriceTable};

/// Somebody is on the line: whoever does not answer in this time is not there.
const MOST_OPENING: Duration = Duration::from_secs(5);
/// The largest event: a whole conversation item with sound is some MB.
const MOST_EVENT: usize = 16 << 20;
/// Sound of ten seconds and more that the network does not take.
const MOST_UNSENT: usize = 256 << 10;
/// Of a refusal's body.
const MOST_REFUSAL: usize = 64 << 10;

/// Realtime conversation with a model behind one end point. A cheap handle.
#[derive(Clone)]
pub struct OpenAiRealtime {
    http: HttpClient,
    url: Arc<str>,
    headers: HeaderMap,
    provider: Arc<str>,
    model: Arc<str>,
    prices: Arc<PriceTable>,
}

impl fmt::Debug for OpenAiRealtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAiRealtime")
            .field("provider", &self.provider)
            .field("model", &self.model)
            .finish_non_exhaustive()
    }
}

impl OpenAiConfig {
    /// From an address of realtime as people write it: `wss://host/v1/realtime`, `https://host/v1`.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn for_realtime(url: &str, api_key: secrecy::SecretString) -> Result<Self, OpenAiError> {
        let url = url.trim().trim_end_matches('/');
        let url = url.strip_suffix("/realtime").unwrap_or(url);
        let http = url
            .strip_prefix("wss://")
            .map(|rest| format!("https://{rest}"))
            .or_else(|| url.strip_prefix("ws://").map(|rest| format!("http://{rest}")));
        Self::new(http.as_deref().unwrap_or(url), api_key)
    }

    /// The policy that suits a socket, to build an [`HttpClient`] from.
    pub fn realtime_http(&self) -> HttpClientConfig {
        HttpClientConfig {
            connect_timeout: MOST_OPENING,
            total_timeout: None,
            // an upgrade is a thing of HTTP/1.1
            http1_only: true,
            ..self.http()
        }
    }
}

impl OpenAiRealtime {
    /// A client for one model; `http` is to be built from [`OpenAiConfig::realtime_http`].
    ///
    /// # Errors
    /// [`OpenAiError::Config`] when the key cannot be sent, or the model has no name.
    pub fn new(http: HttpClient, config: OpenAiConfig, model: &str) -> Result<Self, OpenAiError> {
        let model = model.trim();
        if model.is_empty() {
            return Err(OpenAiError::Config("the realtime model has no name".to_owned()));
        }
        let mut url = config.base_url.clone();
        url.set_path(&format!("{}/realtime", url.path().trim_end_matches('/')));
        url.query_pairs_mut().append_pair("model", model);
        Ok(Self {
            http,
            url: url.as_str().into(),
            headers: config.headers()?,
            provider: config.provider().into(),
            model: model.into(),
            prices: Arc::new(config.prices),
        })
    }

    /// A client with an HTTP client of its own, by the configuration's policy.
    ///
    /// # Errors
    /// As [`Self::new`], and when the proxy or a certificate is wrong.
    pub fn with_own_client(config: OpenAiConfig, model: &str) -> Result<Self, OpenAiError> {
        let http = HttpClient::new(config.realtime_http())
            .map_err(|error| OpenAiError::Config(error.to_string()))?;
        Self::new(http, config, model)
    }

    /// Whether the part works: opens a session and leaves it, which costs nothing.
    ///
    /// # Errors
    /// What a call would fail with.
    pub async fn check(&self) -> Result<(), OpenAiError> {
        let connection = self.connect(&RealtimeSession::default()).await?;
        // the other side owes us no goodbye
        let _ = timeout(Duration::from_secs(1), connection.close()).await;
        Ok(())
    }

    async fn open(&self, session: &RealtimeSession) -> Result<Link, OpenAiError> {
        let request = self.http.inner().get(&*self.url).headers(self.headers.clone());
        let opened = open_socket(request).await.map_err(|error| fate::unsent(&self.provider, error))?;
        let stream = match opened {
            Opening::Stands(stream) => stream,
            Opening::Refused(answer) => return Err(self.refused(answer).await),
            Opening::NotOurs => {
                return Err(OpenAiError::BadAnswer {
                    provider: self.provider.to_string(),
                    message: "its upgrade is not for our key".to_owned(),
                });
            }
        };
        let socket = TextSocket::new(stream, SocketEnd::Client, MOST_EVENT, MOST_UNSENT);
        let mut link = Link::new(socket, Arc::clone(&self.provider));
        link.take_settings(session).await?;
        Ok(link)
    }

    async fn refused(&self, mut response: Response) -> OpenAiError {
        let status = response.status();
        let wait = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
        let wait = wait.map(str::to_owned);
        let mut body = Vec::new();
        while let Ok(Some(piece)) = response.chunk().await {
            body.extend_from_slice(&piece);
            if body.len() > MOST_REFUSAL {
                break;
            }
        }
        fate::refused(&self.provider, status, &body, wait.as_deref())
    }
}

#[async_trait]
impl RealtimeApi for OpenAiRealtime {
    fn model(&self) -> &str {
        &self.model
    }

    async fn connect(&self, session: &RealtimeSession) -> Result<RealtimeConnection, OpenAiError> {
        match timeout(MOST_OPENING, self.open(session)).await {
            Ok(link) => link.map(RealtimeConnection::new),
            Err(_) => Err(fate::lost(&self.provider, "it did not open a session in time")),
        }
    }

    fn price(&self, usage: &RealtimeUsage) -> Option<Money> {
        self.prices.realtime(&self.model, usage)
    }

    fn hearing_price(&self, model: &str, duration_ms: u64) -> Option<Money> {
        self.prices.speech(model, duration_ms)
    }
}
