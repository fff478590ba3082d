//! A session over a socket.

use std::{
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use http_client::{SocketEvent, TextSocket};
use reqwest::Upgraded;
use tokio::time::Instant;

use super::{
    RealtimeCommand, RealtimeEvent, RealtimeLink, RealtimeSession, fate,
    read::{LastSpoken, read},
    write,
};
use crate::OpenAiError;

/// Proxies drop a socket that is silent; a robot that listens is.
const PING: Duration = Duration::from_secs(20);
/// Neither a word nor a pong over so many pings: the other side is gone.
const MOST_UNANSWERED: u32 = 3;

/// A session over a socket.
pub(super) struct Link {
    socket: TextSocket<Upgraded>,
    provider: Arc<str>,
    last: LastSpoken,
    ping_at: Option<Instant>,
    /// Pings since the other side was last heard.
    unanswered: u32,
    is_over: bool,
}

impl Link {
    pub(super) fn new(socket: TextSocket<Upgraded>, provider: Arc<str>) -> Self {
        Self { socket, provider, last: LastSpoken::default(), ping_at: None, unanswered: 0, is_over: false }
    }

    /// `session.created` → ours → `session.updated`: sound that goes before would be heard by other settings.
    pub(super) async fn take_settings(&mut self, session: &RealtimeSession) -> Result<(), OpenAiError> {
        self.until(|event| matches!(event, RealtimeEvent::SessionCreated { .. })).await?;
        self.queue(&[write::settings(session).as_bytes()])?;
        poll_fn(|cx| self.poll_flush(cx)).await?;
        self.until(|event| matches!(event, RealtimeEvent::SessionUpdated)).await
    }

    async fn until(&mut self, wanted: impl Fn(&RealtimeEvent) -> bool) -> Result<(), OpenAiError> {
        loop {
            let event = poll_fn(|cx| self.poll_event(cx)).await;
            match event.transpose()? {
                None => return Err(fate::lost(&self.provider, "it closed the session at once")),
                Some(RealtimeEvent::Fault(fault)) => {
                    return Err(fate::refused_session(&self.provider, fault));
                }
                Some(event) if wanted(&event) => return Ok(()),
                Some(_) => {}
            }
        }
    }

    fn queue(&mut self, parts: &[&[u8]]) -> Result<(), OpenAiError> {
        if self.is_over {
            return Err(fate::lost(&self.provider, "the session is closed"));
        }
        self.socket.send(parts).map_err(|fault| fate::broken(&self.provider, &fault))
    }
}

impl RealtimeLink for Link {
    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<RealtimeEvent, OpenAiError>>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        loop {
            let event = ready!(self.socket.poll_event(cx));
            self.unanswered = 0;
            match event {
                Some(Ok(SocketEvent::Text)) => {
                    return Poll::Ready(Some(Ok(read(self.socket.text(), &mut self.last))));
                }
                Some(Ok(SocketEvent::Pong)) => {}
                Some(Ok(SocketEvent::Goodbye { reason, .. })) => {
                    self.is_over = true;
                    return Poll::Ready(Some(Ok(RealtimeEvent::Fault(fate::goodbye(&reason)))));
                }
                Some(Err(fault)) => {
                    self.is_over = true;
                    return Poll::Ready(Some(Err(fate::broken(&self.provider, &fault))));
                }
                // who ends a session says goodbye first
                None => {
                    self.is_over = true;
                    return Poll::Ready(Some(Err(fate::lost(&self.provider, "the connection broke off"))));
                }
            }
        }
    }

    fn append(&mut self, base64: &str) -> Result<(), OpenAiError> {
        self.queue(&write::append_parts(base64))
    }

    fn send(&mut self, command: &RealtimeCommand) -> Result<(), OpenAiError> {
        self.queue(&[write::written(command).as_bytes()])
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), OpenAiError>> {
        self.socket.poll_flush(cx).map_err(|fault| fate::broken(&self.provider, &fault))
    }

    fn keep_alive(&mut self, now: Instant) -> Result<Option<Instant>, OpenAiError> {
        let due = *self.ping_at.get_or_insert(now + PING);
        if now < due {
            return Ok(Some(due));
        }
        if self.unanswered >= MOST_UNANSWERED {
            self.is_over = true;
            return Err(fate::lost(&self.provider, "it is silent"));
        }
        self.unanswered += 1;
        self.ping_at = Some(now + PING);
        self.socket.ping().map_err(|fault| fate::broken(&self.provider, &fault))?;
        Ok(self.ping_at)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.is_over = true;
        self.socket.poll_close(cx)
    }
}
