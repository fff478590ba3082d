//! From what happens to what the exchange writes down: ids, durations, legs, recordings.

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use domain::Direction;

use super::bank::Bank;
use super::call::{LegSide, Record, RecordKind, Situation, WorldCall, WorldLeg};
use super::company;
use super::month::{self, Talk};
use super::sound::Timeline;
use crate::SandboxOptions;
use crate::dice::Dice;

/// Ids of the exchange stand over 2^32.
const FIRST_ID: i64 = 5_139_032_004;
const FIRST_COMMUNICATION: i64 = 6_200_000_017;
const FIRST_LEG: i64 = 7_300_000_001;
/// One call in so many is so fresh that its recordings have not appeared yet.
pub(super) const ONE_LATE_IN: usize = 50;

/// A call with the sound of its recordings, part by part.
pub(super) struct Built {
    pub(super) call: WorldCall,
    pub(super) timelines: Vec<Timeline>,
}

/// All calls, by start.
pub(super) fn calls(options: &SandboxOptions, zone: Tz, bank: &Bank) -> Vec<Built> {
    let mut dice = Dice::new(options.seed, 0);
    let starts = month::starts(options, zone, &mut dice);
    let situations = month::situations(options.calls, &mut dice);
    let mut built: Vec<Built> = starts
        .into_iter()
        .zip(situations)
        .enumerate()
        .map(|(number, (at, situation))| call(options, number, at, situation, bank))
        .collect();
    let late = (options.calls / ONE_LATE_IN).max(usize::from(options.calls > 1));
    let heard = built.iter_mut().rev().filter(|built| !built.call.records.is_empty());
    for built in heard.take(late) {
        built.call.records_appear_at = options.end + Duration::minutes(i64::from(dice.between(10, 60)));
    }
    built
}

fn call(
    options: &SandboxOptions,
    number: usize,
    at: DateTime<Utc>,
    situation: Situation,
    bank: &Bank,
) -> Built {
    let index = i64::try_from(number).unwrap_or(i64::MAX / 1_000_000);
    let dice = &mut Dice::new(options.seed, 1 + number as u64);
    let Talk { line, outgoing, timelines } = month::talk(bank, situation, dice);
    let people = month::employees(&line, if situation == Situation::Transfer { 2 } else { 1 }, dice);
    let talk_s = timelines.iter().map(seconds).sum::<u32>();
    let wait_s = match situation {
        Situation::Missed | Situation::Unanswered => dice.between(15, 60),
        _ => dice.between(3, 25),
    };
    let clients = u32::try_from(options.calls).unwrap_or(u32::MAX).saturating_mul(3).div_ceil(5).min(9999);
    let contact = (!dice.chance(0.01)).then(|| format!("7900000{:04}", dice.between(0, clients)));
    let mut call = WorldCall {
        id: FIRST_ID + index * 37,
        communication_id: FIRST_COMMUNICATION + index * 41,
        started_at: at,
        direction: if outgoing { Direction::Out } else { Direction::In },
        situation,
        contact: contact.or_else(|| outgoing.then(|| "79000000000".to_owned())),
        number: company::number_of(&line).filter(|_| !dice.chance(0.01)).map(str::to_owned),
        employees: people.iter().map(|person| person.0).collect(),
        talk_s,
        wait_s,
        total_s: wait_s + talk_s,
        lost: situation == Situation::Missed,
        finish_reason: finish_reason(situation, dice),
        tags: tags(situation, dice),
        legs: Vec::new(),
        records: Vec::new(),
        records_appear_at: at,
    };
    if situation != Situation::NeverRecorded {
        call.records = records(timelines.len(), situation, dice);
    }
    call.legs = legs(&call, &people, &timelines, index);
    let appear = call.finished_at() + Duration::seconds(i64::from(dice.between(20, 240)));
    call.records_appear_at = appear.min(options.end - Duration::minutes(1));
    Built { call, timelines }
}

fn seconds(timeline: &Timeline) -> u32 {
    u32::try_from((timeline.ms() + 500) / 1000).unwrap_or(u32::MAX)
}

fn finish_reason(situation: Situation, dice: &mut Dice) -> &'static str {
    match situation {
        Situation::Missed => "no_success_operator_call",
        Situation::Unanswered if dice.chance(0.5) => "subscriber_busy",
        Situation::Unanswered => "subscriber_not_responsible",
        Situation::AnsweringMachine | Situation::Silence => "operator_disconnects",
        _ if dice.chance(0.6) => "subscriber_disconnects",
        _ => "operator_disconnects",
    }
}

fn tags(situation: Situation, dice: &mut Dice) -> Vec<i64> {
    let talked = matches!(situation, Situation::Conversation | Situation::Transfer);
    let chosen = dice.pick(company::TAGS).filter(|_| talked && dice.chance(0.4));
    chosen.map(|tag| tag.0).into_iter().collect()
}

fn records(parts: usize, situation: Situation, dice: &mut Dice) -> Vec<Record> {
    let gone = situation == Situation::RecordingGone;
    let mut record = |kind, part| {
        let id = format!("{:016x}{:016x}", dice.next(), dice.next());
        Record { id, kind, part, gone }
    };
    let mut all: Vec<Record> = (0..parts).map(|part| record(RecordKind::Talk, part)).collect();
    let mut legs: Vec<Record> = (0..parts)
        .flat_map(|part| [(LegSide::Operator, part), (LegSide::Client, part)])
        .map(|(side, part)| record(RecordKind::Leg(side), part))
        .collect();
    // the order of WAV files promises nothing: ids are random, so their order is
    legs.sort_by(|a, b| a.id.cmp(&b.id));
    all.append(&mut legs);
    all
}

/// The client's leg, then one for each employee.
fn legs(call: &WorldCall, people: &[(i64, &str)], timelines: &[Timeline], index: i64) -> Vec<WorldLeg> {
    let ids = |kind: RecordKind, part: Option<usize>| -> Vec<String> {
        let mut fitting: Vec<&Record> = call
            .records
            .iter()
            .filter(|r| r.kind == kind && part.is_none_or(|part| r.part == part))
            .collect();
        fitting.sort_by_key(|record| record.part);
        fitting.into_iter().map(|record| record.id.clone()).collect()
    };
    let after = |s: u32| call.started_at + Duration::seconds(i64::from(s));
    let answered = !timelines.is_empty();
    let outgoing = call.direction == Direction::Out;
    // an incoming client hears the exchange at once, an outgoing one answers after the wait
    let (client_from, client_connected) = if outgoing { (2, call.wait_s) } else { (0, 0) };
    let mut legs = vec![WorldLeg {
        id: FIRST_LEG + index * 10,
        is_operator: false,
        employee: None,
        started_at: after(client_from),
        connected_at: (!outgoing || answered).then(|| after(client_connected)),
        duration_s: if outgoing { call.talk_s } else { call.total_s },
        total_s: call.total_s - client_from.min(call.total_s),
        calling: if outgoing { call.number.clone() } else { call.contact.clone() },
        called: if outgoing { call.contact.clone() } else { call.number.clone() },
        wavs: ids(RecordKind::Leg(LegSide::Client), None),
        talks: Vec::new(),
        is_transfer: false,
    }];
    let mut from = 0;
    for (part, &(employee, extension)) in people.iter().enumerate() {
        let talk = timelines.get(part).map_or(0, seconds);
        let ring = if part == 0 { call.wait_s } else { 0 };
        // on an outgoing call the employee is on the line from the start
        let connected = if outgoing && part == 0 { Some(1) } else { answered.then_some(from + ring) };
        legs.push(WorldLeg {
            id: FIRST_LEG + index * 10 + 1 + i64::try_from(part).unwrap_or(0),
            is_operator: true,
            employee: Some(employee),
            started_at: after(from),
            connected_at: connected.map(after),
            duration_s: talk,
            total_s: ring + talk,
            calling: call.contact.clone(),
            called: Some(extension.to_owned()),
            wavs: ids(RecordKind::Leg(LegSide::Operator), Some(part)),
            talks: ids(RecordKind::Talk, Some(part)),
            is_transfer: part > 0,
        });
        from += ring + talk;
    }
    legs
}
