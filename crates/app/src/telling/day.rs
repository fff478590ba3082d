//! Days of a wall clock as windows of instants.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;
use domain::TimeWindow;

/// The instant of a wall time; one that clocks leapt over is the first moment after the leap, one that came
/// twice is the first of the two.
pub(crate) fn instant(wall: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    (0..=3)
        .find_map(|hours| zone.from_local_datetime(&(wall + TimeDelta::hours(hours))).earliest())
        .map_or_else(|| wall.and_utc(), |found| found.to_utc())
}

/// The day on the wall.
pub(crate) fn day_of(at: DateTime<Utc>, zone: Tz) -> NaiveDate {
    at.with_timezone(&zone).date_naive()
}

/// From midnight to midnight, so many days from the first on.
pub(crate) fn days(first: NaiveDate, count: u64, zone: Tz) -> TimeWindow {
    let midnight = |day: NaiveDate| instant(day.and_time(chrono::NaiveTime::MIN), zone);
    let after = first.checked_add_days(Days::new(count)).unwrap_or(first);
    TimeWindow { from: Some(midnight(first)), to: Some(midnight(after)) }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Europe::Berlin;

    use super::*;

    #[test]
    fn a_day_on_which_clocks_change_has_its_own_length() {
        let hours = |day: &str| {
            let window = days(day.parse().unwrap(), 1, Berlin);
            (window.to.unwrap() - window.from.unwrap()).num_hours()
        };
        assert_eq!((hours("2026-03-28"), hours("2026-03-29"), hours("2026-10-25")), (24, 23, 25));
    }
}
