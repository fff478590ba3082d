//! The bridge: what is needed for calls, and the loop that holds one.

use std::{
    future::{Future, poll_fn},
    path::PathBuf,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use domain::{CallId, Clock, PhoneNumber};
use openai_client::RealtimeApi;
use tokio::time::{Instant, Sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::{
    BridgeOutcome, BridgeSettings, MediaSocket,
    bells::{self, Bells},
    conversation::Conversation,
};
use crate::{CallMemory, LiveFeed, Persona, ToolCaller, Turn};

/// Frames that are taken from one end before the other has its turn.
const MOST_AT_ONCE: usize = 32;
/// The other side owes us no goodbye.
const GOODBYE: Duration = Duration::from_secs(1);
/// What is left to be kept when a call is over.
const LAST_ERRANDS: Duration = Duration::from_secs(5);

/// What a bridge stands on.
#[derive(Clone)]
pub struct BridgeParts {
    /// The model.
    pub realtime: Arc<dyn RealtimeApi>,
    /// Where turns are kept, and the stop list.
    pub memory: Arc<dyn CallMemory>,
    /// What asks the persona's tools.
    pub tools: Arc<dyn ToolCaller>,
    /// Who looks on.
    pub live: LiveFeed,
    /// The time of turns.
    pub clock: Arc<dyn Clock>,
}

/// Holds calls in real time. A cheap handle.
#[derive(Clone)]
pub struct Bridge {
    parts: BridgeParts,
    settings: Arc<BridgeSettings>,
}

impl std::fmt::Debug for Bridge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bridge").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// A call that is to be held.
#[derive(Debug, Clone)]
pub struct BridgeCall {
    /// Which.
    pub call: CallId,
    /// Who speaks for us.
    pub persona: Arc<Persona>,
    /// The client's number, for the stop list.
    pub phone: Option<PhoneNumber>,
    /// The client rang us.
    pub incoming: bool,
    /// What was said before; without it the robot greets.
    pub before: Vec<Turn>,
    /// Where the sound is written to: WAV, G.711, the client left, the robot right.
    pub recording: Option<PathBuf>,
    /// A person of ours hangs up.
    pub stop: CancellationToken,
}

impl Bridge {
    /// From its parts.
    pub fn new(parts: BridgeParts, settings: BridgeSettings) -> Self {
        Self { parts, settings: Arc::new(settings) }
    }

    /// Holds a call to its end. Both sockets are closed then, and all turns are kept.
    pub async fn run(&self, mut media: impl MediaSocket, call: BridgeCall) -> BridgeOutcome {
        let stop = call.stop.clone();
        let mut conversation =
            Conversation::new(self.parts.clone(), Arc::clone(&self.settings), call, Instant::now());
        {
            let (stopped, alarm) = (pin!(stop.cancelled()), pin!(sleep_until(Instant::now())));
            let mut held = Held {
                conversation: &mut conversation,
                media: &mut media,
                bells: Bells::new(),
                stopped,
                alarm,
            };
            poll_fn(|cx| held.poll(cx)).await;
        }
        // what was taken last is still to leave
        let _ = conversation.to_media.empty(|text| media.send(text));
        let _ = timeout(GOODBYE, poll_fn(|cx| media.poll_flush(cx))).await;
        let _ = timeout(GOODBYE, poll_fn(|cx| media.poll_close(cx))).await;
        if let Some(line) = conversation.line.take() {
            let _ = timeout(GOODBYE, line.close()).await;
        }
        let _ = timeout(LAST_ERRANDS, poll_fn(|cx| conversation.poll_errands(cx))).await;
        conversation.into_outcome(Instant::now()).await
    }
}

/// A call that is being held.
struct Held<'a, M, S> {
    conversation: &'a mut Conversation,
    media: &'a mut M,
    bells: Bells,
    stopped: Pin<&'a mut S>,
    alarm: Pin<&'a mut Sleep>,
}

impl<M: MediaSocket, S: Future<Output = ()>> Held<'_, M, S> {
    /// Everything that can be done now; ready when the call is over.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let rung = self.bells.rung(cx);
        self.conversation.now = Instant::now();
        let mut is_busy = rung & bells::MEDIA != 0 && self.take_media();
        is_busy |= (rung & bells::LINE != 0 || self.conversation.line_is_new) && self.take_events();
        let mut is_rung = rung & bells::REST != 0;
        if !is_rung && !self.conversation.is_due() {
            self.send();
        }
        while is_rung || self.conversation.is_due() {
            if is_rung || self.conversation.stirred {
                is_busy |= self.see_to_the_rest();
            }
            let due = self.conversation.tick();
            self.send();
            if self.conversation.is_over() {
                return Poll::Ready(());
            }
            is_rung = self.set_alarm(due);
            self.conversation.now = Instant::now();
        }
        self.conversation.poll_recorder(false, &mut Context::from_waker(&self.bells.rest));
        if is_busy {
            // others have their turn first
            self.bells.media.wake_by_ref();
            self.bells.line.wake_by_ref();
        }
        Poll::Pending
    }

    /// Whether there may be more.
    fn take_media(&mut self) -> bool {
        let cx = &mut Context::from_waker(&self.bells.media);
        for _ in 0..MOST_AT_ONCE {
            match self.media.poll_frame(cx) {
                Poll::Ready(Some(frame)) => self.conversation.media_says(frame),
                Poll::Ready(None) => {
                    self.conversation.media_lost();
                    return false;
                }
                Poll::Pending => return false,
            }
        }
        true
    }

    /// Whether there may be more.
    fn take_events(&mut self) -> bool {
        self.conversation.line_is_new = false;
        let cx = &mut Context::from_waker(&self.bells.line);
        for _ in 0..MOST_AT_ONCE {
            let Some(line) = &mut self.conversation.line else { return false };
            match line.poll_event(cx) {
                Poll::Ready(Some(Ok(event))) => self.conversation.model_says(event),
                Poll::Ready(Some(Err(error))) => self.conversation.line_lost(&error),
                Poll::Ready(None) => self.conversation.line_closed(),
                Poll::Pending => return false,
            }
        }
        true
    }

    /// What is rarer than sound; whether a new session may have more to say.
    fn see_to_the_rest(&mut self) -> bool {
        let rest = self.bells.rest.clone();
        let cx = &mut Context::from_waker(&rest);
        self.conversation.stirred = false;
        // it is asked once: what is cancelled stays so
        if !self.conversation.is_over() && self.stopped.as_mut().poll(cx).is_ready() {
            self.conversation.stop();
        }
        self.conversation.poll_connecting(cx);
        let _ = self.conversation.poll_errands(cx);
        self.conversation.poll_recorder(true, cx);
        self.conversation.line_is_new && self.take_events()
    }

    /// Whether it has gone off already.
    fn set_alarm(&mut self, due: Instant) -> bool {
        // an alarm that is too early costs less than setting it anew for every packet
        if self.alarm.is_elapsed() || due < self.alarm.deadline() {
            self.alarm.as_mut().reset(due);
        }
        self.alarm.as_mut().poll(&mut Context::from_waker(&self.bells.rest)).is_ready()
    }

    fn send(&mut self) {
        let (conversation, media) = (&mut *self.conversation, &mut *self.media);
        let sent = conversation.to_media.empty(|text| media.send(text));
        let flushed = media.poll_flush(&mut Context::from_waker(&self.bells.media));
        if sent.is_err() || matches!(flushed, Poll::Ready(Err(_))) {
            conversation.media_lost();
        }
        let cx = &mut Context::from_waker(&self.bells.line);
        if let Some(Poll::Ready(Err(error))) = conversation.line.as_mut().map(|line| line.poll_flush(cx)) {
            conversation.line_lost(&error);
        }
    }
}
