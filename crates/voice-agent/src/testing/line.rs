//! A telephone company in memory, and a history that counts what it gets.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use domain::CallId;

use crate::{
    Archive, Dialogue, FinishedCall, LineHandle, Outcome, OutgoingCall, PartFailed, Telephone, TelephoneError,
};

/// What becomes of the next call.
#[derive(Debug, Clone)]
pub enum Ring {
    /// It rings.
    Rings,
    /// It rings, and the answer comes after so long.
    Slowly(Duration),
    /// It may ring: the answer is lost.
    Lost,
    /// It does not ring.
    Refused(String),
}

#[derive(Default)]
struct Line {
    next: VecDeque<Ring>,
    placed: Vec<OutgoingCall>,
    hung_up: Vec<CallId>,
    outcomes: HashMap<CallId, Outcome>,
    looked_up: usize,
}

/// A telephone company in memory. Clones are one.
#[derive(Clone, Default)]
pub struct FakeTelephone(Arc<Mutex<Line>>);

impl FakeTelephone {
    fn line(&self) -> MutexGuard<'_, Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What becomes of the next call; several stand in a line, then calls ring.
    pub fn next(&self, ring: Ring) {
        self.line().next.push_back(ring);
    }

    /// What the history says of a call; `Open` if nothing was told.
    pub fn outcome_of(&self, call: CallId, outcome: Outcome) {
        self.line().outcomes.insert(call, outcome);
    }

    /// Calls that were asked for, in order.
    pub fn placed(&self) -> Vec<OutgoingCall> {
        self.line().placed.clone()
    }

    /// Calls that were told to end.
    pub fn hung_up(&self) -> Vec<CallId> {
        self.line().hung_up.clone()
    }

    /// How often the history was asked.
    pub fn looked_up(&self) -> usize {
        self.line().looked_up
    }
}

#[async_trait]
impl Telephone for FakeTelephone {
    fn name(&self) -> &'static str {
        "voximplant"
    }

    async fn place(&self, call: &OutgoingCall) -> Result<Option<LineHandle>, TelephoneError> {
        let ring = {
            let mut line = self.line();
            line.placed.push(call.clone());
            line.next.pop_front().unwrap_or(Ring::Rings)
        };
        match ring {
            Ring::Rings => {}
            Ring::Slowly(wait) => tokio::time::sleep(wait).await,
            Ring::Lost => return Err(TelephoneError::Unknown("the answer is lost".to_owned())),
            Ring::Refused(reason) => return Err(TelephoneError::Refused { reason, final_for_all: true }),
        }
        Ok(Some(LineHandle::new(format!("line of {}", call.call))))
    }

    async fn hang_up(&self, dialogue: &Dialogue) -> Result<(), TelephoneError> {
        self.line().hung_up.push(dialogue.call);
        Ok(())
    }

    async fn outcome(&self, dialogue: &Dialogue) -> Result<Outcome, TelephoneError> {
        let mut line = self.line();
        line.looked_up += 1;
        Ok(line.outcomes.get(&dialogue.call).cloned().unwrap_or(Outcome::Open))
    }
}

#[derive(Default)]
struct Kept {
    calls: Vec<FinishedCall>,
    faults: usize,
}

/// A history that keeps what it gets, repetitions included. Clones are one.
#[derive(Clone, Default)]
pub struct FakeArchive(Arc<Mutex<Kept>>);

impl FakeArchive {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next so many calls are not taken.
    pub fn fail_next(&self, times: usize) {
        self.kept().faults = times;
    }

    /// What it got, in order.
    pub fn calls(&self) -> Vec<FinishedCall> {
        self.kept().calls.clone()
    }
}

#[async_trait]
impl Archive for FakeArchive {
    async fn put(&self, call: FinishedCall) -> Result<(), PartFailed> {
        let mut kept = self.kept();
        if kept.faults > 0 {
            kept.faults -= 1;
            return Err(PartFailed::passing("archive", "it fails as it was told to"));
        }
        kept.calls.push(call);
        Ok(())
    }
}
