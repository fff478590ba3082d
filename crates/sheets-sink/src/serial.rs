//! Dates as a spreadsheet keeps them: days since 1899-12-30 on the wall clock of its own zone.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;

/// A spreadsheet's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zone {
    Named(Tz),
    Fixed(FixedOffset),
}

impl Zone {
    /// By `properties.timeZone`: an IANA name or `GMT-07:00`. Unknown ones are `None`.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        if let Ok(zone) = name.parse::<Tz>() {
            return Some(Self::Named(zone));
        }
        let offset = name.strip_prefix("GMT").or_else(|| name.strip_prefix("UTC"))?;
        if offset.is_empty() {
            return Some(Self::Named(Tz::UTC));
        }
        let (sign, rest) = match offset.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, offset.strip_prefix('+')?),
        };
        let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "0"));
        let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
        if !(0..24).contains(&hours) || !(0..60).contains(&minutes) {
            return None;
        }
        FixedOffset::east_opt(sign * (hours * 3600 + minutes * 60)).map(Self::Fixed)
    }

    /// What the wall clock shows there.
    pub(crate) fn wall(self, moment: DateTime<Utc>) -> NaiveDateTime {
        match self {
            Self::Named(zone) => moment.with_timezone(&zone).naive_local(),
            Self::Fixed(offset) => moment.with_timezone(&offset).naive_local(),
        }
    }
}

fn epoch() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(1899, 12, 30).unwrap_or_default().into()
}

/// Days, the fraction being the time of day. Whole milliseconds.
#[expect(clippy::cast_precision_loss, reason = "milliseconds of ten thousand years fit into 53 bits")]
pub(crate) fn serial(wall: NaiveDateTime) -> f64 {
    (wall - epoch()).num_milliseconds() as f64 / 86_400_000.0
}

/// Back again, to the millisecond. `None` beyond what a calendar holds.
#[cfg(any(test, feature = "testing"))]
#[expect(clippy::cast_possible_truncation, reason = "checked against the bounds before")]
pub(crate) fn wall(serial: f64) -> Option<NaiveDateTime> {
    if !serial.is_finite() || serial.abs() > 3_000_000.0 {
        return None;
    }
    let milliseconds = (serial * 86_400_000.0).round() as i64;
    epoch().checked_add_signed(chrono::TimeDelta::milliseconds(milliseconds))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_serials() {
        assert!((serial(DateTime::UNIX_EPOCH.naive_utc()) - 25569.0).abs() < 1e-9);
        let at = NaiveDate::from_ymd_opt(2026, 10, 20).unwrap().and_hms_opt(14, 30, 0).unwrap();
        assert!((serial(at) - 46_315.604_166_666_664).abs() < 1e-9);
    }

    #[test]
    fn zones_are_iana_names_or_offsets() {
        let moment = DateTime::from_timestamp(1_795_176_000, 0).unwrap();
        let hour = |name: &str| Zone::parse(name).map(|zone| zone.wall(moment).format("%H:%M").to_string());
        assert_eq!(hour("Europe/Moscow").as_deref(), Some("15:00"));
        assert_eq!(hour("GMT-07:00").as_deref(), Some("05:00"));
        assert_eq!(hour("GMT+05:30").as_deref(), Some("17:30"));
        assert_eq!(hour("GMT").as_deref(), Some("12:00"));
        assert_eq!(hour("Mars/Base"), None);
        assert_eq!(hour("GMT+99:00"), None);
    }

    proptest! {
        #[test]
        fn a_serial_leads_back_to_the_wall_clock(ms in -2_000_000_000_000_i64..4_000_000_000_000) {
            let at = DateTime::from_timestamp_millis(ms).unwrap().naive_utc();
            prop_assert_eq!(wall(serial(at)), Some(at));
        }

        #[test]
        fn no_zone_name_panics(name in "\\PC{0,20}") {
            let _ = Zone::parse(&name);
        }
    }
}
