//! What is done by the clock and not by calls: turns of schedules, notices, write-back. Any process that
//! serves may do it; one leads.

mod hours;
mod keep;
mod leader;
mod maker;
mod parts;
mod plan;
mod said;
mod settled;
mod window;

pub use hours::{HoursError, PeriodPrice, ScheduleLine};
pub(crate) use keep::{Bell, Kept};
pub(crate) use leader::{LEAD, Rounds};
pub(crate) use maker::{Maker, MakesTurns, Trouble};
pub use plan::{CallsPlan, Plan, PlannedSource, PlannedWindow};
pub use said::TurnSaid;
