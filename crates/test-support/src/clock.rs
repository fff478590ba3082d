//! Time that moves when a test says so.

use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::Clock;

/// A clock that stands still at 2026-11-20 12:00 UTC until it is moved.
#[derive(Debug)]
pub struct FakeClock(Mutex<DateTime<Utc>>);

impl FakeClock {
    /// Stands at 2026-11-20 12:00 UTC.
    pub fn new() -> Self {
        Self(Mutex::new(DateTime::from_timestamp(1_795_176_000, 0).unwrap_or_default()))
    }

    /// Moves on.
    pub fn advance(&self, by: Duration) {
        if let Ok(mut now) = self.0.lock() {
            *now += by;
        }
    }
}

impl Default for FakeClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for FakeClock {
    fn now(&self) -> DateTime<Utc> {
        self.0.lock().map(|now| *now).unwrap_or_default()
    }
}
