//! A contact centre with its people, its calls of the last month and their sound. The same seed and
//! end make the same world, byte for byte; sound is made when it is asked for.

mod bank;
mod build;
mod call;
mod company;
mod decode;
mod ear;
mod judge;
mod month;
mod sound;
mod talk;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bytes::Bytes;

pub use bank::Bank;
pub use call::{LegSide, Record, RecordKind, Situation, Spoken, WorldCall, WorldLeg};
pub use company::{Account, Employee, Tag, VirtualNumber};
pub use ear::{BankEar, Heard};
pub use judge::RubricJudge;
pub use talk::SpokenPhrase;

use bank::FRAME_BYTES;
use company::Company;
use sound::Timeline;

use crate::SandboxOptions;

/// The company and everything that happened to it.
pub struct World {
    company: Company,
    calls: Vec<WorldCall>,
    /// The sound of each call, part by part; as long as `calls`.
    timelines: Vec<Vec<Timeline>>,
    /// Place in `calls`, by id.
    by_id: HashMap<i64, usize>,
    /// Places of call and record, by the record's id.
    by_record: HashMap<String, (usize, usize)>,
    bank: Arc<Bank>,
}

impl World {
    /// The world that the options fix.
    pub fn build(options: &SandboxOptions, bank: Arc<Bank>) -> Self {
        let company = company::company();
        let built = build::calls(options, company.account.zone, &bank);
        let (calls, timelines): (Vec<_>, Vec<_>) =
            built.into_iter().map(|built| (built.call, built.timelines)).unzip();
        let by_id = calls.iter().enumerate().map(|(at, call): (usize, &WorldCall)| (call.id, at)).collect();
        let by_record = calls
            .iter()
            .enumerate()
            .flat_map(|(at, call)| {
                call.records.iter().enumerate().map(move |(place, record)| (record.id.clone(), (at, place)))
            })
            .collect();
        Self { company, calls, timelines, by_id, by_record, bank }
    }

    /// What its people say, in sound.
    pub fn bank(&self) -> Arc<Bank> {
        Arc::clone(&self.bank)
    }

    /// The account at UIS.
    pub fn account(&self) -> &Account {
        &self.company.account
    }

    /// The people who answer and dial.
    pub fn employees(&self) -> &[Employee] {
        &self.company.employees
    }

    /// The numbers that clients ring.
    pub fn numbers(&self) -> &[VirtualNumber] {
        &self.company.numbers
    }

    /// The tags of the cabinet.
    pub fn tags(&self) -> &[Tag] {
        &self.company.tags
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

    /// The file of a recording: MP3 of the talk, or WAV of one leg, made anew each time and always
    /// the same. `None` = no such recording, or it is gone.
    pub fn sound(&self, record_id: &str) -> Option<Bytes> {
        let (call, place) = *self.by_record.get(record_id)?;
        let record = self.calls.get(call)?.records.get(place)?;
        let timeline = self.timelines.get(call)?.get(record.part).filter(|_| !record.gone)?;
        Some(match record.kind {
            RecordKind::Talk => timeline.mp3(&self.bank),
            RecordKind::Leg(side) => timeline.leg_wav(&self.bank, side),
        })
    }

    /// All parts of a call's talk in one MP3. `None` = no such call, no recording, or it is gone.
    pub fn joined_sound(&self, call_id: i64) -> Option<Bytes> {
        let call = self.call(call_id)?;
        let parts: Option<Vec<Bytes>> = call
            .records
            .iter()
            .filter(|record| record.kind == RecordKind::Talk)
            .map(|record| self.sound(&record.id))
            .collect();
        let joined = parts?.concat();
        debug_assert!(joined.len().is_multiple_of(FRAME_BYTES), "whole frames");
        (!joined.is_empty()).then(|| Bytes::from(joined))
    }

    /// Who says what and when in a call, part by part, by start.
    pub fn spoken(&self, call_id: i64) -> Vec<Spoken> {
        let Some(&at) = self.by_id.get(&call_id) else { return Vec::new() };
        let (Some(call), Some(parts)) = (self.calls.get(at), self.timelines.get(at)) else {
            return Vec::new();
        };
        let words = |(part, timeline): (usize, &Timeline)| {
            let employee = call.employees.get(part).copied();
            timeline
                .words(&self.bank)
                .map(|(speaker, start_ms, end_ms, text)| Spoken {
                    speaker,
                    employee: employee.filter(|_| speaker == domain::Speaker::Operator),
                    part,
                    start_ms,
                    end_ms,
                    text: text.to_owned(),
                })
                .collect::<Vec<_>>()
        };
        parts.iter().enumerate().flat_map(words).collect()
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
