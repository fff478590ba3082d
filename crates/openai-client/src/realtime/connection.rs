//! An open session. Sending never waits: what the socket cannot take yet stands in a bounded buffer,
//! so one task can serve both ends of a call without a queue between them.

use std::{
    future::poll_fn,
    task::{Context, Poll},
};

use tokio::time::Instant;

use super::{RealtimeCommand, RealtimeEvent};
use crate::OpenAiError;

/// What carries a session: a socket, or a fake in memory.
pub trait RealtimeLink: Send {
    /// The next event; `None` after the end.
    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<RealtimeEvent, OpenAiError>>>;

    /// Takes sound as base64, 20 to 100 ms at a time.
    ///
    /// # Errors
    /// The session is lost, or takes nothing any more.
    fn append(&mut self, base64: &str) -> Result<(), OpenAiError>;

    /// Takes a command.
    ///
    /// # Errors
    /// As [`Self::append`].
    fn send(&mut self, command: &RealtimeCommand) -> Result<(), OpenAiError>;

    /// Hands what was taken to the network.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), OpenAiError>>;

    /// Looks whether the other side is alive; when to come again.
    ///
    /// # Errors
    /// It is silent.
    fn keep_alive(&mut self, now: Instant) -> Result<Option<Instant>, OpenAiError> {
        let _ = now;
        Ok(None)
    }

    /// Says goodbye.
    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<()>;
}

/// An open session. Dropping it breaks the connection; [`Self::close`] says goodbye first.
pub struct RealtimeConnection(Box<dyn RealtimeLink>);

impl std::fmt::Debug for RealtimeConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RealtimeConnection").finish_non_exhaustive()
    }
}

impl RealtimeConnection {
    /// Over a link of one's own.
    pub fn new(link: impl RealtimeLink + 'static) -> Self {
        Self(Box::new(link))
    }

    /// The next event; `None` after the end.
    pub fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<RealtimeEvent, OpenAiError>>> {
        self.0.poll_event(cx)
    }

    /// Waits for the next event, sending meanwhile what was taken. `None` after the end.
    pub async fn next(&mut self) -> Option<Result<RealtimeEvent, OpenAiError>> {
        poll_fn(|cx| {
            if let Poll::Ready(Err(error)) = self.0.poll_flush(cx) {
                return Poll::Ready(Some(Err(error)));
            }
            self.0.poll_event(cx)
        })
        .await
    }

    /// Takes sound as base64, 20 to 100 ms at a time.
    ///
    /// # Errors
    /// [`OpenAiError::Unavailable`]: the session is lost, or takes nothing any more.
    pub fn append(&mut self, base64: &str) -> Result<(), OpenAiError> {
        self.0.append(base64)
    }

    /// Takes a command.
    ///
    /// # Errors
    /// As [`Self::append`].
    pub fn send(&mut self, command: &RealtimeCommand) -> Result<(), OpenAiError> {
        self.0.send(command)
    }

    /// Hands what was taken to the network.
    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), OpenAiError>> {
        self.0.poll_flush(cx)
    }

    /// Looks whether the other side is alive; when to come again, if it is to be asked at all. Whoever holds
    /// a session for long calls it: a socket that is silent is dropped by proxies.
    ///
    /// # Errors
    /// [`OpenAiError::Unavailable`]: it is silent.
    pub fn keep_alive(&mut self, now: Instant) -> Result<Option<Instant>, OpenAiError> {
        self.0.keep_alive(now)
    }

    /// Waits until what was taken is with the network.
    ///
    /// # Errors
    /// The session is lost.
    pub async fn flush(&mut self) -> Result<(), OpenAiError> {
        poll_fn(|cx| self.0.poll_flush(cx)).await
    }

    /// Says goodbye; bound it in time, for the other side may be gone.
    pub async fn close(mut self) {
        poll_fn(|cx| self.0.poll_close(cx)).await;
    }
}
