//! Instants, windows and the clock that everything else is given.

use chrono::{DateTime, Utc};

/// Where "now" comes from. Nothing below `app` asks the system.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The present instant.
    fn now(&self) -> DateTime<Utc>;
}

/// The machine's clock: made by `app`, handed to everyone else.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one door to the system's time")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// A half-open span of instants: `from ≤ t < to`; an open end is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TimeWindow {
    /// The first instant inside.
    pub from: Option<DateTime<Utc>>,
    /// The first instant past the end.
    pub to: Option<DateTime<Utc>>,
}

impl TimeWindow {
    /// Everything.
    pub const ALL: Self = Self { from: None, to: None };

    /// Whether the instant lies inside.
    pub fn contains(&self, at: DateTime<Utc>) -> bool {
        self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at < to)
    }
}
