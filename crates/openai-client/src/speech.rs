//! The live client of speech to text.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::Money;
use http_client::HttpClient;

use crate::{
    OpenAiConfig, OpenAiError, PriceTable, ProbeReport, SpeechModel, SpeechReply, SpeechRequest,
    TranscriptionApi,
    client::Endpoint,
    probe,
    wire::speech::{self as wire, Upload},
};

/// Providers take no less ("Minimum audio length is 0.1 seconds").
const LEAST_SOUND_MS: u64 = 100;

/// Multipart borders and fields, beside the sound itself.
const FORM_OVERHEAD: u64 = 4096;

/// Speech to text behind an OpenAI-compatible end point. A cheap handle: clones share
/// connections and pace.
#[derive(Clone)]
pub struct OpenAiSpeech {
    endpoint: Endpoint,
    model: Arc<SpeechModel>,
    prices: Arc<PriceTable>,
    timeout: Duration,
}

impl fmt::Debug for OpenAiSpeech {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAiSpeech")
            .field("provider", &self.endpoint.provider())
            .field("model", &self.model.name)
            .finish_non_exhaustive()
    }
}

impl OpenAiSpeech {
    /// A client for one model of one end point; `http` is best built from
    /// [`OpenAiConfig::http`].
    ///
    /// # Errors
    /// [`OpenAiError::Config`] when the key or the organization cannot be sent, or the model has no name.
    pub fn new(http: HttpClient, config: OpenAiConfig, model: SpeechModel) -> Result<Self, OpenAiError> {
        if model.name.trim().is_empty() {
            return Err(OpenAiError::Config("the model of speech has no name".to_owned()));
        }
        Ok(Self {
            endpoint: Endpoint::new(http, &config)?,
            model: Arc::new(model),
            prices: Arc::new(config.prices),
            timeout: config.speech_timeout,
        })
    }

    /// Whether the part works: asks for the list of models, then sends a second of silence, which
    /// costs under 0.0003 USD. So a spent quota and a model without access are found too.
    ///
    /// # Errors
    /// What a real request would fail with.
    pub async fn check(&self) -> Result<ProbeReport, OpenAiError> {
        let mut report = probe::listed(&self.endpoint, &self.model.name).await?;
        let reply = self.transcribe(probe::silence()).await?;
        (report.cost, report.request_id) = (reply.cost, reply.request_id);
        Ok(report)
    }

    /// What no server takes is not sent: a long upload only to be refused.
    fn fits(&self, request: &SpeechRequest) -> Result<(), OpenAiError> {
        let refuse = |code: &str, message: String| {
            let (provider, code) = (self.endpoint.provider().to_owned(), code.to_owned());
            Err(OpenAiError::Invalid { provider, message, code })
        };
        let bytes = request.audio.len() as u64 + FORM_OVERHEAD;
        if bytes > self.model.max_bytes {
            let most = self.model.max_bytes;
            return refuse("audio_too_large", format!("{bytes} bytes of {most} at most: split the sound"));
        }
        if request.duration_ms > u64::from(self.model.max_seconds) * 1000 {
            let (length, most) = (request.duration_ms / 1000, self.model.max_seconds);
            return refuse("audio_too_long", format!("{length} s of {most} s at most: split the sound"));
        }
        let named = request.file_name.rsplit_once('.').is_some_and(|(_, extension)| !extension.is_empty());
        if !named || request.file_name.chars().any(char::is_control) {
            return refuse("file_name", "the file's name needs an extension such as .flac".to_owned());
        }
        Ok(())
    }

    fn silent(&self, request_id: Option<String>) -> SpeechReply {
        SpeechReply { text: String::new(), segments: Vec::new(), cost: self.price(0), request_id }
    }
}

#[async_trait]
impl TranscriptionApi for OpenAiSpeech {
    fn model(&self) -> &SpeechModel {
        &self.model
    }

    async fn transcribe(&self, request: SpeechRequest) -> Result<SpeechReply, OpenAiError> {
        if request.duration_ms < LEAST_SOUND_MS {
            return Ok(self.silent(None));
        }
        self.fits(&request)?;
        let duration_ms = request.duration_ms;
        // half of the sound's length: the slowest servers hear at twice its speed
        let timeout = self.timeout + Duration::from_millis(duration_ms / 2);
        let told = self.endpoint.transcribe(Upload::new(&self.model, request), timeout).await;
        let told = match told.map_err(OpenAiError::from) {
            Ok(told) => told,
            Err(OpenAiError::Invalid { code, .. }) if code == "audio_too_short" => {
                return Ok(self.silent(None));
            }
            Err(error) => return Err(error),
        };
        let heard = wire::answer(&told.body).ok_or_else(|| OpenAiError::BadAnswer {
            provider: self.endpoint.provider().to_owned(),
            message: "it holds no text".to_owned(),
        })?;
        Ok(SpeechReply {
            text: heard.text,
            segments: if self.model.timestamps { heard.segments } else { Vec::new() },
            cost: self.price(heard.billed_ms.unwrap_or(duration_ms)),
            request_id: told.request_id,
        })
    }

    fn price(&self, duration_ms: u64) -> Option<Money> {
        self.prices.speech(&self.model.name, duration_ms)
    }
}
