//! Recordings over the network: their own hosts, their own patience.

use std::sync::{Mutex, PoisonError};

use futures::StreamExt as _;
use http_client::{Answer, ByStatus, Exchange, HttpError, Repeat, http::Method as Verb};

use super::{UisClient, failure::failed, set};
use crate::{RecordingRef, RecordingStream, UisError, sound};

impl UisClient {
    /// Opens a recording; a page instead of sound is asked for again.
    pub(super) async fn fetch(&self, recording: &RecordingRef) -> Result<RecordingStream, UisError> {
        let shared = &self.0;
        let url = shared.config.recording_url(recording)?;
        let exchange =
            Exchange { name: "uis.recording", repeat: Repeat::Freely, classify: &ByStatus, timeout: None };
        let build = || {
            // compressed bytes would not have the promised length
            let request = shared.media.request(Verb::GET, url.clone()).header("accept-encoding", "identity");
            let request = request.build().map_err(HttpError::from);
            async { request }
        };
        let said = Mutex::new(None);
        let read = |answer: Answer| async {
            set(&said, None);
            if !shared.config.is_trusted(answer.url()) {
                return Ok(Err(UisError::NotSound { found: "a redirect to a foreign host".into() }));
            }
            let length = answer.content_length();
            let pieces = answer.stream().map(|piece| piece.map_err(|error| error.to_string())).boxed();
            match RecordingStream::open(length, shared.config.max_recording, pieces).await {
                Ok(stream) => Ok(Ok(stream)),
                Err(error @ (UisError::NotSound { .. } | UisError::RecordingTruncated { .. })) => {
                    let (what, reason) = ("uis.recording".to_owned(), error.to_string());
                    set(&said, Some(error));
                    Err(HttpError::Unavailable { what, reason, retry_after: None, unsure: true })
                }
                Err(error) => Ok(Err(error)),
            }
        };
        match shared.media.exchange_and_read(&exchange, build, read).await {
            Ok(outcome) => outcome,
            Err(HttpError::AddressRefused { .. }) => {
                Err(UisError::NotSound { found: "a redirect to a foreign host".into() })
            }
            Err(HttpError::Refused(refusal)) => Err(sound::refused(refusal.status, &refusal.body)),
            Err(error) => {
                let said = said.lock().unwrap_or_else(PoisonError::into_inner).take();
                Err(said.unwrap_or_else(|| match failed("the recording", error) {
                    UisError::Unavailable { reason, retry_after, .. } => UisError::Unavailable {
                        what: "the UIS media host".into(),
                        reason,
                        retry_after,
                        unsure: false,
                    },
                    other => other,
                }))
            }
        }
    }
}
