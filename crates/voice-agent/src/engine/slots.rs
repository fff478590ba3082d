//! What is kept in this process for calls under way: turns that are being answered, answers that are
//! being written. All of it may be lost: the dialogue itself is in the memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::{BoxFuture, Shared};
use tokio::time::Instant;

use super::writing::Writing;
use super::{TurnAnswer, log};

/// A turn that is being answered: whoever asks again waits for the same.
pub(super) type Answering = Shared<BoxFuture<'static, TurnAnswer>>;

/// Answers kept for who asks again; older ones are read from the memory.
const KEPT_TURNS: usize = 3;
/// A call that nobody asks about for so long has ended without a word.
const IDLE: Duration = Duration::from_mins(15);
/// Idle calls are looked for when there are this many, and then at twice as many as were left.
const LOOK_FROM: usize = 64;

/// What is kept for one call.
#[derive(Default)]
pub(super) struct Slot {
    /// Held while a turn is answered up to its first sentence: turns do not overtake each other.
    pub(super) gate: tokio::sync::Mutex<()>,
    /// Held while a part is handed out.
    pub(super) parts: tokio::sync::Mutex<()>,
    answering: Mutex<BTreeMap<u32, Answering>>,
    writing: Mutex<Option<Arc<Writing>>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Slot {
    /// The answer of a turn: under way, kept, or begun now.
    pub(super) fn answering(&self, turn: u32, begin: impl FnOnce() -> Answering) -> Answering {
        let mut answering = locked(&self.answering);
        let answer = answering.entry(turn).or_insert_with(begin).clone();
        while answering.len() > KEPT_TURNS {
            answering.pop_first();
        }
        answer
    }

    /// What failed without being kept may be asked again.
    pub(super) fn forget(&self, turn: u32) {
        locked(&self.answering).remove(&turn);
    }

    /// The answer that is being written, of that turn.
    pub(super) fn writing(&self, turn: u32) -> Option<Arc<Writing>> {
        locked(&self.writing).clone().filter(|writing| writing.turn == turn)
    }

    /// Another answer is written now, or none: the one before is stopped.
    pub(super) fn set_writing(&self, writing: Option<Arc<Writing>>) {
        *locked(&self.writing) = writing;
    }
}

/// Slots of all calls under way.
#[derive(Default)]
pub(super) struct Slots(Mutex<Known>);

#[derive(Default)]
struct Known {
    slots: HashMap<String, (Instant, Arc<Slot>)>,
    look_at: usize,
}

impl Slots {
    /// The slot of a call, made if need be.
    pub(super) fn of(&self, call_id: &str) -> Arc<Slot> {
        let now = Instant::now();
        let mut known = locked(&self.0);
        if known.slots.len() >= known.look_at.max(LOOK_FROM) {
            known.slots.retain(|_, (used, _)| now.duration_since(*used) < IDLE);
            known.look_at = known.slots.len() * 2;
            log::slots(known.slots.len());
        }
        let (used, slot) =
            known.slots.entry(call_id.to_owned()).or_insert_with(|| (now, Arc::new(Slot::default())));
        *used = now;
        Arc::clone(slot)
    }

    /// The slot of a call, if there is one.
    pub(super) fn known(&self, call_id: &str) -> Option<Arc<Slot>> {
        locked(&self.0).slots.get(call_id).map(|(_, slot)| Arc::clone(slot))
    }

    /// The call is over: what is being written for it is stopped.
    pub(super) fn close(&self, call_id: &str) {
        let slot = locked(&self.0).slots.remove(call_id);
        if let Some((_, slot)) = slot {
            slot.set_writing(None);
        }
    }

    pub(super) fn count(&self) -> usize {
        locked(&self.0).slots.len()
    }
}
