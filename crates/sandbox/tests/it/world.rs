//! The world is big, believable and always the same.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, Datelike as _, Duration, Timelike as _, Utc};
use sandbox::SandboxOptions;
use sandbox::world::{Bank, RecordKind, Situation, World};

fn end() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

fn world(options: &SandboxOptions) -> World {
    World::build(options, Arc::new(Bank::open().unwrap()))
}

#[test]
fn five_hundred_calls_of_every_kind_fill_thirty_days() {
    let world = world(&SandboxOptions::new(end()));
    assert_eq!(world.calls().len(), 500);
    let situations = world.situations();
    assert_eq!(situations.len(), 9, "{situations:?}");
    assert!(situations[&Situation::Conversation] > 300, "{situations:?}");
    let days: HashSet<_> = world.calls().iter().map(|call| call.started_at.date_naive()).collect();
    assert!(days.len() > 20, "{} days", days.len());
    let zone = world.account().zone;
    for call in world.calls() {
        let local = call.started_at.with_timezone(&zone);
        assert!((9..21).contains(&local.hour()), "a call at {local}");
        assert!(call.finished_at() < end() && call.started_at >= end() - Duration::days(30));
        assert!(call.id > i64::from(u32::MAX) && call.communication_id != call.id);
    }
    let sundays = world
        .calls()
        .iter()
        .filter(|call| call.started_at.with_timezone(&zone).weekday() == chrono::Weekday::Sun);
    assert!(sundays.count() < 30);
    let talks: Vec<u32> = world
        .calls()
        .iter()
        .filter(|call| call.situation == Situation::Conversation)
        .map(|call| call.talk_s)
        .collect();
    let mean = talks.iter().sum::<u32>() / u32::try_from(talks.len()).unwrap();
    assert!((28..60).contains(&mean), "mean talk {mean} s");
}

#[test]
fn the_same_seed_makes_the_same_world_and_another_seed_another() {
    let options = SandboxOptions { calls: 60, ..SandboxOptions::new(end()) };
    let (a, b) = (world(&options), world(&options));
    assert_eq!(a.calls(), b.calls());
    let record = &a.calls().iter().find(|call| !call.records.is_empty()).unwrap().records[0];
    assert_eq!(a.sound(&record.id), b.sound(&record.id));
    let other = world(&SandboxOptions { seed: 2, ..options });
    assert_ne!(a.calls(), other.calls());
}

#[test]
fn no_two_recordings_have_the_same_bytes_and_all_decode_to_their_talk_time() {
    let world = world(&SandboxOptions { calls: 30, ..SandboxOptions::new(end()) });
    let folder = tempfile::tempdir().unwrap();
    let mut seen = HashSet::new();
    for call in world.calls() {
        let mut talk_ms = 0;
        for record in &call.records {
            let Some(sound) = world.sound(&record.id) else {
                assert!(record.gone);
                continue;
            };
            assert!(seen.insert(sound.clone()), "recording {} twice", record.id);
            if record.kind == RecordKind::Talk {
                let path = folder.path().join(&record.id);
                std::fs::write(&path, &sound).unwrap();
                let info = audio::probe(&path).unwrap();
                assert_eq!((info.sample_rate_hz, info.channels), (8000, 1), "{info:?}");
                talk_ms += sound.len() as u64 / 144 * 72;
            }
        }
        if talk_ms > 0 {
            assert!(talk_ms.abs_diff(u64::from(call.talk_s) * 1000) < 1100, "{talk_ms} {}", call.talk_s);
        }
    }
}

#[test]
fn a_transferred_call_has_two_employees_two_talks_and_legs_that_name_their_files() {
    let world = world(&SandboxOptions::new(end()));
    let calls: Vec<_> = world.calls().iter().filter(|call| call.situation == Situation::Transfer).collect();
    assert!(calls.len() >= 10);
    for call in calls {
        let talks = call.records.iter().filter(|record| record.kind == RecordKind::Talk).count();
        assert_eq!((call.employees.len(), talks, call.records.len(), call.legs.len()), (2, 2, 6, 3));
        assert_ne!(call.employees[0], call.employees[1]);
        let named: HashSet<_> = call.legs.iter().flat_map(|leg| leg.wavs.iter().chain(&leg.talks)).collect();
        assert_eq!(named.len(), 6);
        let spoken = world.spoken(call.id);
        assert!(spoken.iter().any(|words| words.part == 0) && spoken.iter().any(|words| words.part == 1));
        assert!(world.joined_sound(call.id).is_some());
    }
}

#[test]
fn some_of_the_freshest_recordings_appear_only_later() {
    let world = world(&SandboxOptions::new(end()));
    let late: Vec<_> = world.calls().iter().filter(|call| call.records_appear_at > end()).collect();
    assert_eq!(late.len(), 10);
    for call in late {
        assert!(call.records_at(end()).is_empty());
        assert!(!call.records_at(end() + Duration::hours(2)).is_empty());
    }
}

#[test]
fn a_missed_call_has_neither_talk_nor_recordings() {
    let world = world(&SandboxOptions::new(end()));
    for call in world.calls().iter().filter(|call| call.lost) {
        assert_eq!((call.talk_s, call.records.len(), call.situation), (0, 0, Situation::Missed));
        assert!(world.spoken(call.id).is_empty());
    }
}

#[test]
fn a_world_of_one_call_in_one_day_is_possible_at_any_hour() {
    let bank = Arc::new(Bank::open().unwrap());
    for hour in 0..24 {
        let end = end() + Duration::hours(hour);
        let options = SandboxOptions { calls: 1, days: 1, ..SandboxOptions::new(end) };
        let world = World::build(&options, Arc::clone(&bank));
        assert!(world.calls()[0].finished_at() < end);
    }
}
