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

use super::{BridgeOutcome, BridgeSettings, MediaSocket, conversation::Conversation};
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
            let mut stopped = pin!(stop.cancelled());
            let mut alarm = pin!(sleep_until(Instant::now()));
            poll_fn(|cx| {
                if stopped.as_mut().poll(cx).is_ready() {
                    conversation.stop();
                }
                turn(&mut conversation, &mut media, alarm.as_mut(), cx)
            })
            .await;
        }
        // what was taken last is still to leave
        conversation.to_media.drain(..).all(|text| media.send(text).is_ok());
        let _ = timeout(GOODBYE, poll_fn(|cx| media.poll_flush(cx))).await;
        let _ = timeout(GOODBYE, poll_fn(|cx| media.poll_close(cx))).await;
        if let Some(line) = conversation.line.take() {
            let _ = timeout(GOODBYE, line.close()).await;
        }
        let _ = timeout(LAST_ERRANDS, poll_fn(|cx| conversation.poll_errands(cx))).await;
        conversation.into_outcome(Instant::now()).await
    }
}

/// Everything that can be done now; ready when the call is over.
fn turn(
    conversation: &mut Conversation,
    media: &mut impl MediaSocket,
    mut alarm: Pin<&mut Sleep>,
    cx: &mut Context<'_>,
) -> Poll<()> {
    conversation.now = Instant::now();
    let mut is_busy = take_media(conversation, media, cx);
    is_busy |= take_events(conversation, cx);
    let _ = conversation.poll_errands(cx);
    loop {
        let due = conversation.tick();
        send(conversation, media, cx);
        conversation.poll_recorder(cx);
        if conversation.is_over() {
            return Poll::Ready(());
        }
        // an alarm that is too early costs less than setting it anew for every packet
        if alarm.is_elapsed() || due < alarm.deadline() {
            alarm.as_mut().reset(due);
        }
        if alarm.as_mut().poll(cx).is_pending() {
            break;
        }
        conversation.now = Instant::now();
    }
    if is_busy {
        cx.waker().wake_by_ref();
    }
    Poll::Pending
}

/// Whether there may be more.
fn take_media(conversation: &mut Conversation, media: &mut impl MediaSocket, cx: &mut Context<'_>) -> bool {
    for _ in 0..MOST_AT_ONCE {
        match media.poll_frame(cx) {
            Poll::Ready(Some(frame)) => conversation.media_says(&frame),
            Poll::Ready(None) => {
                conversation.media_lost();
                return false;
            }
            Poll::Pending => return false,
        }
    }
    true
}

/// Whether there may be more.
fn take_events(conversation: &mut Conversation, cx: &mut Context<'_>) -> bool {
    conversation.poll_connecting(cx);
    for _ in 0..MOST_AT_ONCE {
        let Some(line) = &mut conversation.line else { return false };
        match line.poll_event(cx) {
            Poll::Ready(Some(Ok(event))) => conversation.model_says(event),
            Poll::Ready(Some(Err(error))) => conversation.line_lost(&error),
            Poll::Ready(None) => conversation.line_closed(),
            Poll::Pending => return false,
        }
    }
    true
}

fn send(conversation: &mut Conversation, media: &mut impl MediaSocket, cx: &mut Context<'_>) {
    while let Some(text) = conversation.to_media.pop_front() {
        if media.send(text).is_err() {
            conversation.media_lost();
            return;
        }
    }
    if let Poll::Ready(Err(_)) = media.poll_flush(cx) {
        conversation.media_lost();
    }
    if let Some(Poll::Ready(Err(error))) = conversation.line.as_mut().map(|line| line.poll_flush(cx)) {
        conversation.line_lost(&error);
    }
}
