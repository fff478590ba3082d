//! The outermost layer: every request has an id, a span and its place in the figures.
//!
//! Spans name the route as it is written in the table, never the address that was asked for: addresses
//! hold numbers, search words and keys.

use std::panic::AssertUnwindSafe;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures::FutureExt as _;
use http::{HeaderName, HeaderValue};
use tokio::time::Instant;
use tracing::Instrument as _;
use uuid::Uuid;

use crate::Web;
use crate::problem::Problem;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Numbers, times and counts a request.
pub(crate) async fn observe(State(web): State<Web>, request: Request, next: Next) -> Response {
    let id = Uuid::now_v7().simple().to_string();
    let path = request.extensions().get::<MatchedPath>().cloned();
    let route = path.as_ref().map_or("none", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    // an error's level: whatever is logged, its lines say which request they are about
    let span = tracing::error_span!("request", %id, %method, route, status = tracing::field::Empty);
    let began = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let (status, took) = (response.status(), began.elapsed());
    web.app().figures().request(method.as_str(), &route, status.as_u16(), took);
    span.record("status", status.as_u16());
    span.in_scope(|| {
        let (status, ms) = (status.as_u16(), took.as_millis());
        if status >= 500 {
            tracing::warn!(status, ms, "answered");
        } else {
            tracing::debug!(status, ms, "answered");
        }
    });
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// A panic in a handler is this request's trouble, nobody else's.
pub(crate) async fn catch(request: Request, next: Next) -> Response {
    if let Ok(response) = AssertUnwindSafe(next.run(request)).catch_unwind().await {
        return response;
    }
    tracing::error!("a handler panicked");
    Problem::internal().into_response()
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn;
    use axum::routing::get;
    use http::StatusCode;
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn a_panic_is_one_requests_trouble() {
        let router = Router::new()
            .route("/bug", get(async || -> &'static str { panic!("a bug") }))
            .route("/fine", get(async || "fine"))
            .layer(from_fn(catch));
        for (path, status) in [("/bug", StatusCode::INTERNAL_SERVER_ERROR), ("/fine", StatusCode::OK)] {
            let request = http::Request::get(path).body(Body::empty()).unwrap();
            assert_eq!(router.clone().oneshot(request).await.unwrap().status(), status);
        }
    }
}
