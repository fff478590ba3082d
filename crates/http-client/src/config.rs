//! What a client is told: limits, proxy, name. Values only; nothing is read from outside.

use std::time::Duration;

use secrecy::SecretString;

use crate::RetryPolicy;

/// Where requests go through.
#[derive(Debug, Clone)]
pub struct ProxyConfig {
    /// `http://`, `https://`, `socks5://` or `socks5h://` address; a secret, for it may hold a password.
    pub url: SecretString,
    /// Hosts that are reached directly, as in `NO_PROXY`: `localhost,.internal,10.0.0.0/8`.
    pub bypass: Option<String>,
}

/// One policy for all requests of a client.
#[derive(Debug, Clone)]
pub struct HttpClientConfig {
    /// Longest wait for a connection.
    pub connect_timeout: Duration,
    /// Longest silence in the middle of an answer.
    pub read_timeout: Duration,
    /// Longest time for one attempt, body included; `None` = no such limit. A cut download
    /// resumes where it stood.
    pub total_timeout: Option<Duration>,
    /// `None` = straight; the system's proxy variables are never looked at here.
    pub proxy: Option<ProxyConfig>,
    /// `User-Agent` of every request.
    pub user_agent: String,
    /// How often and how patiently to try again.
    pub retry: RetryPolicy,
}

impl Default for HttpClientConfig {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            total_timeout: Some(Duration::from_hours(1)),
            proxy: None,
            user_agent: concat!("zvonar/", env!("CARGO_PKG_VERSION")).to_owned(),
            retry: RetryPolicy::default(),
        }
    }
}
