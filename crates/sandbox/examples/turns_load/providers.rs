//! What a turn waits for, each as slow as it is said to be and no slower: the recording, the words of it,
//! the model's sentences one by one.

use std::{
    net::SocketAddr,
    sync::Arc,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, State},
    http::header::CONTENT_TYPE,
    response::{IntoResponse as _, Response},
    routing::{get, post},
    serve::ListenerExt as _,
};
use futures::stream;
use sandbox::{ScriptedCaller, world::Bank};
use serde_json::json;
use tokio::time::{Instant, sleep_until};

/// Until the recording is there.
pub(crate) const RECORDING: Duration = Duration::from_millis(30);
/// Until its words are.
pub(crate) const HEARING: Duration = Duration::from_millis(150);
/// Until the model has written its first sentence…
pub(crate) const FIRST_SENTENCE: Duration = Duration::from_millis(200);
/// …and the last.
pub(crate) const WHOLE_ANSWER: Duration = Duration::from_millis(600);

/// Of a WAV file before its samples.
const HEAD: usize = 44;

/// What the model writes.
pub(crate) const SENTENCES: [&str; 3] =
    ["Да, такой вариант у нас есть.", "Его привезут за три дня.", "Когда вам удобно принять мастера?"];

struct Providers {
    recording: Bytes,
    heard: AtomicU64,
}

/// Serves them; where.
pub(crate) async fn serve() -> Result<SocketAddr, crate::Failure> {
    let phrase =
        ScriptedCaller::of_turns(&Bank::open()?, 4).turns.into_iter().max_by_key(|turn| turn.sound.len());
    let providers = Providers {
        recording: wav(&phrase.ok_or("the bank has no phrase")?.sound),
        heard: AtomicU64::new(0),
    };
    let routes = Router::new()
        .route("/records/{name}", get(recording))
        .route("/v1/audio/transcriptions", post(words))
        .route("/v1/chat/completions", post(answer))
        .with_state(Arc::new(providers));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    // the end of a recording must not wait for the answer to its beginning
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    Ok(address)
}

/// Another sound each time, if only by its first sample: what was heard once would not be heard again.
async fn recording(State(providers): State<Arc<Providers>>, Path(name): Path<String>) -> Response {
    let begun = Instant::now();
    let mut sound = providers.recording.to_vec();
    for (at, byte) in name.bytes().take(64).enumerate() {
        if let Some(low) = sound.get_mut(HEAD + at * 2) {
            *low ^= byte & 15;
        }
    }
    sleep_until(begun + RECORDING).await;
    ([(CONTENT_TYPE, "audio/wav")], sound).into_response()
}

/// Other words each time: an answer that was kept would be no work.
async fn words(State(providers): State<Arc<Providers>>, _: Bytes) -> Response {
    let until = Instant::now() + HEARING;
    let number = providers.heard.fetch_add(1, Ordering::Relaxed);
    let text = format!("Расскажите подробнее о варианте номер {number}, подойдёт ли он на дачу?");
    let usage = json!({"type": "duration", "seconds": 3});
    sleep_until(until).await;
    reply(json!({ "text": text, "usage": usage }).to_string(), "application/json")
}

async fn answer(_: Bytes) -> Response {
    let begun = Instant::now();
    let piece = |content: &str| {
        let delta = json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "choices": [{"index": 0, "delta": {"content": content}, "finish_reason": null}]});
        format!("data: {delta}\n\n")
    };
    let end = json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
        "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]});
    let pieces = vec![
        (FIRST_SENTENCE, piece(&format!("{} ", SENTENCES[0]))),
        ((FIRST_SENTENCE + WHOLE_ANSWER) / 2, piece(&format!("{} ", SENTENCES[1]))),
        (WHOLE_ANSWER, piece(SENTENCES[2]) + &format!("data: {end}\n\ndata: [DONE]\n\n")),
    ];
    let pieces = stream::unfold(pieces.into_iter(), move |mut left| async move {
        let (after, piece) = left.next()?;
        sleep_until(begun + after).await;
        Some((Ok::<_, std::convert::Infallible>(piece), left))
    });
    reply(Body::from_stream(pieces), "text/event-stream")
}

fn reply(body: impl Into<Body>, kind: &'static str) -> Response {
    ([(CONTENT_TYPE, kind)], body.into()).into_response()
}

/// A turn as the platform records it: the words, then the pause that ended them.
fn wav(sound: &[i16]) -> Bytes {
    let samples = sound.iter().copied().chain(std::iter::repeat_n(0, 16_000));
    let data = u32::try_from((sound.len() + 16_000) * 2).unwrap_or(0);
    let mut out = Vec::with_capacity(44 + (sound.len() + 16_000) * 2);
    out.extend_from_slice(b"RIFF");
    out.extend_from_slice(&(data + 36).to_le_bytes());
    out.extend_from_slice(b"WAVEfmt ");
    out.extend_from_slice(&16_u32.to_le_bytes());
    for field in [1_u16, 1] {
        out.extend_from_slice(&field.to_le_bytes());
    }
    out.extend_from_slice(&8_000_u32.to_le_bytes());
    out.extend_from_slice(&16_000_u32.to_le_bytes());
    for field in [2_u16, 16] {
        out.extend_from_slice(&field.to_le_bytes());
    }
    out.extend_from_slice(b"data");
    out.extend_from_slice(&data.to_le_bytes());
    samples.for_each(|sample| out.extend_from_slice(&sample.to_le_bytes()));
    out.into()
}
