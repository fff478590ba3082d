//! Windows that people type on a page: two days of the installation's wall clock, both inside.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::PlannedWindow;
use crate::telling::days;

impl PlannedWindow {
    /// Whole days, both inside; `None` where the second is before the first.
    pub fn of_days(from: NaiveDate, to: NaiveDate, zone: Tz) -> Option<Self> {
        let count = u64::try_from((to - from).num_days()).ok()? + 1;
        let window = days(from, count, zone);
        Some(Self::Between { from: window.from, to: window.to })
    }
}
