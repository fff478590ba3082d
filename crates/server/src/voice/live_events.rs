//! `GET /api/v1/live/events`: what is happening in AI calls, as it happens (server-sent events).

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use chrono::SecondsFormat;
use futures::{StreamExt as _, stream};
use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use voice_agent::{LiveEvent, LiveLine};

use crate::Web;
use crate::api::tags;
use crate::problem::Problem;

/// A line that says nothing keeps proxies from cutting the connection.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Then the browser comes again, past the door anew.
const LONGEST: Duration = Duration::from_mins(15);

/// Follow AI calls as they are spoken
///
/// Events `began`, `answered`, `heard`, `said`, `ended`; `gap` after missed ones: read the call anew. Words of
/// people are in them.
#[utoipa::path(
    get, path = "/api/v1/live/events", tag = tags::VOICE, operation_id = "live_events",
    responses((status = 200, description = "Server-sent events", body = String, content_type = "text/event-stream",
        example = json!("event: said\ndata: {\"call_id\":\"6f1a1d0e-5a2b-8c3d-9e4f-0a1b2c3d4e5f\",\"turn\":1,\"text\":\"Подскажите, что вам нужно?\",\"latency_ms\":840}\n\n"))),
)]
pub(crate) async fn follow(State(web): State<Web>) -> Result<Response, Problem> {
    let room = web.app().voice().await?;
    let looking =
        Looking { events: room.follow(), until: Instant::now() + LONGEST, stopping: web.stopping().clone() };
    let events = stream::unfold(looking, Looking::next).map(Ok::<_, Infallible>);
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT).text("ping")).into_response())
}

struct Looking {
    events: Receiver<LiveEvent>,
    until: Instant,
    stopping: CancellationToken,
}

impl Looking {
    async fn next(mut self) -> Option<(Event, Self)> {
        let event = tokio::select! {
            heard = self.events.recv() => match heard {
                Ok(event) => told(&event),
                Err(RecvError::Lagged(_)) => Event::default().event("gap").data("{}"),
                Err(RecvError::Closed) => return None,
            },
            () = tokio::time::sleep_until(self.until) => return None,
            () = self.stopping.cancelled() => return None,
        };
        Some((event, self))
    }
}

fn told(event: &LiveEvent) -> Event {
    let (name, mut data): (&str, Value) = match &event.what {
        LiveLine::Began => ("began", json!({})),
        LiveLine::Answered => ("answered", json!({})),
        LiveLine::Heard { turn, text } => ("heard", json!({ "turn": turn, "text": text })),
        LiveLine::Said { turn, text, source, action, latency_ms } => (
            "said",
            json!({
                "turn": turn, "text": text, "source": source, "action": action.as_str(),
                "latency_ms": latency_ms,
            }),
        ),
        LiveLine::Ended { why } => ("ended", json!({ "why": why.as_str() })),
    };
    data["call_id"] = json!(event.call.to_string());
    data["at"] = json!(event.at.to_rfc3339_opts(SecondsFormat::Millis, true));
    Event::default().event(name).data(data.to_string())
}
