//! [`Statistics`] for PostgreSQL: counted from the rows themselves along indexes that hold all that
//! figures need, so that no writer waits for another's sum. Each answer is read at one moment.

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

use period::{Scope, States, push_scope, rubric_number, spend_figures};
