//! A contact centre with its people, its calls of the last month and their sound. The same seed and
//! end make the same world, byte for byte; sound is made when it is asked for.

mod bank;
mod call;
mod company;
mod ear;
mod judge;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bytes::Bytes;

pub use bank::Bank;
pub use call::{LegSide, Record, RecordKind, Situation, Spoken, WorldCall, WorldLeg};
pub use company::{Account, Employee, Tag, VirtualNumber};
pub use ear::{BankEar, Heard};
pub use judge::RubricJudge;

use crate::SandboxOptions;

/// The company and everything that happened to it.
pub struct World {
    account: Account,
    employees: Vec<Employee>,
    numbers: Vec<VirtualNumber>,
    tags: Vec<Tag>,
    calls: Vec<WorldCall>,
    /// Place in `calls`, by id.
    by_id: HashMap<i64, usize>,
    /// Places of call and record, by the record's id.
    by_record: HashMap<String, (usize, usize)>,
    _bank: Arc<Bank>,
}

impl World {
    /// The world that the options fix.
    pub fn build(_options: &SandboxOptions, bank: Arc<Bank>) -> Self {
        let (account, employees, numbers, tags) = company::company();
        Self {
            account,
            employees,
            numbers,
            tags,
            calls: Vec::new(),
            by_id: HashMap::new(),
            by_record: HashMap::new(),
            _bank: bank,
        }
    }

    /// The account at UIS.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// The people who answer and dial.
    pub fn employees(&self) -> &[Employee] {
        &self.employees
    }

    /// The numbers that clients ring.
    pub fn numbers(&self) -> &[VirtualNumber] {
        &self.numbers
    }

    /// The tags of the cabinet.
    pub fn tags(&self) -> &[Tag] {
        &self.tags
    }

    /// All calls, by start.
    pub fn calls(&self) -> &[WorldCall] {
        &self.calls
    }

    /// A call by its id.
    pub fn call(&self, id: i64) -> Option<&WorldCall> {
        self.calls.get(*self.by_id.get(&id)?)
    }

    /// A call and one of its recordings, by the recording's id.
    pub fn record(&self, id: &str) -> Option<(&WorldCall, &Record)> {
        let (call, record) = *self.by_record.get(id)?;
        let call = self.calls.get(call)?;
        Some((call, call.records.get(record)?))
    }

    /// The file of a recording: MP3 of the talk, or WAV of one leg. `None` = no such recording, or gone.
    pub fn sound(&self, record_id: &str) -> Option<Bytes> {
        let (_, record) = self.record(record_id)?;
        if record.gone { None } else { Some(Bytes::new()) }
    }

    /// Who says what and when in a call, by start; times run over all its recordings on end.
    pub fn spoken(&self, call_id: i64) -> Vec<Spoken> {
        self.call(call_id).map(|_| Vec::new()).unwrap_or_default()
    }

    /// How many calls of each kind there are.
    pub fn situations(&self) -> BTreeMap<Situation, usize> {
        let mut counts = BTreeMap::new();
        for call in &self.calls {
            *counts.entry(call.situation).or_default() += 1;
        }
        counts
    }
}
