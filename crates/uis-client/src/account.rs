//! The account and its time: every date of the API is wall time of the account's zone, without
//! saying so.

use chrono::{DateTime, Duration, MappedLocalTime, NaiveDateTime, Offset as _, TimeZone as _, Utc};
use chrono_tz::Tz;

/// Who we are at UIS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The account's number.
    pub app_id: i64,
    /// The company.
    pub name: String,
    /// The zone of every date.
    pub zone: Tz,
}

impl Account {
    /// The instant of a wall time. In the hour that repeats when summer time ends the earlier
    /// instant is taken; in the hour that is skipped, the instant after the gap.
    pub fn instant(&self, wall: NaiveDateTime) -> DateTime<Tz> {
        match self.zone.from_local_datetime(&wall) {
            MappedLocalTime::Single(at) | MappedLocalTime::Ambiguous(at, _) => at,
            // gaps are an hour or less in every zone of today
            MappedLocalTime::None => self
                .zone
                .from_local_datetime(&(wall + Duration::hours(1)))
                .earliest()
                .unwrap_or_else(|| self.zone.from_utc_datetime(&wall)),
        }
    }

    /// The wall time of an instant, whole seconds.
    pub fn wall(&self, at: DateTime<Utc>) -> NaiveDateTime {
        let local = at.with_timezone(&self.zone).naive_local();
        chrono::DurationRound::duration_trunc(local, Duration::seconds(1)).unwrap_or(local)
    }

    /// The window of the report that holds every call which began in `from ≤ t ≤ till`.
    ///
    /// Where the zone's offset changes inside, wall times repeat: the window is then wider by the
    /// change on both sides, and a caller that needs exact edges drops the few rows outside.
    pub fn window(&self, from: DateTime<Utc>, till: DateTime<Utc>) -> WallWindow {
        let offset = |at: &DateTime<Utc>| at.with_timezone(&self.zone).offset().fix().local_minus_utc();
        let change = Duration::seconds(i64::from(offset(&from).abs_diff(offset(&till))));
        WallWindow { from: self.wall(from) - change, till: self.wall(till) + change }
    }
}

/// A window of wall time in the account's zone; both ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct WallWindow {
    /// The first second inside.
    pub from: NaiveDateTime,
    /// The last second inside.
    pub till: NaiveDateTime,
}

/// Longest window of one report. The limit is three months; the shortest three (February to
/// April) have 89 days.
const LONGEST_DAYS: i64 = 88;

impl WallWindow {
    /// A window.
    pub const fn new(from: NaiveDateTime, till: NaiveDateTime) -> Self {
        Self { from, till }
    }

    /// The longest start of this window that one report may ask for.
    pub(crate) fn first_slice(&self) -> Self {
        let longest = self.from + Duration::days(LONGEST_DAYS);
        Self { from: self.from, till: self.till.min(longest) }
    }

    /// The first half, or `None` when it is a second long.
    pub(crate) fn first_half(&self) -> Option<Self> {
        let half = Duration::seconds((self.till - self.from).num_seconds() / 2);
        let till = self.from + half;
        (self.till > self.from).then_some(Self { from: self.from, till })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(zone: Tz) -> Account {
        Account { app_id: 1, name: String::new(), zone }
    }

    fn wall(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap()
    }

    #[test]
    fn wall_time_is_of_the_accounts_zone() {
        let account = account(Tz::Asia__Yekaterinburg);
        let at = account.instant(wall("2026-03-02 10:14:07"));
        assert_eq!(at.with_timezone(&Utc).to_rfc3339(), "2026-03-02T05:14:07+00:00");
        assert_eq!(account.wall(at.with_timezone(&Utc)), wall("2026-03-02 10:14:07"));
    }

    #[test]
    fn a_window_over_the_end_of_summer_time_loses_no_call() {
        let account = account(Tz::Europe__Berlin);
        let utc = |text| wall(text).and_utc();
        // 02:50 summer time to 02:10 winter time: wall time runs backwards
        let window = account.window(utc("2026-10-25 00:50:00"), utc("2026-10-25 01:10:00"));
        assert_eq!(window, WallWindow::new(wall("2026-10-25 01:50:00"), wall("2026-10-25 03:10:00")));
    }

    #[test]
    fn skipped_and_repeated_hours_have_an_instant() {
        let account = account(Tz::Europe__Berlin);
        let shown = |text| account.instant(wall(text)).to_rfc3339();
        assert_eq!(shown("2026-03-29 02:30:00"), "2026-03-29T03:30:00+02:00");
        assert_eq!(shown("2026-10-25 02:30:00"), "2026-10-25T02:30:00+02:00");
    }

    #[test]
    fn slices_stay_under_three_months_and_halves_end() {
        let year = WallWindow::new(wall("2026-01-01 00:00:00"), wall("2026-12-31 23:59:59"));
        let slice = year.first_slice();
        assert_eq!((slice.till - slice.from).num_days(), 88);
        let mut part = slice;
        let mut halvings = 0;
        while let Some(half) = part.first_half() {
            part = half;
            halvings += 1;
        }
        assert!(halvings < 30 && part.from == part.till);
    }
}
