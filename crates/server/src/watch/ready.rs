//! Whether work can be done here, and the names of what stands in its way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use app::CheckState;
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
        let found = web.app().readiness().await;
        let seen_well = |name: &str| found.of(name).map(|state| state == CheckState::Good);
        let well = |name: &str| seen_well(name) == Some(true);
        let worker = !self.worker_ended.load(Ordering::Relaxed);
        let mut failing = found.named(CheckState::Failing);
        if !worker {
            failing.push("worker");
        }
        let said = json!({
            "ready": failing.is_empty(), "failing": failing, "degraded": found.named(CheckState::Degraded),
            "database": well("database"), "schema": seen_well("schema"), "disk": well("disk"), "queue": worker,
        });
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
