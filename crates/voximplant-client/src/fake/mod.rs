//! Voximplant in memory: an account with applications, rules, secrets, sessions, recordings, and
//! everything that goes wrong.
//!
//! The fake speaks the wire: every question asked through [`VoximplantApi`](crate::VoximplantApi)
//! goes through the same forms and refusals as one that comes over HTTP ([`FakeVoximplant::answer`],
//! [`FakeVoximplant::media`], [`FakeVoximplant::session_request`]). Sessions only begin here: a test
//! or a sandbox plays them and says how they ended.

mod doors;
mod fault;
mod history;
mod key;
mod media;
mod port;
mod provision;
mod rpc;
mod session;
mod state;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use bytes::Bytes;
use chrono::{DateTime, Duration, Utc};
use domain::Clock;
use secrecy::SecretString;
use tokio::sync::broadcast;

pub use fault::{Fault, MediaFault};
pub use key::FakeKey;
pub use media::FakeMedia;
pub use session::{EndedCall, FakeSession, SessionCommand, SessionEnd, Sound};

use crate::{AccountId, ApplicationId};
use state::State;

/// A clock of its own for a fake that got none: stands at the start of 2030.
#[derive(Debug)]
struct Standing;

impl Clock for Standing {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(1_893_456_000, 0).unwrap_or_default()
    }
}

/// A clock that can be set forward.
#[derive(Debug)]
struct Shifted {
    inner: Arc<dyn Clock>,
    seconds: AtomicI64,
}

impl Clock for Shifted {
    fn now(&self) -> DateTime<Utc> {
        self.inner.now() + Duration::seconds(self.seconds.load(Ordering::Relaxed))
    }
}

/// A request of the Management API as it came.
#[derive(Clone, Default)]
pub struct FakeRequest {
    /// The last part of the path; `None` for `/platform_api` alone, then `cmd` of the form counts.
    pub method: Option<String>,
    /// `Authorization`.
    pub authorization: Option<String>,
    /// Fields of the form (urlencoded, multipart or of the query), decoded.
    pub form: Vec<(String, String)>,
}

// forms hold keys and secrets
impl std::fmt::Debug for FakeRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FakeRequest").field("method", &self.method).finish_non_exhaustive()
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

/// A handle: clones share one Voximplant.
#[derive(Clone)]
pub struct FakeVoximplant {
    state: Arc<Mutex<State>>,
    clock: Arc<Shifted>,
    started: broadcast::Sender<FakeSession>,
}

impl std::fmt::Debug for FakeVoximplant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FakeVoximplant")
            .field("sessions", &self.lock().sessions.len())
            .finish_non_exhaustive()
    }
}

impl Default for FakeVoximplant {
    fn default() -> Self {
        Self::new()
    }
}

impl FakeVoximplant {
    /// The account's number.
    pub const ACCOUNT: AccountId = AccountId(10_042_950);
    /// The account's own key.
    pub const API_KEY: &'static str = "fake-voximplant-api-key";

    /// An empty account whose clock stands.
    pub fn new() -> Self {
        Self::with_clock(Arc::new(Standing))
    }

    /// An empty account with a clock: tokens, sessions and late recordings follow it.
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        let (started, _) = broadcast::channel(1024);
        let clock = Arc::new(Shifted { inner: clock, seconds: AtomicI64::new(0) });
        Self { state: Arc::new(Mutex::new(State::default())), clock, started }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    // --- what there is

    /// Its clock, for the client that is to sign by it.
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock) as Arc<dyn Clock>
    }

    /// Time passes.
    pub fn advance(&self, by: Duration) {
        self.clock.seconds.fetch_add(by.num_seconds(), Ordering::Relaxed);
    }

    /// A service account's key is known from now on.
    pub fn register_key(&self, key: &FakeKey) {
        self.lock().keys.insert(key.id().to_owned(), key.public_der().to_vec());
    }

    /// Where addresses of sessions (`/request/…`) and of recordings (`/records/…`) point:
    /// `http://127.0.0.1:PORT/voximplant` for a fake that is served.
    pub fn serve_at(&self, base: &str) {
        let base = base.trim_end_matches('/');
        let mut state = self.lock();
        base.clone_into(&mut state.session_base);
        state.record_base = format!("{base}/records");
    }

    /// An application, with or without secure storage of recordings.
    pub fn add_application_named(&self, name: &str, secure_records: bool) -> ApplicationId {
        ApplicationId(self.lock().make_application(name, secure_records))
    }

    /// The id of an application.
    pub fn application_named(&self, name: &str) -> Option<ApplicationId> {
        let state = self.lock();
        state.applications.iter().find(|app| app.name == name).map(|app| ApplicationId(app.id))
    }

    /// Millionths of the account's currency; at 0 and below nothing can be started.
    pub fn set_balance(&self, micros: i64) {
        self.lock().balance_micros = micros;
    }

    /// Whether a second start with custom data that is in use already is refused with code 484;
    /// otherwise it is a second session.
    pub fn refuse_resends(&self, refuse: bool) {
        self.lock().refuse_resends = refuse;
    }

    /// Whether custom data over 200 bytes is refused (as documented), or passed (as was seen).
    pub fn limit_custom_data(&self, limit: bool) {
        self.lock().limit_custom_data = limit;
    }

    /// The callback address and salt that were set.
    pub fn callback(&self) -> Option<(String, SecretString)> {
        let state = self.lock();
        state.callback.as_ref().map(|(url, salt)| (url.clone(), salt.clone().into()))
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

    /// The key is refused from now on (code 100).
    pub fn revoke_key(&self) {
        self.lock().revoked = true;
    }

    /// The key's roles do not allow a method (code 104).
    pub fn forbid(&self, method: &str) {
        self.lock().forbidden.insert(method.to_owned());
    }

    /// The account is not activated (code 131).
    pub fn deactivate(&self) {
        self.lock().inactive = true;
    }

    /// Faults that wait for their request are forgotten; key, roles and account are good again.
    /// What has happened stays.
    pub fn mend(&self) {
        let mut state = self.lock();
        state.faults.clear();
        state.media_faults.clear();
        state.forbidden.clear();
        state.revoked = false;
        state.inactive = false;
    }
}
