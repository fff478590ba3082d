//! What a client is told: limits, pace, proxy, name. Values only; nothing is read from outside.

use std::{sync::Arc, time::Duration};

use secrecy::SecretString;

use crate::{AddressGuard, Redirects, RetryPolicy, SharedPace};

/// Where requests go through.
#[derive(Debug, Clone)]
pub struct ProxyConfig {
    /// `http://`, `https://`, `socks5://` or `socks5h://` address; a secret, for it may hold a password.
    pub url: SecretString,
    /// Hosts that are reached directly, as in `NO_PROXY`: `localhost,.internal,10.0.0.0/8`.
    pub bypass: Option<String>,
}

/// How fast a provider may be asked. Both figures are ceilings: an answer that says «slow
/// down» halves them, and each accepted request afterwards gives a little back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RateLimit {
    /// Most requests in any 60 seconds, spread evenly; `None` = no such limit.
    pub per_minute: Option<u32>,
    /// Most exchanges at once, reading of the body included; `None` = no such limit.
    pub concurrent: Option<usize>,
}

/// When a provider is left alone for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CircuitPolicy {
    /// Broken connections and 5xx answers in a row, over all exchanges of the client, that
    /// open the circuit; 0 = it never opens.
    pub failures: u32,
    /// How long nothing is sent then. One request goes first afterwards; when it fails too,
    /// the next pause begins.
    pub pause: Duration,
}

impl Default for CircuitPolicy {
    /// Twice the attempts of one exchange: one unlucky request alone does not stop the others.
    fn default() -> Self {
        Self { failures: 10, pause: Duration::from_secs(30) }
    }
}

/// One policy for all requests of a client.
#[derive(Debug, Clone)]
pub struct HttpClientConfig {
    /// Longest wait for a connection, proxy and TLS included.
    pub connect_timeout: Duration,
    /// Longest silence: before the head of an answer (an exchange that names its own
    /// [`timeout`](crate::Exchange::timeout) waits that long instead) and between two
    /// pieces of a body.
    pub read_timeout: Duration,
    /// Longest time for one attempt, body included; `None` = no such limit. A cut download
    /// resumes where it stood.
    pub total_timeout: Option<Duration>,
    /// `None` = straight; the system's proxy variables are never looked at here.
    pub proxy: Option<ProxyConfig>,
    /// Certificates (PEM, one or more) that are trusted besides the system's, by this client alone.
    pub extra_root_pem: Option<Vec<u8>>,
    /// Which redirects are followed.
    pub redirects: Redirects,
    /// Where the client may go, for addresses that strangers name; `None` = anywhere. Goes with no proxy:
    /// a proxy looks names up by itself.
    pub guard: Option<AddressGuard>,
    /// Never HTTP/2: a connection that is to become a WebSocket cannot be shared.
    pub http1_only: bool,
    /// `User-Agent` of every request.
    pub user_agent: String,
    /// How often and how patiently to try again.
    pub retry: RetryPolicy,
    /// How fast to ask.
    pub limits: RateLimit,
    /// Who gives out the limits where other processes ask the same provider; `None` = nobody does.
    pub shared: Option<Arc<dyn SharedPace>>,
    /// When to leave the provider alone.
    pub circuit: CircuitPolicy,
    /// Bytes of a refusal's body that are kept for the caller; the rest is not read.
    pub max_error_body: usize,
}

impl Default for HttpClientConfig {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            total_timeout: Some(Duration::from_hours(1)),
            proxy: None,
            extra_root_pem: None,
            redirects: Redirects::Follow,
            guard: None,
            http1_only: false,
            user_agent: concat!("zvonar/", env!("CARGO_PKG_VERSION")).to_owned(),
            retry: RetryPolicy::default(),
            limits: RateLimit::default(),
            shared: None,
            circuit: CircuitPolicy::default(),
            max_error_body: 64 << 10,
        }
    }
}
