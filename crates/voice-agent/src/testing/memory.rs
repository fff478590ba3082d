//! Calls kept in this process: for tests and for talks that nobody needs tomorrow.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{CallId, Currency, Money, PhoneNumber};

use crate::{Archiving, Begun, CallMemory, Dialogue, PartFailed, PlacedRequest};

/// Clones are one memory.
#[derive(Clone, Default)]
pub struct InMemoryCalls(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    calls: HashMap<CallId, Dialogue>,
    placed: HashMap<String, PlacedRequest>,
    stopped: BTreeMap<PhoneNumber, (String, DateTime<Utc>)>,
    outage: Option<Outage>,
    writes: u64,
}

#[derive(Clone, Copy)]
enum Outage {
    Fails,
    Hangs(Duration),
}

impl std::fmt::Debug for InMemoryCalls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InMemoryCalls").field("calls", &self.state().calls.len()).finish_non_exhaustive()
    }
}

impl InMemoryCalls {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on every request fails, until [`Self::heal`].
    pub fn fail(&self) {
        self.state().outage = Some(Outage::Fails);
    }

    /// From now on every request takes so long, until [`Self::heal`].
    pub fn hang(&self, for_each: Duration) {
        self.state().outage = Some(Outage::Hangs(for_each));
    }

    /// Well again.
    pub fn heal(&self) {
        self.state().outage = None;
    }

    /// Forgets a call as erasing does: it cannot begin anew.
    pub fn erase(&self, call: CallId) {
        if let Some(dialogue) = self.state().calls.get_mut(&call) {
            dialogue.archiving = Archiving::Done;
            ERASED.clone_into(&mut dialogue.persona);
            dialogue.version += 1;
        }
    }

    /// How often anything was kept.
    pub fn writes(&self) -> u64 {
        self.state().writes
    }

    /// All calls, in no order.
    pub fn calls(&self) -> Vec<Dialogue> {
        self.state().calls.values().filter(|dialogue| !is_erased(dialogue)).cloned().collect()
    }

    async fn answers(&self) -> Result<(), PartFailed> {
        let outage = self.state().outage;
        match outage {
            None => Ok(()),
            Some(Outage::Fails) => Err(PartFailed::passing("memory", "the database does not answer")),
            Some(Outage::Hangs(length)) => {
                tokio::time::sleep(length).await;
                Ok(())
            }
        }
    }
}

const ERASED: &str = "\u{0}erased";

fn is_erased(dialogue: &Dialogue) -> bool {
    dialogue.persona == ERASED
}

#[async_trait]
impl CallMemory for InMemoryCalls {
    async fn begin(
        &self,
        dialogue: &Dialogue,
        request: Option<(&str, &PlacedRequest)>,
        at_most: Option<u32>,
    ) -> Result<Begun, PartFailed> {
        self.answers().await?;
        let mut state = self.state();
        if let Some(before) = request.and_then(|(key, _)| state.placed.get(key)) {
            return Ok(Begun::Placed(before.clone()));
        }
        let live = state.calls.values().filter(|call| !is_erased(call) && !call.is_ended()).count();
        if at_most.is_some_and(|most| u32::try_from(live).unwrap_or(u32::MAX) >= most) {
            return Ok(Begun::TooMany);
        }
        if state.calls.contains_key(&dialogue.call) {
            return Ok(Begun::Known);
        }
        state.calls.insert(dialogue.call, dialogue.clone());
        if let Some((key, placed)) = request {
            state.placed.insert(key.to_owned(), placed.clone());
        }
        state.writes += 1;
        Ok(Begun::New)
    }

    async fn dialogue(&self, call: CallId) -> Result<Option<Dialogue>, PartFailed> {
        self.answers().await?;
        Ok(self.state().calls.get(&call).filter(|dialogue| !is_erased(dialogue)).cloned())
    }

    async fn save(&self, dialogue: &Dialogue) -> Result<bool, PartFailed> {
        self.answers().await?;
        let mut state = self.state();
        let Some(stored) = state.calls.get_mut(&dialogue.call) else { return Ok(false) };
        if stored.version != dialogue.version || is_erased(stored) {
            return Ok(false);
        }
        *stored = dialogue.clone();
        stored.version += 1;
        state.writes += 1;
        Ok(true)
    }

    async fn open_calls(&self, limit: u32) -> Result<Vec<Dialogue>, PartFailed> {
        self.answers().await?;
        let open = |dialogue: &&Dialogue| dialogue.archiving != Archiving::Done && !is_erased(dialogue);
        let mut calls: Vec<Dialogue> = self.state().calls.values().filter(open).cloned().collect();
        calls.sort_by_key(|dialogue| dialogue.touched_at);
        calls.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(calls)
    }

    async fn calls_in_progress(&self) -> Result<u32, PartFailed> {
        self.answers().await?;
        let live = self.state().calls.values().filter(|call| !is_erased(call) && !call.is_ended()).count();
        Ok(u32::try_from(live).unwrap_or(u32::MAX))
    }

    async fn placed(&self, key: &str) -> Result<Option<PlacedRequest>, PartFailed> {
        self.answers().await?;
        Ok(self.state().placed.get(key).cloned())
    }

    async fn spent_since(&self, from: DateTime<Utc>) -> Result<Vec<Money>, PartFailed> {
        self.answers().await?;
        let state = self.state();
        let sum = |currency| {
            let paid =
                state.calls.values().filter(|call| call.started_at >= from).flat_map(|call| &call.cost);
            let amounts = paid.map(|paid| paid.amount).filter(|amount| amount.currency == currency);
            Money::from_micros(currency, amounts.map(|amount| amount.micros).sum())
        };
        Ok([Currency::RUB, Currency::USD].map(sum).into_iter().filter(|sum| sum.micros != 0).collect())
    }

    async fn is_stopped(&self, phone: &PhoneNumber) -> Result<bool, PartFailed> {
        self.answers().await?;
        Ok(self.state().stopped.contains_key(phone))
    }

    async fn stop(&self, phone: &PhoneNumber, why: &str, now: DateTime<Utc>) -> Result<(), PartFailed> {
        self.answers().await?;
        self.state().stopped.entry(phone.clone()).or_insert_with(|| (why.to_owned(), now));
        Ok(())
    }
}
