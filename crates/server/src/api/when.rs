//! `from` and `to`: which instants are meant.
//!
//! RFC 3339, or a bare date of the installation's zone; a bare `to` includes its day. Where clocks were
//! put forward a missing midnight means the first instant after it.

use chrono::{DateTime, DurationRound as _, NaiveDate, NaiveTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;
use domain::TimeWindow;

use crate::problem::Problem;

/// The window of two texts.
///
/// # Errors
/// 422 for what is no date, and for a window that ends before it begins.
pub(crate) fn window(from: Option<&str>, to: Option<&str>, zone: Tz) -> Result<TimeWindow, Problem> {
    let from = from.map(|text| instant("from", text, zone)).transpose()?.map(|(start, _)| start);
    let to = to.map(|text| instant("to", text, zone)).transpose()?.map(|(_, end)| end);
    match (from, to) {
        (Some(from), Some(to)) if from >= to => {
            Err(Problem::invalid("window", "«to» не позже «from»", "`to` is not after `from`"))
        }
        _ => Ok(TimeWindow { from, to }),
    }
}

/// The instant as a start and as an end; they differ for a bare date.
fn instant(name: &str, text: &str, zone: Tz) -> Result<(DateTime<Utc>, DateTime<Utc>), Problem> {
    let text = text.trim();
    // an unencoded + of an offset arrives as a space
    let exact =
        DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_rfc3339(&text.replace(' ', "+")));
    if let Ok(exact) = exact {
        let at = exact.with_timezone(&Utc);
        return Ok((at, at));
    }
    let day = date(text).ok_or_else(|| {
        Problem::invalid("date", format!("{name}: это не дата"), format!("{name}: this is no date")).hint(
            "например 2026-11-20 или 2026-11-20T10:00:00+03:00",
            "for example 2026-11-20 or 2026-11-20T10:00:00+03:00",
        )
    })?;
    let next = day.succ_opt().unwrap_or(day);
    Ok((midnight(day, zone), midnight(next, zone)))
}

/// `YYYY-MM-DD`, four-digit years only.
fn date(text: &str) -> Option<NaiveDate> {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    (shape == "0000-00-00").then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten()
}

/// The beginning of the minute: what is due within it is not late yet, on every page alike.
pub(crate) fn minute(now: DateTime<Utc>) -> DateTime<Utc> {
    now.duration_trunc(TimeDelta::minutes(1)).unwrap_or(now)
}

/// The first instant of a day.
pub(crate) fn midnight(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let wall = day.and_time(NaiveTime::MIN);
    (0..24)
        .find_map(|hours| zone.from_local_datetime(&(wall + TimeDelta::hours(hours))).earliest())
        .map_or_else(|| wall.and_utc(), |at| at.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use chrono_tz::{America::Sao_Paulo, Europe::Moscow};

    use super::*;

    fn read(from: &str, to: &str, zone: Tz) -> Option<(String, String)> {
        let window = window(Some(from), Some(to), zone).ok()?;
        Some((window.from?.to_rfc3339(), window.to?.to_rfc3339()))
    }

    #[test]
    fn bare_dates_are_whole_days_of_the_zone() {
        let (from, to) = read("2026-11-20", "2026-11-20", Moscow).unwrap();
        assert_eq!((from.as_str(), to.as_str()), ("2026-11-19T21:00:00+00:00", "2026-11-20T21:00:00+00:00"));
        // midnight of this day was skipped
        let (from, _) = read("2018-11-04", "2018-11-04", Sao_Paulo).unwrap();
        assert_eq!(from, "2018-11-04T03:00:00+00:00");
    }

    #[test]
    fn exact_instants_are_taken_as_they_are_and_noise_is_refused() {
        let (from, to) = read("2026-11-20T10:00:00 03:00", "2026-11-20T08:00:00Z", Moscow).unwrap();
        assert_eq!((from.as_str(), to.as_str()), ("2026-11-20T07:00:00+00:00", "2026-11-20T08:00:00+00:00"));
        for wrong in
            ["", "20-11-26", "2026-13-01", "yesterday", "2026-11-20T10:00", "９９９９-01-01", "99999-01-01"]
        {
            assert!(read(wrong, "2026-11-21", Moscow).is_none(), "{wrong}");
        }
        assert!(read("2026-11-21", "2026-11-20", Moscow).is_none());
        assert!(read("9999-12-31", "9999-12-31", Moscow).is_some());
    }
}
