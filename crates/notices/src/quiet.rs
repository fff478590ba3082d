//! Hours in which nobody is disturbed.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Tz;

/// From one time of the day to another, by the wall clock; over midnight where the second is earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    /// The first quiet minute.
    pub from: NaiveTime,
    /// The first minute after.
    pub to: NaiveTime,
    /// On whose wall.
    pub zone: Tz,
}

impl QuietHours {
    /// `22:00-08:00`; `None` for anything else. Equal times make no quiet hours.
    pub fn parse(text: &str, zone: Tz) -> Option<Self> {
        let (from, to) = text.split_once(['-', '–'])?;
        let time = |text: &str| NaiveTime::parse_from_str(text.trim(), "%H:%M").ok();
        let (from, to) = (time(from)?, time(to)?);
        (from != to).then_some(Self { from, to, zone })
    }

    /// When something may be told that would be told at `at`: then, or when the quiet hours end.
    pub fn release(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        let local = at.with_timezone(&self.zone);
        let (day, time) = (local.date_naive(), local.time());
        let over_midnight = self.to < self.from;
        let quiet = if over_midnight {
            time >= self.from || time < self.to
        } else {
            (self.from..self.to).contains(&time)
        };
        if !quiet {
            return at;
        }
        let tomorrow = over_midnight && time >= self.from;
        let day = if tomorrow { day.checked_add_days(Days::new(1)).unwrap_or(day) } else { day };
        self.end_of(day).max(at)
    }

    /// The end of the quiet hours on a day; where a change to summer time leaps over it, the hour after.
    fn end_of(&self, day: NaiveDate) -> DateTime<Utc> {
        let wall = day.and_time(self.to);
        let found = self.zone.from_local_datetime(&wall).earliest();
        let after = || self.zone.from_local_datetime(&(wall + chrono::TimeDelta::hours(1))).earliest();
        found.or_else(after).map_or_else(|| wall.and_utc(), |moment| moment.to_utc())
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Europe::{Berlin, Moscow};
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_night_is_waited_out() {
        let night = QuietHours::parse("22:00-08:00", Moscow).unwrap();
        let morning = at("2026-11-22T05:00:00Z");
        // 23:30, 04:00 and 07:59 in Moscow
        for quiet in ["2026-11-21T20:30:00Z", "2026-11-22T01:00:00Z", "2026-11-22T04:59:00Z"] {
            assert_eq!(night.release(at(quiet)), morning, "{quiet}");
        }
        for loud in ["2026-11-21T18:59:00Z", "2026-11-22T05:00:00Z"] {
            assert_eq!(night.release(at(loud)), at(loud));
        }
        let noon = QuietHours::parse("13:00 – 14:00", Moscow).unwrap();
        assert_eq!(noon.release(at("2026-11-21T10:30:00Z")), at("2026-11-21T11:00:00Z"));
    }

    #[test]
    fn an_end_that_is_leapt_over_comes_an_hour_later() {
        // 2026-03-29, Berlin: 02:00 → 03:00
        let night = QuietHours::parse("22:00-02:30", Berlin).unwrap();
        assert_eq!(night.release(at("2026-03-28T23:00:00Z")), at("2026-03-29T01:30:00Z"));
    }

    #[test]
    fn what_are_no_hours_is_refused() {
        for text in ["", "22:00", "22:00-22:00", "25:00-08:00", "с десяти до восьми"] {
            assert_eq!(QuietHours::parse(text, Moscow), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_told_earlier_nor_more_than_a_day_later(seconds in 0_i64..40_000_000, from in 0_u32..1440, to in 0_u32..1440) {
            let text = format!("{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60);
            if let Some(hours) = QuietHours::parse(&text, Berlin) {
                let moment = at("2026-01-01T00:00:00Z") + chrono::TimeDelta::seconds(seconds);
                let released = hours.release(moment);
                prop_assert!(released >= moment && released - moment <= chrono::TimeDelta::hours(26));
                prop_assert_eq!(hours.release(released), released);
            }
        }
    }
}
