//! The world outside on one port of this machine: a speech service that hears the same words in every
//! recording, and a storage that recordings lie in.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;

/// A recording of a call, 26 s, stereo.
pub(crate) const RECORDING: &str = "2026-11-20_10-15-00_+79000001234_+74950001200_in.mp3";

/// The outside; ends with the test.
#[derive(Clone, Default)]
pub(crate) struct Outside {
    heard: Arc<AtomicUsize>,
    fetched: Arc<AtomicUsize>,
}

impl Outside {
    /// Opens its port.
    pub(crate) async fn open() -> (Self, SocketAddr) {
        let outside = Self::default();
        let router = Router::new()
            .route("/v1/audio/transcriptions", post(hear))
            .route("/storage/{name}", get(fetch))
            .route("/platform_api/GetAccountInfo", post(account))
            .with_state(outside.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        (outside, address)
    }

    /// How many times speech was paid for.
    pub(crate) fn heard(&self) -> usize {
        self.heard.load(Ordering::SeqCst)
    }

    /// How many recordings were fetched.
    pub(crate) fn fetched(&self) -> usize {
        self.fetched.load(Ordering::SeqCst)
    }
}

/// The bytes of a recording that ships with the product.
pub(crate) fn recording() -> Vec<u8> {
    std::fs::read(test_support::golden(RECORDING)).unwrap()
}

async fn hear(State(outside): State<Outside>) -> Response {
    outside.heard.fetch_add(1, Ordering::SeqCst);
    Json(json!({
        "task": "transcribe", "language": "russian", "duration": 4.0,
        "text": "Добрый день, компания Север, меня зовут Анна.",
        "segments": [{
            "id": 0, "seek": 0, "start": 0.0, "end": 4.0,
            "text": "Добрый день, компания Север, меня зовут Анна.",
            "tokens": [], "temperature": 0.0, "avg_logprob": -0.1, "compression_ratio": 1.0,
            "no_speech_prob": 0.01,
        }],
    }))
    .into_response()
}

async fn fetch(State(outside): State<Outside>, Path(name): Path<String>) -> Response {
    if name != "call_123.mp3" {
        return StatusCode::NOT_FOUND.into_response();
    }
    outside.fetched.fetch_add(1, Ordering::SeqCst);
    recording().into_response()
}

/// The account at Voximplant, with little money.
async fn account() -> Response {
    let account = json!({
        "account_id": 42, "account_name": "sever", "balance": 0.9, "currency": "USD", "active": true,
        "frozen": false,
    });
    Json(json!({ "result": account })).into_response()
}
