//! When a client may be rung, by the client's own clock.

use chrono::{DateTime, Datelike as _, Days, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Tz;

use crate::AllowedHours;
use crate::persona::minute_of_day;

/// Working days from nine to nine: what nobody objects to, the law included.
fn ours() -> Vec<AllowedHours> {
    vec![AllowedHours { days: vec![1, 2, 3, 4, 5], from: "09:00".into(), to: "21:00".into() }]
}

/// Whether the instant lies within the hours. No hours given: working days from nine to nine.
pub fn within_hours(hours: &[AllowedHours], zone: Tz, at: DateTime<Utc>) -> bool {
    next_allowed(hours, zone, at) == Some(at)
}

/// The first instant from `at` on that lies within the hours; `None` if no day of a week has any.
pub fn next_allowed(hours: &[AllowedHours], zone: Tz, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let ours = ours();
    let hours = if hours.is_empty() { &ours } else { hours };
    let today = at.with_timezone(&zone).date_naive();
    // a week and a day: today's hours may be over
    (0..=8).filter_map(|ahead| today.checked_add_days(Days::new(ahead))).find_map(|day| {
        let weekday = u8::try_from(day.weekday().number_from_monday()).unwrap_or(0);
        let instant = |minute: u32| {
            let (day, minute) = if minute >= 24 * 60 { (day.succ_opt()?, 0) } else { (day, minute) };
            let time = NaiveTime::from_hms_opt(minute / 60, minute % 60, 0)?;
            let local = day.and_time(time);
            // an hour that the clocks skip begins when they have been moved
            let later = local.checked_add_signed(chrono::TimeDelta::hours(1))?;
            zone.from_local_datetime(&local)
                .earliest()
                .or_else(|| zone.from_local_datetime(&later).earliest())
                .map(|instant| instant.to_utc())
        };
        hours
            .iter()
            .filter(|hours| hours.days.contains(&weekday))
            .filter_map(|hours| {
                Some((instant(minute_of_day(&hours.from)?)?, instant(minute_of_day(&hours.to)?)?))
            })
            .filter(|(_, to)| *to > at)
            .map(|(from, _)| from.max(at))
            .min()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn hours(days: &[u8], from: &str, to: &str) -> AllowedHours {
        AllowedHours { days: days.to_vec(), from: from.into(), to: to.into() }
    }

    #[test]
    fn without_hours_working_days_from_nine_to_nine_hold() {
        let moscow = Tz::Europe__Moscow;
        // Friday 2026-11-20
        assert!(within_hours(&[], moscow, at("2026-11-20T06:00:00Z")));
        assert!(!within_hours(&[], moscow, at("2026-11-20T05:59:59Z")));
        assert!(!within_hours(&[], moscow, at("2026-11-20T18:00:00Z")));
        assert_eq!(next_allowed(&[], moscow, at("2026-11-20T18:00:00Z")), Some(at("2026-11-23T06:00:00Z")));
    }

    #[test]
    fn the_clients_clock_decides() {
        let noon = at("2026-11-20T09:00:00Z");
        assert!(within_hours(&[], Tz::Europe__Moscow, noon));
        let kamchatka = Tz::Asia__Kamchatka;
        assert!(!within_hours(&[], kamchatka, noon), "21:00 there");
        assert_eq!(next_allowed(&[], kamchatka, noon), Some(at("2026-11-22T21:00:00Z")), "Monday nine there");
    }

    #[test]
    fn several_spans_a_day_and_the_end_of_a_day_are_kept() {
        let hours =
            [hours(&[5], "09:00", "12:00"), hours(&[5], "14:00", "24:00"), hours(&[6], "10:00", "11:00")];
        let utc = Tz::UTC;
        assert_eq!(next_allowed(&hours, utc, at("2026-11-20T12:30:00Z")), Some(at("2026-11-20T14:00:00Z")));
        assert!(within_hours(&hours, utc, at("2026-11-20T23:59:59Z")));
        assert_eq!(next_allowed(&hours, utc, at("2026-11-21T00:00:00Z")), Some(at("2026-11-21T10:00:00Z")));
        assert_eq!(next_allowed(&hours, utc, at("2026-11-21T11:00:00Z")), Some(at("2026-11-27T09:00:00Z")));
        let never = [AllowedHours { days: vec![], from: "09:00".into(), to: "10:00".into() }];
        assert_eq!(next_allowed(&never, utc, at("2026-11-20T12:30:00Z")), None);
    }

    #[test]
    fn an_hour_that_the_clocks_skip_begins_after_it() {
        // Berlin 2027-03-28: 02:00 → 03:00
        let sunday = [hours(&[7], "02:30", "04:00")];
        let found = next_allowed(&sunday, Tz::Europe__Berlin, at("2027-03-28T00:00:00Z"));
        assert_eq!(found, Some(at("2027-03-28T01:30:00Z")));
    }
}
