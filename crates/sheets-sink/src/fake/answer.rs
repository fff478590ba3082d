//! What the double answers, and how it gets there.

use std::time::Duration;

use async_trait::async_trait;
use http_client::{Transport, TransportError, http, reqwest};
use serde_json::{Value, json};

use super::google::{FakeGoogle, FakeRequest};

/// What becomes of an answer on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fate {
    /// It arrives.
    #[default]
    Whole,
    /// The connection breaks before its head.
    Lost,
    /// The connection breaks in the middle of its body.
    Cut,
}

/// An answer.
#[derive(Debug, Clone, Default)]
pub struct FakeAnswer {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(&'static str, String)>,
    /// The whole body.
    pub body: Vec<u8>,
    /// Whether it arrives.
    pub fate: Fate,
    /// How long it takes.
    pub delay: Option<Duration>,
}

impl FakeAnswer {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        let headers = vec![("content-type", "application/json; charset=UTF-8".to_owned())];
        Self { status, headers, body: body.to_string().into_bytes(), ..Self::default() }
    }

    pub(crate) fn html(status: u16, body: &str) -> Self {
        let headers = vec![("content-type", "text/html".to_owned())];
        Self { status, headers, body: body.as_bytes().to_vec(), ..Self::default() }
    }
}

pub(crate) fn refused(code: u16, status: &str, message: &str, info: Option<Value>) -> FakeAnswer {
    let mut error = json!({"code": code, "message": message, "status": status});
    if let Some(info) = info {
        error["details"] = json!([info]);
    }
    FakeAnswer::json(code, &json!({"error": error}))
}

/// Straight into the double, without a socket: time may be virtual.
#[async_trait]
impl Transport for FakeGoogle {
    async fn send(&self, request: reqwest::Request) -> Result<reqwest::Response, TransportError> {
        let header = request.headers().get(http::header::AUTHORIZATION);
        let plain = FakeRequest {
            method: request.method().to_string(),
            path: request.url().path().to_owned(),
            query: request.url().query().unwrap_or_default().to_owned(),
            authorization: header.and_then(|value| value.to_str().ok()).map(str::to_owned),
            body: bytes::Bytes::copy_from_slice(
                request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default(),
            ),
        };
        let answer = self.handle(&plain);
        if let Some(delay) = answer.delay {
            tokio::time::sleep(delay).await;
        }
        let mut body = answer.body;
        let mut builder = http::Response::builder().status(answer.status);
        for (name, value) in answer.headers {
            builder = builder.header(name, value);
        }
        match answer.fate {
            Fate::Lost => return Err(TransportError::Unsure("connection reset".into())),
            Fate::Cut => {
                builder = builder.header("content-length", body.len());
                body.truncate(body.len() / 2);
            }
            Fate::Whole => {}
        }
        builder
            .body(body)
            .map(reqwest::Response::from)
            .map_err(|error| TransportError::Invalid(error.to_string()))
    }
}
