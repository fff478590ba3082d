//! Days and hours of a time zone, as arithmetic on milliseconds that any database can do.

use std::fmt::Write as _;

use chrono::{DateTime, Days, NaiveDate, Offset as _, TimeZone as _, Utc};
use chrono_tz::Tz;
use domain::TimeWindow;

use crate::HourOfWeek;
use crate::codec::ms;

pub(crate) const HOUR_MS: i64 = 3_600_000;
pub(crate) const DAY_MS: i64 = 24 * HOUR_MS;
/// The first Monday is 72 hours before 1970 began.
pub(crate) const MONDAY_HOURS: i64 = 72;
/// Days of a trend at most: eleven years.
const MAX_DAYS: i64 = 4_000;

/// Until this instant (ms; `None` = on and on) a zone is so far (ms) from UTC.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Span {
    pub(crate) until: Option<i64>,
    pub(crate) offset: i64,
}

pub(crate) fn hour_index(hour: HourOfWeek) -> i64 {
    (i64::from(hour.weekday.clamp(1, 7)) - 1) * 24 + i64::from(hour.hour.min(23))
}

/// How far a zone is from UTC at an instant, ms.
pub(crate) fn offset_ms(zone: Tz, at: i64) -> i64 {
    let at = DateTime::from_timestamp_millis(at).unwrap_or(DateTime::<Utc>::MIN_UTC);
    i64::from(zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc()) * 1000
}

/// How far a zone is from UTC in the course of a window.
pub(crate) fn spans(zone: Tz, window: TimeWindow) -> Vec<Span> {
    // calls are not older than telephones with computers; what is looked ahead is a few years
    let bound = |at: Option<DateTime<Utc>>, else_year: i64| at.map_or(else_year * 365 * DAY_MS, ms);
    let (from, to) = (bound(window.from, 20), bound(window.to, 80).min(bound(None, 200)));
    let mut found = Vec::new();
    let (mut at, mut offset) = (from, offset_ms(zone, from));
    while at < to {
        // no zone moves its clock twice in a week
        let next = (at + 7 * DAY_MS).min(to);
        let then = offset_ms(zone, next);
        if then != offset {
            // the change lies within: halve
            let (mut before, mut after) = (at, next);
            while after - before > 1 {
                let middle = before + (after - before) / 2;
                if offset_ms(zone, middle) == offset { before = middle } else { after = middle }
            }
            found.push(Span { until: Some(after), offset });
            offset = offset_ms(zone, after);
        }
        at = next;
    }
    found.push(Span { until: None, offset });
    found
}

/// How far a zone is from UTC at the instant that a column holds, as SQL.
pub(crate) fn offset_of(spans: &[Span], column: &str) -> String {
    if let [only] = spans {
        return only.offset.to_string();
    }
    let mut sql = "case".to_owned();
    for span in spans {
        // writing to a text cannot fail
        let _ = match span.until {
            Some(until) => write!(sql, " when {column} < {until} then {}", span.offset),
            None => write!(sql, " else {} end", span.offset),
        };
    }
    sql
}

/// The first instant of a day; where the clock is put forward at midnight, an hour later.
pub(crate) fn midnight(zone: Tz, day: NaiveDate) -> DateTime<Utc> {
    (0..4)
        .filter_map(|hour| zone.from_local_datetime(&day.and_hms_opt(hour, 0, 0)?).earliest())
        .map(|at| at.with_timezone(&Utc))
        .next()
        .unwrap_or_else(|| day.and_time(chrono::NaiveTime::MIN).and_utc())
}

/// The days that meet a window, each with the part of it that lies there.
pub(crate) fn days_of(zone: Tz, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<(NaiveDate, TimeWindow)> {
    let mut days = Vec::new();
    let mut day = from.with_timezone(&zone).date_naive();
    let last = (to - chrono::Duration::milliseconds(1)).with_timezone(&zone).date_naive();
    if (last - day).num_days() > MAX_DAYS {
        day = last - chrono::Duration::days(MAX_DAYS);
    }
    while day <= last {
        let Some(next) = day.checked_add_days(Days::new(1)) else { break };
        let (begin, end) = (midnight(zone, day).max(from), midnight(zone, next).min(to));
        if begin < end {
            days.push((day, TimeWindow { from: Some(begin), to: Some(end) }));
        }
        day = next;
    }
    days
}

/// The parts of a window in which the zone is equally far from UTC, each with that distance in ms.
pub(crate) fn segments(zone: Tz, window: TimeWindow) -> Vec<(TimeWindow, i64)> {
    let mut from = window.from;
    let mut parts = Vec::new();
    for Span { until, offset } in spans(zone, window) {
        let to = match (until.and_then(DateTime::from_timestamp_millis), window.to) {
            (Some(until), Some(to)) => Some(until.min(to)),
            (until, to) => until.or(to),
        };
        if from.zip(to).is_none_or(|(from, to)| from < to) {
            parts.push((TimeWindow { from, to }, offset));
        }
        from = to;
    }
    parts
}
