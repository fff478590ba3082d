//! Requests of the S3 protocol through the house's one HTTP client: its certificates, its proxy, its TLS.
//!
//! Repeats are the storage crate's own, for it knows which of its requests may be sent twice.

use async_trait::async_trait;
use futures::TryStreamExt as _;
use http_body_util::{BodyExt as _, StreamBody};
use http_client::HttpClient;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient as StorageClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse,
    HttpResponseBody, HttpService,
};

/// Hands out the house's client.
#[derive(Debug, Clone)]
pub(super) struct HouseWire(pub(super) HttpClient);

impl HttpConnector for HouseWire {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<StorageClient> {
        Ok(StorageClient::new(self.clone()))
    }
}

#[async_trait]
impl HttpService for HouseWire {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await?;
        let request = self.0.inner().request(parts.method, parts.uri.to_string());
        let sent = request.headers(parts.headers).body(body.to_bytes()).send().await;
        let answer = sent.map_err(|error| {
            let kind = match () {
                () if error.is_connect() => HttpErrorKind::Connect,
                () if error.is_timeout() => HttpErrorKind::Timeout,
                () if error.is_request() => HttpErrorKind::Request,
                () => HttpErrorKind::Unknown,
            };
            // the address is signed
            HttpError::new(kind, error.without_url())
        })?;
        let mut response = http::Response::builder().status(answer.status());
        if let Some(headers) = response.headers_mut() {
            headers.clone_from(answer.headers());
        }
        let pieces = answer.bytes_stream().map_ok(http_body::Frame::data);
        let pieces = pieces.map_err(|error| HttpError::new(HttpErrorKind::Interrupted, error.without_url()));
        response
            .body(HttpResponseBody::new(StreamBody::new(pieces)))
            .map_err(|error| HttpError::new(HttpErrorKind::Unknown, error))
    }
}
