//! `GET /api/v1/calls/{id}/turns`: how an AI call went, turn by turn, and how long the client waited each time.

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use voice_agent::{CallMemory as _, DialogueState, StoredMemory, Turn};

use super::extract::{Named, call_id};
use super::{etag, tags};
use crate::Web;
use crate::access::Viewer;
use crate::problem::Problem;

/// An AI call, turn by turn.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct AiTalk {
    /// `turns`, `realtime`.
    #[schema(example = "turns")]
    dialog: String,
    /// Who spoke for the company.
    #[schema(example = "lead-qualification")]
    persona: String,
    /// Why it ended; null as long as it goes on.
    #[schema(required, example = "goodbye")]
    ending: Option<String>,
    turns: Vec<OneTurn>,
}

/// A turn. Its words stand in the transcript.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct OneTurn {
    /// From 1; 0 is the greeting.
    turn: u32,
    /// Where the answer came from: `fixed`, `faq`, `cache`, `model`, `apology`.
    #[schema(example = "model")]
    source: String,
    /// How long the client waited for our first words, ms: in real time from the end of his own, as heard; by
    /// turns from the request that brought them. Null where he had said nothing.
    #[schema(required, example = 840)]
    latency_ms: Option<u64>,
    /// Of it, the recording's way to us, ms.
    #[schema(example = 60)]
    download_ms: u64,
    /// Of it, speech becoming words, ms.
    #[schema(example = 420)]
    speech_ms: u64,
    /// Of it, the first sentence of the answer, ms.
    #[schema(example = 360)]
    first_sentence_ms: u64,
}

/// The turns of an AI call
///
/// As long as its dialogue is kept; 404 for a call between people.
#[utoipa::path(
    get, path = "/api/v1/calls/{id}/turns", tag = tags::CALLS, operation_id = "call_turns",
    params(("id" = String, Path, format = Uuid, description = "The call")),
    responses(
        (status = 200, description = "The turns", body = AiTalk),
        (status = 304, description = "Nothing has changed since `If-None-Match`"),
    ),
)]
pub(crate) async fn turns(
    State(web): State<Web>,
    viewer: Viewer,
    headers: HeaderMap,
    Named(id): Named<String>,
) -> Result<Response, Problem> {
    let call = web.visible(&viewer).call(call_id(&id)?).await?.call.id;
    let memory = StoredMemory::new(web.app().store());
    let dialogue = memory.dialogue(call).await.map_err(|error| crate::voice::memory(&error))?;
    let dialogue = dialogue.ok_or_else(Problem::not_found)?;
    let ending = match dialogue.state {
        DialogueState::Ended { why } => Some(why.as_str().to_owned()),
        _ => None,
    };
    let talk = AiTalk {
        dialog: dialogue.mode.as_str().to_owned(),
        persona: dialogue.persona,
        ending,
        turns: dialogue.turns.iter().map(OneTurn::of).collect(),
    };
    etag::json(&headers, &talk)
}

impl OneTurn {
    fn of(turn: &Turn) -> Self {
        let timings = turn.timings;
        Self {
            turn: turn.number,
            source: turn.source.as_str().to_owned(),
            latency_ms: turn.delay_ms(),
            download_ms: timings.download_ms,
            speech_ms: timings.speech_ms,
            first_sentence_ms: timings.first_sentence_ms,
        }
    }
}
