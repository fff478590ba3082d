//! The live client. The house's HTTP client asks for the upgrade, so proxies, extra roots and refusals
//! are what they are for every other request; the socket is ours from then on.

use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use async_trait::async_trait;
use domain::Money;
use futures::{SinkExt as _, StreamExt as _};
use http_client::{
    HttpClient, HttpClientConfig,
    http::{HeaderMap, StatusCode, header},
};
use reqwest::{Response, Upgraded, Version};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, timeout};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message,
        handshake::{client::generate_key, derive_accept_key},
        protocol::{Role, WebSocketConfig},
    },
};

use super::{
    RealtimeApi, RealtimeCommand, RealtimeConnection, RealtimeEvent, RealtimeLink, RealtimeSession,
    RealtimeUsage, fate, read::read, write,
};
use crate::{OpenAiConfig, OpenAiError, PriceTable};

/// Somebody is on the line: whoever does not answer in this time is not there.
const MOST_OPENING: Duration = Duration::from_secs(5);
/// Proxies drop a socket that is silent; a robot that listens is.
const PING: Duration = Duration::from_secs(20);
/// Neither a word nor a pong for so long: the other side is gone.
const SILENT: Duration = Duration::from_secs(50);
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
        let key = generate_key();
        let request = self
            .http
            .inner()
            .get(&*self.url)
            .version(Version::HTTP_11)
            .headers(self.headers.clone())
            .header(header::CONNECTION, "Upgrade")
            .header(header::UPGRADE, "websocket")
            .header(header::SEC_WEBSOCKET_VERSION, "13")
            .header(header::SEC_WEBSOCKET_KEY, &key);
        let response = request.send().await.map_err(|error| fate::unsent(&self.provider, error))?;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            return Err(self.refused(response).await);
        }
        let accepted =
            response.headers().get(header::SEC_WEBSOCKET_ACCEPT).map(header::HeaderValue::as_bytes);
        if accepted != Some(derive_accept_key(key.as_bytes()).as_bytes()) {
            return Err(OpenAiError::BadAnswer {
                provider: self.provider.to_string(),
                message: "its upgrade is not for our key".to_owned(),
            });
        }
        let stream = response.upgrade().await.map_err(|error| fate::unsent(&self.provider, error))?;
        let mut config = WebSocketConfig::default();
        // the defaults reserve 256 KB a call; an event of sound has one or two
        (config.read_buffer_size, config.write_buffer_size) = (8 << 10, 8 << 10);
        config.max_write_buffer_size = MOST_UNSENT;
        (config.max_message_size, config.max_frame_size) = (Some(MOST_EVENT), Some(MOST_EVENT));
        let socket = WebSocketStream::from_raw_socket(stream, Role::Client, Some(config)).await;
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

/// A session over a socket.
struct Link {
    socket: WebSocketStream<Upgraded>,
    provider: Arc<str>,
    ping: Interval,
    heard_at: Instant,
    is_over: bool,
    /// Something is to be handed to the network.
    is_full: bool,
}

impl Link {
    fn new(socket: WebSocketStream<Upgraded>, provider: Arc<str>) -> Self {
        let mut ping = interval(PING);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { socket, provider, ping, heard_at: Instant::now(), is_over: false, is_full: false }
    }

    /// `session.created` → ours → `session.updated`: sound that goes before would be heard by other settings.
    async fn take_settings(&mut self, session: &RealtimeSession) -> Result<(), OpenAiError> {
        self.until(|event| matches!(event, RealtimeEvent::SessionCreated { .. })).await?;
        let settings = Message::text(write::settings(session));
        self.socket.send(settings).await.map_err(|error| fate::broken(&self.provider, &error))?;
        self.until(|event| matches!(event, RealtimeEvent::SessionUpdated)).await
    }

    async fn until(&mut self, wanted: impl Fn(&RealtimeEvent) -> bool) -> Result<(), OpenAiError> {
        loop {
            let event = std::future::poll_fn(|cx| self.poll_event(cx)).await;
            match event.transpose()? {
                None => return Err(fate::lost(&self.provider, "it closed the session at once")),
                Some(RealtimeEvent::Fault(fault)) => {
                    return Err(fate::refused_session(&self.provider, fault));
                }
                Some(event) if wanted(&event) => return Ok(()),
                Some(_) => {}
            }
        }
    }

    fn queue(&mut self, text: String) -> Result<(), OpenAiError> {
        if self.is_over {
            return Err(fate::lost(&self.provider, "the session is closed"));
        }
        self.is_full = true;
        self.socket
            .start_send_unpin(Message::text(text))
            .map_err(|error| fate::broken(&self.provider, &error))
    }

    /// Pings when it is time; the answer is looked for at the next tick.
    fn keep_alive(&mut self, cx: &mut Context<'_>) -> Result<(), OpenAiError> {
        while self.ping.poll_tick(cx).is_ready() {
            if self.heard_at.elapsed() > SILENT {
                return Err(fate::lost(&self.provider, "it is silent"));
            }
            self.is_full = true;
            let ping = Message::Ping(bytes::Bytes::new());
            self.socket.start_send_unpin(ping).map_err(|error| fate::broken(&self.provider, &error))?;
        }
        Ok(())
    }
}

impl RealtimeLink for Link {
    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<RealtimeEvent, OpenAiError>>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        if let Err(error) = self.keep_alive(cx) {
            self.is_over = true;
            return Poll::Ready(Some(Err(error)));
        }
        loop {
            let Some(message) = ready!(self.socket.poll_next_unpin(cx)) else {
                self.is_over = true;
                return Poll::Ready(None);
            };
            self.heard_at = Instant::now();
            match message {
                Ok(Message::Text(text)) => return Poll::Ready(Some(Ok(read(&text)))),
                Ok(Message::Close(frame)) => {
                    return Poll::Ready(Some(Ok(RealtimeEvent::Fault(fate::goodbye(frame.as_ref())))));
                }
                Ok(_) => {}
                Err(error) => {
                    self.is_over = true;
                    return Poll::Ready(Some(Err(fate::broken(&self.provider, &error))));
                }
            }
        }
    }

    fn append(&mut self, base64: &str) -> Result<(), OpenAiError> {
        self.queue(write::append(base64))
    }

    fn send(&mut self, command: &RealtimeCommand) -> Result<(), OpenAiError> {
        self.queue(write::written(command))
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), OpenAiError>> {
        if !self.is_full {
            return Poll::Ready(Ok(()));
        }
        let flushed = ready!(self.socket.poll_flush_unpin(cx));
        self.is_full = false;
        Poll::Ready(flushed.map_err(|error| fate::broken(&self.provider, &error)))
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.is_over = true;
        self.socket.poll_close_unpin(cx).map(|_| ())
    }
}
