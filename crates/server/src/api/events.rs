//! Progress as it happens: `GET /api/v1/jobs/{id}/events`, `GET /api/v1/events` (server-sent events).
//!
//! The first event is always the state as it is now, so that a client that lost the line
//! (`Last-Event-ID`) has missed nothing when it is back. The store is looked at too: other processes
//! work on the same calls and tell nothing here. A stream ends after a while; browsers come again by
//! themselves, and pass the door anew.

use std::collections::HashMap;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use domain::{CallId, CallStatus};
use futures::{Stream, StreamExt as _, stream};
use http::{HeaderMap, StatusCode};
use pipeline::CallProgress;
use serde_json::{Value, json};
use store::{CallFilter, PageRequest};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::extract::{Named, call_id};
use super::jobs::{is_finished, sees_all, stages};
use super::tags;
use crate::Web;
use crate::access::Viewer;
use crate::problem::Problem;
use crate::visible::VisibleCalls;

/// A line that says nothing keeps proxies from cutting the connection.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often the store is asked what other processes did.
const LOOK: Duration = Duration::from_secs(2);
/// Then the client comes again.
const LONGEST: Duration = Duration::from_mins(15);
/// The id of the last event of a call: who has it is told that nothing follows (204).
const END: &str = "end";
/// Calls whose owner is remembered by one stream.
const REMEMBERED: usize = 10_000;
/// Open calls in the first event.
const OPEN: u32 = 100;

/// Progress of a call, as it happens
///
/// Events `state` (first, and after a gap), `progress` and, last of all, `done`. Data:
/// `{"call_id","status","stage","fraction","finished"}`; `fraction` is 0–1 of the stage, or null.
#[utoipa::path(
    get, path = "/api/v1/jobs/{id}/events", tag = tags::JOBS, operation_id = "job_events",
    params(
        ("id" = String, Path, format = Uuid, description = "The call"),
        ("Last-Event-ID" = Option<String>, Header, description = "Sent by browsers that come again"),
    ),
    responses(
        (status = 200, description = "Server-sent events", body = String, content_type = "text/event-stream",
         example = json!("event: state\nid: 1\ndata: {\"call_id\":\"6f1a1d0e-5a2b-8c3d-9e4f-0a1b2c3d4e5f\",\"status\":\"queued\",\"stage\":null,\"fraction\":null,\"finished\":false}\n\n")),
        (status = 204, description = "The end was told already: do not come again"),
    ),
)]
pub(crate) async fn of_call(
    State(web): State<Web>,
    viewer: Viewer,
    headers: HeaderMap,
    Named(id): Named<String>,
) -> Result<Response, Problem> {
    let (id, visible) = (call_id(&id)?, web.visible(&viewer));
    let record = visible.call(id).await?;
    let told = headers.get("last-event-id").is_some_and(|last| last == END);
    if told && is_finished(record.status) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let watch = CallWatch {
        id,
        visible,
        progress: web.app().work().progress(),
        until: Instant::now() + LONGEST,
        stopping: web.stopping().clone(),
        number: 0,
        known: None,
        ended: false,
    };
    Ok(answer(stream::unfold(watch, CallWatch::next)))
}

fn answer(events: impl Stream<Item = Event> + Send + 'static) -> Response {
    let stream = events.map(Ok::<_, Infallible>);
    Sse::new(stream).keep_alive(KeepAlive::new().interval(HEARTBEAT).text("ping")).into_response()
}

/// One call, watched.
struct CallWatch {
    id: CallId,
    visible: VisibleCalls,
    progress: Receiver<CallProgress>,
    until: Instant,
    stopping: CancellationToken,
    number: u64,
    /// The status that was told last; `None` = the state must be told anew.
    known: Option<CallStatus>,
    ended: bool,
}

impl CallWatch {
    async fn next(mut self) -> Option<(Event, Self)> {
        if self.ended {
            return None;
        }
        if self.known.is_none() {
            return self.state("state").await;
        }
        loop {
            let look = Instant::now() + LOOK;
            tokio::select! {
                heard = self.progress.recv() => match heard {
                    Ok(event) if event.call != self.id => {}
                    Ok(event) if is_finished(event.status) => return self.state("state").await,
                    Ok(event) => {
                        self.known = Some(event.status);
                        return Some(self.event("progress", &told(&event)));
                    }
                    // what was missed is in the store
                    Err(RecvError::Lagged(_)) => return self.state("state").await,
                    Err(RecvError::Closed) => return None,
                },
                () = tokio::time::sleep_until(look) => {
                    let status = self.visible.call(self.id).await.ok()?.status;
                    if Some(status) != self.known {
                        return self.state("state").await;
                    }
                }
                () = tokio::time::sleep_until(self.until) => return None,
                () = self.stopping.cancelled() => return None,
            }
        }
    }

    /// As the store has it; the end of the stream once nothing more happens.
    async fn state(mut self, name: &str) -> Option<(Event, Self)> {
        // erased meanwhile: the stream ends
        let record = self.visible.call(self.id).await.ok()?;
        self.known = Some(record.status);
        self.ended = is_finished(record.status);
        let data = data(self.id, record.status, None, None);
        let name = if self.ended { "done" } else { name };
        Some(self.event(name, &data))
    }

    fn event(mut self, name: &str, data: &Value) -> (Event, Self) {
        self.number += 1;
        let id = if self.ended { END.to_owned() } else { self.number.to_string() };
        (Event::default().event(name).id(id).data(data.to_string()), self)
    }
}

fn told(event: &CallProgress) -> Value {
    data(event.call, event.status, Some(event.stage), event.fraction)
}

fn data(call: CallId, status: CallStatus, stage: Option<store::Stage>, fraction: Option<f32>) -> Value {
    json!({
        "call_id": call.to_string(),
        "status": status,
        "stage": stage.map(store::Stage::as_str),
        "fraction": fraction.filter(|fraction| fraction.is_finite()),
        "finished": is_finished(status),
    })
}

/// Progress of every call that you may see, as it happens
///
/// Events `state` (first, and after a gap): `{"open":[{"call_id","status"}],"stages":[…]}`, with the queue's
/// counts for those who see all calls; then `progress` as for one call.
#[utoipa::path(
    get, path = "/api/v1/events", tag = tags::JOBS, operation_id = "events",
    params(("Last-Event-ID" = Option<String>, Header, description = "Sent by browsers that come again")),
    responses((status = 200, description = "Server-sent events", body = String, content_type = "text/event-stream",
        example = json!("event: state\nid: 1\ndata: {\"open\":[],\"stages\":[]}\n\n"))),
)]
pub(crate) async fn of_all(State(web): State<Web>, viewer: Viewer) -> Response {
    let watch = AllWatch {
        visible: web.visible(&viewer),
        all: sees_all(&viewer),
        progress: web.app().work().progress(),
        until: Instant::now() + LONGEST,
        stopping: web.stopping().clone(),
        number: 0,
        behind: true,
        owners: HashMap::new(),
        web,
    };
    answer(stream::unfold(watch, AllWatch::next))
}

/// Everything that one viewer sees, watched.
struct AllWatch {
    web: Web,
    visible: VisibleCalls,
    all: bool,
    progress: Receiver<CallProgress>,
    until: Instant,
    stopping: CancellationToken,
    number: u64,
    /// The state must be told anew.
    behind: bool,
    /// Whether a call is the viewer's.
    owners: HashMap<CallId, bool>,
}

impl AllWatch {
    async fn next(mut self) -> Option<(Event, Self)> {
        if std::mem::take(&mut self.behind) {
            let data = self.state().await?;
            return Some(self.event("state", &data));
        }
        loop {
            tokio::select! {
                heard = self.progress.recv() => match heard {
                    Ok(event) => {
                        if self.may_see(event.call).await {
                            return Some(self.event("progress", &told(&event)));
                        }
                    }
                    Err(RecvError::Lagged(_)) => {
                        let data = self.state().await?;
                        return Some(self.event("state", &data));
                    }
                    Err(RecvError::Closed) => return None,
                },
                () = tokio::time::sleep_until(self.until) => return None,
                () = self.stopping.cancelled() => return None,
            }
        }
    }

    async fn may_see(&mut self, call: CallId) -> bool {
        if self.all {
            return true;
        }
        if let Some(own) = self.owners.get(&call) {
            return *own;
        }
        if self.owners.len() >= REMEMBERED {
            self.owners.clear();
        }
        let own = self.visible.call(call).await.is_ok();
        self.owners.insert(call, own);
        own
    }

    async fn state(&self) -> Option<Value> {
        let open = [CallStatus::Queued, CallStatus::Paused, CallStatus::WaitingRecording];
        let filter = CallFilter { statuses: open.to_vec(), ..CallFilter::default() };
        let page = self.visible.calls(&filter, PageRequest { after: None, limit: OPEN }).await.ok()?;
        let open: Vec<Value> = page
            .items
            .iter()
            .map(|record| json!({ "call_id": record.call.id.to_string(), "status": record.status }))
            .collect();
        let stages =
            if self.all { stages(&self.web.store().queue_counts(None).await.ok()?) } else { Vec::new() };
        Some(json!({ "open": open, "stages": stages }))
    }

    fn event(mut self, name: &str, data: &Value) -> (Event, Self) {
        self.number += 1;
        (Event::default().event(name).id(self.number.to_string()).data(data.to_string()), self)
    }
}
