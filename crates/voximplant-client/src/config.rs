//! Where Voximplant lives and how it is asked. Values only; nothing is read from outside.

use std::time::Duration;

use http_client::{CircuitPolicy, HttpClientConfig, RateLimit};
use secrecy::ExposeSecret as _;
use url::Url;

use crate::{Credentials, RecordUrl, SessionUrl, VoximplantError};

/// `VOXIMPLANT_API_URL` when nothing else is said.
pub const API_URL: &str = "https://api.voximplant.com/platform_api";
/// `VOXIMPLANT_MEDIA_HOSTS` when nothing else is said: these and all below them.
pub const MEDIA_HOSTS: &[&str] = &["voximplant.com"];

/// The official clients wait without end; their users complain of it.
const PATIENCE: Duration = Duration::from_secs(20);

/// How Voximplant is asked.
#[derive(Debug, Clone)]
pub struct VoximplantConfig {
    pub(crate) api: Url,
    pub(crate) credentials: Credentials,
    media_hosts: Vec<String>,
    /// Recordings fetched at the same time.
    pub downloads: usize,
    /// Largest recording, bytes.
    pub max_recording: u64,
}

impl VoximplantConfig {
    /// The API's address and a key; https is demanded except for this machine.
    ///
    /// # Errors
    /// [`VoximplantError::Config`] names the wrong part.
    pub fn new(api: &str, credentials: Credentials) -> Result<Self, VoximplantError> {
        let wrong =
            |why: &str| VoximplantError::Config(format!("VOXIMPLANT_API_URL {why}; an example: {API_URL}"));
        let mut api = Url::parse(api.trim()).map_err(|_| wrong("is no address"))?;
        if api.host().is_none() {
            return Err(wrong("has no host"));
        }
        if api.scheme() != "https" && !(api.scheme() == "http" && is_local(&api)) {
            return Err(wrong("must begin with https: the key travels in every request"));
        }
        if let Ok(mut parts) = api.path_segments_mut() {
            parts.pop_if_empty();
        }
        if let Credentials::ApiKey { key, .. } = &credentials
            && key.expose_secret().trim().is_empty()
        {
            return Err(VoximplantError::Config("VOXIMPLANT_API_KEY is empty".into()));
        }
        let media_hosts = MEDIA_HOSTS.iter().map(|host| (*host).to_owned()).collect();
        Ok(Self { api, credentials, media_hosts, downloads: 4, max_recording: 1 << 30 })
    }

    /// Hosts (each with all below it) whose addresses of sessions and recordings are trusted, instead
    /// of [`MEDIA_HOSTS`]. The API's own host always is.
    ///
    /// # Errors
    /// [`VoximplantError::Config`] for what is no host name.
    pub fn with_media_hosts(mut self, hosts: &[String]) -> Result<Self, VoximplantError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ':' | '[' | ']');
        let clean =
            |host: &String| host.trim().trim_start_matches("*.").trim_matches('.').to_ascii_lowercase();
        self.media_hosts = hosts.iter().map(clean).filter(|host| !host.is_empty()).collect();
        match self.media_hosts.iter().find(|host| !host.chars().all(plain)) {
            Some(host) => Err(VoximplantError::Config(format!(
                "VOXIMPLANT_MEDIA_HOSTS: «{host}» is no host name; an example: voximplant.com"
            ))),
            None => Ok(self),
        }
    }

    /// The policy of the Management API, made of the program's.
    pub fn api_policy(&self, base: HttpClientConfig) -> HttpClientConfig {
        let concurrent = Some(16);
        HttpClientConfig {
            limits: RateLimit { per_minute: None, concurrent },
            read_timeout: PATIENCE,
            ..base
        }
    }

    /// The policy of sessions and recordings, made of the program's: many hosts, so no circuit.
    pub fn media_policy(&self, base: HttpClientConfig) -> HttpClientConfig {
        HttpClientConfig {
            limits: RateLimit { per_minute: None, concurrent: Some(self.downloads.max(1)) },
            circuit: CircuitPolicy { failures: 0, ..base.circuit },
            ..base
        }
    }

    /// The address of a method.
    pub(crate) fn method_url(&self, method: &str) -> Url {
        let mut url = self.api.clone();
        if let Ok(mut parts) = url.path_segments_mut() {
            parts.push(method);
        }
        url
    }

    pub(crate) fn record_url(&self, url: &RecordUrl) -> Result<Url, VoximplantError> {
        self.trusted("a recording", url.expose())
    }

    pub(crate) fn session_url(&self, url: &SessionUrl) -> Result<Url, VoximplantError> {
        self.trusted("a session", url.expose())
    }

    fn trusted(&self, what: &'static str, text: &str) -> Result<Url, VoximplantError> {
        let foreign =
            |host: &str| VoximplantError::ForeignHost { what, host: host.chars().take(100).collect() };
        let url = Url::parse(text).map_err(|_| foreign("no address"))?;
        if self.is_trusted(&url) { Ok(url) } else { Err(foreign(url.host_str().unwrap_or("no host"))) }
    }

    /// Whether an address that came over the wire may be asked: https on a host of the list, or
    /// any port of the API's own host. A token goes nowhere else.
    pub(crate) fn is_trusted(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else { return false };
        let own = self.api.host_str() == Some(host);
        let secure = url.scheme() == "https" || url.scheme() == "http" && own && is_local(url);
        let listed = |name: &String| {
            host == name || host.strip_suffix(name.as_str()).is_some_and(|rest| rest.ends_with('.'))
        };
        secure && (own || self.media_hosts.iter().any(listed))
    }
}

fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AccountId;

    fn config(api: &str) -> Result<VoximplantConfig, VoximplantError> {
        VoximplantConfig::new(api, Credentials::ApiKey { account: AccountId(1), key: "k".to_owned().into() })
    }

    #[test]
    fn methods_stand_below_the_address_whatever_its_slashes() {
        for api in
            [API_URL, "https://api.voximplant.com/platform_api/", " https://api.voximplant.com/platform_api "]
        {
            let url = config(api).unwrap().method_url("GetAccountInfo");
            assert_eq!(url.as_str(), "https://api.voximplant.com/platform_api/GetAccountInfo");
        }
    }

    #[test]
    fn the_key_never_travels_in_the_clear() {
        for (api, word) in [
            ("http://api.voximplant.com/platform_api", "https"),
            ("voximplant", "address"),
            ("data:x", "host"),
        ] {
            let error = config(api).unwrap_err().to_string();
            assert!(error.contains(word) && error.contains("VOXIMPLANT_API_URL"), "{error}");
        }
        config("http://127.0.0.1:8600/platform_api").unwrap();
    }

    #[test]
    fn only_the_platforms_hosts_are_trusted() {
        let ours = config(API_URL).unwrap();
        for (url, trusted) in [
            ("https://storage-gw-us-01.voximplant.com/voximplant-records/x.mp3", true),
            ("https://www-us-01-7.voximplant.com:12093/request/a/b", true),
            ("http://storage.voximplant.com/x.mp3", false),
            ("https://voximplant.com.evil.example/x.mp3", false),
            ("https://evilvoximplant.com/x.mp3", false),
            ("https://169.254.169.254/x", false),
            ("file:///etc/passwd", false),
            ("no address", false),
        ] {
            let answer = ours.record_url(&RecordUrl::new(url));
            assert_eq!(answer.is_ok(), trusted, "{url}");
        }
        let local = config("http://127.0.0.1:8600/platform_api").unwrap();
        assert!(local.session_url(&SessionUrl::new("http://127.0.0.1:9999/request/a/b")).is_ok());
        assert!(local.session_url(&SessionUrl::new("http://127.0.0.2:9999/request/a/b")).is_err());
        let mine = ours.with_media_hosts(&["*.s3.example.ru".into()]).unwrap();
        assert!(mine.record_url(&RecordUrl::new("https://a.s3.example.ru/x.mp3")).is_ok());
        assert!(mine.clone().record_url(&RecordUrl::new("https://storage.voximplant.com/x.mp3")).is_err());
        assert!(mine.with_media_hosts(&["https://x/y".into()]).is_err());
    }
}
