//! Work in this process as others in it see it: how far each call is, and a way to say that there is
//! more to do.
//!
//! One handle serves all runs and the endless worker. It knows nothing of other processes: whoever waits
//! for a call looks into the store now and then all the same.

use std::sync::Arc;
use std::time::Duration;

use domain::{CallId, CallStatus};
use store::{Stage, Store, StoreError};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Mutex, Notify, broadcast};
use tokio::time::Instant;

use crate::{CallReport, stored_report};

/// Events kept for a listener that is slow: about a minute of a busy machine.
const KEPT: usize = 4_096;

/// How often whoever waits for a call looks whether another process has ended it.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// How far a call is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CallProgress {
    /// The call.
    pub call: CallId,
    /// The stage that works on it, or that has just ended.
    pub stage: Stage,
    /// Of the stage, 0–1; `None` where nobody knows, 1 when it has ended.
    pub fraction: Option<f32>,
    /// The call's status now.
    pub status: CallStatus,
}

/// The handle: cheap to clone.
#[derive(Debug, Clone)]
pub struct Work(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    events: broadcast::Sender<CallProgress>,
    wake: Notify,
    taking: Mutex<()>,
}

impl Default for Work {
    fn default() -> Self {
        Self::new()
    }
}

impl Work {
    /// A handle of its own.
    pub fn new() -> Self {
        let (events, _) = broadcast::channel(KEPT);
        Self(Arc::new(Shared { events, wake: Notify::new(), taking: Mutex::default() }))
    }

    /// Every call's progress from now on. A listener that falls behind is told how many events it
    /// missed, and hinders nobody.
    pub fn progress(&self) -> broadcast::Receiver<CallProgress> {
        self.0.events.subscribe()
    }

    /// Jobs were made: the endless worker looks at once instead of at its next round.
    pub fn wake(&self) {
        self.0.wake.notify_one();
    }

    /// Waits until the call is settled (its status is final, or it is paused and nobody knows for how
    /// long), at most `patience`, and tells how it stands then. `None` = there is no such call.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn wait_for(
        &self,
        store: &dyn Store,
        call: CallId,
        patience: Duration,
    ) -> Result<Option<CallReport>, StoreError> {
        let mut events = self.progress();
        let until = Instant::now() + patience;
        loop {
            let Some(record) = store.call(call).await? else { return Ok(None) };
            if is_settled(record.status) || Instant::now() >= until {
                return stored_report(store, call, None).await;
            }
            let look = until.min(Instant::now() + LOOK_AGAIN);
            tokio::select! {
                () = settled(&mut events, call) => {}
                () = tokio::time::sleep_until(look) => {}
            }
        }
    }

    /// Told to all listeners.
    pub(crate) fn tell(&self, progress: CallProgress) {
        // nobody listens: nobody misses it
        let _ = self.0.events.send(progress);
    }

    /// Ends when somebody called [`Self::wake`], now or since the last time.
    pub(crate) async fn woken(&self) {
        self.0.wake.notified().await;
    }

    /// Held while a call's address is replaced and while a fetch of one is written down: the newer
    /// address comes before the recording, or not at all.
    pub(crate) async fn taking(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.0.taking.lock().await
    }
}

/// Nothing more happens to it soon by itself.
fn is_settled(status: CallStatus) -> bool {
    !status.is_open() || status == CallStatus::Paused
}

/// Until the call may be settled.
async fn settled(events: &mut broadcast::Receiver<CallProgress>, call: CallId) {
    loop {
        match events.recv().await {
            Ok(event) if event.call == call && is_settled(event.status) => return,
            Ok(_) => {}
            // what was missed may be it
            Err(RecvError::Lagged(_)) => return,
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}
