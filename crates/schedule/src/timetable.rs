//! A cron expression in a time zone.
//!
//! The surprising rule: a turn of a fixed time that a change to summer time leaps over is made at the first
//! moment after the leap, and one whose time comes twice in autumn is made the first time alone, as Vixie
//! cron does. Turns of every hour or every few minutes just go on.

use std::fmt;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

/// Turns missed are counted up to here: a machine that slept for years need not know more.
const MOST_MISSED: usize = 10_000;

/// A text that is no cron expression. The words are for people who know cron.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is no cron expression ({reason}); five fields are wanted, such as `5 * * * *` or `30 9 * * 1-5`"
)]
pub struct TimetableError {
    text: String,
    reason: String,
}

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Nothing is due.
    Wait {
        /// When the next turn is due; `None` = never again.
        until: Option<DateTime<Utc>>,
    },
    /// A turn is due.
    Run {
        /// At which moment: its name. The newest one, where several were missed.
        due: DateTime<Utc>,
        /// How many were due before it since the last turn, and are not made up for.
        missed: usize,
    },
}

/// When something is due.
#[derive(Clone)]
pub struct Timetable {
    cron: Cron,
    zone: Tz,
    text: String,
}

impl fmt::Debug for Timetable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timetable({} {})", self.text, self.zone)
    }
}

impl PartialEq for Timetable {
    fn eq(&self, other: &Self) -> bool {
        (&self.text, self.zone) == (&other.text, other.zone)
    }
}

impl Timetable {
    /// Five fields (minute, hour, day, month, weekday) or `@hourly`, `@daily`, `@weekly`, `@monthly`.
    ///
    /// # Errors
    /// [`TimetableError`] names the text and what is wrong with it.
    pub fn parse(text: &str, zone: Tz) -> Result<Self, TimetableError> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        match parser.parse(&text) {
            Ok(cron) => Ok(Self { cron, zone, text }),
            Err(error) => Err(TimetableError { text, reason: error.to_string() }),
        }
    }

    /// The expression.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The zone in which it is read.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// The first turn after a moment; `None` = there is none.
    pub fn next(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let next = self.cron.find_next_occurrence(&after.with_timezone(&self.zone), false).ok()?;
        Some(next.to_utc())
    }

    /// What to do at a moment, when the last turn was the one due at `done`. For a timetable that never had
    /// a turn, `done` is when it was made: it does not begin with the past.
    pub fn turn(&self, done: DateTime<Utc>, now: DateTime<Utc>) -> Turn {
        let mut due = None;
        let mut count = 0;
        let mut last = done;
        while let Some(next) = self.next(last).filter(|next| *next <= now) {
            (due, last) = (Some(next), next);
            count += 1;
            if count > MOST_MISSED {
                // the rest is not counted; the newest is found from the near side
                due = self.newest(now).or(due);
                break;
            }
        }
        match due {
            Some(due) => Turn::Run { due, missed: count - 1 },
            None => Turn::Wait { until: self.next(done.max(now)) },
        }
    }

    fn newest(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let found = self.cron.find_previous_occurrence(&now.with_timezone(&self.zone), true).ok()?;
        Some(found.to_utc())
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use chrono_tz::Europe::{Berlin, Moscow};
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn table(text: &str, zone: Tz) -> Timetable {
        Timetable::parse(text, zone).unwrap()
    }

    #[test]
    fn wall_time_is_that_of_the_zone() {
        // half past nine in Moscow is half past six in Greenwich
        assert_eq!(
            table("30 9 * * 1-5", Moscow).next(at("2026-11-20T10:00:00Z")),
            Some(at("2026-11-23T06:30:00Z"))
        );
    }

    #[test]
    fn nothing_is_due_before_its_time_and_once_at_it() {
        let hourly = table("5 * * * *", Moscow);
        let done = at("2026-11-21T09:05:00Z");
        let next = at("2026-11-21T10:05:00Z");
        assert_eq!(hourly.turn(done, at("2026-11-21T10:04:59Z")), Turn::Wait { until: Some(next) });
        assert_eq!(hourly.turn(done, next), Turn::Run { due: next, missed: 0 });
        // begun: the same moment is not due again
        assert!(matches!(hourly.turn(next, next), Turn::Wait { .. }));
    }

    #[test]
    fn a_time_that_is_leapt_over_is_made_up_for_once() {
        // 2026-03-29, Berlin: 02:00 → 03:00
        let nightly = table("30 2 * * *", Berlin);
        let done = at("2026-03-28T01:30:00Z");
        let Turn::Run { due, missed } = nightly.turn(done, at("2026-03-29T12:00:00Z")) else {
            panic!("no turn")
        };
        assert_eq!((due.date_naive().to_string().as_str(), missed), ("2026-03-29", 0));
        assert!((at("2026-03-29T01:00:00Z")..=at("2026-03-29T01:30:00Z")).contains(&due), "{due}");
        assert_eq!(nightly.next(due), Some(at("2026-03-30T00:30:00Z")));
    }

    #[test]
    fn a_time_that_comes_twice_is_one_turn() {
        // 2026-10-25, Berlin: 03:00 → 02:00
        let nightly = table("30 2 * * *", Berlin);
        let first = nightly.next(at("2026-10-24T12:00:00Z")).unwrap();
        assert_eq!(first, at("2026-10-25T00:30:00Z"));
        assert_eq!(nightly.next(first), Some(at("2026-10-26T01:30:00Z")));
    }

    #[test]
    fn every_hour_goes_on_through_both_changes() {
        for day in ["2026-03-29", "2026-10-25"] {
            let (hourly, mut moment) =
                (table("0 * * * *", Berlin), at(&format!("{day}T00:00:00Z")) - TimeDelta::minutes(1));
            for _ in 0..6 {
                let next = hourly.next(moment).unwrap();
                assert!(next - moment <= TimeDelta::hours(1), "{day}: {moment} → {next}");
                moment = next;
            }
        }
    }

    #[test]
    fn years_of_silence_are_one_turn() {
        let minutely = table("* * * * *", Moscow);
        let now = at("2026-11-21T12:00:30Z");
        let turn = minutely.turn(at("2020-01-01T00:00:00Z"), now);
        assert_eq!(turn, Turn::Run { due: at("2026-11-21T12:00:00Z"), missed: MOST_MISSED });
    }

    #[test]
    fn what_is_no_timetable_is_told() {
        for text in ["", "5 * * *", "61 * * * *", "* * * * * *", "каждый час", "0 0 30 2 x"] {
            let error = Timetable::parse(text, Moscow).unwrap_err().to_string();
            assert!(error.contains("five fields"), "{error}");
        }
        // there is no 30 February: it parses, and is never due
        let never = table("0 0 30 2 *", Moscow);
        assert_eq!(
            never.turn(at("2026-01-01T00:00:00Z"), at("2026-11-21T00:00:00Z")),
            Turn::Wait { until: None }
        );
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[-0-9*/,@LW# a-zA-Z]{0,40}") {
            if let Ok(table) = Timetable::parse(&text, Berlin) {
                let _ = table.turn(at("2026-10-24T00:00:00Z"), at("2026-10-26T00:00:00Z"));
            }
        }

        #[test]
        fn each_turn_is_later_than_the_one_before(minute in 0_u32..60, hour in 0_u32..24, start in 0_i64..40_000_000) {
            let table = table(&format!("{minute} {hour} * * *"), Berlin);
            let start = at("2026-01-01T00:00:00Z") + TimeDelta::seconds(start);
            let first = table.next(start).unwrap();
            let second = table.next(first).unwrap();
            prop_assert!(start < first && first < second);
            prop_assert!(second - first <= TimeDelta::hours(26));
        }
    }
}
