//! What becomes of a job that did not work out: one decision, made from each part's error.

use std::time::Duration;

use domain::{CallError, CallStatus};
use store::SpendEntry;

/// The decision.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Failure {
    /// Try again after a backoff; `after` is the other side's own wish.
    Retry {
        /// For a person meanwhile.
        error: CallError,
        /// Not before.
        after: Option<Duration>,
        /// Paid in vain.
        spend: Vec<SpendEntry>,
    },
    /// The recording is not there yet: asked again for a day, attempts are not burnt.
    NotReady(CallError),
    /// Nobody's call is at fault: the whole stage waits for a probe.
    Pause {
        /// Why.
        reason: CallError,
        /// A provider refused key, address or role (exit code 3).
        refused: bool,
        /// Paid in vain.
        spend: Vec<SpendEntry>,
    },
    /// For good.
    Final {
        /// The call's status.
        status: CallStatus,
        /// Why.
        error: CallError,
        /// Paid in vain.
        spend: Vec<SpendEntry>,
    },
    /// The run may not pay for it: it goes back untouched.
    MoneyEnded,
}

/// Attempts of one job before it becomes a dead letter.
pub(crate) const MAX_ATTEMPTS: u32 = 6;

/// How often it is asked for at least.
pub(crate) const NOT_READY_ATTEMPTS: u32 = 3;

/// How long a recording that is not ready is asked for.
pub(crate) const NOT_READY_FOR: Duration = Duration::from_hours(24);

/// The pause before attempt `attempt + 1`: 2 s doubling to 10 min, less up to a third.
///
/// The jitter is drawn from `seed` (the call), not from chance: workers spread all the same,
/// and a test sees the same figure twice.
pub(crate) fn backoff(attempt: u32, seed: u64) -> Duration {
    let full = Duration::from_secs(2)
        .saturating_mul(1 << attempt.saturating_sub(1).min(9))
        .min(Duration::from_mins(10));
    let mixed = seed.wrapping_add(u64::from(attempt)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 54;
    let third = full / 3;
    let less = third.mul_f64(f64::from(u32::try_from(mixed).unwrap_or(0)) / 1024.0);
    full.saturating_sub(less)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_grows_is_capped_and_spreads() {
        let seconds: Vec<f64> = (1..=12).map(|attempt| backoff(attempt, 7).as_secs_f64()).collect();
        assert!(seconds[0] > 1.3 && seconds[0] <= 2.0, "{seconds:?}");
        assert!(seconds.windows(2).take(8).all(|pair| pair[1] > pair[0]), "{seconds:?}");
        assert!(seconds.iter().all(|s| *s <= 600.0), "{seconds:?}");
        assert_ne!(backoff(3, 1), backoff(3, 2));
    }
}
