//! The world's own time: starts where the options say, runs at the pace of real time, and may be
//! pushed ahead.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use domain::Clock;

/// The clock of a sandbox.
#[derive(Debug)]
pub struct WorldClock {
    began: Instant,
    /// What it shows at `began`.
    shown: Mutex<DateTime<Utc>>,
}

impl WorldClock {
    pub(crate) fn new(end: DateTime<Utc>) -> Self {
        Self { began: Instant::now(), shown: Mutex::new(end) }
    }

    /// Pushes the world ahead: late recordings appear, tokens run out.
    pub fn advance(&self, by: Duration) {
        let mut shown = self.shown.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(later) = chrono::Duration::from_std(by).ok().and_then(|by| shown.checked_add_signed(by)) {
            *shown = later;
        }
    }
}

impl Clock for WorldClock {
    fn now(&self) -> DateTime<Utc> {
        let shown = *self.shown.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let run = chrono::Duration::from_std(self.began.elapsed()).unwrap_or_default();
        shown.checked_add_signed(run).unwrap_or(shown)
    }
}
