//! When something is due: a cron expression in a time zone, and what a long silence makes of it.
//!
//! ```
//! use chrono_tz::Europe::Moscow;
//! use schedule::{Timetable, Turn};
//!
//! let hourly = Timetable::parse("5 * * * *", Moscow)?;
//! let done = "2026-11-21T09:05:00Z".parse()?;
//! let now = "2026-11-21T12:30:00Z".parse()?;
//! // the machine slept through three turns: one is made up for, the newest
//! assert_eq!(hourly.turn(done, now), Turn::Run { due: "2026-11-21T12:05:00Z".parse()?, missed: 2 });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A turn is named by the moment at which it was due, not by the one at which it was made: whoever keeps the
//! name of the last turn that was begun can be killed anywhere and makes no turn twice. No clock, no store
//! and no work here: `app` puts them together.

mod timetable;

pub use timetable::{Timetable, TimetableError, Turn};
