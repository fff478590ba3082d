//! The world's calls as UIS knows them. Sound is made when it is fetched.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::Speaker;
use uis_client::testing::{Appear, FakeCall, FakeUis, Sound};
use uis_client::{
    Account, CallEmployee, CallRecording, CallTag, CommunicationId, Employee, EmployeeId, FullRecordLink,
    LegId, RawPhone, RecordId, RecordingKind, SessionId, TagId, UisCall, UisLeg,
};
use url::Url;

use crate::world::{Record, RecordKind, World, WorldCall};

/// Puts account, people, tags, calls and UIS's own transcripts into the fake.
pub(super) fn fill(fake: &FakeUis, world: &Arc<World>, base_url: &Url) {
    let account = Account {
        app_id: world.account().app_id,
        name: world.account().name.to_owned(),
        zone: world.account().zone,
    };
    fake.set_account(account.clone());
    for employee in world.employees() {
        fake.add_employee(Employee {
            id: EmployeeId(employee.id),
            full_name: employee.full_name.to_owned(),
            call_recording: Some(CallRecording::All),
            groups: vec![employee.group.to_owned()],
        });
    }
    for tag in world.tags() {
        fake.add_tag_to_dictionary(tag.id, tag.name);
    }
    fake.add_calls(world.calls().iter().map(|call| told(world, call, &account, base_url)));
    for call in world.calls() {
        recognise(fake, world, call);
    }
}

fn told(world: &Arc<World>, call: &WorldCall, account: &Account, base_url: &Url) -> FakeCall {
    let ids = |talk: bool| -> Vec<RecordId> {
        let of_kind = |record: &&Record| (record.kind == RecordKind::Talk) == talk;
        call.records.iter().filter(of_kind).map(|record| RecordId::new(&record.id)).collect()
    };
    let phone = |digits: Option<&str>| digits.map(RawPhone::new);
    let person = |id: i64| world.employees().iter().find(|employee| employee.id == id);
    let wall = |at: DateTime<Utc>| account.wall(at);
    let last = call.employees.last().copied();
    let row = UisCall {
        id: SessionId(call.id),
        communication_id: CommunicationId(call.communication_id),
        start_time: wall(call.started_at),
        finish_time: Some(wall(call.finished_at())),
        finish_reason: Some(call.finish_reason.to_owned()),
        direction: call.direction,
        is_lost: call.lost,
        is_transfer: call.talk_s > 0 && call.employees.len() > 1,
        source: Some("va".to_owned()),
        contact_phone_number: phone(call.contact.as_deref()),
        virtual_phone_number: phone(call.number.as_deref()),
        operator_phone_number: phone(last.and_then(person).map(|employee| employee.extension)),
        talk_duration: call.talk_s,
        wait_duration: call.wait_s,
        total_duration: call.total_s,
        call_records: ids(true),
        wav_call_records: ids(false),
        voice_mail_records: Vec::new(),
        full_record_file_link: ids(true).first().map(|first| {
            let place = format!("uis/media/joined/{}/{}", call.communication_id, first.as_str());
            FullRecordLink::new(format!("{base_url}{place}"))
        }),
        employees: call.employees.iter().map(|id| rung(*id, person(*id), call)).collect(),
        last_answered_employee_id: last.filter(|_| call.talk_s > 0).map(EmployeeId),
        tags: call
            .tags
            .iter()
            .filter_map(|id| world.tags().iter().find(|tag| tag.id == *id))
            .map(|tag| CallTag { id: TagId(tag.id), name: tag.name.to_owned() })
            .collect(),
    };
    FakeCall {
        legs: legs(call, account, |id| person(id).map(|employee| employee.full_name.to_owned())),
        sounds: call.records.iter().map(|record| sound(world, record)).collect(),
        appear: Appear::At(call.records_appear_at),
        row,
    }
}

fn rung(id: i64, person: Option<&crate::world::Employee>, call: &WorldCall) -> CallEmployee {
    CallEmployee {
        id: EmployeeId(id),
        full_name: person.map(|employee| employee.full_name.to_owned()),
        is_answered: call.talk_s > 0,
        is_talked: call.talk_s > 0,
    }
}

fn legs(call: &WorldCall, account: &Account, name: impl Fn(i64) -> Option<String>) -> Vec<UisLeg> {
    let records = |ids: &[String]| -> Vec<RecordId> { ids.iter().map(RecordId::new).collect() };
    let leg = |leg: &crate::world::WorldLeg| UisLeg {
        id: LegId(leg.id),
        session_id: SessionId(call.id),
        start_time: Some(account.wall(leg.started_at)),
        connect_time: leg.connected_at.map(|at| account.wall(at)),
        duration: leg.duration_s,
        is_operator: leg.is_operator,
        is_failed: leg.connected_at.is_none(),
        is_coach: false,
        employee_id: leg.employee.map(EmployeeId),
        employee_full_name: leg.employee.and_then(&name),
        call_records: records(&leg.talks),
        wav_call_records: records(&leg.wavs),
    };
    call.legs.iter().map(leg).collect()
}

fn sound(world: &Arc<World>, record: &Record) -> (RecordingKind, RecordId, Sound) {
    let kind = match record.kind {
        RecordKind::Talk => RecordingKind::Talk,
        RecordKind::Leg(_) => RecordingKind::Wav,
    };
    let sound = if record.gone {
        Sound::Gone
    } else {
        let (world, id) = (Arc::clone(world), record.id.clone());
        Sound::Made(Arc::new(move || world.sound(&id).unwrap_or_default()))
    };
    (kind, RecordId::new(&record.id), sound)
}

/// UIS's own transcript: whole seconds from the start of the call, part after part.
fn recognise(fake: &FakeUis, world: &World, call: &WorldCall) {
    let spoken = world.spoken(call.id);
    let mut before = vec![u64::from(call.wait_s) * 1000];
    for part in 0..call.employees.len() {
        let long = spoken.iter().filter(|words| words.part == part).map(|words| words.end_ms).max();
        before.push(before.last().copied().unwrap_or_default() + long.unwrap_or_default());
    }
    let phrases: Vec<_> = spoken
        .iter()
        .map(|words| {
            let at = before.get(words.part).copied().unwrap_or_default() + words.start_ms;
            let seconds = u32::try_from(at / 1000).unwrap_or(u32::MAX);
            (seconds, words.speaker == Speaker::Operator, words.text.as_str())
        })
        .collect();
    if !phrases.is_empty() && !call.records.iter().any(|record| record.gone) {
        fake.set_recognition(SessionId(call.id), &phrases);
    }
}
