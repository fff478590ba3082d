//! The sound of one turn, fetched from where the scenario put it: a host of Voximplant, or one that the
//! settings name, and nobody else's.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures::{StreamExt as _, TryStreamExt as _, stream::BoxStream};
use http_client::{AddressGuard, Exchange, HttpClient, HttpError, Repeat, http};
use url::Url;
use voice_agent::{PartFailed, TurnRecordings};
use voximplant_client::{RecordUrl, VoximplantApi, VoximplantError};

/// A turn is 30 s at most: uncompressed stereo at 48 kHz is under 6 MB.
const MOST_TURN: usize = 16 << 20;
/// A recording appears some moments after its address.
const AGAIN: Duration = Duration::from_millis(300);
/// So often it is asked for; whoever waits for the answer has a limit of its own.
const TRIES: u32 = 20;

/// Bytes as they come.
pub(crate) type Sound = BoxStream<'static, Result<Bytes, std::io::Error>>;

/// Fetches from the hosts that are allowed.
pub(crate) struct VoximplantSound {
    hosts: Vec<String>,
    guard: AddressGuard,
    http: HttpClient,
    /// With a key, which secure recordings want.
    api: Option<Arc<dyn VoximplantApi>>,
}

impl VoximplantSound {
    /// `http` is held by the same `guard`.
    pub(crate) fn new(
        hosts: Vec<String>,
        guard: AddressGuard,
        http: HttpClient,
        api: Option<Arc<dyn VoximplantApi>>,
    ) -> Self {
        Self { hosts, guard, http, api }
    }

    /// A recording, as it comes.
    pub(crate) async fn open(&self, address: &str) -> Result<Sound, PartFailed> {
        let url = self.allowed(address)?;
        if let Some(api) = &self.api {
            match api.recording(&RecordUrl::new(address)).await {
                // on a host of the list, and none of Voximplant's own: it gets no token of ours
                Err(VoximplantError::ForeignHost { .. }) => {}
                Err(error) => return Err(failed(&error)),
                Ok(stream) => {
                    return Ok(stream.body.map_err(std::io::Error::other).boxed());
                }
            }
        }
        let exchange = Exchange { repeat: Repeat::Freely, ..Exchange::new("turn_recording") };
        let build = async || {
            let request = self.http.request(http::Method::GET, url.clone());
            Ok(request.header("accept-encoding", "identity").build()?)
        };
        let answer = self.http.exchange(&exchange, build).await.map_err(|error| {
            let gone = matches!(&error, HttpError::Refused(refusal) if matches!(refusal.status, 403 | 404));
            // it may not be there yet
            PartFailed {
                part: "recording",
                reason: error.to_string(),
                retryable: gone || error.is_retryable(),
            }
        })?;
        Ok(answer.stream().map_err(std::io::Error::other).boxed())
    }

    /// The host is one of the list, or below one of them, and no address inside the house.
    fn allowed(&self, address: &str) -> Result<Url, PartFailed> {
        let refused = |why: String| PartFailed::lasting("recording", why);
        let url = Url::parse(address.trim()).map_err(|_| refused("its address is none".to_owned()))?;
        self.guard.check(&url).map_err(|error| refused(error.to_string()))?;
        let host = url.host_str().unwrap_or_default();
        let listed = |name: &String| {
            host == name || host.strip_suffix(name.as_str()).is_some_and(|rest| rest.ends_with('.'))
        };
        if self.hosts.iter().any(listed) {
            Ok(url)
        } else {
            Err(refused(format!("{host} is not among VOXIMPLANT_MEDIA_HOSTS")))
        }
    }

    async fn whole(&self, address: &str) -> Result<Bytes, PartFailed> {
        let mut stream = self.open(address).await?;
        let mut whole = BytesMut::new();
        while let Some(piece) = stream.next().await {
            let piece = piece.map_err(|error| PartFailed::passing("recording", error.to_string()))?;
            if whole.len() + piece.len() > MOST_TURN {
                return Err(PartFailed::lasting("recording", "it is larger than any turn"));
            }
            whole.extend_from_slice(&piece);
        }
        if whole.is_empty() {
            return Err(PartFailed::passing("recording", "it is empty"));
        }
        Ok(whole.freeze())
    }
}

fn failed(error: &VoximplantError) -> PartFailed {
    PartFailed { part: "recording", reason: error.to_string(), retryable: error.is_retryable() }
}

#[async_trait]
impl TurnRecordings for VoximplantSound {
    async fn fetch(&self, address: &str) -> Result<Bytes, PartFailed> {
        let mut tries = 1;
        loop {
            match self.whole(address).await {
                Err(error) if error.retryable && tries < TRIES => tries += 1,
                outcome => return outcome,
            }
            tokio::time::sleep(AGAIN).await;
        }
    }
}
