//! The layer around all providers: notes each request, waits the provider's latency, plays faults.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures::StreamExt as _;
use serde_json::{Value, json};

use super::{Fault, FaultKind};
use crate::cord::Cord;
use crate::state::SandboxState;
use crate::{Operation, Provider};

/// Longest JSON-RPC request that is read to learn its method.
const MAX_RPC_BYTES: usize = 4 * 1024 * 1024;
/// Longest answer that is held to be cut or slowed.
const MAX_ANSWER_BYTES: usize = 512 * 1024 * 1024;
/// How long a slow body takes where the rule does not say.
const SLOW_MS: u64 = 2_000;

/// Notes, waits, spoils.
pub(crate) async fn play(
    State(state): State<SandboxState>,
    ConnectInfo(cord): ConnectInfo<Cord>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    let (request, operation) = match told(request, &path).await {
        Ok(told) => told,
        Err(refusal) => return refusal,
    };
    let Some(operation) = operation else { return next.run(request).await };
    tokio::time::sleep(latency(&state, &operation)).await;
    let concerned = |kind: &str| state.switchboard.concerns(kind, &operation);
    let Some(fault) = state.faults.decide(&operation, &path, concerned) else {
        let answer = next.run(request).await;
        state.journal.note(&operation, Some(answer.status().as_u16()), true, None);
        return answer;
    };
    let name = Some(fault.kind.as_str().to_owned());
    match before(&fault, &operation, &cord) {
        Before::Passes => {}
        Before::Answered(answer) => {
            state.journal.note(&operation, Some(answer.status().as_u16()), false, name);
            return answer;
        }
        Before::Cut => {
            state.journal.note(&operation, None, false, name);
            return lost();
        }
    }
    if let FaultKind::Own(kind) = &fault.kind {
        turn(&state, &operation, kind, &fault);
    }
    let answer = next.run(request).await;
    state.journal.note(&operation, Some(answer.status().as_u16()), true, name);
    after(&fault, answer, &cord).await
}

/// Tells what the request is; a JSON-RPC body is read for that and put back.
async fn told(request: Request, path: &str) -> Result<(Request, Option<Operation>), Response> {
    let method = request.method().clone();
    if !path.starts_with("/uis/") || path.starts_with("/uis/media/") {
        return Ok((request, Operation::of(&method, path, None)));
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_RPC_BYTES).await else {
        return Err(StatusCode::PAYLOAD_TOO_LARGE.into_response());
    };
    let operation = Operation::of(&method, path, Some(&body));
    Ok((Request::from_parts(parts, Body::from(body)), operation))
}

fn latency(state: &SandboxState, operation: &Operation) -> Duration {
    match (operation.provider, operation.name.as_str()) {
        (Provider::Uis | Provider::Voximplant, "media") => state.latency.media,
        (Provider::Uis, _) => state.latency.uis,
        (Provider::Openai, "transcription") => state.latency.speech,
        (Provider::Openai, "chat") => state.latency.chat,
        (Provider::Openai | Provider::Voximplant | Provider::Telegram, _) => Duration::ZERO,
        (Provider::Google, _) => state.latency.google,
    }
}

/// What became of a request before its provider saw it.
enum Before {
    Passes,
    Answered(Response),
    Cut,
}

/// Faults that keep the request from its provider.
fn before(fault: &Fault, operation: &Operation, cord: &Cord) -> Before {
    Before::Answered(match fault.kind {
        FaultKind::TooMany => refusal(operation, StatusCode::TOO_MANY_REQUESTS),
        FaultKind::TooManyRetryAfter => hinted(refusal(operation, StatusCode::TOO_MANY_REQUESTS), fault),
        FaultKind::ServerError => refusal(operation, StatusCode::INTERNAL_SERVER_ERROR),
        FaultKind::Overloaded => hinted(refusal(operation, StatusCode::SERVICE_UNAVAILABLE), fault),
        FaultKind::BadGatewayHtml => page(StatusCode::BAD_GATEWAY, "502 Bad Gateway"),
        FaultKind::HtmlInsteadOfAnswer => page(StatusCode::OK, "Вход в сеть"),
        FaultKind::ResetBefore => {
            cord.cut();
            return Before::Cut;
        }
        _ => return Before::Passes,
    })
}

async fn after(fault: &Fault, answer: Response, cord: &Cord) -> Response {
    match fault.kind {
        FaultKind::ResetAfter => {
            cord.cut();
            lost()
        }
        FaultKind::SlowBody => {
            let slow_ms = fault.more.get("slow_ms").and_then(Value::as_u64).unwrap_or(SLOW_MS);
            slowed(answer, Duration::from_millis(slow_ms)).await
        }
        FaultKind::TruncatedBody => truncated(answer).await,
        FaultKind::Stall => std::future::pending().await,
        _ => answer,
    }
}

/// An answer that never arrives: its connection is cut already.
fn lost() -> Response {
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

/// A refusal in the shape of the provider.
fn refusal(operation: &Operation, status: StatusCode) -> Response {
    let code = status.as_u16();
    let body = match operation.provider {
        // the Data API says its own troubles under 200; other statuses come from what stands before it
        Provider::Uis | Provider::Voximplant => {
            return (status, status.canonical_reason().unwrap_or_default()).into_response();
        }
        Provider::Openai => {
            let (kind, code) = match code {
                429 => ("requests", Some("rate_limit_exceeded")),
                503 => ("service_unavailable_error", Some("server_is_overloaded")),
                _ => ("server_error", None),
            };
            json!({"error": {"message": "The sandbox was told to refuse this request.", "type": kind, "param": null, "code": code}})
        }
        Provider::Telegram => {
            json!({"ok": false, "error_code": code, "description": status.canonical_reason().unwrap_or_default()})
        }
        Provider::Google => {
            let word = match code {
                429 => "RESOURCE_EXHAUSTED",
                503 => "UNAVAILABLE",
                _ => "INTERNAL",
            };
            json!({"error": {"code": code, "message": "The sandbox was told to refuse this request.", "status": word}})
        }
    };
    (status, axum::Json(body)).into_response()
}

fn hinted(mut answer: Response, fault: &Fault) -> Response {
    let seconds = fault.retry_after_s.unwrap_or(1.0);
    if let Ok(value) = HeaderValue::from_str(&seconds.to_string()) {
        answer.headers_mut().insert(header::RETRY_AFTER, value);
    }
    answer
}

fn page(status: StatusCode, title: &str) -> Response {
    let html = format!("<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>");
    (status, axum::response::Html(html)).into_response()
}

fn turn(state: &SandboxState, operation: &Operation, kind: &str, fault: &Fault) {
    let Some((_, switches)) = state.switchboard.find(kind, Some(operation.provider)) else { return };
    let order = serde_json::to_value(fault).unwrap_or_default();
    if let Err(reason) = switches.turn(kind, Some(1), &order) {
        tracing::warn!(kind, reason, "a fault cannot be played");
    }
}

/// The whole answer with its length told, so that cutting it short is seen as a cut.
async fn held(answer: Response) -> (axum::http::response::Parts, Bytes) {
    let (mut parts, body) = answer.into_parts();
    let body = to_bytes(body, MAX_ANSWER_BYTES).await.unwrap_or_default();
    parts.headers.remove(header::TRANSFER_ENCODING);
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    (parts, body)
}

async fn slowed(answer: Response, whole: Duration) -> Response {
    const PIECES: u32 = 20;
    let (parts, body) = held(answer).await;
    let size = body.len().div_ceil(PIECES as usize).max(1);
    let pieces: Vec<Bytes> = body.chunks(size).map(Bytes::copy_from_slice).collect();
    let stream = futures::stream::iter(pieces).then(move |piece| async move {
        tokio::time::sleep(whole / PIECES).await;
        Ok::<_, std::io::Error>(piece)
    });
    Response::from_parts(parts, Body::from_stream(stream))
}

async fn truncated(answer: Response) -> Response {
    let (parts, body) = held(answer).await;
    let half = body.slice(..body.len() / 2);
    // the pause lets the half reach the client before the connection ends
    let stream = futures::stream::iter([Some(half), None]).then(|piece| async move {
        if let Some(piece) = piece {
            return Ok(piece);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof))
    });
    Response::from_parts(parts, Body::from_stream(stream))
}
