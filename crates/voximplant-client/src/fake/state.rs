//! What the fake remembers.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use super::{FakeSession, Fault, MediaFault, Sound};

pub(super) struct Application {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) secure: bool,
}

pub(super) struct Scenario {
    pub(super) id: i64,
    pub(super) application: i64,
    pub(super) name: String,
    pub(super) script: String,
}

pub(super) struct Rule {
    pub(super) id: i64,
    pub(super) application: i64,
    pub(super) name: String,
    pub(super) pattern: String,
    pub(super) scenarios: Vec<i64>,
}

pub(super) struct Secret {
    pub(super) id: i64,
    pub(super) application: i64,
    pub(super) name: String,
    pub(super) value: String,
}

pub(super) struct Record {
    pub(super) id: i64,
    pub(super) sound: Sound,
    pub(super) secure: bool,
    pub(super) appears_at: DateTime<Utc>,
    pub(super) deleted: bool,
}

#[expect(clippy::struct_excessive_bools, reason = "switches of a fake, each on its own")]
pub(super) struct State {
    pub(super) keys: HashMap<String, Vec<u8>>,
    pub(super) revoked: bool,
    pub(super) inactive: bool,
    pub(super) forbidden: BTreeSet<String>,
    pub(super) balance_micros: i64,
    pub(super) refuse_resends: bool,
    pub(super) limit_custom_data: bool,
    pub(super) session_base: String,
    pub(super) record_base: String,
    pub(super) applications: Vec<Application>,
    pub(super) scenarios: Vec<Scenario>,
    pub(super) rules: Vec<Rule>,
    pub(super) secrets: Vec<Secret>,
    pub(super) sessions: BTreeMap<i64, FakeSession>,
    /// By the last part of their address.
    pub(super) records: BTreeMap<String, Record>,
    pub(super) callback: Option<(String, String)>,
    pub(super) faults: Vec<(Option<String>, Fault, u32)>,
    pub(super) media_faults: Vec<(MediaFault, u32)>,
    pub(super) requests: BTreeMap<String, u64>,
    next_id: i64,
    next_session: i64,
}

impl Default for State {
    fn default() -> Self {
        Self {
            keys: HashMap::new(),
            revoked: false,
            inactive: false,
            forbidden: BTreeSet::new(),
            balance_micros: 1_000_000_000,
            refuse_resends: false,
            limit_custom_data: true,
            session_base: "https://www-us-01-7.voximplant.com:12093".into(),
            record_base: "https://storage-gw-us-01.voximplant.com/voximplant-records".into(),
            applications: Vec::new(),
            scenarios: Vec::new(),
            rules: Vec::new(),
            secrets: Vec::new(),
            sessions: BTreeMap::new(),
            records: BTreeMap::new(),
            callback: None,
            faults: Vec::new(),
            media_faults: Vec::new(),
            requests: BTreeMap::new(),
            next_id: 1000,
            // past 2³², as the platform counts
            next_session: 4_300_000_000,
        }
    }
}

impl State {
    pub(super) fn id(&mut self) -> i64 {
        self.next_id += 1;
        self.next_id
    }

    pub(super) fn session_id(&mut self) -> i64 {
        self.next_session += 1;
        self.next_session
    }

    pub(super) fn make_application(&mut self, name: &str, secure: bool) -> i64 {
        let id = self.id();
        self.applications.push(Application { id, name: name.to_owned(), secure });
        id
    }

    /// The fault that waits for this method, used up by one.
    pub(super) fn take_fault(&mut self, method: &str) -> Option<Fault> {
        let waits = |(of, _, times): &(Option<String>, Fault, u32)| {
            *times > 0 && of.as_deref().is_none_or(|of| of == method)
        };
        let place = self.faults.iter().position(waits)?;
        let (_, fault, times) = self.faults.get_mut(place)?;
        let fault = *fault;
        *times -= 1;
        if *times == 0 {
            self.faults.remove(place);
        }
        Some(fault)
    }

    /// The fault that waits for a recording, used up by one.
    pub(super) fn take_media_fault(&mut self) -> Option<MediaFault> {
        let (fault, times) = self.media_faults.first_mut()?;
        let fault = *fault;
        *times = times.saturating_sub(1);
        if *times == 0 {
            self.media_faults.remove(0);
        }
        Some(fault)
    }
}
