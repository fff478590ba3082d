//! One exchange under the policy: wait for the turn, send, read what came, repeat if that
//! is wise and safe.
//!
//! Wise is what may pass by itself; safe is decided by [`Repeat`] for failures after which
//! nobody knows whether the other side did what was asked. An error that follows such a
//! failure still says so ([`HttpError::may_have_applied`]).

use std::{future::Future, sync::Arc, time::Duration};

use http::HeaderName;
use reqwest::{Request, Response};
use tokio::time::{Instant, timeout_at};
use tracing::{Instrument as _, Span, field};
use uuid::Uuid;

use crate::{
    Answer, ByStatus, Classify, HttpClient, HttpError, Refusal, TransportError, Verdict, Whole,
    answer::BodyLimits, moment::after, pace::Place,
};

/// What a server's support asks for (OpenAI's name, harmless to others).
const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("x-client-request-id");

/// How an exchange may be repeated when nobody knows whether it took effect: the connection
/// broke or fell silent after the request was (or may have been) sent, the body of the
/// answer broke off, or the answer reads as [`Verdict::Unsure`].
///
/// Always repeated, whatever is said here: a connection that never stood, and an answer
/// that reads as [`Verdict::Again`]. All within the attempts of the
/// [`RetryPolicy`](crate::RetryPolicy).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// As often as the policy allows: reading, or writing the same twice does no harm.
    Freely,
    /// Once: a second copy costs money, none at all costs more.
    OnceIfUnsure,
    /// Never: the caller finds out first what became of the request.
    OnlyIfUnsent,
}

impl Repeat {
    /// Repeats that are left to an exchange after ambiguous failures.
    fn allowance(self) -> u32 {
        match self {
            Self::Freely => u32::MAX,
            Self::OnceIfUnsure => 1,
            Self::OnlyIfUnsent => 0,
        }
    }
}

/// What the policy must know of one kind of exchange.
#[derive(Clone, Copy)]
pub struct Exchange<'a> {
    /// Its name in spans and errors, such as `uis.calls_report`. Never anything secret.
    pub name: &'static str,
    /// How it may be repeated.
    pub repeat: Repeat,
    /// Reads refusals.
    pub classify: &'a dyn Classify,
    /// Longest time for one attempt, body included, and for silence before the head;
    /// `None` = the client's limits. Large uploads and slow thinkers need their own.
    pub timeout: Option<Duration>,
}

impl Exchange<'static> {
    /// Delicate until said otherwise: [`Repeat::OnlyIfUnsent`], refusals read [`ByStatus`].
    pub fn new(name: &'static str) -> Self {
        Self { name, repeat: Repeat::OnlyIfUnsent, classify: &ByStatus, timeout: None }
    }
}

impl HttpClient {
    /// One exchange under the policy: waits for the rate limit and a free place, sends,
    /// repeats as the policy and the exchange allow.
    ///
    /// `build` makes a fresh request for each attempt, before the wait for a place; it may
    /// use this client itself (for a token). Its errors end the exchange.
    ///
    /// The answer is a 2xx or 3xx whose body is unread; the place is held until it is dropped.
    ///
    /// # Errors
    /// [`HttpError::Refused`] for the provider to read; transport errors when the attempts
    /// are over; [`HttpError::CircuitOpen`] and [`HttpError::RateLimited`] without sending
    /// anything when the wait would be longer than the policy's longest.
    pub async fn exchange<F, Fut>(&self, exchange: &Exchange<'_>, build: F) -> Result<Answer, HttpError>
    where
        F: Fn() -> Fut + Send,
        Fut: Future<Output = Result<Request, HttpError>> + Send,
    {
        self.exchange_and_read(exchange, build, |answer| async { Ok(answer) }).await
    }

    /// An exchange with its body, of `cap` bytes at most: a body that breaks off is
    /// repeated like any other ambiguous failure.
    ///
    /// # Errors
    /// As [`Self::exchange`] and [`Answer::bytes`].
    pub async fn exchange_whole<F, Fut>(
        &self,
        exchange: &Exchange<'_>,
        cap: usize,
        build: F,
    ) -> Result<Whole, HttpError>
    where
        F: Fn() -> Fut + Send,
        Fut: Future<Output = Result<Request, HttpError>> + Send,
    {
        self.exchange_and_read(exchange, build, move |answer| answer.whole(cap)).await
    }

    /// An exchange whose body goes where `read` puts it; what `read` fails with is repeated
    /// by the same rules. Each attempt begins anew.
    ///
    /// # Errors
    /// As [`Self::exchange`], and those of `read`.
    pub async fn exchange_and_read<T, F, Fut, R, Read>(
        &self,
        exchange: &Exchange<'_>,
        build: F,
        read: R,
    ) -> Result<T, HttpError>
    where
        F: Fn() -> Fut + Send,
        Fut: Future<Output = Result<Request, HttpError>> + Send,
        R: Fn(Answer) -> Read + Send,
        Read: Future<Output = Result<T, HttpError>> + Send,
    {
        let span = tracing::info_span!(
            "http_exchange",
            name = exchange.name,
            host = field::Empty,
            attempts = field::Empty,
            status = field::Empty,
            request_id = field::Empty,
            elapsed_ms = field::Empty,
        );
        let started = Instant::now();
        let run = async {
            let outcome = self.attempts(exchange, build, read).await;
            let elapsed = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            Span::current().record("elapsed_ms", elapsed);
            match &outcome {
                Ok(_) => tracing::debug!("exchange done"),
                Err(error) => tracing::debug!(%error, "exchange failed"),
            }
            outcome
        };
        run.instrument(span).await
    }

    async fn attempts<T, F, Fut, R, Read>(
        &self,
        exchange: &Exchange<'_>,
        build: F,
        read: R,
    ) -> Result<T, HttpError>
    where
        F: Fn() -> Fut + Send,
        Fut: Future<Output = Result<Request, HttpError>> + Send,
        R: Fn(Answer) -> Read + Send,
        Read: Future<Output = Result<T, HttpError>> + Send,
    {
        let mut failed = Failed { count: 0, ambiguous: 0, last: None, unsure: None };
        loop {
            if let Some(left) = self.circuit.closed_for() {
                return Err(failed.stopped_by_circuit(exchange.name, left));
            }
            let request = match build().await {
                Ok(request) => request,
                Err(error) => return Err(failed.conclude(error)),
            };
            let what = what(exchange.name, &request);
            Span::current().record("attempts", failed.count + 1);
            let error = match self.once(exchange, &what, request, failed.count + 1).await {
                Ok(answer) => match read(answer).await {
                    Ok(read) => return Ok(read),
                    Err(error) => error,
                },
                Err(HttpError::CircuitOpen { what, retry_after }) => {
                    return Err(failed.stopped_by_circuit(&what, retry_after));
                }
                Err(error) => error,
            };
            failed.count += 1;
            let unsure = error.may_have_applied();
            let allowed = !unsure || failed.ambiguous < exchange.repeat.allowance();
            failed.ambiguous += u32::from(unsure);
            let pause = self.retry.delay(failed.count, &error, self.jitter.as_ref()).filter(|_| allowed);
            let Some(pause) = pause else { return Err(failed.conclude(error)) };
            tracing::warn!(%error, attempt = failed.count, ?pause, "attempt failed, trying again");
            failed.remember(error, unsure);
            tokio::time::sleep(pause).await;
        }
    }

    /// One attempt: turn, circuit, sending, and the reading of a refusal.
    pub(crate) async fn once(
        &self,
        exchange: &Exchange<'_>,
        what: &str,
        mut request: Request,
        attempt: u32,
    ) -> Result<Answer, HttpError> {
        if let Some(guard) = &self.guard
            && let Err(refused) = guard.check(request.url())
        {
            return Err(HttpError::AddressRefused { what: what.to_owned(), refused });
        }
        let open = |left| HttpError::CircuitOpen { what: what.to_owned(), retry_after: left };
        if let Some(left) = self.circuit.closed_for() {
            return Err(open(left));
        }
        let place = self.pace.place(self.retry.longest_delay).await;
        let place = place
            .map_err(|left| HttpError::RateLimited { what: what.to_owned(), retry_after: Some(left) })?;
        let passage = self.circuit.enter().map_err(open)?;

        let sent_id = self.jitter.request_id();
        mark(&mut request, exchange, sent_id);
        let method = request.method().clone();
        let deadline = exchange.timeout.or(self.times.total).map(after);
        let sent = self.send(exchange, request, deadline).await;
        let response = match sent {
            Ok(response) => response,
            Err(error) => {
                let failed = matches!(error, TransportError::Unsent(_) | TransportError::Unsure(_));
                if failed && passage.failed() {
                    tracing::warn!(%what, "failed too often in a row, left alone for a while");
                }
                return Err(error.of(what));
            }
        };
        let status = response.status();
        Span::current().record("status", status.as_u16());
        if !status.is_server_error() {
            passage.lives();
        } else if passage.failed() {
            tracing::warn!(%what, "failed too often in a row, left alone for a while");
        }
        let place = Arc::new(place);
        let limits = BodyLimits {
            what: what.to_owned(),
            request_id: sent_id,
            method,
            read_timeout: self.times.read,
            deadline,
            place: Arc::clone(&place),
        };
        let answer = Answer::new(response, limits);
        if status.is_success() || status.is_redirection() {
            place.accepted();
            return Ok(answer);
        }
        Err(self.refused(exchange, what, answer, &place, attempt).await)
    }

    /// Sends and waits for the head.
    async fn send(
        &self,
        exchange: &Exchange<'_>,
        request: Request,
        deadline: Option<Instant>,
    ) -> Result<Response, TransportError> {
        // the connection has its own limit: its end must be told as «not sent»
        let patience = exchange.timeout.unwrap_or(self.times.connect.saturating_add(self.times.read));
        let until = after(patience);
        let until = deadline.map_or(until, |deadline| deadline.min(until));
        let sent = timeout_at(until, self.transport.send(request)).await;
        sent.unwrap_or_else(|_| Err(TransportError::Unsure("no answer in time".to_owned())))
    }

    async fn refused(
        &self,
        exchange: &Exchange<'_>,
        what: &str,
        answer: Answer,
        place: &Place,
        attempt: u32,
    ) -> HttpError {
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let sent_id = answer.client_request_id();
        let body = answer.beginning(self.max_error_body).await;
        let mut refusal = Refusal::new(status, headers, body).of(what, sent_id, self.clock.as_deref());
        let verdict = exchange.classify.verdict(&refusal);
        refusal.judge(verdict);
        if let Verdict::Again { slow_down: true, .. } = verdict {
            let own = || self.retry.backoff(attempt, self.jitter.as_ref());
            let pause = refusal.retry_after().unwrap_or_else(own);
            tracing::warn!(%what, status, ?pause, "asked to slow down");
            place.slow_down(pause);
        }
        HttpError::Refused(Box::new(refusal))
    }
}

/// Ids and the time limit, on the request itself.
fn mark(request: &mut Request, exchange: &Exchange<'_>, sent_id: Uuid) {
    let span = Span::current();
    span.record("host", request.url().host_str().unwrap_or_default());
    span.record("request_id", field::display(sent_id));
    if let Ok(id) = sent_id.to_string().parse() {
        request.headers_mut().entry(CLIENT_REQUEST_ID).or_insert(id);
    }
    // reqwest's own limit would else be the client's, which may be shorter
    if let Some(limit) = exchange.timeout {
        *request.timeout_mut() = Some(limit);
    }
}

/// What went wrong so far in one exchange.
struct Failed {
    count: u32,
    ambiguous: u32,
    last: Option<HttpError>,
    /// The last ambiguous failure.
    unsure: Option<HttpError>,
}

impl Failed {
    fn remember(&mut self, error: HttpError, unsure: bool) {
        if unsure {
            (self.unsure, self.last) = (Some(error), None);
        } else {
            self.last = Some(error);
        }
    }

    /// The error to hand on: it must tell of an earlier attempt that may have taken effect.
    fn conclude(self, error: HttpError) -> HttpError {
        match self.unsure {
            None => error,
            Some(earlier) => error.marked_unsure().unwrap_or_else(|later| {
                tracing::warn!(error = %later, "the repeat failed otherwise");
                earlier
            }),
        }
    }

    /// The circuit opened between two attempts: what failed says more than that.
    fn stopped_by_circuit(mut self, what: &str, left: Duration) -> HttpError {
        match self.last.take().or_else(|| self.unsure.take()) {
            Some(error) => self.conclude(error.wait_at_least(left)),
            None => HttpError::CircuitOpen { what: what.to_owned(), retry_after: left },
        }
    }
}

/// Name and host: paths hold ids of calls and keys of recordings.
fn what(name: &str, request: &Request) -> String {
    match (request.url().host_str(), request.url().port()) {
        (Some(host), Some(port)) => format!("{name} ({host}:{port})"),
        (Some(host), None) => format!("{name} ({host})"),
        (None, _) => name.to_owned(),
    }
}
