//! [`Statistics`] for SQLite: sums of hours and days, and for the parts of them at both ends of a
//! period the rows themselves. Each answer is read in one transaction: one moment.

#[path = "../../both/criteria.rs"]
mod criteria;
mod marks;
mod others;
#[path = "../../both/period.rs"]
mod period;
mod states;
mod sums;
#[path = "../../both/waiting.rs"]
mod waiting;

pub(crate) use marks::push_scope as push_judged_scope;
use period::{Scope, States, push_scope, rubric_number, spend_figures};
