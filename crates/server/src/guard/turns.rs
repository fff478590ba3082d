//! How many at once, and how long: each class of routes has its lane, so that uploads do not shut out
//! pages, nor pages webhooks.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures::StreamExt as _;
use http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::body::Fate;
use crate::Web;
use crate::problem::Problem;
use crate::rules::Class;

/// The lanes.
#[derive(Debug)]
pub(crate) struct Turns {
    quick: Arc<Semaphore>,
    hooks: Arc<Semaphore>,
    slow: Arc<Semaphore>,
    uploads: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    readings: Semaphore,
}

impl Default for Turns {
    fn default() -> Self {
        let lane = |turns| Arc::new(Semaphore::new(turns));
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self {
            quick: lane(256),
            hooks: lane(128),
            slow: lane(64),
            uploads: lane(64),
            streams: lane(256),
            // the questions of one page are asked side by side: a page a core leaves none of them idle
            readings: Semaphore::new(cores.max(2)),
        }
    }
}

impl Turns {
    fn lane(&self, class: Class) -> &Arc<Semaphore> {
        match class {
            Class::Page | Class::Api => &self.quick,
            Class::Hook => &self.hooks,
            Class::Slow => &self.slow,
            Class::Upload | Class::PageUpload => &self.uploads,
            Class::Stream => &self.streams,
        }
    }

    fn take(&self, class: Class) -> Option<OwnedSemaphorePermit> {
        Arc::clone(self.lane(class)).try_acquire_owned().ok()
    }

    /// Makes an answer that reads much, after those who asked before: made all at once, answers take as long
    /// as the last of them. Within it no other turn of this kind may be waited for.
    pub(crate) async fn in_order<T>(&self, reading: impl Future<Output = T>) -> T {
        // never closed
        let _turn = self.readings.acquire().await.ok();
        reading.await
    }

    /// Takes every turn of a class, for a test of what happens then.
    #[cfg(test)]
    fn exhaust(&self, class: Class) -> Vec<OwnedSemaphorePermit> {
        std::iter::from_fn(|| self.take(class)).collect()
    }
}

impl Class {
    /// How long an answer may take. An upload's time is its body's, which has a clock of its own, and
    /// the work that is waited for.
    const fn patience(self) -> Duration {
        match self {
            Self::Page | Self::Api | Self::Hook | Self::Stream => Duration::from_mins(1),
            // 300 s of work, and a moment to say that it is not done
            Self::Slow => Duration::from_secs(330),
            Self::Upload | Self::PageUpload => Duration::from_hours(2),
        }
    }
}

/// Runs the handler in its lane and in its time.
pub(crate) async fn within(web: &Web, class: Class, request: Request, next: Next) -> Response {
    let fate = request.extensions().get::<Fate>().cloned().unwrap_or_default();
    let Some(turn) = web.turns().take(class) else { return busy().into_response() };
    let Ok(response) = timeout(class.patience(), next.run(request)).await else {
        return late().into_response();
    };
    let response = fate.judge(response);
    if class == Class::Stream { response.map(|body| until_its_end(body, turn)) } else { response }
}

/// The turn of a stream ends with its last byte, or with whoever stopped reading.
fn until_its_end(body: Body, turn: OwnedSemaphorePermit) -> Body {
    Body::from_stream(body.into_data_stream().map(move |piece| {
        let _held = &turn;
        piece
    }))
}

fn busy() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "busy",
        "сервис занят: слишком много запросов сразу",
        "the service is busy: too many requests at once",
    )
    .hint("повторите через несколько секунд", "try again in a few seconds")
    .retry_after(Duration::from_secs(3))
}

fn late() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "timeout",
        "ответ готовился слишком долго",
        "the answer took too long",
    )
    .hint("повторите позже", "try again later")
    .retry_after(Duration::from_secs(10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowded_lane_leaves_the_others_free() {
        let turns = Turns::default();
        let held = turns.exhaust(Class::Upload);
        assert_eq!(held.len(), 64);
        assert!(turns.take(Class::PageUpload).is_none());
        for class in [Class::Page, Class::Api, Class::Hook, Class::Slow, Class::Stream] {
            assert!(turns.take(class).is_some(), "{class:?}");
        }
    }

    #[tokio::test]
    async fn answers_that_read_much_are_made_in_the_order_in_which_they_were_asked_for() {
        let (turns, made) = (Turns::default(), std::sync::Mutex::new(Vec::new()));
        let all = turns.readings.available_permits();
        let busy = turns.readings.acquire_many(u32::try_from(all).unwrap()).await.unwrap();
        let note = async |number| made.lock().unwrap().push(number);
        let asked = (0..2 * all).map(|number| turns.in_order(note(number)));
        let answers = futures::future::join_all(asked);
        let freed = async {
            tokio::task::yield_now().await;
            assert!(made.lock().unwrap().is_empty(), "no turn is free");
            drop(busy);
        };
        tokio::join!(answers, freed);
        assert_eq!(*made.lock().unwrap(), (0..2 * all).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn the_turn_of_a_stream_ends_with_the_stream() {
        let turns = Turns::default();
        let mut held = turns.exhaust(Class::Stream);
        let turn = held.pop().unwrap();
        let body = until_its_end(Body::from("event"), turn);
        assert!(turns.take(Class::Stream).is_none());
        axum::body::to_bytes(body, 100).await.unwrap();
        assert!(turns.take(Class::Stream).is_some());
    }
}
