//! The client: the one `reqwest` client of a policy, and what the policy remembers.

use std::{sync::Arc, time::Duration};

use domain::Clock;
use reqwest::{Certificate, IntoUrl, Method, Proxy, RequestBuilder};
use secrecy::ExposeSecret as _;
use url::Url;

use crate::{
    AddressGuard, HttpClientConfig, HttpError, Jitter, ProxyConfig, RandomJitter, RetryPolicy, Transport,
    circuit::Circuit,
    guard::GuardedNames,
    pace::Pace,
    transport::{Wire, root_cause},
};

/// A cheap handle: clones share connections, pace and circuit. One per provider.
#[derive(Debug, Clone)]
pub struct HttpClient {
    inner: reqwest::Client,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) retry: RetryPolicy,
    pub(crate) jitter: Arc<dyn Jitter>,
    pub(crate) clock: Option<Arc<dyn Clock>>,
    pub(crate) pace: Arc<Pace>,
    pub(crate) circuit: Arc<Circuit>,
    pub(crate) times: Times,
    pub(crate) max_error_body: usize,
    pub(crate) guard: Option<AddressGuard>,
}

/// The configured time limits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    pub(crate) connect: Duration,
    pub(crate) read: Duration,
    pub(crate) total: Option<Duration>,
}

impl HttpClient {
    /// Builds the client.
    ///
    /// # Errors
    /// [`HttpError::InvalidRequest`] when the proxy's address, a certificate or the user
    /// agent is wrong.
    pub fn new(config: HttpClientConfig) -> Result<Self, HttpError> {
        Self::with_jitter(config, Arc::new(RandomJitter))
    }

    /// Builds the client with a given source of chance.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_jitter(config: HttpClientConfig, jitter: Arc<dyn Jitter>) -> Result<Self, HttpError> {
        let inner = wire(&config)?;
        Ok(Self {
            transport: Arc::new(Wire(inner.clone())),
            inner,
            retry: config.retry,
            jitter,
            clock: None,
            pace: Pace::shared(config.limits, config.shared),
            circuit: Circuit::new(config.circuit),
            times: Times {
                connect: config.connect_timeout,
                read: config.read_timeout,
                total: config.total_timeout,
            },
            max_error_body: config.max_error_body,
            guard: config.guard,
        })
    }

    /// The wall clock, for a `Retry-After` date in an answer without a `Date`. Without a
    /// clock such a date is no wish.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Sends through `transport` instead of the network: for tests under virtual time.
    #[must_use]
    pub fn with_transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = transport;
        self
    }

    /// Begins a request; hand it built to [`Self::exchange`].
    pub fn request(&self, method: Method, url: impl IntoUrl) -> RequestBuilder {
        self.inner.request(method, url)
    }

    /// The `reqwest` client. What it sends by itself knows no pace, circuit or repeats.
    pub fn inner(&self) -> &reqwest::Client {
        &self.inner
    }

    /// Nobody starts for `pause` (an hour at most): for a provider whose wish to wait comes
    /// inside a success, in the words of its own protocol.
    pub fn pause(&self, pause: Duration) {
        self.pace.pause(pause);
    }
}

fn wire(config: &HttpClientConfig) -> Result<reqwest::Client, HttpError> {
    let mut builder = reqwest::Client::builder()
        .user_agent(&config.user_agent)
        .connect_timeout(config.connect_timeout)
        .redirect(config.redirects.policy(config.guard.as_ref()))
        // the address that redirects may be signed: the next host must not read it
        .referer(false);
    // how long to wait for the head is each exchange's own; this bounds what goes past the policy
    if let Some(limit) = config.total_timeout {
        builder = builder.timeout(limit);
    }
    if config.http1_only {
        builder = builder.http1_only();
    }
    if let Some(pem) = &config.extra_root_pem {
        let roots = Certificate::from_pem_bundle(pem).ok().filter(|roots| !roots.is_empty());
        let roots = roots.ok_or_else(|| HttpError::InvalidRequest {
            reason: "the extra root certificates are no PEM: BEGIN CERTIFICATE is expected".into(),
        })?;
        builder = builder.tls_certs_merge(roots);
    }
    if let Some(guard) = &config.guard {
        if config.proxy.is_some() {
            return Err(HttpError::InvalidRequest {
                reason: "a client that is held to public addresses goes through no proxy".into(),
            });
        }
        builder = builder.dns_resolver(Arc::new(GuardedNames(guard.clone())));
    }
    builder = match &config.proxy {
        None => builder.no_proxy(),
        Some(proxy) => builder.proxy(through(proxy)?),
    };
    builder.build().map_err(|error| HttpError::InvalidRequest {
        reason: format!("the HTTP client cannot be set up: {}", root_cause(&error.without_url())),
    })
}

fn through(proxy: &ProxyConfig) -> Result<Proxy, HttpError> {
    // the parser's words would repeat the address, password included
    let wrong = || HttpError::InvalidRequest {
        reason: "the proxy's address is not a URL such as http://proxy:3128 or socks5h://proxy:1080".into(),
    };
    let address = Url::parse(proxy.url.expose_secret()).map_err(|_| wrong())?;
    if !matches!(address.scheme(), "http" | "https" | "socks5" | "socks5h") {
        return Err(wrong());
    }
    let parsed = Proxy::all(address).map_err(|_| wrong())?;
    Ok(parsed.no_proxy(proxy.bypass.as_deref().and_then(reqwest::NoProxy::from_string)))
}

/// The address without the parts that hold secrets.
pub(crate) fn public(url: &Url) -> String {
    let mut shown = url.clone();
    shown.set_query(None);
    shown.set_fragment(None);
    // fails only for addresses that cannot hold a user at all
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_addresses_hold_no_secrets() {
        let url = Url::parse("https://user:pass@host/path/file.bin?X-Amz-Signature=abc#frag").unwrap();
        assert_eq!(public(&url), "https://host/path/file.bin");
    }

    #[test]
    fn a_wrong_proxy_is_refused_without_repeating_it() {
        for wrong in ["http://user:hunter2@[bad", "ftp://user:hunter2@proxy", "user:hunter2@proxy:3128"] {
            let config = HttpClientConfig {
                proxy: Some(ProxyConfig { url: wrong.to_owned().into(), bypass: None }),
                ..HttpClientConfig::default()
            };
            let error = HttpClient::new(config).unwrap_err();
            assert!(matches!(error, HttpError::InvalidRequest { .. }), "{error:?}");
            assert!(!format!("{error:?} {error}").contains("hunter2"));
        }
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        for wrong in
            [&b""[..], b"not a PEM", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
        {
            let config =
                HttpClientConfig { extra_root_pem: Some(wrong.to_vec()), ..HttpClientConfig::default() };
            let error = HttpClient::new(config).unwrap_err();
            assert!(matches!(error, HttpError::InvalidRequest { .. }), "{error:?}");
        }
    }
}
