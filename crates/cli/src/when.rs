//! `--from`, `--to`, `--last`: which instants a person means.
//!
//! Dates without an offset are wall time in the given zone. A bare `--to` date includes that day.
//! `7d` is 168 hours, whatever the clocks did meanwhile. Where clocks were put forward a missing
//! wall time means the instant it would have been; where they were put back, `--from` takes the
//! earlier of the two and `--to` the later: the window never loses a call.

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, NaiveTime, Offset as _, TimeZone as _, Utc};
use chrono_tz::Tz;
use domain::TimeWindow;

/// What the person wrote.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Asked<'a> {
    pub(crate) from: Option<&'a str>,
    pub(crate) to: Option<&'a str>,
    pub(crate) last: Option<&'a str>,
}

/// Why it is no window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WhenError {
    /// No date: the flag and what stands there.
    Date { flag: &'static str, text: String },
    /// No length of time.
    Last(String),
    /// The end is not after the start.
    Empty,
}

/// Reads the window. `--last` ends now, or at `--to` where that is given.
pub(crate) fn window(asked: Asked<'_>, zone: Tz, now: DateTime<Utc>) -> Result<TimeWindow, WhenError> {
    let from = asked.from.map(|text| instant("--from", text, zone)).transpose()?.map(|(at, _)| at);
    let to = asked.to.map(|text| instant("--to", text, zone)).transpose()?.map(|(_, end)| end);
    let from = match asked.last {
        None => from,
        Some(text) => {
            let length = length(text).ok_or_else(|| WhenError::Last(text.to_owned()))?;
            let start = to.unwrap_or(now).checked_sub_signed(length);
            Some(start.ok_or_else(|| WhenError::Last(text.to_owned()))?)
        }
    };
    match (from, to) {
        (Some(from), Some(to)) if from >= to => Err(WhenError::Empty),
        _ => Ok(TimeWindow { from, to }),
    }
}

/// The instant as a start and as an end; they differ for a bare date.
fn instant(flag: &'static str, text: &str, zone: Tz) -> Result<(DateTime<Utc>, DateTime<Utc>), WhenError> {
    let text = text.trim();
    if let Ok(exact) = DateTime::parse_from_rfc3339(text) {
        let at = exact.with_timezone(&Utc);
        return Ok((at, at));
    }
    if let Some(wall) = wall_time(text) {
        return Ok((earlier(wall, zone), later(wall, zone)));
    }
    let day = date(text).ok_or_else(|| WhenError::Date { flag, text: text.to_owned() })?;
    let next = day.succ_opt().unwrap_or(day);
    Ok((earlier(day.and_time(NaiveTime::MIN), zone), earlier(next.and_time(NaiveTime::MIN), zone)))
}

/// `YYYY-MM-DD`, four-digit years only: `20-11-26` is a slip, not the year 20.
fn date(text: &str) -> Option<NaiveDate> {
    (shape(text) == "0000-00-00").then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten()
}

/// The text with every digit made 0: the parsers themselves are laxer than the contract.
fn shape(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect()
}

/// `YYYY-MM-DD HH:MM[:SS]`, a `T` between them will do.
fn wall_time(text: &str) -> Option<NaiveDateTime> {
    let (day, time) = text.split_once([' ', 'T'])?;
    let time = time.trim_start();
    let time = match shape(time).as_str() {
        "00:00" => NaiveTime::parse_from_str(time, "%H:%M").ok()?,
        "00:00:00" => NaiveTime::parse_from_str(time, "%H:%M:%S").ok()?,
        _ => return None,
    };
    Some(date(day)?.and_time(time))
}

fn earlier(wall: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    zone.from_local_datetime(&wall)
        .earliest()
        .map_or_else(|| in_a_gap(wall, zone), |at| at.with_timezone(&Utc))
}

fn later(wall: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    zone.from_local_datetime(&wall).latest().map_or_else(|| in_a_gap(wall, zone), |at| at.with_timezone(&Utc))
}

/// A wall time that the clocks jumped over, read with the offset from before the jump. A day back
/// is before any jump: the longest on record skipped one day (Samoa, 2011).
fn in_a_gap(wall: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    let before = zone.offset_from_local_datetime(&(wall - Duration::days(1))).earliest();
    let seconds = before.map_or(0, |offset| offset.fix().local_minus_utc());
    (wall - Duration::seconds(i64::from(seconds))).and_utc()
}

/// `90m`, `24h`, `7d`, `2w`.
pub(crate) fn length(text: &str) -> Option<Duration> {
    let text = text.trim();
    let unit = text.chars().last()?;
    let number: i64 = text.strip_suffix(unit)?.parse().ok().filter(|number| *number > 0)?;
    match unit {
        'm' => Duration::try_minutes(number),
        'h' => Duration::try_hours(number),
        'd' => Duration::try_days(number),
        'w' => Duration::try_weeks(number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::America::New_York;
    use chrono_tz::Europe::Moscow;
    use chrono_tz::Pacific::Apia;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc)
    }

    fn read(from: &str, to: &str, zone: Tz) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        let given = |text| Some(text).filter(|text: &&str| !text.is_empty());
        let asked = Asked { from: given(from), to: given(to), last: None };
        let window = window(asked, zone, at("2026-11-21T12:00:00Z")).unwrap();
        (window.from, window.to)
    }

    #[test]
    fn bare_dates_are_whole_days_of_the_zone() {
        let (from, to) = read("2026-11-20", "2026-11-20", Moscow);
        assert_eq!(from, Some(at("2026-11-19T21:00:00Z")));
        assert_eq!(to, Some(at("2026-11-20T21:00:00Z")));
    }

    #[test]
    fn times_are_wall_time_and_rfc3339_is_exact() {
        let (from, to) = read("2026-11-20 10:15", "2026-11-20 18:00:30", Moscow);
        assert_eq!((from, to), (Some(at("2026-11-20T07:15:00Z")), Some(at("2026-11-20T15:00:30Z"))));
        assert_eq!(read("2026-11-20T10:15", "", Moscow).0, Some(at("2026-11-20T07:15:00Z")));
        assert_eq!(read("2026-11-20T10:15:00+05:00", "", Moscow).0, Some(at("2026-11-20T05:15:00Z")));
        assert_eq!(read("", "2026-11-20T10:15:00Z", Moscow), (None, Some(at("2026-11-20T10:15:00Z"))));
    }

    #[test]
    fn a_day_of_changing_clocks_is_23_or_25_hours_long() {
        let (from, to) = read("2026-03-08", "2026-03-08", New_York);
        assert_eq!(to.unwrap() - from.unwrap(), Duration::hours(23));
        let (from, to) = read("2026-11-01", "2026-11-01", New_York);
        assert_eq!(to.unwrap() - from.unwrap(), Duration::hours(25));
    }

    #[test]
    fn an_hour_that_came_twice_is_taken_whole() {
        let (from, to) = read("2026-11-01 01:30", "2026-11-01 01:30:01", New_York);
        assert_eq!((from, to), (Some(at("2026-11-01T05:30:00Z")), Some(at("2026-11-01T06:30:01Z"))));
    }

    #[test]
    fn a_wall_time_that_never_was_is_read_with_the_offset_before() {
        assert_eq!(read("2026-03-08 02:30", "", New_York).0, Some(at("2026-03-08T07:30:00Z")));
        // 30 December 2011 did not happen in Samoa: it is empty and ends where it begins
        let day = instant("--from", "2011-12-30", Apia).unwrap();
        assert_eq!(day, (at("2011-12-30T10:00:00Z"), at("2011-12-30T10:00:00Z")));
    }

    #[test]
    fn last_counts_hours_back_from_now_or_from_the_end() {
        let now = at("2026-11-03T12:00:00Z");
        let last = |text, to| window(Asked { from: None, to, last: Some(text) }, New_York, now).unwrap();
        assert_eq!(last("7d", None), TimeWindow { from: Some(now - Duration::hours(168)), to: None });
        assert_eq!(last("90m", None).from, Some(now - Duration::minutes(90)));
        assert_eq!(last("24h", None).from, Some(now - Duration::hours(24)));
        assert_eq!(last("2w", None).from, Some(now - Duration::hours(336)));
        assert_eq!(last("1d", Some("2026-11-02")).from, Some(at("2026-11-02T05:00:00Z")));
    }

    #[test]
    fn what_is_no_date_is_refused() {
        let ask = |from| {
            window(Asked { from: Some(from), to: None, last: None }, Moscow, at("2026-11-21T12:00:00Z"))
        };
        for text in [
            "",
            "вчера",
            "20.11.2026",
            "2026-13-01",
            "2026-02-30",
            "20-11-26",
            "2026-11-20 25:00",
            "2026-11-20 10",
            "2026-11-20 1:2",
            "2026-11-20 10:15 утра",
            "+2026-11-20",
            "2026-11-20T10:15:00+99:00",
        ] {
            assert_eq!(
                ask(text),
                Err(WhenError::Date { flag: "--from", text: text.trim().to_owned() }),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_length_is_refused() {
        for text in
            ["", "d", "7", "0d", "-1d", "7y", "7 дней", "99999999999999999999d", "9223372036854775807w"]
        {
            let asked = Asked { from: None, to: None, last: Some(text) };
            assert_eq!(
                window(asked, Moscow, at("2026-11-21T12:00:00Z")),
                Err(WhenError::Last(text.to_owned())),
                "{text}"
            );
        }
    }

    #[test]
    fn a_window_that_ends_before_it_begins_is_refused() {
        let asked = Asked { from: Some("2026-11-21"), to: Some("2026-11-20"), last: None };
        assert_eq!(window(asked, Moscow, at("2026-11-21T12:00:00Z")), Err(WhenError::Empty));
    }
}
