//! The company: two managers, ten calls a working day, now and then a client whom nobody answers.

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime};
use uis_client::testing::FakeCall;

/// The first day; on the Sunday of this week summer time ends in Berlin.
pub(super) fn monday() -> NaiveDate {
    "2026-10-19".parse().unwrap()
}

pub(super) fn wall(day: u64, hour: u32, minute: u32) -> NaiveDateTime {
    let time = NaiveTime::from_hms_opt(hour, minute, 0).unwrap();
    monday().checked_add_days(Days::new(day)).unwrap().and_time(time)
}

/// Two recordings: one of good manners, one of a rude manager.
pub(super) struct Sounds {
    pub(super) good: Vec<u8>,
    pub(super) rude: Vec<u8>,
}

/// Everything that happens on the telephone in the week.
pub(super) fn calls(sounds: &Sounds) -> Vec<FakeCall> {
    let mut calls = Vec::new();
    for day in 0..5_u64 {
        let hours = if day == 4 { 7..20 } else { 9..19 };
        for hour in hours {
            let number = i64::try_from(day).unwrap() * 100 + i64::from(hour);
            let rude = day == 1 && hour == 17 || day == 3 && hour == 15;
            let (id, name) = if hour % 2 == 0 {
                (101, "Анна Соколова")
            } else {
                (102, "Игорь Волков")
            };
            let phone = format!("7916000{number:04}");
            let sound = if rude { sounds.rude.clone() } else { sounds.good.clone() };
            calls.push(
                FakeCall::incoming(1_000 + number, wall(day, hour, 10))
                    .lasting(8, 45)
                    .contact(Some(&phone))
                    .talked(id, name)
                    .mp3(sound),
            );
        }
        // a client whom nobody answers at noon; on even days somebody rings back in twenty minutes
        let phone = format!("7916555{day:04}");
        let number = 2_000 + i64::try_from(day).unwrap() * 10;
        calls.push(FakeCall::missed(number, wall(day, 12, 20)).contact(Some(&phone)));
        if day % 2 == 0 {
            let back = FakeCall::outgoing(number + 1, wall(day, 12, 40)).lasting(5, 45);
            calls.push(back.contact(Some(&phone)).talked(101, "Анна Соколова").mp3(sounds.good.clone()));
        }
    }
    // a Saturday evening, and the hour of Sunday that comes twice
    calls.push(FakeCall::missed(3_000, wall(5, 21, 45)).contact(Some("79165557777")));
    let night = FakeCall::incoming(3_001, wall(6, 2, 20)).lasting(8, 45);
    calls.push(night.contact(Some("79165558888")).talked(102, "Игорь Волков").mp3(sounds.good.clone()));
    calls
}
