//! Where UIS lives and how it is asked. Values only; nothing is read from outside.

use std::{num::NonZeroU32, time::Duration};

use http_client::{CircuitPolicy, HttpClientConfig, RateLimit, Redirects};
use secrecy::SecretString;
use url::Url;

use crate::{CommunicationId, RecordId, RecordingKind, RecordingRef, UisError};

/// `UIS_DATA_API_URL` when nothing else is said.
pub const DATA_API_URL: &str = "https://dataapi.uiscom.ru/v2.0";
/// `UIS_MEDIA_URL` when nothing else is said.
pub const MEDIA_URL: &str = "https://app.uiscom.ru/system/media/talk";

/// What opens the account.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// A key from the cabinet.
    Key(SecretString),
    /// A user of the API: buys a key for an hour and renews it by itself.
    Login {
        /// The user.
        login: String,
        /// Its password.
        password: SecretString,
    },
}

/// How UIS is asked.
#[derive(Debug, Clone)]
pub struct UisConfig {
    pub(crate) api: Url,
    pub(crate) media: Url,
    pub(crate) credentials: Credentials,
    /// Only for an agent who acts for a client: the client's user.
    pub user_id: Option<i64>,
    /// Most requests a minute to the Data API: the tariff's limit, or less to leave some to others.
    pub per_minute: Option<NonZeroU32>,
    /// Recordings fetched at the same time.
    pub downloads: usize,
    /// Longest wait for a connection to the media host: from abroad it often never stands, and a
    /// long wait only holds the line.
    pub media_connect_timeout: Duration,
    /// Largest recording, bytes.
    pub max_recording: u64,
}

impl UisConfig {
    /// Both addresses and a key; https is demanded except for this machine.
    ///
    /// Credentials of one brand are worth nothing at another: `dataapi.uiscom.ru` goes with
    /// `app.uiscom.ru`, `dataapi.comagic.ru` with `app.comagic.ru`.
    ///
    /// # Errors
    /// [`UisError::Config`] names the wrong part.
    pub fn new(api: &str, media: &str, credentials: Credentials) -> Result<Self, UisError> {
        let api = address(api, "UIS_DATA_API_URL", DATA_API_URL)?;
        let mut media = address(media, "UIS_MEDIA_URL", MEDIA_URL)?;
        // the siblings of …/talk are found by its last part: it must have one
        if let Ok(mut parts) = media.path_segments_mut() {
            parts.pop_if_empty();
        }
        let last = media.path_segments().and_then(|mut parts| parts.next_back().map(str::to_owned));
        if last.as_deref() != Some("talk") {
            return Err(UisError::Config(format!("UIS_MEDIA_URL must end with /talk, as in {MEDIA_URL}")));
        }
        let empty = match &credentials {
            Credentials::Key(key) => is_empty(key),
            Credentials::Login { login, password } => login.trim().is_empty() || is_empty(password),
        };
        if empty {
            return Err(UisError::Config(
                "the UIS key is empty; set UIS_ACCESS_TOKEN to a key from the cabinet".into(),
            ));
        }
        Ok(Self {
            api,
            media,
            credentials,
            user_id: None,
            per_minute: None,
            downloads: 4,
            media_connect_timeout: Duration::from_secs(5),
            max_recording: 1 << 30,
        })
    }

    /// The policy of the Data API, made of the program's.
    pub fn api_policy(&self, base: HttpClientConfig) -> HttpClientConfig {
        let per_minute = self.per_minute.map(NonZeroU32::get);
        // a report of 10 000 rows takes its time
        let read_timeout = base.read_timeout.max(Duration::from_mins(1));
        HttpClientConfig { limits: RateLimit { per_minute, concurrent: Some(4) }, read_timeout, ..base }
    }

    /// The policy of the media host, made of the program's: its own circuit, for recordings may
    /// be out of reach while the Data API is well.
    pub fn media_policy(&self, base: HttpClientConfig) -> HttpClientConfig {
        HttpClientConfig {
            connect_timeout: self.media_connect_timeout,
            limits: RateLimit { per_minute: None, concurrent: Some(self.downloads.max(1)) },
            circuit: CircuitPolicy::default(),
            // a recording's address opens it to anyone: no foreign host may learn it
            redirects: self.redirects(),
            ..base
        }
    }

    /// The address of a recording: a secret, for it opens the recording to anyone.
    pub(crate) fn recording_url(&self, recording: &RecordingRef) -> Result<Url, UisError> {
        let RecordingRef { kind, communication, record, link } = recording;
        match (kind, record, link) {
            (RecordingKind::Joined, _, Some(link)) => {
                let url = Url::parse(link.as_str()).ok().filter(|url| self.is_trusted(url));
                url.ok_or_else(|| UisError::BadAnswer {
                    method: "get.calls_report".into(),
                    reason: "full_record_file_link is no https address of a media host of UIS".into(),
                })
            }
            (RecordingKind::Joined, _, None) => {
                Err(UisError::Config("a joined recording without a link".into()))
            }
            (_, None, _) => Err(UisError::Config("a recording without an id".into())),
            (kind, Some(record), _) => self.sibling(*kind, *communication, record),
        }
    }

    fn sibling(
        &self,
        kind: RecordingKind,
        communication: CommunicationId,
        record: &RecordId,
    ) -> Result<Url, UisError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let id = record.as_str();
        if id.is_empty() || id.len() > 128 || !id.chars().all(plain) {
            return Err(UisError::BadAnswer {
                method: "get.calls_report".into(),
                reason: "a recording's id is no word of letters and digits".into(),
            });
        }
        let folder = match kind {
            RecordingKind::Wav => "wav",
            RecordingKind::VoiceMail => "voice_mail",
            RecordingKind::Talk | RecordingKind::Joined => "talk",
        };
        let mut url = self.media.clone();
        if let Ok(mut parts) = url.path_segments_mut() {
            // the slash at the end is the documented form
            parts.pop().extend([folder, &communication.to_string(), id, ""]);
        }
        Ok(url)
    }

    /// Whether an address that came over the wire may be asked: https on `app.` or `media.` of
    /// the configured brand, or the configured place itself.
    pub(crate) fn is_trusted(&self, url: &Url) -> bool {
        is_of_brand(&self.media, url)
    }

    /// Within the media hosts alone.
    fn redirects(&self) -> Redirects {
        let media = self.media.clone();
        Redirects::to(move |url| is_of_brand(&media, url))
    }
}

fn is_of_brand(media: &Url, url: &Url) -> bool {
    if url.origin() == media.origin() {
        return true;
    }
    let brand = media.host_str().and_then(|host| host.strip_prefix("app."));
    let of_brand = |host: &str| {
        brand
            .is_some_and(|brand| ["app.", "media."].iter().any(|part| host.strip_prefix(part) == Some(brand)))
    };
    url.scheme() == "https" && url.port().is_none() && url.host_str().is_some_and(of_brand)
}

fn is_empty(secret: &SecretString) -> bool {
    secrecy::ExposeSecret::expose_secret(secret).trim().is_empty()
}

fn address(text: &str, name: &str, example: &str) -> Result<Url, UisError> {
    let wrong = |why: &str| UisError::Config(format!("{name} {why}; an example: {example}"));
    let url = Url::parse(text.trim()).map_err(|_| wrong("is no address"))?;
    let local = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => return Err(wrong("has no host")),
    };
    match url.scheme() {
        "https" => Ok(url),
        "http" if local => Ok(url),
        _ => Err(wrong("must begin with https: the key travels in every request")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FullRecordLink;

    fn key() -> Credentials {
        Credentials::Key("k".to_owned().into())
    }

    fn config() -> UisConfig {
        UisConfig::new(DATA_API_URL, MEDIA_URL, key()).unwrap()
    }

    #[test]
    fn recordings_lie_at_the_documented_addresses() {
        let url = |kind| {
            let id = RecordingRef::new(kind, CommunicationId(4_123_456_789), RecordId::new("2e67"));
            config().recording_url(&id).unwrap().to_string()
        };
        assert_eq!(url(RecordingKind::Talk), "https://app.uiscom.ru/system/media/talk/4123456789/2e67/");
        assert_eq!(url(RecordingKind::Wav), "https://app.uiscom.ru/system/media/wav/4123456789/2e67/");
        assert_eq!(
            url(RecordingKind::VoiceMail),
            "https://app.uiscom.ru/system/media/voice_mail/4123456789/2e67/"
        );
    }

    #[test]
    fn links_of_other_hosts_are_not_followed() {
        for (link, good) in [
            ("https://media.uiscom.ru/4123456789/2e67", true),
            ("https://app.uiscom.ru/x", true),
            ("http://media.uiscom.ru/x", false),
            ("https://media.uiscom.ru:8443/x", false),
            ("https://media.uiscom.ru.evil.example/x", false),
            ("https://evilapp.uiscom.ru/x", false),
            ("https://media.comagic.ru/x", false),
            ("http://169.254.169.254/latest/meta-data", false),
            ("file:///etc/passwd", false),
            ("no address", false),
        ] {
            let recording = RecordingRef::joined(CommunicationId(1), FullRecordLink::new(link));
            assert_eq!(config().recording_url(&recording).is_ok(), good, "{link}");
        }
    }

    #[test]
    fn ids_cannot_leave_their_folder() {
        for id in ["", "../../etc", "a/b", "a?b", "a%2fb", "é", ".."] {
            let recording = RecordingRef::new(RecordingKind::Talk, CommunicationId(1), RecordId::new(id));
            assert!(config().recording_url(&recording).is_err(), "{id}");
        }
    }

    #[test]
    fn settings_are_refused_by_name_and_without_the_key() {
        for (api, media, named) in [
            ("http://dataapi.uiscom.ru/v2.0", MEDIA_URL, "UIS_DATA_API_URL"),
            ("dataapi.uiscom.ru", MEDIA_URL, "UIS_DATA_API_URL"),
            (DATA_API_URL, "ftp://app.uiscom.ru/talk", "UIS_MEDIA_URL"),
            (DATA_API_URL, "https://app.uiscom.ru/system/media", "UIS_MEDIA_URL"),
        ] {
            let error =
                UisConfig::new(api, media, Credentials::Key("hunter2".to_owned().into())).unwrap_err();
            assert!(error.to_string().contains(named), "{error}");
        }
        let error =
            UisConfig::new(DATA_API_URL, MEDIA_URL, Credentials::Key(" ".to_owned().into())).unwrap_err();
        assert!(error.to_string().contains("UIS_ACCESS_TOKEN"));
        assert!(
            !format!(
                "{:?}",
                UisConfig::new(DATA_API_URL, MEDIA_URL, Credentials::Key("hunter2".to_owned().into()))
            )
            .contains("hunter2")
        );
        assert!(
            UisConfig::new("http://127.0.0.1:8080/uis/v2.0", "http://127.0.0.1:8080/uis/media/talk/", key())
                .is_ok()
        );
    }
}
