//! The models that this provider has, and the day each ends.

use axum::extract::{Path, State};
use axum::response::Response;
use openai_client::testing::Failure;
use openai_client::{ChatModel, ModelTable, SpeechModel};
use serde_json::{Value, json};

use super::{Served, reply};

/// Names and shutdown dates, as OpenAI tells them in November 2026.
const CHAT: [(&str, Option<&str>); 2] = [("gpt-6-luna", None), ("gpt-4.1-mini", Some("2027-01-14"))];
const SPEECH: [(&str, Option<&str>); 4] = [
    ("gpt-transcribe", None),
    ("whisper-1", Some("2027-02-26")),
    ("gpt-4o-transcribe", Some("2027-02-26")),
    ("gpt-4o-mini-transcribe", Some("2027-02-26")),
];

/// Longest sound of OpenAI's newer models, s (their refusal names it).
const LONGEST: u32 = 1400;

/// What the chat model takes; a failure for one that is not here.
pub(super) fn chat(served: &Served, name: &str) -> Result<ChatModel, Failure> {
    let known =
        CHAT.iter().any(|(known, _)| *known == name) || openai_client::ChatApi::model(&served.fake) == name;
    if !known {
        return Err(Failure::ModelNotFound(name.to_owned()));
    }
    ModelTable::embedded().map(|models| models.chat(name)).map_err(|_| Failure::Internal)
}

/// What the model of speech takes; a failure for one that is not here.
pub(super) fn speech(name: &str) -> Result<SpeechModel, Failure> {
    if !SPEECH.iter().any(|(known, _)| *known == name) {
        return Err(Failure::ModelNotFound(name.to_owned()));
    }
    let models = ModelTable::embedded().map_err(|_| Failure::Internal)?;
    let model = models.speech(name);
    Ok(SpeechModel { max_seconds: if model.timestamps { model.max_seconds } else { LONGEST }, ..model })
}

fn entry(name: &str, shutdown: Option<&str>) -> Value {
    json!({"id": name, "object": "model", "created": 1_790_000_000, "owned_by": "openai", "shutdown_date": shutdown})
}

pub(super) async fn list(State(served): State<Served>) -> Response {
    let own = openai_client::ChatApi::model(&served.fake);
    let more = CHAT.iter().all(|(name, _)| *name != own).then(|| entry(own, None));
    let known = CHAT.iter().chain(&SPEECH).map(|(name, shutdown)| entry(name, *shutdown));
    reply::json(&json!({"object": "list", "data": known.chain(more).collect::<Vec<_>>()}))
}

pub(super) async fn one(Path(model): Path<String>) -> Response {
    match CHAT.iter().chain(&SPEECH).find(|(name, _)| *name == model) {
        Some((name, shutdown)) => reply::json(&entry(name, *shutdown)),
        None => reply::failure(&Failure::ModelNotFound(model)),
    }
}
