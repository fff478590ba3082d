//! The client: builds the one `reqwest` client and maps statuses to errors once.

use std::{sync::Arc, time::Duration};

use reqwest::{
    Proxy, Response, StatusCode,
    header::{HeaderMap, RETRY_AFTER},
    redirect,
};
use secrecy::ExposeSecret as _;
use url::Url;

use crate::{HttpClientConfig, HttpError, Jitter, RandomJitter, RetryPolicy};

/// Redirects followed in one request; the model hub needs two.
const MOST_REDIRECTS: usize = 5;

/// A cheap handle: clones share connections.
#[derive(Debug, Clone)]
pub struct HttpClient {
    pub(crate) inner: reqwest::Client,
    pub(crate) retry: RetryPolicy,
    pub(crate) jitter: Arc<dyn Jitter>,
}

impl HttpClient {
    /// Builds the client.
    ///
    /// # Errors
    /// [`HttpError::InvalidRequest`] when the proxy's address or the user agent is wrong.
    pub fn new(config: HttpClientConfig) -> Result<Self, HttpError> {
        Self::with_jitter(config, Arc::new(RandomJitter))
    }

    /// Builds the client with a given source of chance.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_jitter(config: HttpClientConfig, jitter: Arc<dyn Jitter>) -> Result<Self, HttpError> {
        let mut builder = reqwest::Client::builder()
            .user_agent(config.user_agent)
            .connect_timeout(config.connect_timeout)
            .read_timeout(config.read_timeout)
            .redirect(redirect::Policy::custom(follow));
        if let Some(limit) = config.total_timeout {
            builder = builder.timeout(limit);
        }
        builder = match config.proxy {
            None => builder.no_proxy(),
            Some(proxy) => {
                // the parser's words would repeat the address, password included
                let parsed =
                    Proxy::all(proxy.url.expose_secret()).map_err(|_| HttpError::InvalidRequest {
                        reason: "the proxy's address is not a URL such as http://proxy:3128".into(),
                    })?;
                let bypass = proxy.bypass.as_deref().and_then(reqwest::NoProxy::from_string);
                builder.proxy(parsed.no_proxy(bypass))
            }
        };
        let inner = builder.build().map_err(|error| HttpError::InvalidRequest {
            reason: format!("the HTTP client cannot be set up: {}", error.without_url()),
        })?;
        Ok(Self { inner, retry: config.retry, jitter })
    }
}

/// Follows a few redirects, and none from https to http.
fn follow(attempt: redirect::Attempt<'_>) -> redirect::Action {
    if attempt.previous().len() > MOST_REDIRECTS {
        return attempt.error("too many redirects");
    }
    let was_secure = attempt.previous().last().is_some_and(|url| url.scheme() == "https");
    if was_secure && attempt.url().scheme() != "https" {
        return attempt.error("redirect from https to http");
    }
    attempt.follow()
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

/// What a failed transport means.
pub(crate) fn transport_error(what: &str, error: reqwest::Error) -> HttpError {
    let what = what.to_owned();
    let error = error.without_url();
    let reason = root_cause(&error);
    if error.is_builder() {
        return HttpError::InvalidRequest { reason };
    }
    if error.is_redirect() {
        return HttpError::UnexpectedResponse { what, reason };
    }
    HttpError::Unavailable { what, reason, retry_after: None }
}

/// The innermost words: "connection refused" says more than "error sending request".
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// What a status that is no success means.
pub(crate) fn status_error(what: &str, response: &Response) -> HttpError {
    let (what, status) = (what.to_owned(), response.status());
    let retry_after = retry_after(response.headers());
    match status {
        StatusCode::NOT_FOUND | StatusCode::GONE => HttpError::NotFound { what },
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
            HttpError::Unauthorized { what, status: status.as_u16() }
        }
        StatusCode::TOO_MANY_REQUESTS => HttpError::RateLimited { what, retry_after },
        StatusCode::REQUEST_TIMEOUT => {
            HttpError::Unavailable { what, reason: status.to_string(), retry_after }
        }
        _ if status.is_server_error() => {
            HttpError::Unavailable { what, reason: status.to_string(), retry_after }
        }
        _ => HttpError::UnexpectedResponse { what, reason: status.to_string() },
    }
}

/// `Retry-After` in its form of seconds; the form of a date needs a clock and is rare.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
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
        let config = HttpClientConfig {
            proxy: Some(crate::ProxyConfig {
                url: "http://user:hunter2@[bad".to_owned().into(),
                bypass: None,
            }),
            ..HttpClientConfig::default()
        };
        let error = HttpClient::new(config).unwrap_err();
        assert!(matches!(error, HttpError::InvalidRequest { .. }), "{error:?}");
        assert!(!format!("{error:?} {error}").contains("hunter2"));
    }
}
