//! Answers in the provider's words.

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use openai_client::testing::Failure;
use serde_json::Value;

/// A failure as it travels.
pub(super) fn failure(failure: &Failure) -> Response {
    let answer = failure.on_the_wire();
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, [(CONTENT_TYPE, "application/json")], answer.body).into_response();
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}

/// A 400.
pub(super) fn refused(
    code: Option<&'static str>,
    param: Option<&'static str>,
    message: impl Into<String>,
) -> Failure {
    Failure::Refused { code, param, message: message.into() }
}

pub(super) fn json(body: &Value) -> Response {
    ([(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
