//! How a socket is asked for and let in (RFC 6455, section 4).

use http::{StatusCode, header};
use reqwest::{RequestBuilder, Response, Upgraded, Version};
use tokio_tungstenite::tungstenite::handshake::{client::generate_key, derive_accept_key};

/// What came of asking for a socket.
#[derive(Debug)]
pub enum Opening {
    /// It stands.
    Stands(Upgraded),
    /// It was refused, or the address is for something else: the answer is the caller's to read.
    Refused(Response),
    /// It was let in by another key than ours: something between keeps answers.
    NotOurs,
}

/// Asks for a socket. The request's client must speak HTTP/1.1 alone and follow nobody elsewhere.
///
/// # Errors
/// The request did not get through.
pub async fn open_socket(request: RequestBuilder) -> Result<Opening, reqwest::Error> {
    let key = generate_key();
    let request = request
        .version(Version::HTTP_11)
        .header(header::CONNECTION, "Upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_VERSION, "13")
        .header(header::SEC_WEBSOCKET_KEY, &key);
    let answer = request.send().await?;
    if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Ok(Opening::Refused(answer));
    }
    let accepted = answer.headers().get(header::SEC_WEBSOCKET_ACCEPT).map(header::HeaderValue::as_bytes);
    if accepted != Some(socket_accept(key.as_bytes()).as_bytes()) {
        return Ok(Opening::NotOurs);
    }
    answer.upgrade().await.map(Opening::Stands)
}

/// `Sec-WebSocket-Accept` for the key of whoever asks.
pub fn socket_accept(key: &[u8]) -> String {
    derive_accept_key(key)
}
