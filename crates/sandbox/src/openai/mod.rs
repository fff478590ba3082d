//! The OpenAI-compatible API over HTTP: models, chat, speech to text, answered by the fake of
//! `openai-client`. What the real one refuses is refused here, before anything is billed.

mod chat;
mod models;
mod realtime;
mod reply;
mod schema;
mod sound;
mod speech;
mod switches;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use openai_client::testing::{Failure, FakeOpenAi, FakeRealtime};

use crate::Provider;
use crate::state::SandboxState;
use switches::OpenAiSwitches;

/// More than the largest upload, so that its refusal is ours.
const MOST_BODY: usize = 40 << 20;

/// The routes, with their full paths (`/openai/…`): hears and judges what the world says.
pub(crate) fn router(state: &SandboxState) -> (Router, (FakeOpenAi, FakeRealtime)) {
    let fake = FakeOpenAi::new();
    fake.set_ear(Arc::clone(&state.ear) as Arc<dyn openai_client::testing::Ear>);
    fake.set_judge(Arc::clone(&state.judge) as Arc<dyn openai_client::testing::Judge>);
    let realtime = realtime::provider(state);
    state.switchboard.add(Provider::Openai, Arc::new(OpenAiSwitches(fake.clone(), realtime.clone())));
    (openai_realtime_router(fake.clone(), realtime.clone(), state.keys.openai_key), (fake, realtime))
}

/// The routes over a fake of one's own, for who sends `key`: `GET /openai/v1/models`,
/// `POST /openai/v1/chat/completions`, `POST /openai/v1/audio/transcriptions`.
pub fn openai_router(fake: FakeOpenAi, key: &str) -> Router {
    openai_realtime_router(fake, FakeRealtime::new(), key)
}

/// The same, and `GET /openai/v1/realtime` (a WebSocket) over a realtime fake of one's own.
pub fn openai_realtime_router(fake: FakeOpenAi, realtime: FakeRealtime, key: &str) -> Router {
    let served = Served { fake, realtime, key: key.into(), count: Arc::new(AtomicU64::new(0)) };
    Router::new()
        .route("/openai/v1/models", get(models::list))
        .route("/openai/v1/models/{model}", get(models::one))
        .route("/openai/v1/chat/completions", post(chat::complete))
        .route("/openai/v1/audio/transcriptions", post(speech::transcribe))
        .route("/openai/v1/realtime", get(realtime::open))
        .layer(from_fn_with_state(served.clone(), door))
        .layer(DefaultBodyLimit::max(MOST_BODY))
        .with_state(served)
}

#[derive(Clone)]
struct Served {
    fake: FakeOpenAi,
    realtime: FakeRealtime,
    key: Arc<str>,
    count: Arc<AtomicU64>,
}

/// Key and outages first; the headers of every answer last.
async fn door(State(served): State<Served>, request: Request, next: Next) -> Response {
    let number = served.count.fetch_add(1, Ordering::Relaxed) + 1;
    let admitted =
        if is_ours(request.headers(), &served.key) { served.fake.admit() } else { Err(Failure::KeyRevoked) };
    let mut answer = match admitted {
        Ok(()) => next.run(request).await,
        Err(failure) => reply::failure(&failure),
    };
    let headers = answer.headers_mut();
    headers.insert("openai-processing-ms", HeaderValue::from_static("12"));
    headers.insert("openai-version", HeaderValue::from_static("2020-10-01"));
    for (name, value) in [
        ("x-request-id", format!("req_sandbox_{number}")),
        ("x-ratelimit-limit-requests", "10000".to_owned()),
        ("x-ratelimit-remaining-requests", (10_000 - number % 100).to_string()),
        ("x-ratelimit-reset-requests", "120ms".to_owned()),
        ("x-ratelimit-limit-tokens", "2000000".to_owned()),
        ("x-ratelimit-remaining-tokens", "1990000".to_owned()),
        ("x-ratelimit-reset-tokens", "6m0s".to_owned()),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    answer
}

fn is_ours(headers: &HeaderMap, key: &str) -> bool {
    let sent = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    sent.and_then(|value| value.strip_prefix("Bearer ")) == Some(key)
}
