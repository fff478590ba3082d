//! Moments to come, for limits of any length: adding the longest `Duration` to now overflows.

use std::time::Duration;

use tokio::time::Instant;

/// As good as never.
const FAR: Duration = Duration::from_hours(24 * 365);

/// The moment `wait` from now; a year is the longest.
pub(crate) fn after(wait: Duration) -> Instant {
    Instant::now() + wait.min(FAR)
}
