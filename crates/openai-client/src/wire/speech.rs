//! `POST /audio/transcriptions`: a form by capability, answers with tolerance.

use async_openai::{error::OpenAIError, traits::AsyncTryFrom};
use bytes::Bytes;
use reqwest::multipart::{Form, Part};
use serde_json::Value;

use crate::{SpeechModel, SpeechRequest, SpeechSegment};

/// What a form is made of: again for each attempt.
#[derive(Clone)]
pub(crate) struct Upload {
    audio: Bytes,
    file_name: String,
    mime: &'static str,
    pub(crate) fields: Vec<(&'static str, String)>,
}

impl Upload {
    /// Only the fields that the model takes: servers refuse what they do not know.
    pub(crate) fn new(model: &SpeechModel, request: SpeechRequest) -> Self {
        let mut fields = vec![("model", model.name.clone())];
        if let Some(language) = request.language {
            fields.push((if model.languages_list { "languages[]" } else { "language" }, language));
        }
        if let Some(prompt) = request.prompt.filter(|prompt| model.prompt && !prompt.trim().is_empty()) {
            fields.push(("prompt", prompt));
        }
        if model.keywords {
            fields.extend(request.keywords.into_iter().map(|word| ("keywords[]", word)));
        }
        if model.timestamps {
            fields.push(("response_format", "verbose_json".to_owned()));
            fields.push(("timestamp_granularities[]", "segment".to_owned()));
        } else {
            fields.push(("response_format", "json".to_owned()));
        }
        Self { audio: request.audio, file_name: request.file_name, mime: request.mime, fields }
    }
}

impl AsyncTryFrom<Upload> for Form {
    type Error = OpenAIError;

    async fn try_from(upload: Upload) -> Result<Self, OpenAIError> {
        let length = upload.audio.len() as u64;
        let part = Part::stream_with_length(upload.audio, length)
            .file_name(upload.file_name)
            .mime_str(upload.mime)?;
        let form = Self::new().part("file", part);
        Ok(upload.fields.into_iter().fold(form, |form, (name, value)| form.text(name, value)))
    }
}

/// What was heard, as it came.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Heard {
    pub(crate) text: String,
    pub(crate) segments: Vec<SpeechSegment>,
    /// Sound that the server says it billed, ms.
    pub(crate) billed_ms: Option<u64>,
}

/// Reads an answer; `None` where it holds neither a text nor segments.
pub(crate) fn answer(body: &Value) -> Option<Heard> {
    let segments: Vec<SpeechSegment> =
        body["segments"].as_array().into_iter().flatten().filter_map(segment).collect();
    let text = match body["text"].as_str() {
        Some(text) => text.trim().to_owned(),
        None if body["segments"].is_array() => {
            segments.iter().map(|segment| segment.text.as_str()).collect::<Vec<_>>().join(" ")
        }
        None => return None,
    };
    // a bill by tokens cannot be told in sound: the sound's own length counts then
    let billed_ms = body["usage"]["seconds"].as_f64().and_then(millis);
    Some(Heard { text, segments, billed_ms })
}

fn segment(segment: &Value) -> Option<SpeechSegment> {
    #[expect(clippy::cast_possible_truncation, reason = "marks of confidence need no more")]
    let mark = |name: &str| segment[name].as_f64().filter(|mark| mark.is_finite()).map(|mark| mark as f32);
    let start_ms = millis(segment["start"].as_f64()?)?;
    Some(SpeechSegment {
        start_ms,
        // some models end a segment before it begins
        end_ms: millis(segment["end"].as_f64()?)?.max(start_ms),
        text: segment["text"].as_str()?.trim().to_owned(),
        avg_logprob: mark("avg_logprob"),
        no_speech_prob: mark("no_speech_prob"),
        compression_ratio: mark("compression_ratio"),
    })
}

/// Seconds as milliseconds; `None` for what is no time of a recording.
fn millis(seconds: f64) -> Option<u64> {
    let day = 86_400.0;
    let sane = seconds.is_finite() && (-1.0..=day).contains(&seconds);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded above")]
    let millis = (seconds.max(0.0) * 1000.0).round() as u64;
    sane.then_some(millis)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn segments_without_times_or_with_mad_ones_are_left_out() {
        let heard = answer(&json!({"segments": [
            {"start": 0.5, "end": 0.2, "text": " да "},
            {"start": 1e300, "end": 2.0, "text": "нет"},
            {"text": "нет"},
        ]}))
        .unwrap();
        assert_eq!(heard.text, "да");
        assert_eq!((heard.segments[0].start_ms, heard.segments[0].end_ms), (500, 500));
        assert_eq!(heard.segments.len(), 1);
    }

    #[test]
    fn an_answer_without_words_is_none_and_silence_is_not() {
        assert_eq!(answer(&json!({"task": "transcribe"})), None);
        assert_eq!(answer(&json!({"text": ""})).unwrap().text, "");
    }
}
