//! The media socket, both topologies: a backend that hums once and hangs up.

use std::sync::{Arc, Mutex};

use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::http::HeaderMap;
use axum::routing::get;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use openai_client::G711;
use openai_client::testing::realtime::{encode_g711, hum};
use sandbox::{CallerNote, MediaDoors, ScriptedCaller, dial_media, voximplant_media_router};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use voximplant_client::testing::FakeVoximplant;

/// Frames that a backend says first: a second of sound.
fn says(encoding: &str) -> Vec<String> {
    let start = json!({"event": "start", "sequenceNumber": 0,
        "start": {"mediaFormat": {"encoding": encoding, "sampleRate": 8000}}});
    let payload = STANDARD.encode(encode_g711(G711::Mulaw, &hum(1000)));
    let media = json!({"event": "media", "sequenceNumber": 1,
        "media": {"chunk": 0, "timestamp": 0, "payload": payload}});
    vec![start.to_string(), media.to_string()]
}

type Seen = Arc<Mutex<Vec<Value>>>;

/// A backend that speaks, takes so many frames and hangs up; what it took, and the headers of its caller.
async fn backend(encoding: &'static str, frames: usize) -> (String, Seen) {
    let seen = Seen::default();
    let noted = Arc::clone(&seen);
    let route = get(move |headers: HeaderMap, upgrade: WebSocketUpgrade| async move {
        let shown =
            |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("-").to_owned();
        let head =
            json!({"authorization": shown("authorization"), "protocol": shown("sec-websocket-protocol")});
        noted.lock().unwrap().push(head);
        upgrade.protocols(["chat"]).on_upgrade(move |mut socket| async move {
            for frame in says(encoding) {
                socket.send(Message::Text(frame.into())).await.unwrap();
            }
            for _ in 0..frames {
                let Some(Ok(Message::Text(text))) = socket.recv().await else { return };
                noted.lock().unwrap().push(serde_json::from_str(&text).unwrap());
            }
            socket.send(Message::Text(r#"{"customEvent":"hangup"}"#.into())).await.unwrap();
        })
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/voximplant/media/c1", listener.local_addr().unwrap());
    tokio::spawn(async move {
        axum::serve(listener, axum::Router::new().route("/voximplant/media/c1", route)).await
    });
    (url, seen)
}

fn silent() -> ScriptedCaller {
    ScriptedCaller { patience_ms: 600, ..ScriptedCaller::default() }
}

#[tokio::test]
async fn the_platform_dials_shows_the_secret_and_sends_twenty_milliseconds_at_a_time() {
    let (url, seen) = backend("ULAW", 60).await;
    let (notes, mut heard) = mpsc::unbounded_channel();
    let report = dial_media(&url, "s3cret", "c1", silent(), Some(notes)).await.unwrap();
    assert_eq!(report.orders, ["hangup"]);
    assert!((900..=1000).contains(&report.heard_ms), "{}", report.heard_ms);
    assert_eq!(heard.recv().await, Some(CallerNote::RobotSpeaks));
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0], json!({"authorization": "Bearer s3cret", "protocol": "chat"}));
    assert_eq!(seen[1]["start"]["mediaFormat"], json!({"encoding": "ULAW", "sampleRate": 8000}));
    assert!(seen[1]["start"]["customParameters"].is_string());
    let stamps: Vec<u64> =
        seen[2..].iter().map(|frame| frame["media"]["timestamp"].as_u64().unwrap()).collect();
    assert!(stamps.windows(2).all(|pair| pair[1] == pair[0] + 160), "{stamps:?}");
}

#[tokio::test]
async fn sound_of_another_pair_than_was_asked_for_is_never_heard() {
    let (url, _) = backend("PCM16", 20).await;
    let report = dial_media(&url, "s3cret", "c1", silent(), None).await.unwrap();
    assert_eq!(report.heard_ms, 0);
}

#[tokio::test]
async fn behind_nat_the_backend_dials_a_session_that_allows_it() {
    let doors = MediaDoors::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/voximplant/request/SESSION/TOKEN", listener.local_addr().unwrap());
    let routes = voximplant_media_router(FakeVoximplant::new(), doors.clone());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    assert!(tokio_tungstenite::connect_async(&url).await.is_err(), "before the scenario allows it");
    let mut sockets = doors.allow("SESSION/TOKEN");
    let request = tokio_tungstenite::tungstenite::ClientRequestBuilder::new(url.parse().unwrap())
        .with_header("X-Zvonar-Token", "abc")
        .with_header("Authorization", "Bearer never shown");
    let (mut backend, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    let socket = sockets.recv().await.unwrap();
    assert_eq!(socket.token(), Some("abc"));
    assert!(socket.headers.iter().all(|(name, _)| name.starts_with("x-")));
    let leave = async {
        use futures::{SinkExt as _, StreamExt as _};
        let first = backend.next().await.unwrap().unwrap().into_text().unwrap();
        assert!(first.contains("\"start\""));
        backend.send(r#"{"customEvent":"transfer","transfer_to":"+74951112233"}"#.into()).await.unwrap();
        while let Some(Ok(_)) = backend.next().await {}
    };
    let (report, ()) = tokio::join!(socket.hold("c1", silent(), None), leave);
    assert_eq!(report.transfer_to.as_deref(), Some("+74951112233"));
}
