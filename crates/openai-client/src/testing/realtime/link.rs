//! A session in memory: the same JSON as on the wire, without the wire.

use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep_until};

use super::FakeRealtimeSession;
use crate::{
    OpenAiError, RealtimeCommand, RealtimeEvent, RealtimeLink, RealtimeSession,
    realtime::{LastSpoken, append_parts, read, settings_of, written},
};

pub(super) struct FakeLink {
    session: FakeRealtimeSession,
    began: Instant,
    alarm: Pin<Box<Sleep>>,
    coming: VecDeque<String>,
    waker: Option<Waker>,
    is_over: bool,
}

impl FakeLink {
    /// Opens it and gives it the settings; what the server does not take is an error, as live.
    pub(super) fn open(
        mut session: FakeRealtimeSession,
        settings: &RealtimeSession,
    ) -> Result<Self, OpenAiError> {
        session.events(0);
        session.take(&settings_of(settings), 0);
        let mut coming = VecDeque::new();
        for text in session.events(0) {
            match read(text.as_bytes(), &mut LastSpoken::default()) {
                RealtimeEvent::Fault(fault) => {
                    let provider = "fake.openai".to_owned();
                    return Err(OpenAiError::Invalid { provider, message: fault.message, code: fault.code });
                }
                RealtimeEvent::SessionUpdated => {}
                _ => coming.push_back(text),
            }
        }
        let now = Instant::now();
        let alarm = Box::pin(sleep_until(now));
        Ok(Self { session, began: now, alarm, coming, waker: None, is_over: false })
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn take(&mut self, text: &str) -> Result<(), OpenAiError> {
        if self.is_over {
            return Err(gone());
        }
        let now = self.now();
        self.session.take(text, now);
        if self.session.due().is_some_and(|due| due <= now)
            && let Some(waker) = self.waker.take()
        {
            waker.wake();
        }
        Ok(())
    }
}

fn gone() -> OpenAiError {
    let (provider, message) = ("fake.openai".to_owned(), "the session is closed".to_owned());
    OpenAiError::Unavailable { provider, message, retry_after: None }
}

impl RealtimeLink for FakeLink {
    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<RealtimeEvent, OpenAiError>>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        loop {
            if let Some(text) = self.coming.pop_front() {
                return Poll::Ready(Some(Ok(read(text.as_bytes(), &mut LastSpoken::default()))));
            }
            let now = self.now();
            self.coming.extend(self.session.events(now));
            if !self.coming.is_empty() {
                continue;
            }
            if let Some((code, _)) = self.session.closed() {
                self.is_over = true;
                return Poll::Ready((code == 0).then(|| Err(gone())));
            }
            self.waker = Some(cx.waker().clone());
            let Some(due) = self.session.due() else { return Poll::Pending };
            let due = self.began + Duration::from_millis(due);
            if self.alarm.deadline() != due {
                self.alarm.as_mut().reset(due);
            }
            if self.alarm.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
    }

    fn append(&mut self, base64: &str) -> Result<(), OpenAiError> {
        self.take(&String::from_utf8_lossy(&append_parts(base64).concat()))
    }

    fn send(&mut self, command: &RealtimeCommand) -> Result<(), OpenAiError> {
        self.take(&written(command))
    }

    fn poll_flush(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), OpenAiError>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(&mut self, _cx: &mut Context<'_>) -> Poll<()> {
        self.is_over = true;
        Poll::Ready(())
    }
}
