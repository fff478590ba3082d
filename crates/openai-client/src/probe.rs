//! Questions that would fail if the part were broken.

use bytes::{BufMut as _, Bytes, BytesMut};
use chrono::NaiveDate;
use domain::Money;
use serde_json::Value;

use crate::{OpenAiError, SpeechRequest, client::Endpoint};

/// What a probe found. That there is a report at all says that the model answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeReport {
    /// Host of the base address.
    pub provider: String,
    /// The model that answered.
    pub model: String,
    /// Whether the provider lists it; `None` = it gives no list.
    pub listed: Option<bool>,
    /// The day on which the provider switches it off, if it says one.
    pub retires_on: Option<NaiveDate>,
    /// What the probe cost, where the price table knows the model.
    pub cost: Option<Money>,
    /// For the provider's support.
    pub request_id: Option<String>,
}

/// Looks for the model in the provider's list. A provider without a list is no fault; one that
/// refuses the key is.
pub(crate) async fn listed(endpoint: &Endpoint, model: &str) -> Result<ProbeReport, OpenAiError> {
    let entry = match endpoint.models().await {
        Ok(list) => list["data"]
            .as_array()
            .map(|entries| entries.iter().find(|entry| entry["id"].as_str() == Some(model)).cloned()),
        Err(OpenAiError::Unauthorized { code, .. })
            if !matches!(code.as_str(), "invalid_api_key" | "unsupported_country_region_territory") =>
        {
            // a key may have the right to the model and not to the list
            None
        }
        Err(OpenAiError::Invalid { .. } | OpenAiError::BadAnswer { .. }) => None,
        Err(error) => return Err(error),
    };
    let shutdown = entry.as_ref().and_then(Option::as_ref).map(|entry| &entry["shutdown_date"]);
    Ok(ProbeReport {
        provider: endpoint.provider().to_owned(),
        model: model.to_owned(),
        listed: entry.as_ref().map(Option::is_some),
        retires_on: shutdown.and_then(Value::as_str).and_then(|day| day.parse().ok()),
        cost: None,
        request_id: None,
    })
}

/// A second of silence: WAV, 8 kHz, 16 bit, mono.
pub(crate) fn silence() -> SpeechRequest {
    const RATE: u32 = 8000;
    const BYTES: u32 = RATE * 2;
    let mut wav = BytesMut::new();
    wav.put_slice(b"RIFF");
    wav.put_u32_le(36 + BYTES);
    wav.put_slice(b"WAVEfmt ");
    wav.put_u32_le(16);
    wav.put_u16_le(1); // PCM
    wav.put_u16_le(1); // mono
    wav.put_u32_le(RATE);
    wav.put_u32_le(BYTES);
    wav.put_u16_le(2);
    wav.put_u16_le(16);
    wav.put_slice(b"data");
    wav.put_u32_le(BYTES);
    wav.put_bytes(0, 16_000);
    SpeechRequest {
        audio: Bytes::from(wav),
        file_name: "silence.wav".to_owned(),
        mime: "audio/wav",
        duration_ms: 1000,
        language: None,
        prompt: None,
        keywords: Vec::new(),
    }
}
