//! Sessions: begun by `StartScenarios`, commanded through their address, ended by whoever plays them.

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};
use tokio::sync::broadcast;

use super::{FakeVoximplant, doors::Asked, fault::Refused, state::Record};
use crate::{ApplicationId, FinishReason, MAX_CUSTOM_DATA, RecordUrl, SessionHistoryId};

/// The sound of a recording.
#[derive(Clone)]
pub enum Sound {
    /// It lies there.
    Bytes(Bytes),
    /// It is made when it is fetched, each time the same.
    Made(Arc<dyn Fn() -> Bytes + Send + Sync>),
}

impl Sound {
    pub(super) fn bytes(&self) -> Bytes {
        match self {
            Self::Bytes(bytes) => bytes.clone(),
            Self::Made(make) => make(),
        }
    }

    /// Its size, where that is known without making it.
    pub(super) fn size(&self) -> Option<usize> {
        match self {
            Self::Bytes(bytes) => Some(bytes.len()),
            Self::Made(_) => None,
        }
    }
}

impl std::fmt::Debug for Sound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sound").field("size", &self.size()).finish()
    }
}

impl PartialEq for Sound {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Bytes(one), Self::Bytes(other)) => one == other,
            (Self::Made(one), Self::Made(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl Eq for Sound {}

impl<T: Into<Bytes>> From<T> for Sound {
    fn from(bytes: T) -> Self {
        Self::Bytes(bytes.into())
    }
}

/// What was sent to a session's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionCommand {
    /// The body, as a text.
    pub content: String,
    /// `X-*` headers alone: the platform hands on no others.
    pub headers: Vec<(String, String)>,
}

/// A session that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FakeSession {
    /// Its id in the history.
    pub id: SessionHistoryId,
    /// Whose.
    pub application: i64,
    /// By which rule.
    pub rule_name: String,
    /// Its scenarios, in the order they are loaded.
    pub scenarios: Vec<String>,
    /// What `VoxEngine.customData()` gives.
    pub custom_data: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// `SESSION/TOKEN` of its address.
    pub path: String,
    /// What it was told, in turn.
    pub commands: Vec<SessionCommand>,
    /// How it ended; `None` while it runs.
    pub end: Option<SessionEnd>,
}

/// How a session ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionEnd {
    /// How long it took, s.
    pub duration_s: u32,
    /// Why it ended.
    pub reason: FinishReason,
    /// Its calls.
    pub calls: Vec<EndedCall>,
}

impl SessionEnd {
    /// One call out that was answered, and ended after so many seconds.
    pub fn answered(remote: &str, duration_s: u32) -> Self {
        let call = EndedCall {
            remote: remote.trim_start_matches('+').to_owned(),
            incoming: false,
            duration_s,
            successful: true,
            cost: Some("0.02".into()),
            end_reason: "Call disconnected".into(),
            sound: None,
        };
        Self { duration_s: duration_s + 1, reason: FinishReason::Normal, calls: vec![call] }
    }

    /// One call out that ended with a SIP code: 486, 603, 408, …
    pub fn unanswered(remote: &str, code: u16) -> Self {
        let mut end = Self::answered(remote, 0);
        for call in &mut end.calls {
            call.successful = false;
            call.cost = None;
            call.end_reason = code.to_string();
        }
        end
    }

    /// Its first call was recorded.
    #[must_use]
    pub fn recorded(mut self, sound: impl Into<Sound>) -> Self {
        if let Some(call) = self.calls.first_mut() {
            call.sound = Some(sound.into());
        }
        self
    }
}

/// One call of an ended session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedCall {
    /// The other side, without the plus.
    pub remote: String,
    /// They called us.
    pub incoming: bool,
    /// How long it was connected, s.
    pub duration_s: u32,
    /// It was answered.
    pub successful: bool,
    /// What it cost, a decimal.
    pub cost: Option<String>,
    /// Why it ended.
    pub end_reason: String,
    /// Its recording.
    pub sound: Option<Sound>,
}

impl FakeVoximplant {
    /// Sessions as they begin, from now on; a slow watcher misses the oldest.
    pub fn watch(&self) -> broadcast::Receiver<FakeSession> {
        self.started.subscribe()
    }

    /// All sessions, in turn.
    pub fn sessions(&self) -> Vec<FakeSession> {
        self.lock().sessions.values().cloned().collect()
    }

    /// A call comes in: a session of the first rule whose pattern takes any number begins.
    pub fn ring(&self) -> Option<FakeSession> {
        let now = self.now();
        let rule = {
            let state = self.lock();
            state
                .rules
                .iter()
                .find(|rule| rule.pattern == ".*" && !rule.scenarios.is_empty())
                .map(|rule| rule.id)
        };
        self.begin(rule?, "", now).ok()
    }

    /// A session of the past, for a history to read; its id.
    pub fn add_past_session(
        &self,
        application: ApplicationId,
        custom_data: &str,
        started_at: DateTime<Utc>,
        end: SessionEnd,
    ) -> SessionHistoryId {
        let id = {
            let mut state = self.lock();
            let id = SessionHistoryId(state.session_id());
            let session = FakeSession {
                id,
                application: application.0,
                rule_name: "past".into(),
                scenarios: Vec::new(),
                custom_data: custom_data.to_owned(),
                started_at,
                path: format!("past/{id}"),
                commands: Vec::new(),
                end: None,
            };
            state.sessions.insert(id.0, session);
            id
        };
        self.end_session(id, end);
        id
    }

    /// A session has ended: it is in the history from now on, with the addresses of its recordings.
    pub fn end_session(&self, id: SessionHistoryId, end: SessionEnd) -> Vec<RecordUrl> {
        let now = self.now();
        let mut state = self.lock();
        let base = state.record_base.clone();
        let Some(application) = state.sessions.get(&id.0).map(|session| session.application) else {
            return Vec::new();
        };
        let secure = state.applications.iter().any(|app| app.id == application && app.secure);
        let mut urls = Vec::new();
        for (index, call) in end.calls.iter().enumerate() {
            if let Some(sound) = call.sound.clone() {
                let record = Record { id: state.id(), sound, secure, appears_at: now, deleted: false };
                let name = record_name(id, index);
                urls.push(RecordUrl::new(format!("{base}/{name}")));
                state.records.insert(name, record);
            }
        }
        if let Some(session) = state.sessions.get_mut(&id.0) {
            session.end = Some(end);
        }
        urls
    }

    /// A recording of a session that goes on, such as one turn of a talk; where it lies.
    pub fn keep_record(
        &self,
        id: SessionHistoryId,
        name: &str,
        sound: impl Into<Sound>,
    ) -> Option<RecordUrl> {
        let now = self.now();
        let mut state = self.lock();
        let application = state.sessions.get(&id.0)?.application;
        let secure = state.applications.iter().any(|app| app.id == application && app.secure);
        let record = Record { id: state.id(), sound: sound.into(), secure, appears_at: now, deleted: false };
        let url = RecordUrl::new(format!("{}/{name}", state.record_base));
        state.records.insert(name.to_owned(), record);
        Some(url)
    }

    /// What a session was told, in turn.
    pub fn commands(&self, id: SessionHistoryId) -> Vec<SessionCommand> {
        self.lock().sessions.get(&id.0).map(|session| session.commands.clone()).unwrap_or_default()
    }

    /// Where a session takes commands.
    pub fn session_address(&self, id: SessionHistoryId) -> Option<String> {
        let state = self.lock();
        let path = &state.sessions.get(&id.0)?.path;
        Some(format!("{}/request/{path}", state.session_base))
    }

    /// The recordings of a session appear only so much later.
    pub fn delay_recordings(&self, id: SessionHistoryId, by: Duration) {
        let prefix = format!("{id}-");
        for (name, record) in &mut self.lock().records {
            if name.starts_with(&prefix) {
                record.appears_at += by;
            }
        }
    }

    /// A request to a session's address, plain: the HTTP status.
    pub fn session_request(&self, url: &str, content: &str) -> u16 {
        let path = url.split("/request/").nth(1).unwrap_or_default();
        self.session_request_with(path, content, &[])
    }

    /// A request to `/request/{path}`: 404 once the session is over, and for a wrong token.
    pub fn session_request_with(&self, path: &str, content: &str, headers: &[(String, String)]) -> u16 {
        let mut state = self.lock();
        let running = |session: &&mut super::FakeSession| session.path == path && session.end.is_none();
        let Some(session) = state.sessions.values_mut().find(running) else { return 404 };
        let kept = headers.iter().filter(|(name, _)| name.to_ascii_lowercase().starts_with("x-")).cloned();
        session.commands.push(SessionCommand { content: content.to_owned(), headers: kept.collect() });
        200
    }

    pub(super) fn start_scenarios(&self, asked: &Asked<'_>) -> Result<Value, Refused> {
        let rule = asked
            .required("rule_id")?
            .parse()
            .map_err(|_| Refused::new(101, "The 'rule_id' parameter is invalid"))?;
        let custom_data = asked.text("script_custom_data").unwrap_or_default();
        let now = self.now();
        {
            let state = self.lock();
            if state.limit_custom_data && custom_data.len() > MAX_CUSTOM_DATA {
                return Err(Refused::new(101, "The 'script_custom_data' parameter is too long"));
            }
            if state.balance_micros <= 0 {
                return Err(Refused::new(127, "Insufficient money"));
            }
            let twice = state.refuse_resends && !custom_data.is_empty();
            if twice && state.sessions.values().any(|session| session.custom_data == custom_data) {
                return Err(Refused::new(484, "The request is rejected: probable automatic request resend"));
            }
        }
        let session = self.begin(rule, custom_data, now)?;
        let base = self.lock().session_base.clone();
        // over plain HTTP the port is one lower, and the host an address
        let plain = base.replacen("https://www-us-01-7.voximplant.com:12093", "http://203.0.113.7:12092", 1);
        Ok(json!({
            "result": 1,
            "call_session_history_id": session.id.0,
            "media_session_access_url": format!("{plain}/request/{}", session.path),
            "media_session_access_secure_url": format!("{base}/request/{}", session.path),
        }))
    }

    fn begin(&self, rule: i64, custom_data: &str, now: DateTime<Utc>) -> Result<FakeSession, Refused> {
        let mut state = self.lock();
        let found = state.rules.iter().find(|known| known.id == rule);
        let found = found.ok_or_else(|| Refused::new(147, "The rule is not found"))?;
        if found.scenarios.is_empty() {
            return Err(Refused::new(375, "The rule has no scenario bound"));
        }
        let (application, rule_name) = (found.application, found.name.clone());
        let name = |id: &i64| {
            state.scenarios.iter().find(|scenario| scenario.id == *id).map(|scenario| scenario.name.clone())
        };
        let scenarios = found.scenarios.iter().filter_map(name).collect();
        let id = state.session_id();
        let session = FakeSession {
            id: SessionHistoryId(id),
            application,
            rule_name,
            scenarios,
            custom_data: custom_data.to_owned(),
            started_at: now,
            path: format!(
                "5A14DB08C37601EF.{}.{id}_203.0.113.7/{:016x}",
                now.timestamp(),
                id.wrapping_mul(0x9E37_79B9)
            ),
            commands: Vec::new(),
            end: None,
        };
        state.sessions.insert(id, session.clone());
        drop(state);
        // nobody may be watching
        let _ = self.started.send(session.clone());
        Ok(session)
    }
}

pub(super) fn record_name(id: SessionHistoryId, index: usize) -> String {
    format!("{id}-{index}.mp3")
}
