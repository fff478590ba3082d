//! A service over a temporary data folder, and a client for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt as _;

/// A running service without a socket.
pub(crate) struct House {
    router: Router,
    pub(crate) app: Arc<app::App>,
    _folder: TempDir,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
}

impl House {
    /// A fresh installation on the loopback, without users.
    pub(crate) async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let env = BTreeMap::from([
            ("ZVONAR_DATA_DIR".to_owned(), data.display().to_string()),
            ("ZVONAR_ANALYZER".to_owned(), "rules".to_owned()),
        ]);
        let input = app::ConfigInput { cwd: folder.path().to_owned(), env, ..app::ConfigInput::default() };
        let app = Arc::new(app::App::open(app::load(&input).unwrap().config).await.unwrap());
        let options = server::ServeOptions::new("127.0.0.1:8000".parse().unwrap());
        let web = server::Web::open(Arc::clone(&app), &options).await.unwrap();
        Self { router: server::router(web), app, _folder: folder }
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 64 << 20).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// `GET` from this machine.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path).body(Body::empty()).unwrap()).await
    }

    /// `POST` of JSON from this machine.
    pub(crate) async fn post_json(&self, path: &str, body: &Value) -> Answer {
        let request = self.request(Method::POST, path).header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// The beginning of a request from this machine.
    pub(crate) fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        Request::builder().method(method).uri(path).header("host", "127.0.0.1:8000")
    }
}
