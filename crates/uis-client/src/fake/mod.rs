//! UIS in memory: a company's calls, recordings, tags and comments, and everything that goes wrong.
//!
//! The fake speaks the wire: [`FakeUis`] is a [`UisApi`](crate::UisApi), and every question asked
//! through the trait goes through the same JSON, white lists and points as one that comes over
//! HTTP ([`FakeUis::answer`], [`FakeUis::media`]). So what UIS would refuse is refused in a unit test.

mod call;
mod columns;
mod fault;
mod filter;
mod media;
mod port;
mod query;
mod reads;
mod rows;
mod rpc;
mod state;
mod writes;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use domain::Clock;

pub use call::{Appear, FakeCall, Sound};
pub use fault::{Component, Fault, MediaFault};
pub use media::FakeMedia;

use crate::{Account, CommunicationId, Employee, SessionId, Tag, TagId};
use state::{KeyState, State};

/// A clock of its own for a fake that got none: stands at the start of 2030, after every call.
#[derive(Debug)]
struct Standing;

impl Clock for Standing {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(1_893_456_000, 0).unwrap_or_default()
    }
}

/// What the fake says over HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FakeAnswer {
    /// The HTTP status: 200 for refusals, too.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: &'static str,
    /// The body.
    pub body: Bytes,
}

/// A handle: clones share one UIS.
#[derive(Clone)]
pub struct FakeUis {
    state: Arc<Mutex<State>>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for FakeUis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FakeUis").field("calls", &self.lock().calls.len()).finish_non_exhaustive()
    }
}

impl Default for FakeUis {
    fn default() -> Self {
        Self::new()
    }
}

impl FakeUis {
    /// The key that is accepted until [`Self::set_key`].
    pub const KEY: &'static str = "fake-uis-key";

    /// An empty account in Moscow whose clock stands after every call.
    pub fn new() -> Self {
        Self::with_clock(Arc::new(Standing))
    }

    /// An empty account with a clock: calls, late recordings, budgets and sessions follow it.
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self { state: Arc::new(Mutex::new(State::new(Self::KEY))), clock }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // --- what there is

    /// Name, number and time zone of the account.
    pub fn set_account(&self, account: Account) {
        self.lock().account = account;
    }

    /// The account.
    pub fn fake_account(&self) -> Account {
        self.lock().account.clone()
    }

    /// The key that is accepted.
    pub fn set_key(&self, key: &str) {
        let mut state = self.lock();
        key.clone_into(&mut state.key);
        state.standing = KeyState::Good;
    }

    /// A user who may log in for an hour.
    pub fn set_login(&self, login: &str, password: &str) {
        self.lock().login = Some((login.to_owned(), password.to_owned()));
    }

    /// Adds a call, or replaces the one with its id.
    pub fn add_call(&self, call: FakeCall) {
        self.lock().calls.insert(call.row.id.0, call);
    }

    /// Adds many.
    pub fn add_calls(&self, calls: impl IntoIterator<Item = FakeCall>) {
        let mut state = self.lock();
        state.calls.extend(calls.into_iter().map(|call| (call.row.id.0, call)));
    }

    /// Changes a call; `false` if there is none.
    pub fn change_call(&self, id: SessionId, change: impl FnOnce(&mut FakeCall)) -> bool {
        let mut state = self.lock();
        state.calls.get_mut(&id.0).map(change).is_some()
    }

    /// Takes a call out of the report.
    pub fn remove_call(&self, id: SessionId) {
        self.lock().calls.remove(&id.0);
    }

    /// Adds an employee.
    pub fn add_employee(&self, employee: Employee) {
        self.lock().employees.push(employee);
    }

    /// Adds a tag to the dictionary.
    pub fn add_tag_to_dictionary(&self, id: i64, name: &str) {
        self.lock().tags.push(Tag { id: TagId(id), name: name.to_owned(), is_system: false });
    }

    /// What UIS's own recognition gives for a call: `(seconds from the start, operator, words)`.
    pub fn set_recognition(&self, session: SessionId, phrases: &[(u32, bool, &str)]) {
        let phrases = phrases.iter().map(|(at, operator, words)| (*at, *operator, (*words).to_owned()));
        self.lock().recognitions.insert(session.0, phrases.collect());
    }

    // --- what was done to it

    /// Requests by method, refused ones included; `media` counts recordings.
    pub fn requests(&self) -> BTreeMap<String, u64> {
        self.lock().requests.clone()
    }

    /// Requests of one method.
    pub fn requests_of(&self, method: &str) -> u64 {
        self.lock().requests.get(method).copied().unwrap_or_default()
    }

    /// Comments on a communication, in turn.
    pub fn comments(&self, communication: CommunicationId) -> Vec<String> {
        self.lock().comments.get(&communication.0).cloned().unwrap_or_default()
    }

    /// Tags on a communication.
    pub fn tags_of(&self, communication: CommunicationId) -> Vec<TagId> {
        let state = self.lock();
        let call = state.calls.values().find(|call| call.row.communication_id == communication);
        call.map(|call| call.row.tags.iter().map(|tag| tag.id).collect()).unwrap_or_default()
    }

    /// Sessions whose recognition was ordered.
    pub fn ordered_recognitions(&self) -> Vec<SessionId> {
        self.lock().ordered.iter().copied().map(SessionId).collect()
    }

    // --- what goes wrong

    /// The next `times` requests of any method fail.
    pub fn fail_next(&self, fault: Fault, times: u32) {
        self.lock().faults.push((None, fault, times));
    }

    /// The next `times` requests of one method fail.
    pub fn fail_next_of(&self, method: &str, fault: Fault, times: u32) {
        self.lock().faults.push((Some(method.to_owned()), fault, times));
    }

    /// The next `times` recordings fail.
    pub fn fail_next_media(&self, fault: MediaFault, times: u32) {
        self.lock().media_faults.push((fault, times));
    }

    /// Faults that wait for their request are forgotten, key, address, component and account are
    /// good again. What has happened stays.
    pub fn mend(&self) {
        let mut state = self.lock();
        state.faults.clear();
        state.media_faults.clear();
        state.standing = KeyState::Good;
        state.refused_address = None;
        state.disabled = None;
        state.inactive = false;
    }

    /// The key is unknown from now on.
    pub fn revoke_key(&self) {
        self.lock().standing = KeyState::Unknown;
    }

    /// The key's term is over.
    pub fn expire_key(&self) {
        self.lock().standing = KeyState::Expired;
    }

    /// The key's user is blocked.
    pub fn block_key(&self) {
        self.lock().standing = KeyState::Blocked;
    }

    /// All sessions end.
    pub fn end_sessions(&self) {
        self.lock().sessions.clear();
    }

    /// Requests come from an address that is not whitelisted.
    pub fn refuse_address(&self, address: &str) {
        self.lock().refused_address = Some(address.to_owned());
    }

    /// The tariff has no such component.
    pub fn disable(&self, component: Component) {
        self.lock().disabled = Some(component);
    }

    /// The account is closed.
    pub fn deactivate(&self) {
        self.lock().inactive = true;
    }

    /// Points of a day and of a minute; both are full now.
    pub fn set_points(&self, day: u32, minute: u32) {
        self.lock().points.set(day, minute, self.clock.now());
    }
}
