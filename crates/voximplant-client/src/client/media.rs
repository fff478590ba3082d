//! Sessions and recordings over the network: their own hosts, their own patience.

use std::sync::{Mutex, PoisonError};

use futures::StreamExt as _;
use http_client::{Answer, ByStatus, Exchange, HttpError, Repeat, http::Method as Verb};

use super::{VoximplantClient, failure::failed, set};
use crate::{RecordUrl, RecordingStream, SessionUrl, VoximplantError, recording};

/// Longest answer to a command: it says only "delivered".
const MOST_WORDS: usize = 64 << 10;

impl VoximplantClient {
    /// Opens a recording, with our token where we have one; a page instead of sound is asked for again.
    pub(super) async fn fetch(&self, recording: &RecordUrl) -> Result<RecordingStream, VoximplantError> {
        let shared = &self.0;
        let url = shared.config.record_url(recording)?;
        let exchange = Exchange {
            name: "voximplant.recording",
            repeat: Repeat::Freely,
            classify: &ByStatus,
            timeout: None,
        };
        let said = Mutex::new(None);
        let build = || {
            let bearer = self.bearer().map_err(|error| {
                set(&said, Some(error));
                HttpError::InvalidRequest { reason: "no token".into() }
            });
            let request = bearer.and_then(|bearer| {
                // compressed bytes would not have the promised length
                let request =
                    shared.media.request(Verb::GET, url.clone()).header("accept-encoding", "identity");
                let request = bearer
                    .into_iter()
                    .fold(request, |request, bearer| request.header("authorization", bearer));
                request.build().map_err(HttpError::from)
            });
            async { request }
        };
        let read = |answer: Answer| async {
            set(&said, None);
            if !shared.config.is_trusted(answer.url()) {
                let host = answer.url().host_str().unwrap_or_default().to_owned();
                return Ok(Err(VoximplantError::ForeignHost { what: "a recording", host }));
            }
            let length = answer.content_length();
            let pieces = answer.stream().map(|piece| piece.map_err(|error| error.to_string())).boxed();
            match RecordingStream::open(length, shared.config.max_recording, pieces).await {
                Ok(stream) => Ok(Ok(stream)),
                Err(
                    error @ (VoximplantError::NotSound { .. } | VoximplantError::RecordingTruncated { .. }),
                ) => {
                    let (what, reason) = ("voximplant.recording".to_owned(), error.to_string());
                    set(&said, Some(error));
                    Err(HttpError::Unavailable { what, reason, retry_after: None, unsure: true })
                }
                Err(error) => Ok(Err(error)),
            }
        };
        match shared.media.exchange_and_read(&exchange, build, read).await {
            Ok(outcome) => outcome,
            Err(HttpError::Refused(refusal)) => Err(recording::refused(refusal.status)),
            Err(error) => {
                let said = said.lock().unwrap_or_else(PoisonError::into_inner).take();
                Err(said.unwrap_or_else(|| named("the recording", failed("the recording", error), false)))
            }
        }
    }

    /// Hands a text to a session. Once: the scenario may act on each copy.
    pub(super) async fn tell(&self, session: &SessionUrl, text: &str) -> Result<(), VoximplantError> {
        let shared = &self.0;
        let url = shared.config.session_url(session)?;
        let exchange = Exchange::new("voximplant.command");
        let build = || {
            let request = shared.media.request(Verb::POST, url.clone());
            let request = request.header("content-type", "application/json").body(text.to_owned());
            let request = request.build().map_err(HttpError::from);
            async { request }
        };
        let read = |answer: Answer| {
            // a command that was led elsewhere was not delivered, whatever is answered there
            let led_to =
                (answer.url() != &url).then(|| answer.url().host_str().unwrap_or_default().to_owned());
            async move { answer.bytes(MOST_WORDS).await.map(|_| led_to) }
        };
        match shared.media.exchange_and_read(&exchange, build, read).await {
            Ok(None) => Ok(()),
            Ok(Some(host)) => Err(VoximplantError::ForeignHost { what: "a session", host }),
            Err(HttpError::Refused(refusal)) if matches!(refusal.status, 400 | 404 | 410) => {
                Err(VoximplantError::SessionOver)
            }
            Err(error) => {
                let unsure = error.may_have_applied();
                Err(named("the session", failed("the session", error), unsure))
            }
        }
    }
}

fn named(what: &str, error: VoximplantError, unsure: bool) -> VoximplantError {
    match error {
        VoximplantError::Unavailable { reason, retry_after, .. } => {
            VoximplantError::Unavailable { what: what.into(), reason, retry_after, unsure }
        }
        other => other,
    }
}
