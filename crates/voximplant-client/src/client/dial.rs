//! The media socket the other way round: behind NAT nobody can dial us, so we open it at the session's own
//! address, over HTTP/1.1 and with a token that proves us for this one call.

use std::time::Duration;

use http_client::{
    HttpClient, HttpClientConfig, Opening, Redirects, http::Method, open_socket, reqwest::Upgraded,
};
use secrecy::{ExposeSecret as _, SecretString};

use crate::{MEDIA_TOKEN_HEADER, SessionUrl, VoximplantConfig, VoximplantError, media_token};

/// A client is on the line: whoever does not answer in this time is not there.
const MOST_OPENING: Duration = Duration::from_secs(2);

/// Opens media sockets at addresses of sessions.
#[derive(Clone)]
pub struct MediaDialler {
    config: VoximplantConfig,
    http: HttpClient,
}

impl std::fmt::Debug for MediaDialler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MediaDialler").finish_non_exhaustive()
    }
}

impl MediaDialler {
    /// With the program's HTTP policy; the configuration says whose addresses are dialled.
    ///
    /// # Errors
    /// [`VoximplantError::Config`] when the policy cannot be set up.
    pub fn new(config: VoximplantConfig, http: &HttpClientConfig) -> Result<Self, VoximplantError> {
        let policy = HttpClientConfig {
            connect_timeout: MOST_OPENING,
            total_timeout: None,
            // an upgrade is a thing of HTTP/1.1
            http1_only: true,
            // the token is for this address alone
            redirects: Redirects::to(|_| false),
            ..config.media_policy(http.clone())
        };
        let http = HttpClient::new(policy).map_err(|error| VoximplantError::Config(error.to_string()))?;
        Ok(Self { config, http })
    }

    /// Opens the socket of a call.
    ///
    /// # Errors
    /// [`VoximplantError::ForeignHost`], [`VoximplantError::SessionOver`] (or the scenario does not let anybody
    /// in yet), [`VoximplantError::Unavailable`].
    pub async fn open(
        &self,
        session: &SessionUrl,
        secret: &SecretString,
        call_id: &str,
    ) -> Result<Upgraded, VoximplantError> {
        let url = self.config.session_url(session)?;
        let token = media_token(secret, call_id);
        let request = self.http.request(Method::GET, url).header(MEDIA_TOKEN_HEADER, token.expose_secret());
        let unavailable = |reason: String| VoximplantError::Unavailable {
            what: "the media socket".to_owned(),
            reason,
            retry_after: None,
            unsure: false,
        };
        match tokio::time::timeout(MOST_OPENING, open_socket(request)).await {
            Err(_) => Err(unavailable("it did not stand in time".to_owned())),
            // without the address, which is a capability
            Ok(Err(error)) => Err(unavailable(error.without_url().to_string())),
            Ok(Ok(Opening::Stands(stream))) => Ok(stream),
            Ok(Ok(Opening::Refused(answer))) if matches!(answer.status().as_u16(), 400 | 404 | 410) => {
                Err(VoximplantError::SessionOver)
            }
            Ok(Ok(Opening::Refused(answer))) => {
                Err(unavailable(format!("it was refused with status {}", answer.status().as_u16())))
            }
            Ok(Ok(Opening::NotOurs)) => Err(unavailable("its upgrade is not for our key".to_owned())),
        }
    }
}
