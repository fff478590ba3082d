//! `POST /audio/transcriptions`: what the real one checks, then what the fake hears.

use axum::body::Bytes;
use axum::extract::{FromRequest as _, Multipart, Request, State};
use axum::response::Response;
use openai_client::testing::{Failure, HeardSegment, SpokenSpeech};
use openai_client::{SpeechModel, SpeechRequest};
use serde_json::{Value, json};

use super::reply::refused;
use super::{Served, models, reply, sound};

/// Formats by the name's extension.
const FORMATS: [(&str, &str); 9] = [
    ("flac", "audio/flac"),
    ("mp3", "audio/mpeg"),
    ("mp4", "audio/mp4"),
    ("mpeg", "audio/mpeg"),
    ("mpga", "audio/mpeg"),
    ("m4a", "audio/mp4"),
    ("ogg", "audio/ogg"),
    ("wav", "audio/wav"),
    ("webm", "audio/webm"),
];

/// Providers take no less.
const LEAST_MS: u64 = 100;

pub(super) async fn transcribe(State(served): State<Served>, request: Request) -> Response {
    match answered(&served, request).await {
        Ok(response) => response,
        Err(failure) => reply::failure(&failure),
    }
}

/// The parts of the form.
#[derive(Default)]
struct Form {
    audio: Option<Bytes>,
    file_name: String,
    has_type: bool,
    fields: Vec<(String, String)>,
}

impl Form {
    async fn read(request: Request) -> Result<Self, Failure> {
        let unreadable = || refused(None, None, "Could not parse multipart form");
        let mut parts = Multipart::from_request(request, &()).await.map_err(|_| unreadable())?;
        let mut form = Self::default();
        while let Some(part) = parts.next_field().await.map_err(|_| unreadable())? {
            let name = part.name().unwrap_or_default().to_owned();
            if name == "file" {
                part.file_name().unwrap_or_default().clone_into(&mut form.file_name);
                form.has_type = part.content_type().is_some();
                // the only body that can be too large is this one
                form.audio = Some(part.bytes().await.map_err(|_| Failure::BodyTooLarge)?);
            } else {
                form.fields.push((name, part.text().await.map_err(|_| unreadable())?));
            }
        }
        Ok(form)
    }

    fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.fields.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn one(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

async fn answered(served: &Served, request: Request) -> Result<Response, Failure> {
    let form = Form::read(request).await?;
    let missing = |name: &'static str| {
        refused(
            Some("missing_required_parameter"),
            Some(name),
            format!("you must provide a {name} parameter"),
        )
    };
    let model = models::speech(form.one("model").ok_or_else(|| missing("model"))?)?;
    let audio = form.audio.clone().ok_or_else(|| missing("file"))?;
    parameters(&form, &model)?;
    if audio.len() as u64 > model.max_bytes {
        return Err(Failure::BodyTooLarge);
    }
    let mime = format(&form)?;
    let (fake, asked) = (served.fake.clone(), request_of(&form, audio, mime));
    let billed = model.clone();
    // decoding and hearing take a processor
    let heard = tokio::task::spawn_blocking(move || {
        let duration_ms = sound::duration_ms(asked.audio.clone()).ok_or_else(|| {
            refused(None, Some("file"), "The audio file could not be decoded or its format is not supported.")
        })?;
        if duration_ms < LEAST_MS {
            return Err(Failure::AudioTooShort);
        }
        fake.listen(&billed, &SpeechRequest { duration_ms, ..asked }).map(|spoken| (duration_ms, spoken))
    });
    let (duration_ms, spoken) = heard.await.map_err(|_| Failure::Internal)??;
    Ok(reply::json(&if form.one("response_format") == Some("verbose_json") {
        timed(&form, duration_ms, &spoken)
    } else {
        plain(&model, &spoken)
    }))
}

fn parameters(form: &Form, model: &SpeechModel) -> Result<(), Failure> {
    let unsupported = |name: &'static str| {
        let words =
            format!("Unsupported parameter: '{name}' is not supported with the model '{}'.", model.name);
        Err(refused(Some("unsupported_parameter"), Some(name), words))
    };
    let timed = form.one("response_format") == Some("verbose_json");
    for (name, value) in &form.fields {
        match name.as_str() {
            "model" | "temperature" => {}
            "prompt" if model.prompt => {}
            "prompt" => return unsupported("prompt"),
            "language" if model.languages_list => return unsupported("language"),
            "languages[]" if !model.languages_list => return unsupported("languages"),
            "language" | "languages[]" if is_language(value) => {}
            "language" | "languages[]" => {
                let words = format!(
                    "Invalid language '{value}'. Language parameter must be specified in ISO-639-1 format."
                );
                return Err(refused(Some("invalid_language_format"), Some("language"), words));
            }
            "keywords[]" if model.keywords => {}
            "keywords[]" => return unsupported("keywords"),
            "response_format" if value == "json" || (model.timestamps && timed) => {}
            "response_format" => {
                let words = format!(
                    "response_format '{value}' is not compatible with model '{}'. Use 'json' instead.",
                    model.name
                );
                return Err(refused(Some("unsupported_value"), Some("response_format"), words));
            }
            "timestamp_granularities[]" if timed && (value == "segment" || value == "word") => {}
            "timestamp_granularities[]" => return unsupported("timestamp_granularities"),
            _ => {
                return Err(refused(
                    Some("unknown_parameter"),
                    None,
                    format!("Unknown parameter: '{name}'."),
                ));
            }
        }
    }
    Ok(())
}

fn is_language(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|letter| letter.is_ascii_lowercase())
}

fn format(form: &Form) -> Result<&'static str, Failure> {
    let extension = form.file_name.rsplit_once('.').map(|(_, extension)| extension.to_lowercase());
    let known = FORMATS.iter().find(|(name, _)| extension.as_deref() == Some(*name));
    let names: Vec<&str> = FORMATS.iter().map(|(name, _)| *name).collect();
    known.filter(|_| form.has_type).map(|(_, mime)| *mime).ok_or_else(|| {
        refused(None, Some("file"), format!("Invalid file format. Supported formats: {names:?}"))
    })
}

fn request_of(form: &Form, audio: Bytes, mime: &'static str) -> SpeechRequest {
    SpeechRequest {
        audio,
        file_name: form.file_name.clone(),
        mime,
        duration_ms: 0,
        language: form.one("language").or(form.one("languages[]")).map(ToOwned::to_owned),
        prompt: form.one("prompt").map(ToOwned::to_owned),
        keywords: form.all("keywords[]").map(ToOwned::to_owned).collect(),
    }
}

fn bill(spoken: &SpokenSpeech) -> Value {
    json!({"type": "duration", "seconds": spoken.seconds})
}

fn plain(model: &SpeechModel, spoken: &SpokenSpeech) -> Value {
    let mut body = json!({"text": spoken.text, "usage": bill(spoken)});
    if model.languages_list {
        body["languages"] = if spoken.text.is_empty() { json!([]) } else { json!([{"code": "ru"}]) };
    }
    body
}

/// `words` only where they are asked for.
fn timed(form: &Form, duration_ms: u64, spoken: &SpokenSpeech) -> Value {
    let (logprob, no_speech, compression) =
        if spoken.invented { (-1.4, 0.9, 2.9) } else { (-0.2, 0.02, 1.1) };
    let segments: Vec<Value> = spoken
        .segments
        .iter()
        .enumerate()
        .map(|(id, segment)| {
            json!({"id": id, "seek": 0, "start": seconds(segment.start_ms), "end": seconds(segment.end_ms),
                "text": format!(" {}", segment.text), "tokens": [], "temperature": 0.0, "avg_logprob": logprob,
                "compression_ratio": compression, "no_speech_prob": no_speech})
        })
        .collect();
    let mut body = json!({"task": "transcribe", "language": "russian", "duration": seconds(duration_ms),
        "text": spoken.text, "segments": segments, "usage": bill(spoken)});
    if form.all("timestamp_granularities[]").any(|wanted| wanted == "word") {
        body["words"] = spoken.segments.iter().flat_map(words).collect();
    }
    body
}

/// Spread evenly over the segment.
fn words(segment: &HeardSegment) -> Vec<Value> {
    let all: Vec<&str> = segment.text.split_whitespace().collect();
    let (count, length) = (all.len().max(1) as u64, segment.end_ms.saturating_sub(segment.start_ms));
    let at = |number: u64| seconds(segment.start_ms + length * number / count);
    (0..)
        .zip(all)
        .map(|(number, word)| json!({"word": word, "start": at(number), "end": at(number + 1)}))
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "a recording is shorter than 2^53 ms")]
fn seconds(ms: u64) -> f64 {
    ms as f64 / 1000.0
}
