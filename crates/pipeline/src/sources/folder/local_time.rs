//! Wall times of a zone as instants. Clocks jump: a time that was skipped is read with the offset
//! before the jump, a time that came twice is the first.

use chrono::{DateTime, Days, FixedOffset, NaiveDateTime, Offset as _, TimeZone as _};
use chrono_tz::Tz;

pub(super) fn instant(local: NaiveDateTime, zone: Tz) -> Option<DateTime<FixedOffset>> {
    if let Some(at) = zone.from_local_datetime(&local).earliest() {
        return Some(at.fixed_offset());
    }
    let before = zone.offset_from_utc_datetime(&local.checked_sub_days(Days::new(1))?).fix();
    let utc = local.checked_sub_offset(before)?;
    Some(zone.from_utc_datetime(&utc).fixed_offset())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, zone: Tz) -> String {
        let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap();
        instant(local, zone).unwrap().to_rfc3339()
    }

    #[test]
    fn skipped_and_doubled_hours_are_instants_too() {
        use chrono_tz::Europe::{Berlin, Moscow};
        assert_eq!(read("2026-11-20 10:15:00", Moscow), "2026-11-20T10:15:00+03:00");
        assert_eq!(read("2026-03-29 02:30:00", Berlin), "2026-03-29T03:30:00+02:00");
        assert_eq!(read("2026-10-25 02:30:00", Berlin), "2026-10-25T02:30:00+02:00");
    }
}
