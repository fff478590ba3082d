//! What the fake remembers.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use super::{Component, FakeCall, Fault, MediaFault, fault::Refused};
use crate::{Account, Employee, Tag};

/// What has become of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyState {
    Good,
    Unknown,
    Expired,
    Blocked,
}

pub(super) struct State {
    pub(super) account: Account,
    pub(super) key: String,
    pub(super) standing: KeyState,
    pub(super) login: Option<(String, String)>,
    pub(super) sessions: HashMap<String, DateTime<Utc>>,
    pub(super) refused_address: Option<String>,
    pub(super) disabled: Option<Component>,
    pub(super) inactive: bool,
    pub(super) points: PointsLeft,
    pub(super) calls: BTreeMap<i64, FakeCall>,
    /// How often a row was listed without its recordings.
    pub(super) polls: HashMap<i64, u32>,
    pub(super) employees: Vec<Employee>,
    pub(super) tags: Vec<Tag>,
    pub(super) comments: BTreeMap<i64, Vec<String>>,
    pub(super) recognitions: HashMap<i64, Vec<(u32, bool, String)>>,
    pub(super) ordered: Vec<i64>,
    pub(super) faults: Vec<(Option<String>, Fault, u32)>,
    pub(super) media_faults: Vec<(MediaFault, u32)>,
    pub(super) requests: BTreeMap<String, u64>,
}

impl State {
    pub(super) fn new(key: &str) -> Self {
        Self {
            account: Account {
                app_id: 10_452, name: "ООО Ромашка".into(), zone: chrono_tz::Europe::Moscow
            },
            key: key.to_owned(),
            standing: KeyState::Good,
            login: None,
            sessions: HashMap::new(),
            refused_address: None,
            disabled: None,
            inactive: false,
            points: PointsLeft::default(),
            calls: BTreeMap::new(),
            polls: HashMap::new(),
            employees: Vec::new(),
            tags: Vec::new(),
            comments: BTreeMap::new(),
            recognitions: HashMap::new(),
            ordered: Vec::new(),
            faults: Vec::new(),
            media_faults: Vec::new(),
            requests: BTreeMap::new(),
        }
    }

    /// The fault that waits for this method, used up by one.
    pub(super) fn take_fault(&mut self, method: &str) -> Option<Fault> {
        let place = self
            .faults
            .iter()
            .position(|(of, _, times)| *times > 0 && of.as_deref().is_none_or(|of| of == method))?;
        let (_, fault, times) = self.faults.get_mut(place)?;
        let fault = fault.clone();
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

/// The two budgets. A request is admitted while both have a point, and charged when it succeeds.
#[derive(Debug)]
pub(super) struct PointsLeft {
    day: Period,
    minute: Period,
}

#[derive(Debug)]
struct Period {
    limit: u32,
    used: u32,
    began: DateTime<Utc>,
    seconds: i64,
}

impl Period {
    fn turn(&mut self, now: DateTime<Utc>) {
        if now - self.began >= Duration::seconds(self.seconds) || now < self.began {
            self.used = 0;
            self.began = now;
        }
    }

    fn left(&self) -> u32 {
        self.limit.saturating_sub(self.used)
    }

    fn reset(&self, now: DateTime<Utc>) -> i64 {
        self.seconds - (now - self.began).num_seconds()
    }
}

impl Default for PointsLeft {
    /// More than any test asks for.
    fn default() -> Self {
        let period = |limit, seconds| Period { limit, used: 0, began: DateTime::default(), seconds };
        Self { day: period(1_000_000, 86_400), minute: period(100_000, 60) }
    }
}

impl PointsLeft {
    pub(super) fn set(&mut self, day: u32, minute: u32, now: DateTime<Utc>) {
        for (period, limit) in [(&mut self.day, day), (&mut self.minute, minute)] {
            (period.limit, period.used, period.began) = (limit, 0, now);
        }
    }

    /// `limits` of an answer.
    pub(super) fn limits(&mut self, now: DateTime<Utc>) -> Value {
        self.day.turn(now);
        self.minute.turn(now);
        json!({
            "day_limit": self.day.limit, "day_remaining": self.day.left(), "day_reset": self.day.reset(now),
            "minute_limit": self.minute.limit, "minute_remaining": self.minute.left(),
            "minute_reset": self.minute.reset(now),
        })
    }

    /// Whether there is a point for another request.
    pub(super) fn admit(&mut self, now: DateTime<Utc>) -> Result<(), Refused> {
        let limits = self.limits(now);
        for (kind, period) in [("day", &self.day), ("minute", &self.minute)] {
            if period.left() == 0 {
                return Err(spent(kind, period.limit, Some(limits)));
            }
        }
        Ok(())
    }

    pub(super) fn charge(&mut self) {
        self.day.used += 1;
        self.minute.used += 1;
    }
}

/// «Limit per minute has been exceeded».
pub(super) fn spent(kind: &str, limit: u32, limits: Option<Value>) -> Refused {
    let message = format!("Limit per {kind} has been exceeded. Value of current limit per {kind} is {limit}");
    let refused = Refused::new("limit_exceeded", message);
    Refused {
        limits: limits.map(Box::new),
        ..refused.params(json!({"limit_type": kind, "limit_max_value": limit}))
    }
}
