//! Points: what a tariff lets an account ask in a day and in a minute.

use std::time::Duration;

/// One budget as the last answer told it; members are `None` where it did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Budget {
    /// Points in the whole period.
    pub limit: Option<u64>,
    /// Points left.
    pub remaining: Option<u64>,
    /// Time until the budget is full again, counted from that answer.
    pub reset: Option<Duration>,
}

/// Both budgets, as last seen. A call costs one point, and only when it succeeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Points {
    /// A day's.
    pub day: Budget,
    /// A minute's.
    pub minute: Budget,
}

/// Which budget is spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LimitKind {
    /// The minute's: wait.
    Minute,
    /// The day's: the work ends for today.
    Day,
    /// UIS does not say.
    Unknown,
}
