//! Whether work can be done here: the database takes writes, the disk has room, the worker lives.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::Web;

/// Strangers may ask, and a look is a write: the answer is good for a while.
const FRESH: Duration = Duration::from_secs(2);

/// Under this no recording fits for sure, bytes.
const SCARCE: u64 = 200_000_000;

/// What was seen last.
#[derive(Debug, Default)]
pub(crate) struct Readiness {
    seen: Mutex<Option<(Instant, Value)>>,
    worker_ended: Arc<AtomicBool>,
}

impl Readiness {
    /// The worker has ended, and nobody wanted it to.
    pub(crate) fn worker_has_ended(&self) {
        self.worker_ended.store(true, Ordering::Relaxed);
    }

    async fn look(&self, web: &Web) -> Value {
        let mut seen = self.seen.lock().await;
        if let Some((at, said)) = seen.as_ref()
            && at.elapsed() < FRESH
        {
            return said.clone();
        }
        let now = web.clock().now().to_rfc3339();
        let database = web.store().set_setting("readyz.probe", &now).await.is_ok();
        let disk = fs4::available_space(&web.config().data_dir).is_ok_and(|free| free >= SCARCE);
        let queue = !self.worker_ended.load(Ordering::Relaxed);
        let said =
            json!({ "ready": database && disk && queue, "database": database, "disk": disk, "queue": queue });
        *seen = Some((Instant::now(), said.clone()));
        said
    }
}

/// `GET /readyz`: 200 or 503, and which part it is.
pub(crate) async fn readyz(State(web): State<Web>) -> Response {
    let said = web.readiness().look(&web).await;
    let status = if said["ready"] == json!(true) { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(said)).into_response()
}
