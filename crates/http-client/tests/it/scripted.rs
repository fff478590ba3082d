//! A transport that plays a script and keeps what it was given, with the (virtual) time.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use futures::stream;
use http_client::{
    Exchange, HttpClient, HttpClientConfig, HttpError, Repeat, SteadyJitter, Transport, TransportError,
    http::{self, HeaderMap, Method},
    reqwest::{self, Body, Request, Response},
};
use tokio::time::Instant;

/// What happens to one request. When the script is over, everything is answered `200 ok`.
pub(crate) enum Step {
    /// This answer at once.
    Answer(u16, &'static [(&'static str, &'static str)], &'static str),
    /// The transport fails.
    Fail(TransportError),
    /// Nothing comes, ever.
    Silence,
    /// This status after this time.
    Late(Duration, u16),
    /// `200` and these pieces, each after its time; `false`: then the connection breaks.
    Pieces(Vec<(Duration, &'static str)>, bool),
}

pub(crate) fn status(status: u16) -> Step {
    Step::Answer(status, &[], "")
}

pub(crate) fn unsent() -> Step {
    Step::Fail(TransportError::Unsent("connection refused".into()))
}

pub(crate) fn reset() -> Step {
    Step::Fail(TransportError::Unsure("connection reset by peer".into()))
}

#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) at: Duration,
    pub(crate) headers: HeaderMap,
    pub(crate) timeout: Option<Duration>,
}

#[derive(Clone)]
pub(crate) struct Scripted {
    steps: Arc<Mutex<VecDeque<Step>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
    began: Instant,
}

impl std::fmt::Debug for Scripted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scripted").finish_non_exhaustive()
    }
}

impl Scripted {
    pub(crate) fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        let steps = Arc::new(Mutex::new(steps.into_iter().collect()));
        Self { steps, seen: Arc::default(), began: Instant::now() }
    }

    pub(crate) fn push(&self, step: Step) {
        self.steps.lock().unwrap().push_back(step);
    }

    /// When each request left, milliseconds from the beginning.
    pub(crate) fn millis(&self) -> Vec<u128> {
        self.seen.lock().unwrap().iter().map(|seen| seen.at.as_millis()).collect()
    }

    pub(crate) fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    pub(crate) fn seen(&self) -> std::sync::MutexGuard<'_, Vec<Seen>> {
        self.seen.lock().unwrap()
    }

    fn next(&self, request: &Request) -> Step {
        self.seen.lock().unwrap().push(Seen {
            at: self.began.elapsed(),
            headers: request.headers().clone(),
            timeout: request.timeout().copied(),
        });
        self.steps.lock().unwrap().pop_front().unwrap_or(Step::Answer(200, &[], "ok"))
    }
}

#[async_trait]
impl Transport for Scripted {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        match self.next(&request) {
            Step::Answer(status, headers, body) => Ok(response(status, headers, Body::from(body))),
            Step::Fail(error) => Err(error),
            Step::Silence => std::future::pending().await,
            Step::Late(wait, status) => {
                tokio::time::sleep(wait).await;
                Ok(response(status, &[], Body::from("ok")))
            }
            Step::Pieces(pieces, whole) => Ok(response(200, &[], drip(pieces, whole))),
        }
    }
}

fn response(status: u16, headers: &[(&str, &str)], body: Body) -> Response {
    let mut builder = http::Response::builder().status(status);
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    builder.body(body).unwrap().into()
}

fn drip(pieces: Vec<(Duration, &'static str)>, whole: bool) -> Body {
    let end = (!whole).then(|| Err(std::io::Error::other("connection reset by peer")));
    let pieces = pieces.into_iter().map(Some).chain([None]);
    Body::wrap_stream(stream::unfold((pieces, end), |(mut pieces, mut end)| async move {
        if let Some((wait, piece)) = pieces.next().flatten() {
            tokio::time::sleep(wait).await;
            return Some((Ok(piece), (pieces, end)));
        }
        end.take().map(|end| (end, (pieces, None)))
    }))
}

/// Full jitter always, so that pauses are the round figures.
pub(crate) fn client(config: HttpClientConfig, script: &Scripted) -> HttpClient {
    HttpClient::with_jitter(config, Arc::new(SteadyJitter(1.0)))
        .unwrap()
        .with_transport(Arc::new(script.clone()))
}

pub(crate) fn plain(script: &Scripted) -> HttpClient {
    client(HttpClientConfig::default(), script)
}

pub(crate) fn asking(repeat: Repeat) -> Exchange<'static> {
    Exchange { repeat, ..Exchange::new("test.ask") }
}

pub(crate) fn request(client: &HttpClient) -> Result<reqwest::Request, HttpError> {
    let url = "https://user:pass@provider.example/secret-path?key=secret-query";
    Ok(client.request(Method::POST, url).header("authorization", "Bearer secret-header").build()?)
}

/// One exchange with its body.
pub(crate) async fn ask(client: &HttpClient, exchange: &Exchange<'_>) -> Result<String, HttpError> {
    let whole = client.exchange_whole(exchange, 1 << 20, async || request(client)).await?;
    Ok(String::from_utf8(whole.body.to_vec()).unwrap())
}

pub(crate) fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

pub(crate) fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}
