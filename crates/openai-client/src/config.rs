//! Where a provider is and how it is asked. Values only; nothing is read from the environment.
//!
//! Speech and chat have a configuration each: they may be different providers with different keys.

use std::time::Duration;

use http_client::{HttpClientConfig, ProxyConfig, RateLimit, RetryPolicy};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::{OpenAiError, PriceTable};

/// Where OpenAI itself answers.
pub const OPENAI_URL: &str = "https://api.openai.com/v1";

/// The official clients stop at this: a longer wish goes back to the caller.
const LONGEST_WAIT: Duration = Duration::from_mins(2);

/// One end point of a provider.
#[derive(Debug, Clone)]
pub struct OpenAiConfig {
    /// Up to and including the version: `https://api.openai.com/v1`.
    pub base_url: Url,
    /// Sent as a bearer; spaces around it are dropped. Empty = not sent, for local servers.
    pub api_key: SecretString,
    /// `OpenAI-Organization`.
    pub organization: Option<String>,
    /// `OpenAI-Project`; Yandex wants its folder here.
    pub project: Option<String>,
    /// Longest time for one whole answer of a chat, one attempt.
    pub chat_timeout: Duration,
    /// Longest time for one transcription, beside half the sound's length.
    pub speech_timeout: Duration,
    /// How fast to ask.
    pub limits: RateLimit,
    /// Through what.
    pub proxy: Option<ProxyConfig>,
    /// Certificates (PEM) that are trusted besides the system's.
    pub extra_root_pem: Option<Vec<u8>>,
    /// What models cost.
    pub prices: PriceTable,
}

impl OpenAiConfig {
    /// With the usual limits and the embedded prices.
    ///
    /// # Errors
    /// [`OpenAiError::Config`] if the address is no http(s) URL.
    pub fn new(base_url: &str, api_key: SecretString) -> Result<Self, OpenAiError> {
        let wrong = || {
            OpenAiError::Config(format!(
                "the base address must be an http(s) URL without a query such as {OPENAI_URL}"
            ))
        };
        let base_url = Url::parse(base_url.trim()).map_err(|_| wrong())?;
        let plain = base_url.query().is_none() && base_url.fragment().is_none();
        let bare = base_url.username().is_empty() && base_url.password().is_none();
        if !matches!(base_url.scheme(), "http" | "https") || !plain || !bare || base_url.host().is_none() {
            return Err(wrong());
        }
        Ok(Self {
            base_url,
            api_key,
            organization: None,
            project: None,
            chat_timeout: Duration::from_mins(2),
            speech_timeout: Duration::from_mins(1),
            limits: RateLimit::default(),
            proxy: None,
            extra_root_pem: None,
            prices: PriceTable::embedded()?,
        })
    }

    /// The policy that suits this end point, to build an [`http_client::HttpClient`] from.
    pub fn http(&self) -> HttpClientConfig {
        HttpClientConfig {
            // between two events of a stream; whole answers have their own limits
            read_timeout: Duration::from_mins(1),
            total_timeout: Some(Duration::from_mins(30)),
            proxy: self.proxy.clone(),
            extra_root_pem: self.extra_root_pem.clone(),
            retry: RetryPolicy {
                attempts: 4,
                first_delay: Duration::from_millis(500),
                longest_delay: LONGEST_WAIT,
            },
            limits: self.limits,
            ..HttpClientConfig::default()
        }
    }

    /// Host and port, for errors.
    pub(crate) fn provider(&self) -> String {
        let host = self.base_url.host_str().unwrap_or_default();
        self.base_url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// The address without the slash at its end: paths begin with one.
    pub(crate) fn base(&self) -> String {
        self.base_url.as_str().trim_end_matches('/').to_owned()
    }

    /// The headers of every request, checked here: the library below panics on bad ones.
    pub(crate) fn headers(&self) -> Result<HeaderMap, OpenAiError> {
        let mut headers = HeaderMap::new();
        let key = self.api_key.expose_secret().trim();
        if !key.is_empty() {
            let mut bearer = HeaderValue::from_str(&format!("Bearer {key}")).map_err(|_| {
                OpenAiError::Config("the API key holds a line break or another odd sign: copy it anew".into())
            })?;
            bearer.set_sensitive(true);
            headers.insert(AUTHORIZATION, bearer);
        }
        for (name, value) in [("openai-organization", &self.organization), ("openai-project", &self.project)]
        {
            let Some(value) = value.as_deref().map(str::trim).filter(|value| !value.is_empty()) else {
                continue;
            };
            let value = HeaderValue::from_str(value)
                .map_err(|_| OpenAiError::Config(format!("{name} holds signs that no header may hold")))?;
            headers.insert(HeaderName::from_static(name), value);
        }
        Ok(headers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_must_be_plain_http() {
        for wrong in ["api.openai.com/v1", "ftp://x/v1", "https://x/v1?key=1", "https://u:p@x/v1", ""] {
            let error = OpenAiConfig::new(wrong, "k".into()).unwrap_err().to_string();
            assert!(error.contains("base address") && !error.contains("key=1"), "{error}");
        }
        let config = OpenAiConfig::new(" http://localhost:8000/v1/ ", "k".into()).unwrap();
        assert_eq!(
            (config.base(), config.provider()),
            ("http://localhost:8000/v1".into(), "localhost:8000".into())
        );
    }

    #[test]
    fn a_bad_key_is_told_without_repeating_it() {
        let config = OpenAiConfig::new(OPENAI_URL, "sk-sec\nret".into()).unwrap();
        let error = config.headers().unwrap_err();
        assert!(!format!("{error:?} {config:?}").contains("sk-sec"));
    }

    #[test]
    fn no_key_sends_no_bearer_and_blanks_are_no_organization() {
        let mut config = OpenAiConfig::new(OPENAI_URL, "  ".into()).unwrap();
        config.organization = Some(" ".to_owned());
        config.project = Some("b1gfolder".to_owned());
        let headers = config.headers().unwrap();
        assert_eq!(headers.len(), 1);
        assert_eq!(headers["openai-project"], "b1gfolder");
    }
}
